//! How often a token that works is replaced because one API rejects it.
//!
//! One endpoint may reject every token and another take them all, with one credential. Each success proves a token, so
//! [`Replacing`](super::replacing::Replacing) begins anew with the next; but each replacement is a token request, and of
//! these there is a quota. So five may follow one another, and one more each minute.

use std::time::Duration;

use tokio::time::Instant;

use super::clock::Moment;

/// A replacement is made up for in this time.
const EACH: Duration = Duration::from_secs(60);
/// As many may follow one another.
const BURST: u32 = 5;

#[derive(Debug, Default)]
pub(super) struct Allowance {
    /// When every replacement until now is made up for.
    whole: Option<Instant>,
}

impl Allowance {
    /// For how long a token that works is kept.
    pub(super) fn held_back(&self, now: Moment) -> Option<Duration> {
        let owed = self.whole?.saturating_duration_since(now.monotonic);
        let wait = owed.saturating_sub(EACH * (BURST - 1));
        (!wait.is_zero()).then_some(wait)
    }

    /// A token that works is replaced because an API rejected it.
    pub(super) fn use_one(&mut self, now: Moment) {
        let whole = self.whole.map_or(now.monotonic, |whole| whole.max(now.monotonic));
        self.whole = Some(whole + EACH);
    }
}
