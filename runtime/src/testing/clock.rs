//! The time of day, as tokio's clock tells it: under `tokio::time::pause` tokens expire when the
//! test says so.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use tokio::time::Instant;

/// Starts at a whole second and runs with tokio's clock, so that a token's times in whole seconds
/// are exact in a test whose time is paused.
#[derive(Clone, Copy, Debug)]
pub(super) struct Clock {
    started: Instant,
    epoch_seconds: u64,
}

impl Clock {
    pub(super) fn start() -> Self {
        // A machine whose clock is before 1970 gets 1970.
        let since_epoch = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        Self {
            started: Instant::now(),
            epoch_seconds: since_epoch.as_secs(),
        }
    }

    /// The time since 1970.
    pub(super) fn now(&self) -> Duration {
        Duration::from_secs(self.epoch_seconds).saturating_add(self.started.elapsed())
    }
}
