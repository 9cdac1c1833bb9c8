//! When a server asks to be called again: `Retry-After`, as seconds or as a date (RFC 9110, section 10.2.3).

use std::time::{Duration, SystemTime};

use http::HeaderMap;
use http::header::RETRY_AFTER;

/// What a `Retry-After` asks for. What cannot be read asks for nothing.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum RetryAfter {
    In(Duration),
    At(SystemTime),
}

impl RetryAfter {
    pub(crate) fn of(headers: &HeaderMap) -> Option<Self> {
        let value = headers.get(RETRY_AFTER)?.to_str().ok()?.trim();
        match value.parse() {
            Ok(seconds) => Some(Self::In(Duration::from_secs(seconds))),
            Err(_) => httpdate::parse_http_date(value).ok().map(Self::At),
        }
    }

    /// How long that is from `now`; a date in the past is now.
    pub(crate) fn wait(self, now: SystemTime) -> Duration {
        match self {
            Self::In(wait) => wait,
            Self::At(date) => date.duration_since(now).unwrap_or_default(),
        }
    }

    /// Which moment that is, where time can name it.
    pub(super) fn at(self, now: SystemTime) -> Option<SystemTime> {
        match self {
            Self::In(wait) => now.checked_add(wait),
            Self::At(date) => Some(date),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(value: &str) -> Option<RetryAfter> {
        RetryAfter::of(&HeaderMap::from_iter([(RETRY_AFTER, value.parse().unwrap())]))
    }

    #[test]
    fn r22_both_forms_and_garbage() {
        let now = SystemTime::UNIX_EPOCH + Duration::from_secs(784_111_777);
        let wait = |value| read(value).map(|asked| asked.wait(now));
        assert_eq!(wait("120"), Some(Duration::from_secs(120)));
        assert_eq!(wait("Sun, 06 Nov 1994 08:50:37 GMT"), Some(Duration::from_secs(60)));
        assert_eq!(wait("Sun, 06 Nov 1994 08:00:00 GMT"), Some(Duration::ZERO), "past");
        assert_eq!(wait("18446744073709551615"), Some(Duration::from_secs(u64::MAX)));
        for garbage in ["", "-1", "soon", "1.5", "18446744073709551616", "Sun, 99 Nov 1994"] {
            assert_eq!(wait(garbage), None, "{garbage:?}");
        }
        assert_eq!(
            read("18446744073709551615").unwrap().at(now),
            None,
            "a moment no clock can name"
        );
    }
}
