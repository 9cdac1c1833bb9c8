//! Instructions and allocations: of each contender's call, and of each cache's header.

use reauth_benches::caches;
use reauth_benches::contenders::{self, BoxError, Contender as _, Raw};
use reauth_benches::figures::Allocations;

use crate::callgrind;
use crate::programs::Programs;
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
    Ok(table)
}
