//! What happened in the last while: counts over a time that slides by tenths of itself. The retry budget and the circuit
//! breaker look back by it.
//!
//! It takes as much room for a million events as for one, and what it forgets it forgets by whole tenths.

use std::ops::AddAssign;
use std::time::Duration;

use tokio::time::Instant;

const SLOTS: usize = 10;
const ALL: u64 = SLOTS as u64;

/// Counts of one kind, from a beginning on.
pub(super) struct Window<C> {
    begin: Instant,
    /// How long a slot is, in nanoseconds: never nothing, as it divides.
    slot: u64,
    /// The slot that counts now, by its number since the beginning.
    number: u64,
    slots: [C; SLOTS],
}

impl<C: AddAssign + Copy + Default> Window<C> {
    pub(super) fn new(length: Duration, begin: Instant) -> Self {
        Self {
            begin,
            slot: nanos(length / 10).max(1),
            number: 0,
            slots: [C::default(); SLOTS],
        }
    }

    /// From where its tenths are counted.
    #[cfg(test)]
    pub(super) fn begin(&self) -> Instant {
        self.begin
    }

    /// Adds to what happens now.
    pub(super) fn count(&mut self, now: Instant, more: C) {
        self.advance(now);
        self.slots[Self::index(self.number)] += more;
    }

    /// All that happened in the time that ends now.
    pub(super) fn sum(&mut self, now: Instant) -> C {
        self.advance(now);
        let mut sum = C::default();
        self.slots.iter().for_each(|&counts| sum += counts);
        sum
    }

    /// Forgets what is too long ago. A thread that looked at the clock before another did counts with that one.
    fn advance(&mut self, now: Instant) {
        let number = nanos(now.saturating_duration_since(self.begin)) / self.slot;
        let passed = number.saturating_sub(self.number);
        for over in 1..=passed.min(ALL) {
            self.slots[Self::index(self.number + over)] = C::default();
        }
        self.number += passed;
    }

    fn index(number: u64) -> usize {
        (number % ALL) as usize
    }
}

/// Up to some centuries: every call divides by them, which `u128` makes dear.
fn nanos(time: Duration) -> u64 {
    u64::try_from(time.as_nanos()).unwrap_or(u64::MAX)
}
