//! How many tokens are issued in a while, and the headers that say so.

use std::time::{Duration, UNIX_EPOCH};

use http::header::{DATE, HeaderMap, HeaderName, HeaderValue, RETRY_AFTER};
use http::{Response, StatusCode};

use super::body::Body;
use super::dialect::Dialect;
use super::oauth_error::OAuthError;

const HOUR: Duration = Duration::from_secs(60 * 60);

/// So many tokens in a window of time, the first of which begins with the first request.
#[derive(Debug)]
pub(super) struct Quota {
    tokens: u64,
    per: Duration,
    left: u64,
    /// When the window ends, since 1970.
    end: Duration,
}

impl Quota {
    pub(super) fn new(tokens: u64, per: Duration) -> Self {
        Self {
            tokens,
            per,
            left: tokens,
            end: Duration::ZERO,
        }
    }

    /// Takes one of the tokens that are left; where none is, this is answered in its place.
    pub(super) fn take(&mut self, dialect: Dialect, now: Duration) -> Option<Response<Body>> {
        if now >= self.end {
            self.left = self.tokens;
            self.end = now.saturating_add(self.per);
        }
        if let Some(left) = self.left.checked_sub(1) {
            self.left = left;
            return None;
        }
        let error = OAuthError::new(
            StatusCode::TOO_MANY_REQUESTS,
            "too_many_requests",
            "Token quota exceeded",
        );
        let mut response = error.into_response();
        if dialect == Dialect::Rfc6749 {
            response
                .headers_mut()
                .insert(RETRY_AFTER, self.seconds_left(now).into());
        }
        Some(response)
    }

    /// The one that was taken was not issued.
    pub(super) fn give_back(&mut self) {
        self.left = self.tokens.min(self.left + 1);
    }

    /// Says of the quota what Auth0 does: the rate limit's headers, and those of a quota of tokens.
    pub(super) fn describe(&self, dialect: Dialect, now: Duration, headers: &mut HeaderMap) {
        let mut insert = |name, value| headers.insert(HeaderName::from_static(name), value);
        insert("x-ratelimit-limit", self.tokens.into());
        insert("x-ratelimit-remaining", self.left.into());
        insert("x-ratelimit-reset", rounded_up(self.end).into());
        if dialect == Dialect::Auth0 {
            let bucket = if self.per <= HOUR { "per_hour" } else { "per_day" };
            let (quota, left, reset) = (self.tokens, self.left, self.seconds_left(now));
            if let Ok(value) = HeaderValue::try_from(format!("b={bucket};q={quota};r={left};t={reset}")) {
                insert("auth0-client-quota-limit", value);
            }
        }
        // The reset is a date, and the clock that it is of is tokio's.
        if let Some(date) = UNIX_EPOCH.checked_add(now)
            && let Ok(date) = HeaderValue::try_from(httpdate::fmt_http_date(date))
        {
            headers.insert(DATE, date);
        }
    }

    fn seconds_left(&self, now: Duration) -> u64 {
        rounded_up(self.end.saturating_sub(now))
    }
}

/// In whole seconds.
pub(super) fn rounded_up(time: Duration) -> u64 {
    time.as_secs().saturating_add(u64::from(time.subsec_nanos() > 0))
}
