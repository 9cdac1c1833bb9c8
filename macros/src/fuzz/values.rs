//! The values of keys: durations, schedules, conditions, quotas, circuit breakers, credentials.

use std::fmt::Debug;
use std::time::Duration;

use proc_macro2::Span;
use reauth_fuzz::Verdict;

use super::{quoted, told, unquoted};
use crate::diagnostics::Diagnostics;
use crate::grammar::auth::{BuiltIn, KeyPlace};
use crate::grammar::backoff::{self, Backoff, Curve, Reauth, Retry};
use crate::grammar::circuit_breaker;
use crate::grammar::duration;
use crate::grammar::lexeme::{Lexeme, Lexemes};
use crate::grammar::quota::{self, CALLS, MOST};
use crate::grammar::retry_on::{self, Condition};

const A_DAY: Duration = Duration::from_secs(24 * 3600);

/// Reads a value; it is the same without quotes, and when it is written again.
fn value<T: Debug + PartialEq>(
    text: &str,
    read: impl Fn(Lexemes, &mut Diagnostics) -> Option<T>,
    written: impl Fn(&T) -> String,
) -> Option<T> {
    let value = told(|mistakes| read(quoted(text), mistakes));
    if let Some(value) = &value {
        let again = written(value);
        assert_eq!(
            told(|mistakes| read(quoted(&again), mistakes)).as_ref(),
            Some(value),
            "{again}"
        );
    }
    // Without quotes there are comments; and a key that nothing follows is told of before anybody reads its value.
    let is_same = |lexemes: &Lexemes| !lexemes.is_empty() && !text.contains("//") && !text.contains("/*");
    if let Some(lexemes) = unquoted(text).filter(is_same) {
        let bare = told(|mistakes| read(lexemes, mistakes));
        assert_eq!(bare, value, "without quotes");
    }
    value
}

#[test]
fn durations() {
    fn parse(lexemes: Lexemes, mistakes: &mut Diagnostics) -> Option<Duration> {
        let lexemes: Vec<Lexeme> = lexemes.collect();
        if let [lexeme] = lexemes.as_slice() {
            return duration::parse(lexeme, mistakes);
        }
        mistakes.at(Span::call_site(), "this is not one", "write one");
        None
    }
    /// Digits, of which the first is no `_`, and a unit.
    fn by_hand(text: &str) -> Option<Duration> {
        let unit = text.trim_start_matches(|c: char| c.is_ascii_digit() || c == '_');
        let digits = &text[..text.len() - unit.len()];
        let millis = [("ms", 1), ("s", 1_000), ("m", 60_000), ("h", 3_600_000)];
        let (_, factor) = millis.into_iter().find(|(known, _)| *known == unit)?;
        // Nobody writes more digits than u128 holds, but for those who are refused anyway.
        let number: u128 = digits.replace('_', "").parse().ok()?;
        let millis = u64::try_from(number.checked_mul(factor)?).ok()?;
        Some(Duration::from_millis(millis)).filter(|duration| digits.starts_with(|c| c != '_') && *duration <= A_DAY)
    }
    reauth_fuzz::text("durations", |text| {
        let text = text.trim();
        let read = value(text, parse, |duration| duration::written(*duration));
        assert_eq!(read, by_hand(text));
        Verdict::from(&read)
    });
}

#[test]
fn schedules() {
    fn check(backoff: &Backoff) {
        assert!(backoff.delay <= A_DAY && backoff.retries > 0, "{backoff:?}");
        assert!(
            backoff.max.is_none_or(|max| max >= backoff.delay && max <= A_DAY),
            "{backoff:?}"
        );
        assert!(backoff.factor.is_none_or(|factor| factor > 1), "{backoff:?}");
    }
    fn written(backoff: &Backoff) -> String {
        let Backoff {
            curve,
            delay,
            retries,
            max,
            factor,
            jitter,
        } = backoff;
        let first = format!("{},{retries}", duration::written(*delay));
        let max = max.map(|max| format!("max = {}", duration::written(max)));
        let factor = factor.map(|factor| format!("factor = {factor}"));
        let jitter = jitter.map(|jitter| format!("jitter = {jitter:?}").to_lowercase());
        let arguments: Vec<String> = [first].into_iter().chain(max).chain(factor).chain(jitter).collect();
        format!("{}({})", curve.name(), arguments.join(", "))
    }
    reauth_fuzz::text("schedules", |text| {
        let retry = value(text, backoff::retry, |retry| match retry {
            Retry::None => "none".to_owned(),
            Retry::Schedule(backoff) => written(backoff),
        });
        let reauth = value(text, backoff::reauth, |reauth| match reauth {
            Reauth::None => "none".to_owned(),
            Reauth::Once => "once".to_owned(),
            Reauth::Schedule(backoff) => written(backoff),
        });
        match (&retry, &reauth) {
            (Some(Retry::Schedule(one)), Some(Reauth::Schedule(other))) => {
                assert_eq!(one, other);
                check(one);
                assert!(one.curve != Curve::Constant || one.max.is_none() && one.factor.is_none());
            }
            (Some(Retry::None), Some(Reauth::None)) | (None, Some(Reauth::Once) | None) => {}
            both => panic!("{both:?}"),
        }
        Verdict::from(&reauth)
    });
}

#[test]
fn conditions() {
    reauth_fuzz::text("conditions", |text| {
        let conditions = value(text, retry_on::parse, |conditions| {
            let words = conditions.iter().map(|condition| match condition {
                Condition::Transient => "transient".to_owned(),
                Condition::Connect => "connect".to_owned(),
                Condition::Timeout => "timeout".to_owned(),
                Condition::ServerErrors => "5xx".to_owned(),
                Condition::Status(status) => status.to_string(),
            });
            format!("[{}]", words.collect::<Vec<_>>().join(","))
        });
        for (index, condition) in conditions.iter().flatten().enumerate() {
            let is_failure = !matches!(condition, Condition::Status(status) if !(400..=599).contains(status));
            assert!(is_failure, "{condition:?}");
            let before = &conditions.as_ref().expect("some")[..index];
            assert!(!before.contains(condition), "{condition:?} twice");
        }
        Verdict::from(&conditions)
    });
}

#[test]
fn quotas() {
    reauth_fuzz::text("quotas", |text| {
        if quoted(text).is_empty() {
            return Verdict::Refused;
        }
        let quota = value(
            text,
            |lexemes, mistakes| quota::parse(&lexemes.collect::<Vec<_>>(), CALLS, mistakes),
            |quota| format!("{}/{}", quota.count, duration::written(quota.window)),
        );
        if let Some(quota) = &quota {
            assert!((1..=MOST).contains(&quota.count), "{quota:?}");
            assert!(!quota.window.is_zero() && quota.window <= A_DAY, "{quota:?}");
        }
        Verdict::from(&quota)
    });
}

#[test]
fn circuit_breakers() {
    reauth_fuzz::text("circuit_breakers", |text| {
        if quoted(text).is_empty() {
            return Verdict::Refused;
        }
        let breaker = value(text, circuit_breaker::parse, |breaker| {
            let (window, open_for) = (
                duration::written(breaker.requests.window),
                duration::written(breaker.open_for),
            );
            format!(
                "[{}%, {}/{window}, {open_for}]",
                breaker.percent, breaker.requests.count
            )
        });
        if let Some(breaker) = &breaker {
            assert!((1..=100).contains(&breaker.percent), "{breaker:?}");
            assert!((1..=MOST).contains(&breaker.requests.count), "{breaker:?}");
            assert!(
                !breaker.requests.window.is_zero() && !breaker.open_for.is_zero(),
                "{breaker:?}"
            );
        }
        Verdict::from(&breaker)
    });
}

#[test]
fn credentials() {
    reauth_fuzz::text("credentials", |word| {
        let Some(read) = BuiltIn::read(word) else {
            assert!(!crate::grammar::auth::known(word).is_empty());
            return Verdict::Refused;
        };
        let credential = match read {
            Ok(credential) => credential,
            Err((what, instead)) => {
                assert!(!what.is_empty() && !instead.is_empty());
                return Verdict::Refused;
            }
        };
        let again = match &credential {
            BuiltIn::ApiKey(KeyPlace::Header(name)) => {
                let is_token = name
                    .bytes()
                    .all(|byte| byte.is_ascii_graphic() && !b"\"(),/:;<=>?@[\\]{}".contains(&byte));
                assert!(!name.is_empty() && is_token && *name == name.to_lowercase(), "{name}");
                format!("api_key({name})")
            }
            BuiltIn::ApiKey(KeyPlace::Query(name)) => {
                assert!(
                    !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_graphic()),
                    "{name}"
                );
                format!("api_key(query:{name})")
            }
            other => other.name().to_owned(),
        };
        assert_eq!(BuiltIn::read(&again).and_then(Result::ok), Some(credential), "{again}");
        Verdict::Taken
    });
}
