//! The usual run: the corpus, and for a while mutations of it.

mod corpus;
mod dictionary;
mod mutator;
mod shrink;

use std::panic::{AssertUnwindSafe, UnwindSafe, catch_unwind};
use std::time::{Duration, Instant};

use corpus::Corpus;
use mutator::Mutator;

use crate::Verdict;

/// Of each target, unless `REAUTH_FUZZ_SECONDS` says otherwise.
const TIME: Duration = Duration::from_millis(250);

pub(crate) fn run(target: &str, mut check: impl FnMut(&[u8]) -> Verdict) {
    let corpus = Corpus::of(target);
    let verdicts: Vec<Verdict> = corpus
        .inputs()
        .map(|input| expect(&corpus, input, &mut check))
        .collect();
    for verdict in [Verdict::Taken, Verdict::Refused] {
        assert!(verdicts.contains(&verdict), "{corpus} has no input that is {verdict:?}");
    }
    let seed = seed();
    let mut mutator = Mutator::new(&corpus, seed);
    let (start, time) = (Instant::now(), time());
    // Shown where the test fails.
    println!("{target}: REAUTH_SEED={seed}");
    let mut executions = verdicts.len();
    let mut taken = 0_usize;
    while start.elapsed() < time {
        let input = mutator.next();
        taken += usize::from(expect(&corpus, &input, &mut check) == Verdict::Taken);
        executions += 1;
    }
    println!("{target}: {executions} inputs in {time:?}, {taken} of them taken");
}

/// Runs `check`; if it fails, fails with the smallest input that does.
fn expect(corpus: &Corpus, input: &[u8], check: &mut impl FnMut(&[u8]) -> Verdict) -> Verdict {
    let mut attempt = |input: &[u8]| quietly(AssertUnwindSafe(|| check(input)));
    if let Some(verdict) = attempt(input) {
        return verdict;
    }
    let smallest = shrink::smallest(input, |smaller| attempt(smaller).is_none());
    let kept = corpus.keep(&smallest);
    eprintln!("{corpus} fails for `{}`", smallest.escape_ascii());
    match kept {
        Ok(path) => eprintln!("which is now in {}", path.display()),
        Err(error) => eprintln!("which could not be added to it: {error}"),
    }
    check(&smallest);
    panic!("{corpus}: the same input does not fail again");
}

/// Chance is for runs that are asked to look for something new; what decides whether work lands begins alike each time.
fn seed() -> u64 {
    match std::env::var("REAUTH_SEED") {
        Ok(seed) => seed.parse().expect("`REAUTH_SEED` is a number"),
        Err(_) if std::env::var_os("REAUTH_FUZZ_SECONDS").is_some() => fastrand::u64(..),
        Err(_) => 0,
    }
}

fn time() -> Duration {
    match std::env::var("REAUTH_FUZZ_SECONDS") {
        Ok(seconds) => Duration::from_secs(seconds.parse().expect("`REAUTH_FUZZ_SECONDS` is a number")),
        Err(_) => TIME,
    }
}

thread_local! {
    static IS_QUIET: std::cell::Cell<bool> = const { std::cell::Cell::new(false) };
}

/// Runs `check` without a word of a panic in it; `None` where there was one.
fn quietly<T>(check: impl FnOnce() -> T + UnwindSafe) -> Option<T> {
    static HOOK: std::sync::Once = std::sync::Once::new();
    HOOK.call_once(|| {
        let usual = std::panic::take_hook();
        std::panic::set_hook(Box::new(move |panic| {
            if !IS_QUIET.get() {
                usual(panic);
            }
        }));
    });
    IS_QUIET.set(true);
    let result = catch_unwind(check).ok();
    IS_QUIET.set(false);
    result
}
