//! What may be sent again, and after which wait: the endpoint's policy applied to one failure after another.
//!
//! | failure | sent again |
//! | --- | --- |
//! | 401, and the request carried our token | as `reauth` says: once, at once, with a newer token; or by its schedule |
//! | no connection; 429; 503 with `Retry-After` | by `retry`, where `retry_on` names it |
//! | any other that `retry_on` names | by `retry`, where the endpoint is idempotent |
//! | everything else, a 403 among it | never |
//!
//! No wait ever crosses the call's deadline: the failure is returned instead, as it is.

use std::time::{Duration, SystemTime};

use http::StatusCode;
use http::header::WWW_AUTHENTICATE;
use tokio::time::Instant;

use super::retry_after::RetryAfter;
use crate::credential::Rejection;
use crate::endpoint::Endpoint;
use crate::endpoint::backoff::Delays;
use crate::error::{Outcome, SendError, Stopped};
use crate::response::RawResponse;

/// A wait that a server asks for is no longer than this.
const MAX_SERVER_WAIT: Duration = Duration::from_secs(60);
/// How much of a `WWW-Authenticate` is read.
const MAX_CHALLENGE: usize = 8 * 1024;

/// An attempt that did not succeed.
pub(super) enum Failure {
    Response(RawResponse),
    Send(SendError),
}

/// What happens now.
#[derive(Debug, PartialEq)]
pub(super) enum Next {
    Send { wait: Duration, reauthorize: bool },
    Stop(Stopped),
}

/// How much of the policy a call has used up.
pub(super) struct Plan {
    endpoint: &'static Endpoint,
    /// Made when a first retry is due; most calls never have one.
    retries: Option<Delays>,
    reauths: Option<Delays>,
    reauthorized: u32,
}

impl Plan {
    pub(super) fn new(endpoint: &'static Endpoint) -> Self {
        Self {
            endpoint,
            retries: None,
            reauths: None,
            reauthorized: 0,
        }
    }

    /// What happens after `failure`; `rejection` where it is a 401 to our own token.
    pub(super) fn after(&mut self, failure: &Failure, rejection: Option<Rejection>, deadline: Instant) -> Next {
        let reauth = rejection.map(|rejection| self.reauthorize(rejection));
        let wait = match reauth {
            Some(Ok(wait)) => return within(deadline, wait, true),
            // Spent: a 401 is then like any other status, for which a `retry_on` may name it.
            Some(Err(stopped)) => self.retry(failure).map_err(|_| stopped),
            None => self.retry(failure),
        };
        match wait {
            Ok(wait) => within(deadline, wait, false),
            Err(stopped) => Next::Stop(stopped),
        }
    }

    /// The wait before sending again with a newer token.
    fn reauthorize(&mut self, rejection: Rejection) -> Result<Duration, Stopped> {
        let rule = self.endpoint.reauthorization();
        let spent = Stopped::ReauthSpent(self.reauthorized);
        let wait = match rule.backoff() {
            Some(schedule) => {
                let delays = self
                    .reauths
                    .get_or_insert_with(|| schedule.seeded_delays(fastrand::Rng::new()));
                delays.next().ok_or(spent)?
            }
            None if self.reauthorized >= rule.attempts() => return Err(spent),
            None => match rejection {
                Rejection::Newer => Duration::ZERO,
                Rejection::Held(replaced_in) => return Err(Stopped::FreshTokenRejected { replaced_in }),
            },
        };
        self.reauthorized += 1;
        Ok(wait)
    }

    /// The wait before a retry.
    fn retry(&mut self, failure: &Failure) -> Result<Duration, Stopped> {
        let schedule = self.endpoint.retry_backoff();
        if !failure.is_in(self.endpoint) {
            return Err(Stopped::NotRetryable);
        }
        if schedule.retries() == 0 {
            return Err(Stopped::NoRetry);
        }
        if !self.endpoint.is_idempotent() && !failure.is_certainly_unprocessed() {
            return Err(Stopped::NotIdempotent);
        }
        let delays = self
            .retries
            .get_or_insert_with(|| schedule.seeded_delays(fastrand::Rng::new()));
        let delay = delays.next().ok_or(Stopped::RetriesSpent(schedule.retries()))?;
        let asked = failure
            .retry_after()
            .map_or(Duration::ZERO, |asked| asked.wait(SystemTime::now()));
        Ok(delay.max(asked.min(MAX_SERVER_WAIT)))
    }
}

/// A wait that would cross the deadline never begins.
fn within(deadline: Instant, wait: Duration, reauthorize: bool) -> Next {
    let left = deadline.saturating_duration_since(Instant::now());
    if wait >= left {
        Next::Stop(Stopped::Deadline { wait })
    } else {
        Next::Send { wait, reauthorize }
    }
}

impl Failure {
    pub(super) fn outcome(&self) -> Outcome {
        match self {
            Self::Response(response) => Outcome::Status(response.status()),
            Self::Send(error) => error.outcome(),
        }
    }

    /// Whether the endpoint's `retry_on` names it.
    fn is_in(&self, endpoint: &Endpoint) -> bool {
        let retried = endpoint.retried_failures();
        match self.outcome() {
            Outcome::Status(status) => retried.contains_status(status.as_u16()),
            Outcome::Connect => retried.contains_connect(),
            Outcome::Timeout => retried.contains_timeout(),
            Outcome::Network => retried.contains_network(),
        }
    }

    /// Whether the server cannot have done what the request asks for.
    fn is_certainly_unprocessed(&self) -> bool {
        match self.outcome() {
            Outcome::Connect | Outcome::Status(StatusCode::TOO_MANY_REQUESTS) => true,
            Outcome::Status(StatusCode::SERVICE_UNAVAILABLE) => self.retry_after().is_some(),
            _ => false,
        }
    }

    /// Whether this is a 401 that a newer token may mend; one that asks for more scope is none (RFC 6750, section 3.1).
    pub(super) fn is_rejected_token(&self) -> bool {
        let Self::Response(response) = self else { return false };
        response.status() == StatusCode::UNAUTHORIZED
            && !response.headers().get_all(WWW_AUTHENTICATE).iter().any(|challenge| {
                let challenge = challenge.as_bytes();
                let read = &challenge[..challenge.len().min(MAX_CHALLENGE)];
                read.windows(INSUFFICIENT_SCOPE.len())
                    .any(|window| window == INSUFFICIENT_SCOPE)
            })
    }

    fn retry_after(&self) -> Option<RetryAfter> {
        match self {
            Self::Response(response) => RetryAfter::of(response.headers()),
            Self::Send(_) => None,
        }
    }

    /// When the server asked to be called again.
    pub(super) fn retry_at(&self) -> Option<SystemTime> {
        self.retry_after().and_then(|asked| asked.at(SystemTime::now()))
    }
}

const INSUFFICIENT_SCOPE: &[u8] = b"insufficient_scope";

#[cfg(test)]
mod tests {
    use super::*;
    use crate::endpoint::{Backoff, Reauth, RetryOn};

    const SCHEDULE: Backoff = Backoff::constant(Duration::from_millis(100), 3);

    fn response(status: u16, headers: &[(&str, &str)]) -> Failure {
        let mut response = http::Response::builder().status(status);
        for &(name, value) in headers {
            response = response.header(name, value);
        }
        Failure::Response(RawResponse::new(response.body("").unwrap().into(), 1024))
    }

    fn first(endpoint: &'static Endpoint, failure: &Failure) -> Next {
        let deadline = Instant::now() + Duration::from_secs(3600);
        Plan::new(endpoint).after(failure, None, deadline)
    }

    fn send(millis: u64) -> Next {
        Next::Send {
            wait: Duration::from_millis(millis),
            reauthorize: false,
        }
    }

    #[tokio::test(start_paused = true)]
    async fn r25_post_is_sent_twice_only_where_the_server_cannot_have_processed_it() {
        static POST: Endpoint = Endpoint::new("", "POST", "/").retry(SCHEDULE);
        assert_eq!(first(&POST, &response(500, &[])), Next::Stop(Stopped::NotIdempotent));
        assert_eq!(first(&POST, &response(503, &[])), Next::Stop(Stopped::NotIdempotent));
        assert_eq!(first(&POST, &response(503, &[("retry-after", "1")])), send(1000));
        assert_eq!(first(&POST, &response(429, &[])), send(100));
        let timeout = Failure::Send(SendError::timeout(Duration::from_secs(1)));
        assert_eq!(first(&POST, &timeout), Next::Stop(Stopped::NotIdempotent));
        static KEYED: Endpoint = Endpoint::new("", "POST", "/")
            .retry(SCHEDULE)
            .idempotency_key("Idempotency-Key");
        assert_eq!(first(&KEYED, &response(500, &[])), send(100));
    }

    #[tokio::test(start_paused = true)]
    async fn r16_a_403_and_insufficient_scope_are_no_rejected_token() {
        assert!(response(401, &[]).is_rejected_token());
        assert!(response(401, &[("www-authenticate", "Bearer error=\"invalid_token\"")]).is_rejected_token());
        assert!(!response(401, &[("www-authenticate", "Bearer error=\"insufficient_scope\"")]).is_rejected_token());
        assert!(!response(403, &[]).is_rejected_token());
        static GET: Endpoint = Endpoint::new("", "GET", "/").authorized().retry(SCHEDULE);
        assert_eq!(first(&GET, &response(403, &[])), Next::Stop(Stopped::NotRetryable));
    }

    #[tokio::test(start_paused = true)]
    async fn s14_a_server_waits_at_most_60_s() {
        static GET: Endpoint = Endpoint::new("", "GET", "/").retry(SCHEDULE);
        assert_eq!(first(&GET, &response(503, &[("retry-after", "86400")])), send(60_000));
        assert_eq!(
            first(&GET, &response(503, &[("retry-after", "18446744073709551615")])),
            send(60_000)
        );
        assert_eq!(first(&GET, &response(503, &[("retry-after", "-5")])), send(100));
        assert_eq!(first(&GET, &response(503, &[("retry-after", "soon")])), send(100));
    }

    #[tokio::test(start_paused = true)]
    async fn r23_a_wait_that_would_cross_the_deadline_never_begins() {
        static GET: Endpoint = Endpoint::new("", "GET", "/").retry(SCHEDULE);
        let mut plan = Plan::new(&GET);
        let deadline = Instant::now() + Duration::from_millis(100);
        let wait = Duration::from_millis(100);
        assert_eq!(
            plan.after(&response(500, &[]), None, deadline),
            Next::Stop(Stopped::Deadline { wait })
        );
    }

    #[tokio::test(start_paused = true)]
    async fn a_retry_on_can_name_404_and_leave_out_500() {
        static GET: Endpoint = Endpoint::new("", "GET", "/")
            .retry(SCHEDULE)
            .retry_on(RetryOn::NONE.status(404));
        assert_eq!(first(&GET, &response(404, &[])), send(100));
        assert_eq!(first(&GET, &response(500, &[])), Next::Stop(Stopped::NotRetryable));
    }

    #[tokio::test(start_paused = true)]
    async fn once_is_once_and_at_once_and_a_schedule_waits() {
        let deadline = Instant::now() + Duration::from_secs(3600);
        let unauthorized = response(401, &[]);
        let reauth = |millis| Next::Send {
            wait: Duration::from_millis(millis),
            reauthorize: true,
        };

        static ONCE: Endpoint = Endpoint::new("", "GET", "/").authorized();
        let mut plan = Plan::new(&ONCE);
        assert_eq!(plan.after(&unauthorized, Some(Rejection::Newer), deadline), reauth(0));
        assert_eq!(
            plan.after(&unauthorized, Some(Rejection::Newer), deadline),
            Next::Stop(Stopped::ReauthSpent(1))
        );

        static SCHEDULED: Endpoint = Endpoint::new("", "GET", "/")
            .authorized()
            .reauth(Reauth::schedule(SCHEDULE));
        let mut plan = Plan::new(&SCHEDULED);
        for _ in 0..3 {
            let held = Some(Rejection::Held(Duration::from_secs(1)));
            assert_eq!(plan.after(&unauthorized, held, deadline), reauth(100));
        }
        assert_eq!(
            plan.after(&unauthorized, Some(Rejection::Newer), deadline),
            Next::Stop(Stopped::ReauthSpent(3))
        );
    }
}
