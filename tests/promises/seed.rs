//! Worlds by their seed: which one it was is said when a test fails, and `REAUTH_SEED` runs that one alone.

/// The one to run, where there is one.
pub(crate) fn given() -> Option<u64> {
    let seed = std::env::var("REAUTH_SEED").ok()?;
    Some(seed.parse().expect("REAUTH_SEED is a number"))
}

/// How to run a world of these tests again.
pub(crate) fn again(seed: u64, tests: &str) -> String {
    format!("this was seed {seed}: REAUTH_SEED={seed} cargo test -p reauth-tests --test promises {tests}")
}

/// Says so when its world panics.
pub(crate) struct Seed {
    pub(crate) seed: u64,
    pub(crate) tests: &'static str,
}

impl Drop for Seed {
    fn drop(&mut self) {
        if std::thread::panicking() {
            eprintln!("{}", again(self.seed, self.tests));
        }
    }
}
