//! What may be sent again, and after which wait: the endpoint's policy applied to one failure after another.
//!
//! | failure | sent again |
//! | --- | --- |
//! | 401, and the server asks for a proof with its nonce | once in a call, at once; `reauth` and `retry` are not spent |
//! | 401, and the request carried our token | as `reauth` says: once, at once, with a newer token; or by its schedule |
//! | no connection; `REFUSED_STREAM`; 429; 503 with `Retry-After` | by `retry`, where `retry_on` names it |
//! | any other that `retry_on` names | by `retry`, where the endpoint is idempotent |
//! | everything else | never; no status but 401 asks for a new token |
//!
//! A request whose body is a stream that has begun is never sent again: there is nothing to send it from.
//!
//! No wait ever crosses the call's deadline: the failure is returned instead, as it is.

use std::time::{Duration, SystemTime};

use tokio::time::Instant;

use super::Rejection;
use super::failure::Failure;
use crate::endpoint::Endpoint;
use crate::endpoint::backoff::Delays;
use crate::error::Stopped;

/// A wait that a server asks for is no longer than this.
const MAX_SERVER_WAIT: Duration = Duration::from_secs(60);

/// What happens now.
#[derive(Debug, PartialEq)]
pub(super) enum Next {
    Send { wait: Duration, reauthorize: bool },
    Stop(Stopped),
}

/// How much of the policy a call has used up.
pub(crate) struct Plan {
    endpoint: &'static Endpoint,
    /// Made when a first retry is due; most calls never have one.
    retries: Option<Delays>,
    reauths: Option<Delays>,
    reauthorized: u32,
    /// Whether it was sent again with a server's nonce.
    has_nonce: bool,
}

impl Plan {
    pub(crate) fn new(endpoint: &'static Endpoint) -> Self {
        Self {
            endpoint,
            retries: None,
            reauths: None,
            reauthorized: 0,
            has_nonce: false,
        }
    }

    /// What happens after `failure`; `rejection` where it is a 401 to our own token, `spent` where the body is gone.
    pub(super) fn after(
        &mut self,
        failure: &Failure,
        rejection: Option<Rejection>,
        spent: bool,
        deadline: Instant,
    ) -> Next {
        match self.by_policy(failure, rejection, deadline) {
            // Also where a reason would read as if something could be done about it.
            Next::Send { .. } | Next::Stop(Stopped::NotIdempotent | Stopped::Deadline { .. }) if spent => {
                Next::Stop(Stopped::BodySent)
            }
            next => next,
        }
    }

    fn by_policy(&mut self, failure: &Failure, rejection: Option<Rejection>, deadline: Instant) -> Next {
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

    /// The wait before sending again with a newer token, or why it is not.
    pub(crate) fn reauthorize(&mut self, rejection: Rejection) -> Result<Duration, Stopped> {
        match rejection {
            Rejection::Fixed => return Err(Stopped::FixedCredential),
            Rejection::Nonce if self.has_nonce => return Err(Stopped::NonceRefused),
            Rejection::Nonce => {
                self.has_nonce = true;
                return Ok(Duration::ZERO);
            }
            Rejection::Newer | Rejection::Held(_) => {}
        }
        let rule = self.endpoint.reauth();
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
                Rejection::Held(replaced_in) => return Err(Stopped::FreshTokenRejected { replaced_in }),
                _ => Duration::ZERO,
            },
        };
        self.reauthorized += 1;
        Ok(wait)
    }

    /// The wait before a retry.
    fn retry(&mut self, failure: &Failure) -> Result<Duration, Stopped> {
        let schedule = self.endpoint.retry();
        if !failure.is_retried_by(self.endpoint) {
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::endpoint::{Backoff, EndpointBuilder, Reauth, RetryOn};
    use crate::error::SendError;
    use crate::response::Incoming;

    const SCHEDULE: Backoff = Backoff::constant(Duration::from_millis(100), 3);

    fn response(status: u16, headers: &[(&str, &str)]) -> Failure {
        let mut response = http::Response::builder().status(status);
        for &(name, value) in headers {
            response = response.header(name, value);
        }
        Failure::Response(Incoming::new(response.body("").unwrap().into(), 1024))
    }

    fn first(endpoint: &'static Endpoint, failure: &Failure) -> Next {
        let deadline = Instant::now() + Duration::from_secs(3600);
        Plan::new(endpoint).after(failure, None, false, deadline)
    }

    fn send(millis: u64) -> Next {
        Next::Send {
            wait: Duration::from_millis(millis),
            reauthorize: false,
        }
    }

    #[tokio::test(start_paused = true)]
    async fn r25_post_is_sent_twice_only_where_the_server_cannot_have_processed_it() {
        static POST: Endpoint = EndpointBuilder::new("", "POST", "/").retry(SCHEDULE).build();
        assert_eq!(first(&POST, &response(500, &[])), Next::Stop(Stopped::NotIdempotent));
        assert_eq!(first(&POST, &response(503, &[])), Next::Stop(Stopped::NotIdempotent));
        assert_eq!(first(&POST, &response(503, &[("retry-after", "1")])), send(1000));
        assert_eq!(first(&POST, &response(429, &[])), send(100));
        let timeout = Failure::Send(SendError::timeout(Duration::from_secs(1)));
        assert_eq!(first(&POST, &timeout), Next::Stop(Stopped::NotIdempotent));
        static KEYED: Endpoint = EndpointBuilder::new("", "POST", "/")
            .retry(SCHEDULE)
            .idempotency_key("Idempotency-Key")
            .build();
        assert_eq!(first(&KEYED, &response(500, &[])), send(100));
    }

    #[tokio::test(start_paused = true)]
    async fn r16_a_403_is_not_sent_again() {
        static GET: Endpoint = EndpointBuilder::new("", "GET", "/")
            .authorized()
            .retry(SCHEDULE)
            .build();
        assert_eq!(first(&GET, &response(403, &[])), Next::Stop(Stopped::NotRetryable));
    }

    #[tokio::test(start_paused = true)]
    async fn s14_a_server_waits_at_most_60_s() {
        static GET: Endpoint = EndpointBuilder::new("", "GET", "/").retry(SCHEDULE).build();
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
        static GET: Endpoint = EndpointBuilder::new("", "GET", "/").retry(SCHEDULE).build();
        let mut plan = Plan::new(&GET);
        let deadline = Instant::now() + Duration::from_millis(100);
        let wait = Duration::from_millis(100);
        assert_eq!(
            plan.after(&response(500, &[]), None, false, deadline),
            Next::Stop(Stopped::Deadline { wait })
        );
    }

    #[tokio::test(start_paused = true)]
    async fn r26_a_body_that_is_gone_is_not_sent_again() {
        static PUT: Endpoint = EndpointBuilder::new("", "PUT", "/")
            .authorized()
            .retry(SCHEDULE)
            .build();
        static POST: Endpoint = EndpointBuilder::new("", "POST", "/").retry(SCHEDULE).build();
        let after = |endpoint, status, rejection| {
            let deadline = Instant::now() + Duration::from_secs(3600);
            Plan::new(endpoint).after(&response(status, &[]), rejection, true, deadline)
        };
        assert_eq!(after(&PUT, 503, None), Next::Stop(Stopped::BodySent));
        assert_eq!(after(&PUT, 401, Some(Rejection::Newer)), Next::Stop(Stopped::BodySent));
        assert_eq!(
            after(&POST, 503, None),
            Next::Stop(Stopped::BodySent),
            "a key would be no help"
        );
        assert_eq!(after(&PUT, 400, None), Next::Stop(Stopped::NotRetryable));
    }

    #[tokio::test(start_paused = true)]
    async fn a_retry_on_can_name_404_and_leave_out_500() {
        static GET: Endpoint = EndpointBuilder::new("", "GET", "/")
            .retry(SCHEDULE)
            .retry_on(RetryOn::NONE.status(404))
            .build();
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

        static ONCE: Endpoint = EndpointBuilder::new("", "GET", "/").authorized().build();
        let mut plan = Plan::new(&ONCE);
        assert_eq!(
            plan.after(&unauthorized, Some(Rejection::Newer), false, deadline),
            reauth(0)
        );
        assert_eq!(
            plan.after(&unauthorized, Some(Rejection::Newer), false, deadline),
            Next::Stop(Stopped::ReauthSpent(1))
        );

        static SCHEDULED: Endpoint = EndpointBuilder::new("", "GET", "/")
            .authorized()
            .reauth(Reauth::schedule(SCHEDULE))
            .build();
        let mut plan = Plan::new(&SCHEDULED);
        for _ in 0..3 {
            let held = Some(Rejection::Held(Duration::from_secs(1)));
            assert_eq!(plan.after(&unauthorized, held, false, deadline), reauth(100));
        }
        assert_eq!(
            plan.after(&unauthorized, Some(Rejection::Newer), false, deadline),
            Next::Stop(Stopped::ReauthSpent(3))
        );
    }

    #[tokio::test(start_paused = true)]
    async fn a_credential_that_stays_the_same_is_not_sent_again() {
        static SCHEDULED: Endpoint = EndpointBuilder::new("", "GET", "/")
            .authorized()
            .reauth(Reauth::schedule(SCHEDULE))
            .build();
        let deadline = Instant::now() + Duration::from_secs(3600);
        let unauthorized = response(401, &[]);
        assert_eq!(
            Plan::new(&SCHEDULED).after(&unauthorized, Some(Rejection::Fixed), false, deadline),
            Next::Stop(Stopped::FixedCredential)
        );
    }

    #[tokio::test(start_paused = true)]
    async fn a_nonce_is_answered_once_and_spends_neither_reauth_nor_retry() {
        static POST: Endpoint = EndpointBuilder::new("", "POST", "/").authorized().build();
        let deadline = Instant::now() + Duration::from_secs(3600);
        let unauthorized = response(401, &[]);
        let at_once = || Next::Send {
            wait: Duration::ZERO,
            reauthorize: true,
        };
        let mut plan = Plan::new(&POST);
        for rejection in [Rejection::Nonce, Rejection::Newer] {
            assert_eq!(plan.after(&unauthorized, Some(rejection), false, deadline), at_once());
        }
        assert_eq!(
            plan.after(&unauthorized, Some(Rejection::Nonce), false, deadline),
            Next::Stop(Stopped::NonceRefused)
        );
    }
}
