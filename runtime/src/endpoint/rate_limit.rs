//! How many calls may begin within some time.

use std::time::Duration;

/// `rate = "50/s"`: of all calls, at most 50 begin within any second.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RateLimit {
    calls: u32,
    window: Duration,
}

impl RateLimit {
    /// At most `calls`, of which there is at least one, begin within any `window`.
    #[must_use]
    pub const fn new(calls: u32, window: Duration) -> Self {
        Self { calls, window }
    }

    /// How many.
    pub(crate) const fn calls(&self) -> u32 {
        if self.calls == 0 { 1 } else { self.calls }
    }

    /// In which time.
    pub(crate) const fn window(&self) -> Duration {
        self.window
    }
}
