//! Time, as the cache sees it: two clocks, since neither can be trusted alone.
//!
//! The monotonic clock cannot be set, but on most systems it stands still while the machine sleeps. The wall clock goes
//! on meanwhile, but anybody may set it. So a token is over as soon as *either* clock says so: a suspended machine sends
//! no expired token, and a clock that is set back makes none live longer.

use std::ops::Add;
use std::time::{Duration, SystemTime};

use tokio::time::Instant;

/// A moment, by both clocks.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(in crate::credential) struct Moment {
    pub(in crate::credential) monotonic: Instant,
    pub(in crate::credential) wall: SystemTime,
}

impl Moment {
    /// The only place where the cache reads the clocks, with [`at`](Self::at).
    pub(in crate::credential) fn now() -> Self {
        Self::at(Instant::now())
    }

    /// Now, where the monotonic clock has just been read.
    pub(super) fn at(now: Instant) -> Self {
        Self {
            monotonic: now,
            wall: wall::now(),
        }
    }

    /// Whether `moment` has come, by either clock.
    pub(super) fn has_reached(self, moment: Self) -> bool {
        self.monotonic >= moment.monotonic || self.wall >= moment.wall
    }

    /// How long ago `earlier` was, by the clock that counted more.
    pub(in crate::credential) fn since(self, earlier: Self) -> Duration {
        let by_wall = self.wall.duration_since(earlier.wall).unwrap_or_default();
        self.monotonic.saturating_duration_since(earlier.monotonic).max(by_wall)
    }

    /// How long it is until `later`, by the clock that gets there first.
    pub(super) fn until(self, later: Self) -> Duration {
        let by_wall = later.wall.duration_since(self.wall).unwrap_or_default();
        later.monotonic.saturating_duration_since(self.monotonic).min(by_wall)
    }

    /// The later of two, by each clock.
    pub(super) fn max(self, other: Self) -> Self {
        Self {
            monotonic: self.monotonic.max(other.monotonic),
            wall: self.wall.max(other.wall),
        }
    }

    /// The earlier of two, by each clock.
    pub(super) fn min(self, other: Self) -> Self {
        Self {
            monotonic: self.monotonic.min(other.monotonic),
            wall: self.wall.min(other.wall),
        }
    }
}

/// When something began: here, or at a time that this process can only tell from how old it was when it was seen.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(in crate::credential) struct Begun {
    seen: Moment,
    age: Duration,
}

impl Begun {
    /// It was that old then.
    pub(in crate::credential) fn before(seen: Moment, age: Duration) -> Self {
        Self { seen, age }
    }

    /// By the wall clock, as it was then.
    #[cfg(feature = "store")]
    pub(in crate::credential) fn wall(self) -> SystemTime {
        let wall = self.seen.wall;
        wall.checked_sub(self.age).unwrap_or(wall)
    }

    pub(in crate::credential) fn age(self, now: Moment) -> Duration {
        now.since(self.seen).saturating_add(self.age)
    }
}

impl From<Moment> for Begun {
    fn from(now: Moment) -> Self {
        Self::before(now, Duration::ZERO)
    }
}

/// What was over before it was seen is over then.
impl Add<Duration> for Begun {
    type Output = Moment;

    fn add(self, time: Duration) -> Moment {
        self.seen + time.saturating_sub(self.age)
    }
}

/// A wall clock that cannot name the sum stays where it is: the moment comes too early, never too late.
impl Add<Duration> for Moment {
    type Output = Self;

    fn add(self, time: Duration) -> Self {
        Self {
            monotonic: self.monotonic.checked_add(time).unwrap_or(self.monotonic),
            wall: self.wall.checked_add(time).unwrap_or(self.wall),
        }
    }
}

#[cfg(not(test))]
mod wall {
    use std::time::SystemTime;

    pub(super) fn now() -> SystemTime {
        SystemTime::now()
    }
}

#[cfg(test)]
pub(in crate::credential) use self::wall::set as set_wall;

/// In tests the wall clock goes with tokio's, until a test sets it.
#[cfg(test)]
mod wall {
    use std::cell::Cell;
    use std::time::{Duration, SystemTime};

    use tokio::time::Instant;

    thread_local! {
        /// What the wall clock shows at a moment of tokio's clock.
        static SET: Cell<Option<(Instant, SystemTime)>> = const { Cell::new(None) };
    }

    /// Sets this thread's wall clock.
    pub(in crate::credential) fn set(time: SystemTime) {
        SET.set(Some((Instant::now(), time)));
    }

    pub(super) fn now() -> SystemTime {
        if SET.get().is_none() {
            set(SystemTime::UNIX_EPOCH + Duration::from_secs(1_700_000_000));
        }
        let (at, shown) = SET.get().unwrap_or((Instant::now(), SystemTime::UNIX_EPOCH));
        // Another runtime's clock may be behind.
        shown + Instant::now().saturating_duration_since(at)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HOUR: Duration = Duration::from_secs(3600);

    #[tokio::test(start_paused = true)]
    async fn r27_what_either_clock_says_has_come_has_come() {
        let start = Moment::now();
        let moment = start + HOUR;
        assert!(!start.has_reached(moment));
        let asleep = Moment {
            wall: start.wall + HOUR,
            ..start
        };
        assert!(asleep.has_reached(moment), "only the wall clock went on");
        let set_back = Moment {
            monotonic: start.monotonic + HOUR,
            wall: start.wall - HOUR,
        };
        assert!(set_back.has_reached(moment), "the wall clock was set back");
        assert_eq!((asleep.since(start), asleep.until(moment)), (HOUR, Duration::ZERO));
        assert_eq!((set_back.since(start), set_back.until(moment)), (HOUR, Duration::ZERO));
    }

    #[tokio::test(start_paused = true)]
    async fn a_moment_that_no_clock_can_name_does_not_panic() {
        let now = Moment::now();
        assert!(now.has_reached(now + Duration::MAX));
    }
}
