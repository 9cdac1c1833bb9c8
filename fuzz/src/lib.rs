//! Runs the fuzz targets of the parsers of both crates.
//!
//! A target is a unit test beside the parser that it is about, in a module called `fuzz`: a function that reads any bytes
//! and asserts what is promised of the result. What it reads:
//!
//! 1. each file of its corpus, `fuzz/corpus/<target>/`;
//! 2. for a quarter of a second, mutations of those, with the words of `fuzz/corpus/<target>.dict` in them;
//!    `REAUTH_FUZZ_SECONDS` says for how long, `REAUTH_SEED` repeats a run.
//!
//! An input that fails is made as small as it goes, printed, and written into the corpus, where the next run reads it
//! first.
//!
//! `fuzz/run` builds the same tests with `--cfg fuzzing_libfuzzer`. Then libFuzzer makes up the inputs, guided by the
//! branches that each one reaches.

#[cfg(fuzzing_libfuzzer)]
mod coverage;
#[cfg(not(fuzzing_libfuzzer))]
mod mutation;

#[cfg(fuzzing_libfuzzer)]
use coverage::run;
#[cfg(not(fuzzing_libfuzzer))]
use mutation::run;

/// What a parser made of an input.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// It was read.
    Taken,
    /// It was refused.
    Refused,
}

impl<T> From<&Option<T>> for Verdict {
    fn from(read: &Option<T>) -> Self {
        if read.is_some() { Self::Taken } else { Self::Refused }
    }
}

impl<T, E> From<&Result<T, E>> for Verdict {
    fn from(read: &Result<T, E>) -> Self {
        if read.is_ok() { Self::Taken } else { Self::Refused }
    }
}

/// Checks a parser of text, as [`bytes`] does; bytes that are no UTF-8 are replaced.
///
/// # Panics
/// As [`bytes`] does.
pub fn text(target: &str, mut check: impl FnMut(&str) -> Verdict) {
    bytes(target, |input| check(&String::from_utf8_lossy(input)));
}

/// Checks a parser of bytes: `check` asserts what holds for any input, and says what became of it.
///
/// # Panics
/// When `check` does; and when all files of the corpus come to the same, for then one half of `check` was never run.
pub fn bytes(target: &str, check: impl FnMut(&[u8]) -> Verdict) {
    run(target, check);
}
