//! When an API counts as down, and for how long it is then left alone.

use std::time::Duration;

/// `circuit_breaker = "10%, 100/30s, 5s"`: opens for 5 s where 10 % of at least 100 requests in 30 s failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CircuitBreaker {
    percent: u8,
    requests: u32,
    window: Duration,
    open_for: Duration,
}

impl CircuitBreaker {
    /// Opens for `open_for` where at least `percent` of at least `requests` requests within `window` failed.
    #[must_use]
    pub const fn new(percent: u8, requests: u32, window: Duration, open_for: Duration) -> Self {
        Self {
            percent,
            requests,
            window,
            open_for,
        }
    }

    /// The time that is looked back on.
    pub(crate) const fn window(&self) -> Duration {
        self.window
    }

    /// How long nothing is sent.
    pub(crate) const fn open_for(&self) -> Duration {
        self.open_for
    }

    /// Whether so many failures among so many requests are too many.
    pub(crate) fn is_tripped_by(&self, failures: u64, requests: u64) -> bool {
        requests >= self.requests.into() && failures * 100 >= requests * u64::from(self.percent)
    }
}
