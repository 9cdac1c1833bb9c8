//! When the token server may be asked again, after it could or would not help.
//!
//! | it | is not asked again for |
//! | --- | --- |
//! | asked to be left alone (429) | as long as it said, but 1 s, 2 s, … 60 s at least and an hour at most |
//! | issued the very token that was rejected | 1 s, 2 s, … 60 s, as a forced refresh that did not help |
//! | refused, as no repetition mends (`invalid_client`) | 1–2 s, 2–4 s, then 2.5–5 s |
//! | failed as may pass | no time at all; then as a refusal |
//!
//! Such a pause counts by the monotonic clock alone: setting the wall clock must not end it. The time that the error
//! tells is then told anew.

use std::sync::Arc;
use std::time::Duration;

use tokio::time::Instant;

use super::clock::Moment;
use crate::endpoint::backoff::share;
use crate::error::TokenError;

/// Between two attempts at something that keeps failing: 1 s, doubling, at most 60 s.
const FIRST_BACKOFF: Duration = Duration::from_secs(1);
const MAX_BACKOFF: Duration = Duration::from_secs(60);
/// No failure is remembered longer, unless the token server asks for it: what has been mended works again soon.
const MAX_REMEMBERED: Duration = Duration::from_secs(5);
/// A token server that asks for more is asked once an hour all the same: what it said may be nonsense, or out of date.
pub(in crate::credential) const MAX_ASKED: Duration = Duration::from_secs(3600);
/// Two clocks that nobody set differ by less.
const TOLD_WITHIN: Duration = Duration::from_secs(1);
/// Those who were told the same time do not come back at once, but over a tenth of it or so long.
const MAX_SPREAD: Duration = Duration::from_secs(30);

/// What the last fetches say about the next.
#[derive(Debug, Default)]
pub(super) struct Pause {
    failures: u32,
    over: Option<Instant>,
    /// What the last fetch failed with.
    error: Option<Arc<TokenError>>,
}

impl Pause {
    /// Until when the token server is left alone, and why.
    pub(super) fn at(&self, now: Moment) -> Option<(Instant, &Arc<TokenError>)> {
        let over = self.over.filter(|over| now.monotonic < *over)?;
        Some((over, self.error.as_ref()?))
    }

    /// For how long the token server asks to be left alone.
    pub(super) fn asked(&self, now: Moment) -> Option<Duration> {
        let (over, error) = self.at(now)?;
        error.retry_at().is_some().then(|| over - now.monotonic)
    }

    /// What the last fetch failed with, if it did.
    pub(super) fn error(&self) -> Option<&Arc<TokenError>> {
        self.error.as_ref()
    }

    /// How many fetches have failed since one brought a token.
    pub(super) fn failures(&self) -> u32 {
        self.failures
    }

    /// Forgets all but a time that the token server named.
    pub(super) fn forget(&mut self) {
        if self.error.as_ref().is_none_or(|error| error.retry_at().is_none()) {
            self.end();
        }
    }

    /// A fetch brought a token.
    pub(super) fn end(&mut self) {
        *self = Self::default();
    }

    /// A fetch failed, and `wait` passes before the next.
    pub(super) fn begin(&mut self, error: TokenError, wait: Duration, now: Moment) -> Arc<TokenError> {
        self.failures = self.failures.saturating_add(1);
        self.over = (!wait.is_zero()).then(|| now.monotonic + wait);
        let error = Arc::new(error);
        self.error = Some(error.clone());
        error
    }

    /// A fetch failed: how long the token server is left alone for that.
    pub(super) fn after(&self, error: &TokenError, now: Moment, chance: f64) -> Duration {
        match error {
            TokenError::RateLimited { retry_at, .. } => {
                let asked = retry_at.duration_since(now.wall).unwrap_or_default();
                spread(asked.max(backoff(self.failures)), chance)
            }
            error if !error.is_transient() => remembered(self.failures, chance),
            _ => self
                .failures
                .checked_sub(1)
                .map_or(Duration::ZERO, |failures| remembered(failures, chance)),
        }
    }

    /// The same moment by a wall clock that was set, or went on while the machine slept, is another time: the error tells
    /// that from now on.
    pub(super) fn tell_time(&mut self, now: Moment) {
        let Some(wait) = self.asked(now) else { return };
        let over = (now + wait).wall;
        if let Some(TokenError::RateLimited {
            server,
            status,
            retry_at,
            description,
        }) = self.error.as_deref()
        {
            let off = over.duration_since(*retry_at).unwrap_or_else(|early| early.duration());
            if off > TOLD_WITHIN {
                self.error = Some(Arc::new(TokenError::RateLimited {
                    server: server.clone(),
                    status: *status,
                    retry_at: over,
                    description: description.clone(),
                }));
            }
        }
    }
}

/// For how long a failure is remembered, after so many others; half of it is chance.
fn remembered(failures: u32, chance: f64) -> Duration {
    let most = (backoff(failures) * 2).min(MAX_REMEMBERED);
    most / 2 + share(most / 2, chance)
}

/// A time that a server asked for, capped, and a little more.
pub(super) fn spread(asked: Duration, chance: f64) -> Duration {
    let asked = asked.min(MAX_ASKED);
    asked + share(MAX_SPREAD.min(asked / 10), chance)
}

/// 1 s, 2 s, 4 s, …, 60 s.
pub(in crate::credential) fn backoff(failures: u32) -> Duration {
    FIRST_BACKOFF.saturating_mul(1 << failures.min(6)).min(MAX_BACKOFF)
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    #[test]
    fn r19_half_of_what_a_failure_is_remembered_for_is_chance() {
        for (failures, at_least, at_most) in [
            (0, 1_000, 2_000),
            (1, 2_000, 4_000),
            (2, 2_500, 5_000),
            (u32::MAX, 2_500, 5_000),
        ] {
            assert_eq!(remembered(failures, 0.0).as_millis(), at_least);
            assert_eq!(remembered(failures, 1.0).as_millis(), at_most);
        }
    }

    #[test]
    fn r20_those_who_were_told_the_same_time_come_back_over_a_tenth_of_it() {
        for (asked, at_least, at_most) in [
            (10, 10, 11),
            (100, 100, 110),
            (300, 300, 330),
            (1_000, 1_000, 1_030),
            (7_200, 3_600, 3_630),
        ] {
            assert_eq!(spread(asked * SECOND, 0.0), at_least * SECOND);
            assert_eq!(spread(asked * SECOND, 1.0), at_most * SECOND);
        }
    }
}
