//! Instructions and allocations: of each contender's call, and of each cache's header.

use reauth_benches::caches;
use reauth_benches::contenders::{self, BoxError, Contender as _, Raw, Reauth};
use reauth_benches::figures::Allocations;

use crate::callgrind;
use crate::programs::Programs;
use crate::stacks::Stacks;
use crate::table::{Table, ratio, whole};

/// What one repetition costs.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Counts {
    pub(crate) instructions: f64,
    pub(crate) allocations: Allocations,
}

impl Counts {
    /// Of one call.
    pub(crate) fn of_call(programs: &Programs, contender: &str) -> Result<Self, BoxError> {
        Self::of(programs, "calls", contender)
    }

    /// Of one header from a cached token.
    pub(crate) fn of_header(programs: &Programs, cache: &str) -> Result<Self, BoxError> {
        Self::of(programs, "header", cache)
    }

    fn of(programs: &Programs, what: &str, whose: &str) -> Result<Self, BoxError> {
        let server = programs.server()?;
        Ok(Self {
            instructions: callgrind::instructions(programs, (what, whose), server.url())?,
            allocations: programs.allocations(&[what, whose, server.url()])?,
        })
    }
}

/// Both tables.
pub(crate) fn tables(programs: &Programs) -> Result<String, BoxError> {
    Ok(format!("{}\n{}", calls(programs)?, headers(programs)?))
}

fn calls(programs: &Programs) -> Result<Table, BoxError> {
    let mut table = Table::new(
        "One call",
        &["", "instructions", "× raw", "allocations", "bytes allocated"],
    );
    let raw = Counts::of_call(programs, Raw::NAME)?;
    for &name in contenders::NAMES {
        let counts = if name == Raw::NAME {
            raw
        } else {
            Counts::of_call(programs, name)?
        };
        let cells = [
            whole(counts.instructions),
            ratio(counts.instructions / raw.instructions),
            format!("{:.1}", counts.allocations.count),
            whole(counts.allocations.bytes),
        ];
        table.row(name, cells);
    }
    Ok(table)
}

/// What a call of a generated client pays for a header from the cache, apart from putting it into the request's map. The
/// call has looked at the clock already; allocations are in the call's own count.
pub(crate) fn header_within_a_call(programs: &Programs) -> Result<f64, BoxError> {
    Stacks::of_call(programs, Reauth::NAME)?.within("::authorize_at_once", "HeaderMap::try_insert2")
}

fn headers(programs: &Programs) -> Result<Table, BoxError> {
    let heads = ["", "instructions", "allocations", "ns, 1 thread", "ns, 2 threads"];
    let mut table = Table::new("Cached token → header", &heads);
    let server = programs.server()?;
    let times: std::collections::BTreeMap<String, [f64; 2]> = programs.work(&["header-time", server.url()])?;
    for &name in caches::NAMES {
        let counts = Counts::of_header(programs, name)?;
        let [one, two] = times.get(name).ok_or("a cache was not timed")?;
        let cells = [
            whole(counts.instructions),
            format!("{:.1}", counts.allocations.count),
            whole(*one),
            whole(*two),
        ];
        table.row(name, cells);
    }
    let within = whole(header_within_a_call(programs)?);
    table.row(
        "reauth, within a call",
        [within, String::new(), String::new(), String::new()],
    );
    Ok(table)
}
