//! How many of a client's sends may be retries: what keeps many callers of a failing server from becoming the reason that
//! it fails.
//!
//! Of the last ten seconds it counts the calls that may be retried and the retries, in a [`Window`], and allows a
//! retry where with it these are no more than the share of those and the rate on top: the rule of Finagle and Linkerd.
//! tower's `TpsBudget`, which follows it too, was not taken: it reads and writes its balance in two steps, so that
//! threads can overdraw it, and cuts `1 / share` off to a whole number, so that 30 % are 33 %. Here both counts are
//! whole numbers, under one lock that is held for some additions.

use std::ops::AddAssign;
use std::time::Duration;

use parking_lot::Mutex;
use tokio::time::Instant;

use super::window::Window;
use crate::endpoint::Endpoint;
use crate::telemetry::retry_refused;

/// In seconds.
const WINDOW: u64 = 10;

/// How many of a client's sends may be retries: 20 % of its calls, and 10 a second beside that, unless set otherwise:
/// both of the last ten seconds, so that 100 may come at once.
///
/// Where an API fails altogether, schedules alone would multiply every call by one more than their retries, just when the
/// API can bear it least. With the budget its load stays nearly what it was, and what cannot be retried fails at
/// once, with [`Stopped::BudgetSpent`](crate::Stopped::BudgetSpent). A failure now and then spends next to nothing of it.
///
/// It counts over the last ten seconds, is filled by calls whose endpoints are retried, and is shared by the clones of a
/// client. First attempts never wait for it or fail for it, and a re-authorization spends none.
///
/// # Many small clients
///
/// A budget is one client's, and of other processes it knows nothing. The 10 a second are for a client whose calls are
/// too few for a share of them, and such a client never spends them all: where 10,000 processes make a call a second
/// each, an API that fails for a minute gets, with `retry = "exponential(100ms,3)"`,
///
/// | | times the normal load, over 10 s | in the worst second |
/// | --- | --- | --- |
/// | without a budget | 4.0 | 4.0 |
/// | the default budget | 4.0 | 4.0 |
/// | `per_second(0)` | 1.2 | 2.1 |
/// | `circuit_breaker = "50%, 5/10s, 5s"` | 1.0 | 3.3 |
///
/// and its normal load again a second after it is back. So a fleet of small clients says `per_second(0)`, or gives its
/// trait a `circuit_breaker`; with the former, a client of fewer than five calls in ten seconds is not retried at all.
///
/// ```
/// # use reauth::{api_client, Result};
/// use reauth::RetryBudget;
///
/// #[api_client(retry = "exponential(100ms,3)")]
/// pub trait Clock {
///     #[get("/now")]
///     async fn now(&self) -> Result<String>;
/// }
///
/// # fn main() -> Result<()> {
/// let careful = ClockClient::builder("https://clock.example.com")
///     .retry_budget(RetryBudget::new().percent(10).per_second(1))
///     .build()?;
/// let unlimited = ClockClient::builder("https://clock.example.com")
///     .retry_budget(RetryBudget::UNLIMITED)
///     .build()?;
/// # Ok(()) }
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RetryBudget {
    /// `None` where there is no limit.
    limits: Option<Limits>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Limits {
    percent: u32,
    per_second: u32,
}

impl Limits {
    const DEFAULT: Self = Self {
        percent: 20,
        per_second: 10,
    };
}

impl RetryBudget {
    /// Every retry that a schedule has is made.
    pub const UNLIMITED: Self = Self { limits: None };

    /// 20 % of the calls, and 10 retries a second.
    #[must_use]
    pub const fn new() -> Self {
        Self {
            limits: Some(Limits::DEFAULT),
        }
    }

    /// How many retries there may be for every hundred calls; 20 unless set.
    #[must_use]
    pub const fn percent(self, percent: u32) -> Self {
        Self::of(percent, self.limits_or_default().per_second)
    }

    /// How many retries there may be a second beside the share of the calls, for clients that make few; 10 unless set.
    #[must_use]
    pub const fn per_second(self, retries: u32) -> Self {
        Self::of(self.limits_or_default().percent, retries)
    }

    const fn of(percent: u32, per_second: u32) -> Self {
        Self {
            limits: Some(Limits { percent, per_second }),
        }
    }

    const fn limits_or_default(self) -> Limits {
        match self.limits {
            Some(limits) => limits,
            None => Limits::DEFAULT,
        }
    }
}

impl Default for RetryBudget {
    fn default() -> Self {
        Self::new()
    }
}

/// The budget of one client.
pub(crate) struct Budget {
    limits: Limits,
    account: Mutex<Account>,
}

struct Account {
    window: Window<Counts>,
    /// When a refusal was last said aloud.
    warned: Option<Instant>,
}

#[derive(Clone, Copy, Default)]
struct Counts {
    calls: u64,
    retries: u64,
}

impl AddAssign for Counts {
    fn add_assign(&mut self, more: Self) {
        self.calls += more.calls;
        self.retries += more.retries;
    }
}

/// Whether a retry may be made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Withdrawal {
    Granted,
    /// `is_first` where the operator was not told for as long as the budget looks back.
    Refused {
        is_first: bool,
    },
}

impl Budget {
    /// `None` where there is no limit to keep.
    pub(crate) fn new(budget: RetryBudget) -> Option<Self> {
        Some(Self {
            limits: budget.limits?,
            account: Mutex::new(Account {
                window: Window::new(Duration::from_secs(WINDOW), Instant::now()),
                warned: None,
            }),
        })
    }

    /// A call begins that may be retried.
    pub(super) fn deposit(&self, now: Instant) {
        let one = Counts { calls: 1, retries: 0 };
        self.account.lock().window.count(now, one);
    }

    /// Takes a retry of an endpoint's from the budget, or says that there is none.
    pub(super) fn affords(&self, endpoint: &'static Endpoint) -> bool {
        match self.withdraw(Instant::now()) {
            Withdrawal::Granted => true,
            Withdrawal::Refused { is_first } => {
                retry_refused(endpoint, is_first);
                false
            }
        }
    }

    /// Takes a retry from the budget, if there is one.
    pub(super) fn withdraw(&self, now: Instant) -> Withdrawal {
        let Limits { percent, per_second } = self.limits;
        let mut account = self.account.lock();
        let Counts { calls, retries } = account.window.sum(now);
        // In hundredths of a retry.
        let earned = calls.saturating_mul(percent.into());
        let given = u64::from(per_second).saturating_mul(100 * WINDOW);
        if (retries + 1).saturating_mul(100) <= earned.saturating_add(given) {
            account.window.count(now, Counts { calls: 0, retries: 1 });
            return Withdrawal::Granted;
        }
        let long_ago = |warned| now.saturating_duration_since(warned) >= Duration::from_secs(WINDOW);
        let is_first = account.warned.is_none_or(long_ago);
        if is_first {
            account.warned = Some(now);
        }
        Withdrawal::Refused { is_first }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::any::Any;

    const SECOND: Duration = Duration::from_secs(1);

    fn budget(percent: u32, per_second: u32) -> (Budget, Instant) {
        let budget = Budget::new(RetryBudget::new().percent(percent).per_second(per_second)).unwrap();
        let start = budget.account.lock().window.begin();
        (budget, start)
    }

    fn is_granted(budget: &Budget, now: Instant) -> bool {
        budget.withdraw(now) == Withdrawal::Granted
    }

    /// As many as there are now.
    fn drain(budget: &Budget, now: Instant) -> usize {
        std::iter::repeat_with(|| is_granted(budget, now))
            .take_while(|granted| *granted)
            .count()
    }

    #[test]
    fn r24_a_share_of_the_calls_and_so_many_a_second() {
        let (share, now) = budget(20, 0);
        assert_eq!(drain(&share, now), 0);
        (0..4).for_each(|_| share.deposit(now));
        assert_eq!(drain(&share, now), 0, "0.8 of one");
        share.deposit(now);
        assert_eq!(drain(&share, now), 1);
        (0..95).for_each(|_| share.deposit(now));
        assert_eq!(drain(&share, now), 19);

        let (rate, now) = budget(0, 10);
        assert_eq!(drain(&rate, now), 100, "ten seconds' worth");
        let (thirds, now) = budget(30, 0);
        (0..1000).for_each(|_| thirds.deposit(now));
        assert_eq!(drain(&thirds, now), 300);
        assert_eq!(Budget::new(RetryBudget::UNLIMITED).map(|_| ()), None);
        assert_eq!(RetryBudget::default(), RetryBudget::new().percent(20).per_second(10));
    }

    #[test]
    fn r24_what_is_spent_comes_back_and_what_is_not_does_not_add_up() {
        let (budget, start) = budget(20, 1);
        (0..100).for_each(|_| budget.deposit(start));
        assert_eq!(drain(&budget, start), 30);
        assert_eq!(drain(&budget, start + 9 * SECOND), 0);
        assert_eq!(drain(&budget, start + 10 * SECOND), 10, "the calls were too long ago");
        assert_eq!(
            drain(&budget, start + 100 * SECOND),
            10,
            "and no more for a longer wait"
        );
        assert_eq!(
            drain(&budget, start + Duration::from_secs(u64::MAX / 2_000_000_000)),
            10
        );
    }

    /// At each moment, however calls and retries are mixed.
    #[test]
    fn r24_the_last_ten_seconds_never_have_more_than_their_share() {
        let mut any = Any::new();
        let (budget, start) = budget(20, 3);
        let (mut calls, mut retries) = (Vec::new(), Vec::new());
        let mut millis = 0;
        for _ in 0..20_000 {
            millis += any.u64(..40);
            let now = start + Duration::from_millis(millis);
            if any.u8(..3) == 0 {
                budget.deposit(now);
                calls.push(millis / 1000);
            } else {
                let recent =
                    |counted: &Vec<u64>| counted.iter().rev().take_while(|&&at| at + 10 > millis / 1000).count();
                let is_due = (recent(&retries) + 1) * 100 <= recent(&calls) * 20 + 3000;
                assert_eq!(is_granted(&budget, now), is_due, "at {millis} ms");
                if is_due {
                    retries.push(millis / 1000);
                }
            }
        }
        assert!(retries.len() > 1000, "{}", retries.len());
    }

    #[test]
    fn r24_it_is_exact_under_threads() {
        let (budget, now) = budget(20, 0);
        let granted: usize = std::thread::scope(|scope| {
            let threads: Vec<_> = (0..8)
                .map(|thread| {
                    let budget = &budget;
                    scope.spawn(move || {
                        // Some of them looked at the clock a little earlier.
                        let now = now + SECOND * (thread % 2);
                        (0..10_000).for_each(|_| budget.deposit(now));
                        (0..10_000).filter(|_| is_granted(budget, now)).count()
                    })
                })
                .collect();
            threads.into_iter().map(|thread| thread.join().unwrap()).sum()
        });
        let later = now + SECOND;
        assert_eq!(granted + drain(&budget, later), 16_000);
    }

    #[test]
    fn r24_the_operator_is_told_once_in_ten_seconds() {
        let (budget, start) = budget(0, 0);
        let refused = |seconds| budget.withdraw(start + SECOND * seconds);
        assert_eq!(refused(0), Withdrawal::Refused { is_first: true });
        assert_eq!(refused(0), Withdrawal::Refused { is_first: false });
        assert_eq!(refused(9), Withdrawal::Refused { is_first: false });
        assert_eq!(refused(10), Withdrawal::Refused { is_first: true });
    }
}
