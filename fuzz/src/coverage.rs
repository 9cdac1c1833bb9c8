//! The run that coverage guides, by bolero's engine for libFuzzer. Its arguments, which name the corpus, are in
//! `BOLERO_LIBFUZZER_ARGS`; it ends the process.

use std::sync::Mutex;

use crate::Verdict;

pub(crate) fn run(_: &str, check: impl FnMut(&[u8]) -> Verdict) {
    // What a check borrows is not used after a panic: the process ends.
    let check = Mutex::new(check);
    bolero::check!().for_each(|input: &[u8]| {
        let mut check = check.lock().expect("no input has failed");
        check(input);
    });
}
