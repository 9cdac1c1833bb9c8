//! When a server asks to be called again, read from the headers of its answer. The first that can be read wins:
//!
//! 1. `Retry-After-Ms`, which Azure and OpenAI send beside the next, to say it more exactly;
//! 2. `Retry-After`, as seconds or as a date (RFC 9110, section 10.2.3);
//! 3. `X-RateLimit-Reset`, where the answer is about a limit and says that it is spent: a 429, unless it says that
//!    something remains; a 403 (GitHub's) or a 503 with `X-RateLimit-Remaining: 0`. It is a time in seconds since 1970
//!    (GitHub, Auth0, Okta), in milliseconds since then (`OpenRouter`), or the seconds until then (the IETF's draft).
//!
//! What cannot be read asks for nothing, but a number that is too long to count with is a long time. A date counts from the server's own `Date`, where it says one: its clock and
//! ours may differ.

use std::num::IntErrorKind;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use http::header::{DATE, RETRY_AFTER};
use http::{HeaderMap, StatusCode};

const RETRY_AFTER_MS: &str = "retry-after-ms";
/// `remaining` and `reset` as Auth0, Okta and the IETF's draft spell them.
const WINDOWS: [(&str, &str); 3] = [
    ("x-ratelimit-remaining", "x-ratelimit-reset"),
    ("x-rate-limit-remaining", "x-rate-limit-reset"),
    ("ratelimit-remaining", "ratelimit-reset"),
];
/// As a number of seconds this is 2001 or later; as a time to wait it is decades.
const FIRST_DATE: u64 = 1_000_000_000;
/// As a number of milliseconds this is 2001 or later; as seconds it is in the 34th millennium.
const FIRST_DATE_IN_MILLIS: u64 = 1_000_000_000_000;

/// How long a failure asks to be waited for.
pub(super) fn asked(status: StatusCode, headers: &HeaderMap, now: SystemTime) -> Option<Duration> {
    said(headers, now).or_else(|| match status {
        StatusCode::TOO_MANY_REQUESTS => windows(headers, now, true),
        StatusCode::FORBIDDEN | StatusCode::SERVICE_UNAVAILABLE => windows(headers, now, false),
        _ => None,
    })
}

/// How long an answer asks to be waited for in so many words.
pub(crate) fn said(headers: &HeaderMap, now: SystemTime) -> Option<Duration> {
    let text = |name: &str| Some(headers.get(name)?.to_str().ok()?.trim());
    if let Some(millis) = text(RETRY_AFTER_MS).and_then(rounded_up) {
        return Some(Duration::from_millis(millis));
    }
    let value = text(RETRY_AFTER.as_str())?;
    if let Some(seconds) = whole(value) {
        return Some(Duration::from_secs(seconds));
    }
    let date = httpdate::parse_http_date(value).ok()?;
    // A date in the past is now.
    Some(date.duration_since(server_time(headers, now)).unwrap_or_default())
}

/// How long until a rate limit that is spent is filled again; of several, the last one.
pub(crate) fn reset(headers: &HeaderMap, now: SystemTime) -> Option<Duration> {
    windows(headers, now, false)
}

/// `is_spent` where a limit that does not say what remains has nothing left.
fn windows(headers: &HeaderMap, now: SystemTime, is_spent: bool) -> Option<Duration> {
    let now = server_time(headers, now);
    let text = |name| headers.get(name)?.to_str().ok();
    let windows = WINDOWS.into_iter().filter_map(|(remaining, reset)| {
        let is_spent = if headers.contains_key(remaining) {
            text(remaining).and_then(number) == Some(0)
        } else {
            is_spent
        };
        is_spent.then(|| Some(until(rounded_up(text(reset)?)?, now)))?
    });
    windows.max()
}

fn server_time(headers: &HeaderMap, now: SystemTime) -> SystemTime {
    let date = headers.get(DATE).and_then(|date| date.to_str().ok());
    date.and_then(|date| httpdate::parse_http_date(date).ok())
        .unwrap_or(now)
}

fn until(reset: u64, now: SystemTime) -> Duration {
    if reset < FIRST_DATE {
        return Duration::from_secs(reset);
    }
    let date = if reset < FIRST_DATE_IN_MILLIS {
        Duration::from_secs(reset)
    } else {
        Duration::from_millis(reset)
    };
    date.saturating_sub(now.duration_since(UNIX_EPOCH).unwrap_or_default())
}

/// A whole number, or the whole part of one.
pub(crate) fn number(text: &str) -> Option<u64> {
    let text = text.trim();
    whole(text.split_once('.').map_or(text, |(whole, _)| whole))
}

/// A number that is too long is the longest that there is.
fn whole(text: &str) -> Option<u64> {
    match text.parse::<u64>() {
        Ok(number) => Some(number),
        Err(error) => (*error.kind() == IntErrorKind::PosOverflow).then_some(u64::MAX),
    }
}

/// A time as a whole number, no earlier than what is written.
fn rounded_up(text: &str) -> Option<u64> {
    let fraction = text.split_once('.').map_or("", |(_, fraction)| fraction);
    let has_more = fraction.bytes().any(|digit| (b'1'..=b'9').contains(&digit));
    Some(number(text)?.saturating_add(has_more.into()))
}

#[cfg(test)]
mod fuzz;
#[cfg(test)]
mod tests {
    use http::HeaderName;

    use super::*;
    use crate::any::Any;

    const NOW: u64 = 784_111_777;

    fn seconds(status: u16, lines: &[(&'static str, &str)]) -> Option<u64> {
        let headers = lines
            .iter()
            .map(|&(name, value)| (HeaderName::from_static(name), value.parse().unwrap()))
            .collect();
        let now = UNIX_EPOCH + Duration::from_secs(NOW);
        asked(StatusCode::from_u16(status).unwrap(), &headers, now).map(|wait| wait.as_secs())
    }

    #[test]
    fn r22_both_forms_and_garbage() {
        let wait = |value| seconds(503, &[("retry-after", value)]);
        assert_eq!(wait("120"), Some(120));
        assert_eq!(wait(" 0 "), Some(0));
        assert_eq!(wait("Sun, 06 Nov 1994 08:50:37 GMT"), Some(60));
        assert_eq!(wait("Sun, 06 Nov 1994 08:00:00 GMT"), Some(0), "past");
        assert_eq!(wait("18446744073709551615"), Some(u64::MAX));
        assert_eq!(wait("18446744073709551616"), Some(u64::MAX), "longer than any cap");
        assert_eq!(
            seconds(429, &[("retry-after-ms", &"9".repeat(40))]),
            Some(u64::MAX / 1000)
        );
        assert_eq!(
            seconds(429, &[("x-ratelimit-reset", "18446744073709551616")]).unwrap() / 1_000_000_000,
            18_446_743
        );
        for garbage in ["", "-1", "-18446744073709551616", "soon", "1.5", "Sun, 99 Nov 1994"] {
            assert_eq!(wait(garbage), None, "{garbage:?}");
        }
    }

    #[test]
    fn r22_a_date_counts_from_the_servers_clock() {
        let ahead = [
            ("date", "Mon, 07 Nov 1994 08:49:37 GMT"),
            ("retry-after", "Mon, 07 Nov 1994 08:50:37 GMT"),
        ];
        assert_eq!(seconds(503, &ahead), Some(60));
    }

    #[test]
    fn milliseconds_are_read_before_seconds_and_seconds_before_a_reset() {
        let mut lines = vec![
            ("retry-after-ms", "2500"),
            ("retry-after", "3"),
            ("x-ratelimit-remaining", "0"),
            ("x-ratelimit-reset", "60"),
        ];
        assert_eq!(seconds(429, &lines), Some(2));
        lines[0].1 = "soon";
        assert_eq!(seconds(429, &lines), Some(3), "what cannot be read is passed over");
        lines[1].1 = "-1";
        assert_eq!(seconds(429, &lines), Some(60));
    }

    #[test]
    fn a_reset_counts_where_the_answer_is_about_a_limit_that_is_spent() {
        let reset = |status, remaining: &str| {
            seconds(
                status,
                &[("x-ratelimit-remaining", remaining), ("x-ratelimit-reset", "60")],
            )
        };
        for status in [403, 429, 503] {
            assert_eq!(reset(status, "0"), Some(60), "{status}");
            assert_eq!(reset(status, "1"), None, "{status}: it is about something else");
        }
        assert_eq!(reset(500, "0"), None);
        assert_eq!(seconds(429, &[("x-ratelimit-reset", "60")]), Some(60));
        assert_eq!(seconds(403, &[("x-ratelimit-reset", "60")]), None);
    }

    #[test]
    fn s14_a_fraction_is_not_cut_from_what_a_server_asks_for() {
        for (reset, expected) in [("1.2", 2), ("1.0", 1), ("1.", 1), ("0.001", 1)] {
            let wait = seconds(429, &[("x-ratelimit-remaining", "0"), ("x-ratelimit-reset", reset)]);
            assert_eq!(wait, Some(expected), "{reset}");
        }
        assert_eq!(seconds(429, &[("retry-after-ms", "999.5")]), Some(1));
    }

    #[test]
    fn a_reset_is_a_date_in_seconds_or_milliseconds_or_a_wait() {
        const NOW: u64 = 1_700_000_000;
        let until = |reset| until(reset, UNIX_EPOCH + Duration::from_secs(NOW)).as_secs();
        assert_eq!(until(NOW + 60), 60);
        assert_eq!(until((NOW + 60) * 1000), 60);
        assert_eq!(until(NOW - 60), 0, "past");
        assert_eq!(until(60), 60);
        assert_eq!(until(u64::MAX), u64::MAX / 1000 - NOW);
    }

    #[test]
    fn a_reset_of_ten_digits_is_a_date_and_of_thirteen_one_in_milliseconds() {
        const FIRST: u64 = 1_000_000_000;
        let until = |reset| until(reset, UNIX_EPOCH + Duration::from_secs(FIRST - 10)).as_secs();
        assert_eq!(until(FIRST - 1), FIRST - 1, "a wait");
        assert_eq!(until(FIRST), 10);
        assert_eq!(until(FIRST * 1000 - 1), FIRST * 1000 - 1 - FIRST + 10, "in seconds");
        assert_eq!(until(FIRST * 1000), 10);
    }

    #[test]
    fn r22_no_value_makes_it_panic() {
        let mut any = Any::new();
        let dates = ["Sun, 06 Nov 1994 08:50:37 GMT", "Fri, 31 Dec 9999 23:59:59 GMT"];
        let numbers = ["0", "9", "18446744073709551615", "1000000000000"];
        let rest = ["-", ".", " ", "e", "\t", "GMT"];
        let pieces = [&dates[..], &numbers, &rest].concat();
        let mut read = 0;
        for _ in 0..50_000 {
            let mut headers = HeaderMap::new();
            for name in ["retry-after-ms", "retry-after", "x-ratelimit-reset", "date"] {
                if any.bool() {
                    headers.insert(name, any.pieces(&pieces).parse().unwrap());
                }
            }
            let now = UNIX_EPOCH + Duration::from_secs(any.u64(..1 << 40));
            read += usize::from(asked(StatusCode::TOO_MANY_REQUESTS, &headers, now).is_some());
        }
        assert!(read > 5_000, "enough of them could be read: {read}");
    }
}
