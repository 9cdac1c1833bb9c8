//! How often a token that never worked is replaced.
//!
//! An API that rejects every token rejects the next one too: the first fresh token that it rejects is replaced, the
//! others no sooner than 1 s, 2 s, … 60 s after the one before. A success ends that.

use std::time::Duration;

use tokio::time::Instant;

use super::clock::Moment;
use super::pause::backoff;

#[derive(Debug, Default)]
pub(super) struct Replacing {
    /// Tokens replaced since a request last succeeded.
    replaced: u32,
    /// Until then a fresh token that never worked is kept.
    from: Option<Instant>,
}

impl Replacing {
    /// For how long a token that never worked is kept.
    pub(super) fn held_back(&self, now: Moment) -> Option<Duration> {
        let from = self.from.filter(|from| now.monotonic < *from)?;
        Some(from - now.monotonic)
    }

    /// A token is replaced because the API rejected it.
    pub(super) fn replaced(&mut self, now: Moment) {
        self.from = Some(now.monotonic + backoff(self.replaced));
        self.replaced = self.replaced.saturating_add(1);
    }

    /// The replacement was the very same token: how long until that is worth another try.
    pub(super) fn in_vain(&self) -> Duration {
        backoff(self.replaced.saturating_sub(1))
    }

    /// A token that was rejected is sent again, since no other can be had: as one that is fresh and never worked.
    pub(super) fn taken_back(&mut self, now: Moment) {
        if self.held_back(now).is_none() {
            self.replaced(now);
        }
    }

    /// A token worked.
    pub(super) fn end(&mut self) {
        *self = Self::default();
    }
}
