//! The run that coverage guides, by bolero's engine for libFuzzer. Its arguments, which name the corpus, are in
//! `BOLERO_LIBFUZZER_ARGS`; it ends the process.

use std::sync::{Mutex, PoisonError};

use crate::Verdict;

pub(crate) fn run(_: &str, check: impl FnMut(&[u8]) -> Verdict) {
    // After a panic it is called again, to find the smallest input that leads to one; then the process ends.
    let check = Mutex::new(check);
    bolero::check!().for_each(|input: &[u8]| {
        let mut check = check.lock().unwrap_or_else(PoisonError::into_inner);
        check(input);
    });
}
