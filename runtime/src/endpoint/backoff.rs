//! Schedules: how long to wait before each retry.
//!
//! [`Backoff`] is constant data, checked when the user compiles; its iterator is made only when a first attempt has
//! failed. Fixed, fibonacci and exponential delays come from `tokio_retry::strategy`; what that crate lacks (linear,
//! decorrelated, a cap after jitter, a seedable source of randomness) is here.

use std::iter::{self, Chain, Once};
use std::time::Duration;

use tokio_retry::strategy::{ExponentialBackoff, FibonacciBackoff, FixedInterval};

/// A schedule of retries: `constant(100ms,3)` and its siblings.
///
/// ```
/// use reauth::{Backoff, Jitter};
/// use std::time::Duration;
///
/// const BACKOFF: Backoff = Backoff::exponential(Duration::from_millis(100), 3).jitter(Jitter::None);
/// let delays: Vec<u128> = BACKOFF.delays().map(|delay| delay.as_millis()).collect();
/// assert_eq!(delays, [100, 200, 400]);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Backoff {
    growth: Growth,
    delay: Duration,
    retries: u32,
    factor: u32,
    max: Option<Duration>,
    jitter: Jitter,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Growth {
    Constant,
    Linear,
    Exponential,
    Fibonacci,
    Decorrelated,
}

/// How much of each delay is left to chance, so that clients which failed together do not come back together.
///
/// The names are those of [Exponential Backoff And Jitter](https://aws.amazon.com/blogs/architecture/exponential-backoff-and-jitter/).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Jitter {
    /// Anything from nothing to the whole delay.
    Full,
    /// Half of the delay, and up to the other half.
    Equal,
    /// The delay itself.
    None,
}

impl Backoff {
    /// No retries.
    pub const NONE: Self = Self::new(Growth::Constant, Duration::ZERO, 0, Jitter::None);
    /// No delay is longer than this, or than the first where that is longer, unless the schedule says otherwise.
    pub const DEFAULT_MAX: Duration = Duration::from_secs(60);

    /// `retries` retries, each after `delay`: `constant(100ms,3)` sends at 0, 100, 200 and 300 ms.
    #[must_use]
    pub const fn constant(delay: Duration, retries: u32) -> Self {
        Self::new(Growth::Constant, delay, retries, Jitter::None)
    }

    /// Waits `delay`, 2 × `delay`, 3 × `delay`, …
    #[must_use]
    pub const fn linear(delay: Duration, retries: u32) -> Self {
        Self::new(Growth::Linear, delay, retries, Jitter::None)
    }

    /// Waits up to `delay`, 2 × `delay`, 4 × `delay`, …, with full jitter unless [`jitter`](Self::jitter) says
    /// otherwise.
    #[must_use]
    pub const fn exponential(delay: Duration, retries: u32) -> Self {
        Self::new(Growth::Exponential, delay, retries, Jitter::Full)
    }

    /// Waits `delay`, `delay`, 2 × `delay`, 3 × `delay`, 5 × `delay`, …
    #[must_use]
    pub const fn fibonacci(delay: Duration, retries: u32) -> Self {
        Self::new(Growth::Fibonacci, delay, retries, Jitter::None)
    }

    /// Polly's [`DecorrelatedJitterBackoffV2`](https://github.com/Polly-Contrib/Polly.Contrib.WaitAndRetry): a smooth
    /// spread whose first delay has the median `delay`.
    #[must_use]
    pub const fn decorrelated(delay: Duration, retries: u32) -> Self {
        Self::new(Growth::Decorrelated, delay, retries, Jitter::None)
    }

    const fn new(growth: Growth, delay: Duration, retries: u32, jitter: Jitter) -> Self {
        Self {
            growth,
            delay,
            retries,
            factor: 2,
            max: None,
            jitter,
        }
    }

    /// No delay is longer than `max`, after jitter.
    #[must_use]
    pub const fn max(mut self, max: Duration) -> Self {
        self.max = Some(max);
        self
    }

    /// What an exponential delay grows by; 2 unless said.
    #[must_use]
    pub const fn factor(mut self, factor: u32) -> Self {
        self.factor = factor;
        self
    }

    /// How much of each delay is left to chance.
    #[must_use]
    pub const fn jitter(mut self, jitter: Jitter) -> Self {
        self.jitter = jitter;
        self
    }

    /// The number of retries, the first attempt not counted.
    #[must_use]
    pub const fn retries(&self) -> u32 {
        self.retries
    }

    /// The delays before each retry, in order.
    pub fn delays(&self) -> impl Iterator<Item = Duration> + Send + use<> {
        self.seeded_delays(fastrand::Rng::new())
    }

    pub(crate) fn seeded_delays(&self, rng: fastrand::Rng) -> Delays {
        let growth = match self.growth {
            Growth::Constant => GrowthIter::Constant(FixedInterval::new(self.delay)),
            Growth::Linear => GrowthIter::Linear {
                step: self.delay,
                last: Duration::ZERO,
            },
            Growth::Exponential => GrowthIter::Exponential {
                first: self.delay,
                // It yields factor¹, factor², …: what comes after the first.
                multiples: iter::once(MULTIPLE).chain(ExponentialBackoff::from_millis(self.factor.into())),
            },
            Growth::Fibonacci => GrowthIter::Fibonacci {
                first: self.delay,
                multiples: FibonacciBackoff::from_millis(1),
            },
            Growth::Decorrelated => GrowthIter::Decorrelated {
                median: self.delay,
                attempt: 0,
                last: 0.0,
            },
        };
        Delays {
            growth,
            left: self.retries,
            max: self.max.unwrap_or(Self::DEFAULT_MAX.max(self.delay)),
            jitter: self.jitter,
            rng,
        }
    }
}

/// The delays of one call's retries.
#[derive(Debug)]
pub(crate) struct Delays {
    growth: GrowthIter,
    left: u32,
    max: Duration,
    jitter: Jitter,
    rng: fastrand::Rng,
}

#[derive(Debug)]
enum GrowthIter {
    Constant(FixedInterval),
    Linear {
        step: Duration,
        last: Duration,
    },
    Exponential {
        first: Duration,
        multiples: Chain<Once<Duration>, ExponentialBackoff>,
    },
    Fibonacci {
        first: Duration,
        multiples: FibonacciBackoff,
    },
    Decorrelated {
        median: Duration,
        attempt: u32,
        last: f64,
    },
}

impl Iterator for Delays {
    type Item = Duration;

    fn next(&mut self) -> Option<Duration> {
        self.left = self.left.checked_sub(1)?;
        let delay = match &mut self.growth {
            GrowthIter::Constant(delays) => delays.next()?,
            GrowthIter::Linear { step, last } => {
                *last = last.saturating_add(*step);
                *last
            }
            GrowthIter::Exponential { first, multiples } => times(*first, multiples.next()?),
            GrowthIter::Fibonacci { first, multiples } => times(*first, multiples.next()?),
            GrowthIter::Decorrelated { median, attempt, last } => {
                // The published formula: f(t) = 2^t · tanh(√(4t)), wait = (f(t) − f(previous t)) · median / 1.4.
                let t = f64::from(*attempt) + self.rng.f64();
                let f = t.exp2() * (4.0 * t).sqrt().tanh();
                let wait = (f - *last) * median.as_secs_f64() / 1.4;
                *attempt += 1;
                *last = f;
                // Beyond 2^1023 it is infinite, and then the difference of two that are: as long as can be, and not 0.
                Duration::try_from_secs_f64(wait).unwrap_or(Duration::MAX)
            }
        }
        // Capped before jitter, which only shortens: the cap holds after it, and full jitter keeps its spread.
        .min(self.max);
        Some(match self.jitter {
            Jitter::None => delay,
            Jitter::Full => share(delay, self.rng.f64()),
            Jitter::Equal => delay / 2 + share(delay / 2, self.rng.f64()),
        })
    }
}

/// What stands for 1 in a count of the first delay: the crate that counts has no numbers but milliseconds, of which some
/// delays are shorter than one.
const MULTIPLE: Duration = Duration::from_millis(1);

fn times(delay: Duration, multiple: Duration) -> Duration {
    delay.saturating_mul(u32::try_from(multiple.as_millis()).unwrap_or(u32::MAX))
}

/// `part` (0 to 1) of `delay`; unlike `Duration::mul_f64` it cannot overflow.
pub(crate) fn share(delay: Duration, part: f64) -> Duration {
    Duration::try_from_secs_f64(delay.as_secs_f64() * part).map_or(delay, |share| share.min(delay))
}

#[cfg(test)]
mod tests {
    use super::*;

    const MS: Duration = Duration::from_millis(1);

    fn millis(backoff: Backoff) -> Vec<u128> {
        backoff.delays().map(|delay| delay.as_millis()).collect()
    }

    #[test]
    fn grows_as_the_contract_says() {
        assert_eq!(millis(Backoff::NONE), []);
        assert_eq!(millis(Backoff::constant(100 * MS, 3)), [100, 100, 100]);
        assert_eq!(millis(Backoff::linear(100 * MS, 3)), [100, 200, 300]);
        assert_eq!(millis(Backoff::fibonacci(100 * MS, 5)), [100, 100, 200, 300, 500]);
        let exponential = Backoff::exponential(100 * MS, 4).jitter(Jitter::None);
        assert_eq!(millis(exponential), [100, 200, 400, 800]);
        assert_eq!(millis(exponential.factor(3)), [100, 300, 900, 2700]);
        assert_eq!(millis(exponential.max(300 * MS)), [100, 200, 300, 300]);

        let long = Duration::from_secs(120);
        assert_eq!(
            millis(Backoff::constant(long, 2)),
            [120_000, 120_000],
            "longer than the default cap"
        );
        assert_eq!(millis(Backoff::linear(40_000 * MS, 3)), [40_000, 60_000, 60_000]);
    }

    #[test]
    fn jitter_shortens_and_never_lengthens() {
        for seed in 0..1_000 {
            let delays = |jitter| {
                Backoff::exponential(100 * MS, 8)
                    .max(Duration::from_secs(1))
                    .jitter(jitter)
                    .seeded_delays(fastrand::Rng::with_seed(seed))
            };
            for (jittered, whole) in delays(Jitter::Full).zip(delays(Jitter::None)) {
                assert!(jittered <= whole, "seed {seed}");
            }
            for (jittered, whole) in delays(Jitter::Equal).zip(delays(Jitter::None)) {
                assert!(jittered <= whole && jittered >= whole / 2, "seed {seed}");
            }
        }
    }

    #[test]
    fn a_delay_may_be_shorter_than_a_millisecond() {
        let micros = |backoff: Backoff| backoff.delays().map(|delay| delay.as_micros()).collect::<Vec<_>>();
        let delay = Duration::from_micros(300);
        let exponential = Backoff::exponential(delay, 4).jitter(Jitter::None);
        assert_eq!(micros(exponential), [300, 600, 1200, 2400]);
        assert_eq!(micros(Backoff::fibonacci(delay, 4)), [300, 300, 600, 900]);
    }

    /// Polly's formula, written down from its publication; `chance` is what it draws.
    fn polly(median: f64, chance: &[f64]) -> Vec<f64> {
        let f = |t: f64| 2f64.powf(t) * f64::tanh(f64::sqrt(4.0 * t));
        let mut previous = 0.0;
        (0..)
            .zip(chance)
            .map(|(attempt, chance)| {
                let next = f(f64::from(attempt) + chance);
                let wait = (next - previous) * median / 1.4;
                previous = next;
                wait
            })
            .collect()
    }

    #[test]
    fn r21_decorrelated_follows_pollys_formula() {
        for seed in 0..1_000 {
            let mut rng = fastrand::Rng::with_seed(seed);
            let chance: Vec<f64> = iter::repeat_with(|| rng.f64()).take(8).collect();
            let backoff = Backoff::decorrelated(Duration::from_millis(350), 8).max(Duration::MAX);
            let delays = backoff.seeded_delays(fastrand::Rng::with_seed(seed));
            let delays: Vec<f64> = delays.map(|delay| delay.as_secs_f64()).collect();
            let expected = polly(0.35, &chance);
            assert_eq!(delays.len(), expected.len());
            for (delay, expected) in delays.iter().zip(&expected) {
                // A delay is in whole nanoseconds.
                assert!(
                    (delay - expected).abs() < 1e-9 * expected.max(1.0),
                    "seed {seed}: {delays:?} {expected:?}"
                );
            }
        }
    }

    #[test]
    fn r22_decorrelated_stays_at_its_cap_where_the_formula_overflows() {
        let delays: Vec<_> = Backoff::decorrelated(Duration::from_secs(1), 3000).delays().collect();
        assert_eq!(delays.len(), 3000);
        assert!(delays[20..].iter().all(|delay| *delay == Backoff::DEFAULT_MAX));
    }

    #[test]
    fn huge_numbers_do_not_panic() {
        for backoff in [
            Backoff::constant(Duration::MAX, 3),
            Backoff::linear(Duration::MAX, 3),
            Backoff::exponential(Duration::MAX, 3).factor(u32::MAX),
            Backoff::fibonacci(Duration::MAX, 3),
            Backoff::decorrelated(Duration::MAX, 3),
        ] {
            for backoff in [
                backoff,
                backoff.max(Duration::MAX).jitter(Jitter::Equal),
                backoff.jitter(Jitter::Full),
            ] {
                assert_eq!(backoff.delays().count(), 3);
            }
        }
    }
}
