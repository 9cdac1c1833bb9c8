//! No change makes a call dearer unnoticed: the counts of now against those that are committed.
//!
//! Of a call the ratio to raw reqwest is compared, which another compiler or another version of what both stand on hardly
//! changes.

use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use reauth_benches::caches::{self, Cache as _};
use reauth_benches::contenders::{BoxError, Contender as _, Raw, Reauth};
use serde::{Deserialize, Serialize};

use crate::counts::{Counts, header_within_a_call};
use crate::programs::Programs;

/// How much dearer it may get: 3 %.
const TOLERANCE: f64 = 1.03;

/// Beside this crate's `Cargo.toml`.
const FILE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/expected.toml");

const HEAD: &str = "\
# What CI's guard compares with: `cargo run --release -p reauth-benches --no-default-features -- expect` writes it.
";

/// What is guarded.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
struct Guarded {
    call: Call,
    header: Header,
}

/// One call.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
struct Call {
    /// Instructions, as a multiple of raw reqwest's.
    ratio: f64,
    allocations: f64,
}

/// One header from a cached token.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
struct Header {
    instructions: f64,
    instructions_within_a_call: f64,
    allocations: f64,
}

impl Guarded {
    fn now(programs: &Programs) -> Result<Self, BoxError> {
        let raw = Counts::of_call(programs, Raw::NAME)?;
        let call = Counts::of_call(programs, Reauth::NAME)?;
        let header = Counts::of_header(programs, caches::Reauth::NAME)?;
        Ok(Self {
            call: Call {
                ratio: rounded(call.instructions / raw.instructions, 1_000.0),
                allocations: rounded(call.allocations.count, 10.0),
            },
            header: Header {
                instructions: rounded(header.instructions, 1.0),
                instructions_within_a_call: rounded(header_within_a_call(programs)?, 1.0),
                allocations: rounded(header.allocations.count, 10.0),
            },
        })
    }

    /// Each figure with what it is.
    fn figures(&self) -> [(&'static str, f64); 5] {
        [
            ("instructions of a call, × raw reqwest", self.call.ratio),
            ("allocations of a call", self.call.allocations),
            (
                "instructions from a cached token to its header",
                self.header.instructions,
            ),
            ("the same within a call", self.header.instructions_within_a_call),
            ("allocations from a cached token to its header", self.header.allocations),
        ]
    }

    /// A line for each figure, and whether all are within what is expected.
    fn compare(&self, expected: &Self) -> (String, bool) {
        let mut lines = String::new();
        let mut good = true;
        for ((what, now), (_, expected)) in self.figures().into_iter().zip(expected.figures()) {
            let within = now <= expected * TOLERANCE;
            good &= within;
            let verdict = if within { "good" } else { "DEARER" };
            let _ = writeln!(lines, "{verdict:>6}: {what}: {now}, expected {expected}");
        }
        (lines, good)
    }
}

/// So that a figure is committed anew only where it has changed.
fn rounded(figure: f64, parts: f64) -> f64 {
    (figure * parts).round() / parts
}

/// Fails where a call has become dearer.
pub(crate) fn check(programs: &Programs) -> Result<(), BoxError> {
    let expected: Guarded = toml::from_str(&fs::read_to_string(FILE)?)?;
    let (lines, good) = Guarded::now(programs)?.compare(&expected);
    print!("{lines}");
    if good {
        return Ok(());
    }
    let advice = "a call has become more than 3 % dearer. Where that is what you want, write the counts anew with \
                  `cargo run --release -p reauth-benches --no-default-features -- expect`, and say why in the commit";
    Err(advice.into())
}

/// Writes what is expected from now on.
pub(crate) fn update(programs: &Programs) -> Result<(), BoxError> {
    let now = Guarded::now(programs)?;
    fs::write(Path::new(FILE), format!("{HEAD}\n{}", toml::to_string(&now)?))?;
    print!("{}", now.compare(&now).0);
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    const EXPECTED: Guarded = Guarded {
        call: Call {
            ratio: 0.94,
            allocations: 49.0,
        },
        header: Header {
            instructions: 300.0,
            instructions_within_a_call: 150.0,
            allocations: 0.0,
        },
    };

    /// The same, with one figure changed.
    fn with(change: impl Fn(&mut Guarded)) -> bool {
        let mut now = EXPECTED;
        change(&mut now);
        now.compare(&EXPECTED).1
    }

    #[test]
    fn p1_five_percent_more_fail_and_two_do_not() {
        assert!(with(|_| ()));
        assert!(with(|now| now.call.ratio *= 1.02));
        assert!(!with(|now| now.call.ratio *= 1.05));
        assert!(!with(|now| now.call.allocations += 2.0));
    }

    #[test]
    fn p2_one_allocation_where_none_was_fails() {
        assert!(!with(|now| now.header.instructions *= 1.05));
        assert!(!with(|now| now.header.instructions_within_a_call *= 1.05));
        assert!(!with(|now| now.header.allocations += 0.1));
    }

    #[test]
    fn what_is_committed_can_be_read() {
        let committed = fs::read_to_string(FILE).unwrap();
        let expected: Guarded = toml::from_str(&committed).unwrap();
        assert_eq!(format!("{HEAD}\n{}", toml::to_string(&expected).unwrap()), committed);
    }
}
