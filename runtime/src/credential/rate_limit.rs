//! How long a token server asks to be left alone, read from the headers of its response.
//!
//! * what every server may say of it ([`retry_after::said`]);
//! * `Auth0-Client-Quota-Limit` and `Auth0-Organization-Quota-Limit`, Auth0's quotas for machine-to-machine tokens, as
//!   `b=per_hour;q=10;r=0;t=3540,b=per_day;q=50;r=47;t=43200`: bucket, quota, tokens remaining, seconds until the reset
//!   (<https://auth0.com/docs/get-started/tenant-settings/fine-grained-m2m-token-quotas>).
//!
//! What cannot be read asks for nothing.

use std::time::{Duration, SystemTime};

use http::HeaderMap;

use crate::call::retry_after::{self, number};

const QUOTAS: [&str; 2] = ["auth0-client-quota-limit", "auth0-organization-quota-limit"];

/// What a 429 asks for; nothing where it names no time.
pub(super) fn asked(headers: &HeaderMap, now: SystemTime) -> Duration {
    let said = retry_after::said(headers, now);
    said.or_else(|| exhausted(headers, now)).unwrap_or_default()
}

/// How long no further token is issued, where a success says that this was the last one.
pub(super) fn exhausted(headers: &HeaderMap, now: SystemTime) -> Option<Duration> {
    let quotas = QUOTAS.into_iter().flat_map(|name| headers.get_all(name));
    let buckets = quotas
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','))
        .filter_map(reset_of_empty_bucket);
    // Of several that are empty, the last one to be filled again.
    buckets.chain(retry_after::reset(headers, now)).max()
}

/// `b=per_hour;q=10;r=0;t=3540`
fn reset_of_empty_bucket(bucket: &str) -> Option<Duration> {
    let field = |name| {
        let mut fields = bucket.split(';').filter_map(|field| field.split_once('='));
        number(fields.find(|(key, _)| key.trim().eq_ignore_ascii_case(name))?.1)
    };
    (field("r")? == 0).then(|| field("t").map(Duration::from_secs))?
}

#[cfg(test)]
mod fuzz;
#[cfg(test)]
mod tests {
    use std::time::UNIX_EPOCH;

    use http::HeaderName;

    use super::*;

    const NOW: u64 = 1_700_000_000;

    fn headers(headers: &[(&'static str, &str)]) -> HeaderMap {
        headers
            .iter()
            .map(|&(name, value)| (HeaderName::from_static(name), value.parse().unwrap()))
            .collect()
    }

    fn now() -> SystemTime {
        UNIX_EPOCH + Duration::from_secs(NOW)
    }

    fn seconds_asked(lines: &[(&'static str, &str)]) -> u64 {
        asked(&headers(lines), now()).as_secs()
    }

    fn seconds_exhausted(lines: &[(&'static str, &str)]) -> Option<u64> {
        exhausted(&headers(lines), now()).map(|wait| wait.as_secs())
    }

    #[test]
    fn r20_retry_after_is_the_servers_own_word() {
        assert_eq!(seconds_asked(&[("retry-after", "120")]), 120);
        let reset = (NOW + 60).to_string();
        let both = [
            ("retry-after", "5"),
            ("x-ratelimit-remaining", "0"),
            ("x-ratelimit-reset", &reset),
        ];
        assert_eq!(seconds_asked(&both), 5);
        assert_eq!(seconds_asked(&[("retry-after", "soon")]), 0);
        assert_eq!(seconds_asked(&[]), 0);
    }

    #[test]
    fn r20_a_reset_is_a_date_or_a_wait() {
        let reset = |reset: &str| seconds_exhausted(&[("x-ratelimit-remaining", "0"), ("x-ratelimit-reset", reset)]);
        assert_eq!(reset(&(NOW + 60).to_string()), Some(60));
        assert_eq!(reset(&(NOW - 60).to_string()), Some(0), "past");
        assert_eq!(reset("60"), Some(60));
        assert_eq!(reset(" 60.5 "), Some(61), "no earlier");
        assert_eq!(
            reset(&u64::MAX.to_string()),
            Some(u64::MAX / 1000 - NOW),
            "milliseconds"
        );
        assert_eq!(
            reset("18446744073709551616"),
            reset(&u64::MAX.to_string()),
            "the longest that there is"
        );
        for garbage in ["", "-1", "soon"] {
            assert_eq!(reset(garbage), None, "{garbage:?}");
        }
        let left = [("x-ratelimit-remaining", "1"), ("x-ratelimit-reset", "60")];
        assert_eq!(seconds_exhausted(&left), None, "something is left");
        let okta = [("x-rate-limit-remaining", "0"), ("x-rate-limit-reset", "60")];
        assert_eq!(seconds_exhausted(&okta), Some(60));
    }

    #[test]
    fn r20_a_date_counts_from_the_servers_clock() {
        let ahead = httpdate::fmt_http_date(now() + Duration::from_secs(3600));
        let reset = (NOW + 3660).to_string();
        let skewed = [
            ("date", ahead.as_str()),
            ("x-ratelimit-remaining", "0"),
            ("x-ratelimit-reset", &reset),
        ];
        assert_eq!(seconds_exhausted(&skewed), Some(60));
    }

    #[test]
    fn r20_auth0s_quotas() {
        let quota = |value: &str| seconds_exhausted(&[("auth0-client-quota-limit", value)]);
        assert_eq!(quota("b=per_hour;q=10;r=7;t=3540,b=per_day;q=50;r=47;t=43200"), None);
        assert_eq!(
            quota("b=per_hour;q=10;r=0;t=123,b=per_day;q=50;r=40;t=43200"),
            Some(123)
        );
        assert_eq!(
            quota("b=per_hour;q=10;r=0;t=123,b=per_day;q=50;r=0;t=43200"),
            Some(43_200)
        );
        assert_eq!(
            quota(" per_hour ; Q=10 ; R = 0 ; T = 9 "),
            Some(9),
            "as Auth0's own tests have it"
        );
        for garbage in [
            "",
            ";;,,==",
            "r=0",
            "t=5",
            "r=0;t=soon",
            "r=-1;t=5",
            "b=per_hour;q=10;r=;t=",
        ] {
            assert_eq!(quota(garbage), None, "{garbage:?}");
        }
        let organization = [("auth0-organization-quota-limit", "b=per_hour;q=2;r=0;t=924")];
        assert_eq!(seconds_exhausted(&organization), Some(924));
    }
}
