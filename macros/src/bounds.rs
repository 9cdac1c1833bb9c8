//! What one call can come to: how often it is sent, and how long it waits in between.
//!
//! The runtime's `Endpoint::max_sends` and `Backoff::delays` have the last word; what is computed here is what the
//! generated docs promise of them, and what the checks compare with a time limit. The promises in
//! `tests/promises/documentation.rs` hold both side by side.

use std::time::Duration;

use crate::grammar::backoff::{Backoff, Curve, Jitter, Reauth};
use crate::model::Policy;

/// The runtime's `Endpoint::DEFAULT_TIMEOUT`.
pub(crate) const DEFAULT_TIMEOUT: Duration = Duration::from_secs(30);
/// The runtime's `Endpoint::DEFAULT_ATTEMPT_TIMEOUT`.
pub(crate) const DEFAULT_ATTEMPT_TIMEOUT: Duration = Duration::from_secs(10);
/// The runtime's `Backoff::DEFAULT_MAX`.
const DEFAULT_MAX: Duration = Duration::from_secs(60);

/// The most requests that one call can send: 1 + retries + re-authorizations, and each of them twice with a hedge.
pub(crate) fn sends(policy: &Policy) -> u32 {
    let hedged = if policy.hedge.is_some() { 2 } else { 1 };
    attempts(policy).saturating_mul(hedged)
}

pub(crate) fn attempts(policy: &Policy) -> u32 {
    1_u32.saturating_add(retries(policy)).saturating_add(reauths(policy))
}

pub(crate) fn retries(policy: &Policy) -> u32 {
    policy.retry.as_ref().map_or(0, |retry| retry.retries)
}

/// How often a 401 can lead to another send.
pub(crate) fn reauths(policy: &Policy) -> u32 {
    match &policy.reauth {
        _ if !policy.authorized => 0,
        None | Some(Reauth::Once) => 1,
        Some(Reauth::None) => 0,
        Some(Reauth::Schedule(schedule)) => schedule.retries,
    }
}

/// The shortest that the first wait of a schedule can be.
pub(crate) fn shortest_first_wait(backoff: &Backoff) -> Duration {
    match jitter(backoff) {
        _ if backoff.curve == Curve::Decorrelated => Duration::ZERO,
        Jitter::Full => Duration::ZERO,
        Jitter::Equal => backoff.delay / 2,
        Jitter::None => backoff.delay,
    }
}

/// The longest that any wait of a schedule can be.
pub(crate) fn longest_wait(backoff: &Backoff) -> Duration {
    let Backoff { delay, retries, .. } = *backoff;
    let last = match backoff.curve {
        Curve::Constant => delay,
        Curve::Linear => delay.saturating_mul(retries),
        Curve::Exponential => {
            let factor = backoff.factor.unwrap_or(2);
            delay.saturating_mul(factor.saturating_pow(retries.saturating_sub(1)))
        }
        Curve::Fibonacci => delay.saturating_mul(fibonacci(retries)),
        Curve::Decorrelated => decorrelated(delay, retries),
    };
    last.min(backoff.max.unwrap_or(DEFAULT_MAX.max(delay)))
}

/// How much of a delay is left to chance, where the schedule does not say: full for `exponential` only.
pub(crate) fn jitter(backoff: &Backoff) -> Jitter {
    backoff.jitter.unwrap_or(match backoff.curve {
        Curve::Exponential => Jitter::Full,
        _ => Jitter::None,
    })
}

/// 1, 1, 2, 3, 5, …
fn fibonacci(index: u32) -> u32 {
    let (mut last, mut number) = (0_u32, 1_u32);
    for _ in 1..index.min(64) {
        (last, number) = (number, last.saturating_add(number));
    }
    number
}

/// Polly's formula, f(t) − f(previous t) with t left to chance between two whole numbers: longest where t is the upper
/// one of the last retry, and the previous t the lower one of the retry before.
fn decorrelated(median: Duration, retries: u32) -> Duration {
    let f = |t: f64| t.exp2() * (4.0 * t).sqrt().tanh();
    let last = f64::from(retries);
    let wait = (f(last) - f((last - 2.0).max(0.0))) * median.as_secs_f64() / 1.4;
    Duration::try_from_secs_f64(wait).unwrap_or(Duration::MAX)
}

#[cfg(test)]
mod tests {
    use proc_macro2::Span;

    use super::*;
    use crate::diagnostics::Diagnostics;
    use crate::grammar::backoff::{Retry, reauth, retry};
    use crate::grammar::lexeme::Lexemes;

    fn schedule(text: &str) -> Backoff {
        match retry(Lexemes::of_text(text, Span::call_site()), &mut Diagnostics::default()) {
            Some(Retry::Schedule(backoff)) => backoff,
            _ => panic!("{text}"),
        }
    }

    #[test]
    fn sends_are_one_and_the_retries_and_the_reauths() {
        for (authorized, schedules, reauths, sends) in [
            (false, None, None, 1),
            (false, Some("constant(100ms,3)"), Some("constant(1s,2)"), 4),
            (true, None, None, 2),
            (true, None, Some("none"), 1),
            (true, Some("constant(100ms,3)"), None, 5),
            (true, Some("constant(100ms,3)"), Some("once"), 5),
            (true, Some("exponential(100ms,3)"), Some("constant(1s,2)"), 6),
            (true, Some("constant(0s,4294967295)"), None, u32::MAX),
        ] {
            let reauth = |text| reauth(Lexemes::of_text(text, Span::call_site()), &mut Diagnostics::default());
            let policy = Policy {
                authorized,
                retry: schedules.map(schedule),
                reauth: reauths.map(|text| reauth(text).expect(text)),
                ..Policy::default()
            };
            assert_eq!(super::sends(&policy), sends, "{schedules:?} {reauths:?}");
        }
    }

    #[test]
    fn waits_are_those_of_the_runtime() {
        for (text, shortest_first, longest) in [
            ("constant(100ms,3)", 100, 100),
            ("constant(2m,3)", 120_000, 120_000),
            ("constant(100ms,3,jitter=full)", 0, 100),
            ("constant(100ms,3,jitter=equal)", 50, 100),
            ("linear(100ms,3)", 100, 300),
            ("linear(40s,3)", 40_000, 60_000),
            ("linear(40s,3,max=50s)", 40_000, 50_000),
            ("fibonacci(100ms,1)", 100, 100),
            ("fibonacci(100ms,5)", 100, 500),
            ("fibonacci(1ms,4294967295)", 1, 60_000),
            ("exponential(100ms,1)", 0, 100),
            ("exponential(100ms,4,jitter=none)", 100, 800),
            ("exponential(100ms,4,factor=3)", 0, 2_700),
            ("exponential(1ms,4294967295,factor=4294967295)", 0, 60_000),
            ("exponential(100ms,4,max=300ms,jitter=equal)", 50, 300),
            // (f(1) − f(0)) / 1.4, (f(3) − f(1)) / 1.4
            ("decorrelated(1s,1)", 0, 1_377),
            ("decorrelated(1s,3)", 0, 4_325),
            ("decorrelated(1s,3,max=2s)", 0, 2_000),
            ("decorrelated(1s,4294967295)", 0, 60_000),
        ] {
            let backoff = schedule(text);
            let millis = |wait: Duration| wait.as_millis();
            assert_eq!(millis(shortest_first_wait(&backoff)), shortest_first, "{text}");
            assert_eq!(millis(longest_wait(&backoff)), longest, "{text}");
        }
    }
}
