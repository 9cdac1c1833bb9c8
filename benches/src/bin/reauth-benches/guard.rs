//! No change makes a call dearer unnoticed: the counts of now against those that are committed, and against what is
//! promised.
//!
//! Instructions are compared as multiples of what others need in the same run, which another compiler or another version of
//! what all stand on hardly changes. What has become cheaper is committed too, or later losses could hide behind it.

use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use reauth_benches::caches::{self, Cache as _};
use reauth_benches::contenders::{BoxError, Contender as _, Raw, Reauth};
use serde::{Deserialize, Serialize};

use crate::counts::{Counts, header_within_a_call};
use crate::programs::Programs;

/// How much a multiple may differ: 3 %.
const TOLERANCE: f64 = 0.03;
/// How much raw reqwest's own instructions may. They tell when a feature of reqwest was switched on that makes every call
/// dearer, ours and those that we compare with; but another version of it changes them too.
const RAW_TOLERANCE: f64 = 0.10;

/// Beside this crate's `Cargo.toml`.
const FILE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/expected.toml");

const HEAD: &str = "\
# What CI's guard compares with: `cargo run --release -p reauth-benches --no-default-features -- expect` writes it.
# Instructions of a call are × those of raw reqwest, those of a header × those of one behind a lock.
";

/// What is guarded.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
struct Guarded {
    raw: RawCall,
    call: Call,
    header: Header,
}

/// One call through reqwest.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
struct RawCall {
    instructions: f64,
}

/// One call.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
struct Call {
    instructions: f64,
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
    /// Each figure: what it is, and how much it may differ. Allocations are exact.
    fn figures(&self) -> [(&'static str, f64, f64); 6] {
        let Self { raw, call, header } = self;
        [
            ("instructions of a call by raw reqwest", raw.instructions, RAW_TOLERANCE),
            ("instructions of a call, × raw reqwest", call.instructions, TOLERANCE),
            ("allocations of a call", call.allocations, 0.0),
            ("instructions of a header, × a lock", header.instructions, TOLERANCE),
            (
                "instructions of a header within a call, × a lock",
                header.instructions_within_a_call,
                TOLERANCE,
            ),
            ("allocations of a header", header.allocations, 0.0),
        ]
    }
}

/// What is counted now.
struct Now {
    guarded: Guarded,
    instructions_within_a_call: f64,
}

impl Now {
    fn count(programs: &Programs) -> Result<Self, BoxError> {
        let raw = Counts::of_call(programs, Raw::NAME)?;
        let call = Counts::of_call(programs, Reauth::NAME)?;
        let lock = Counts::of_header(programs, caches::Floor::NAME)?;
        let header = Counts::of_header(programs, caches::Reauth::NAME)?;
        let instructions_within_a_call = header_within_a_call(programs)?;
        let multiple = |of: f64, than: &Counts| rounded(of / than.instructions, 1_000.0);
        let guarded = Guarded {
            raw: RawCall {
                instructions: rounded(raw.instructions, 1.0),
            },
            call: Call {
                instructions: multiple(call.instructions, &raw),
                allocations: rounded(call.allocations.count, 10.0),
            },
            header: Header {
                instructions: multiple(header.instructions, &lock),
                instructions_within_a_call: multiple(instructions_within_a_call, &lock),
                allocations: rounded(header.allocations.count, 10.0),
            },
        };
        Ok(Self {
            guarded,
            instructions_within_a_call,
        })
    }

    /// What has a bound that is promised (`docs/promises.md`): what it is, what it is now, and the bound.
    fn promised(&self) -> [(&'static str, f64, f64); 4] {
        let Guarded { call, header, .. } = self.guarded;
        [
            ("P1: instructions of a call, × raw reqwest", call.instructions, 0.94),
            ("P1: allocations of a call", call.allocations, 49.0),
            (
                "P2: instructions of a header within a call",
                self.instructions_within_a_call,
                150.0,
            ),
            ("P2: allocations of a header", header.allocations, 0.0),
        ]
    }

    /// A line for each promise and for each figure, and whether all are as they should be.
    fn judge(&self, expected: &Guarded) -> (String, bool) {
        let mut lines = String::new();
        let mut good = true;
        for (what, now, bound) in self.promised() {
            let verdict = if now <= bound { "kept" } else { "BROKEN" };
            good &= now <= bound;
            let _ = writeln!(lines, "{verdict:>7}: {what}: {now:.3}, promised {bound}");
        }
        for ((what, now, tolerance), (_, expected, _)) in self.guarded.figures().into_iter().zip(expected.figures()) {
            let verdict = if (now - expected).abs() <= expected * tolerance {
                "good"
            } else if now > expected {
                "DEARER"
            } else {
                "CHEAPER"
            };
            good &= verdict == "good";
            let _ = writeln!(lines, "{verdict:>7}: {what}: {now}, expected {expected}");
        }
        (lines, good)
    }
}

/// So that a figure is committed anew only where it has changed.
fn rounded(figure: f64, parts: f64) -> f64 {
    (figure * parts).round() / parts
}

/// Fails where a promise is broken, or a figure is not the one that is committed.
pub(crate) fn check(programs: &Programs) -> Result<(), BoxError> {
    let expected: Guarded = toml::from_str(&fs::read_to_string(FILE)?)?;
    let (lines, good) = Now::count(programs)?.judge(&expected);
    print!("{lines}");
    if good {
        return Ok(());
    }
    let advice = "a call does not cost what is committed. Where that is what you want, or it has become cheaper, write the \
                  counts anew with `cargo run --release -p reauth-benches --no-default-features -- expect`, and say why in \
                  the commit";
    Err(advice.into())
}

/// Writes what is expected from now on.
pub(crate) fn update(programs: &Programs) -> Result<(), BoxError> {
    let now = Now::count(programs)?;
    fs::write(Path::new(FILE), format!("{HEAD}\n{}", toml::to_string(&now.guarded)?))?;
    print!("{}", now.judge(&now.guarded).0);
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    const EXPECTED: Guarded = Guarded {
        raw: RawCall { instructions: 70_000.0 },
        call: Call {
            instructions: 0.9,
            allocations: 47.0,
        },
        header: Header {
            instructions: 2.5,
            instructions_within_a_call: 1.1,
            allocations: 0.0,
        },
    };

    /// Whether what is expected passes with one figure changed.
    fn with(change: impl Fn(&mut Now)) -> bool {
        let mut now = Now {
            guarded: EXPECTED,
            instructions_within_a_call: 150.0,
        };
        change(&mut now);
        now.judge(&EXPECTED).1
    }

    #[test]
    fn p01_a_call_that_is_dearer_fails() {
        assert!(with(|_| ()));
        assert!(with(|now| now.guarded.call.instructions *= 1.02));
        assert!(!with(|now| now.guarded.call.instructions *= 1.04));
        assert!(!with(|now| now.guarded.call.allocations += 1.0));
        assert!(with(|now| now.guarded.raw.instructions *= 1.05));
        assert!(!with(|now| now.guarded.raw.instructions *= 1.12));
    }

    #[test]
    fn p02_a_header_that_is_dearer_fails() {
        assert!(!with(|now| now.guarded.header.instructions *= 1.04));
        assert!(!with(|now| now.guarded.header.instructions_within_a_call *= 1.04));
        assert!(!with(|now| now.guarded.header.allocations += 0.1));
        assert!(!with(|now| now.instructions_within_a_call += 1.0));
    }

    #[test]
    fn what_is_cheaper_is_to_be_committed() {
        assert!(!with(|now| now.guarded.call.instructions *= 0.96));
        assert!(!with(|now| now.guarded.call.allocations = 0.0));
    }

    #[test]
    fn a_promise_stands_whatever_is_committed() {
        let mut guarded = EXPECTED;
        guarded.call.instructions = 0.95;
        let now = Now {
            guarded,
            instructions_within_a_call: 150.0,
        };
        let (lines, good) = now.judge(&guarded);
        assert!(!good && lines.contains("BROKEN: P1: instructions of a call"), "{lines}");
    }

    #[test]
    fn what_is_committed_can_be_read() {
        let committed = fs::read_to_string(FILE).unwrap();
        let expected: Guarded = toml::from_str(&committed).unwrap();
        assert_eq!(format!("{HEAD}\n{}", toml::to_string(&expected).unwrap()), committed);
    }
}
