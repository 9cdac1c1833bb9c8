//! When a token may be sent, and when it is renewed.

use std::time::Duration;

use super::clock::{Begun, Moment};

/// A token stops being sent this long before it expires, or a tenth of its life before where that is shorter.
const MAX_MARGIN: Duration = Duration::from_secs(30);

/// The moments in a token's life that matter.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Life {
    /// When it was asked for.
    requested: Begun,
    /// From here on it is renewed in the background, while it still is sent; never later than `usable_until`, so that
    /// before it there is nothing else to look at.
    refresh_from: Moment,
    /// From here on it is not sent: expiry less the hard margin.
    pub(super) usable_until: Moment,
    /// The end that the token server named.
    pub(super) expiry: Moment,
}

impl Life {
    /// `chance` (0 to 1) spreads the renewals of processes that started together over a tenth of a life.
    pub(super) fn new(requested: Begun, life: Duration, chance: f64) -> Self {
        let margin = MAX_MARGIN.min(life / 10);
        Self {
            requested,
            refresh_from: requested + life.mul_f64(0.8 - 0.1 * chance),
            usable_until: requested + life.saturating_sub(margin),
            expiry: requested + life,
        }
    }

    pub(super) fn age(&self, now: Moment) -> Duration {
        self.requested.age(now)
    }

    pub(super) fn refresh_from(&self) -> Moment {
        self.refresh_from
    }

    /// Puts the renewal off.
    pub(super) fn renew_from(&mut self, moment: Moment) {
        self.refresh_from = moment.min(self.usable_until);
    }
}

/// Whether a token of that life is not sent any more.
#[cfg(feature = "store")]
pub(in crate::credential) fn is_over(requested: Begun, life: Duration, now: Moment) -> bool {
    now.has_reached(Life::new(requested, life, 0.0).usable_until)
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    fn life(seconds: u32, chance: f64) -> (Duration, Duration) {
        let start = Moment::now();
        let life = Life::new(start.into(), seconds * SECOND, chance);
        (life.usable_until.since(start), life.refresh_from().since(start))
    }

    #[tokio::test(start_paused = true)]
    async fn r09_the_margin_is_30_s_or_a_tenth_of_a_life() {
        assert_eq!(life(86_400, 0.0).0, 86_370 * SECOND);
        assert_eq!(life(300, 0.0).0, 270 * SECOND);
        assert_eq!(life(10, 0.0).0, 9 * SECOND);
    }

    #[tokio::test(start_paused = true)]
    async fn r06_renewal_starts_at_70_to_80_percent() {
        assert_eq!(life(1000, 0.0).1.as_secs(), 800);
        assert_eq!(life(1000, 1.0).1.as_millis().div_ceil(1000), 700);
    }

    #[tokio::test(start_paused = true)]
    async fn r12_a_short_life_is_used_for_at_least_half_of_it() {
        for seconds in 1..100 {
            assert!(life(seconds, 0.0).0 * 2 >= seconds * SECOND);
        }
    }
}
