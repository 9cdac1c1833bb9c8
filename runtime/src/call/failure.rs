//! An attempt that did not succeed, and what the rules for sending again want to know of it.

use std::time::{Duration, SystemTime};

use http::header::WWW_AUTHENTICATE;
use http::{HeaderMap, StatusCode};
use tokio::time::{Instant, sleep_until};

use super::policy::Policy;
use super::retry_after;
use super::transport::Redirected;
use crate::endpoint::RetryOn;
use crate::error::{BodyError, Outcome, SendError};
use crate::response::{DRAIN_TIME, Incoming};

/// How much of a `WWW-Authenticate` is read.
const MAX_CHALLENGE: usize = 8 * 1024;
const INSUFFICIENT_SCOPE: &str = "insufficient_scope";

/// Whether a `WWW-Authenticate` names this error.
pub(crate) fn challenges(headers: &HeaderMap, error: &str) -> bool {
    let names = |challenge: &[u8]| {
        let read = &challenge[..challenge.len().min(MAX_CHALLENGE)];
        read.windows(error.len()).any(|window| window == error.as_bytes())
    };
    let mut challenges = headers.get_all(WWW_AUTHENTICATE).iter();
    challenges.any(|value| names(value.as_bytes()))
}

/// Whether a status says that the same request may do better later: 408, 429 or any 5xx, whatever `retry_on` says.
pub(super) fn is_transient(status: StatusCode) -> bool {
    RetryOn::TRANSIENT.contains_status(status.as_u16())
}

/// Whether it is a 401 that a newer token may mend; one that asks for more scope is none (RFC 6750, section 3.1).
pub(crate) fn is_rejection(status: StatusCode, headers: &HeaderMap) -> bool {
    status == StatusCode::UNAUTHORIZED && !challenges(headers, INSUFFICIENT_SCOPE)
}

/// A response that is no success, or none at all.
pub(super) enum Failure {
    Response(Incoming),
    Send(SendError),
    /// The stream that is the request's body failed.
    Body(BodyError),
    /// The call's time was over before there was a response.
    Deadline {
        /// Whether that was time enough for one, had the API been well.
        was_enough: bool,
    },
}

impl Failure {
    /// Of a call whose deadline passed when an attempt had been under way for so long.
    ///
    /// An attempt's own limit is enough, and so is the whole time of a call where that is shorter: or nearly so, as a token
    /// or a turn may have been waited for first. One that had no more than what other attempts had left tells nothing.
    pub(super) fn deadline(under_way: Duration, policy: Policy<'_>) -> Self {
        let enough = policy.attempt_timeout().min(policy.timeout());
        let was_enough = under_way >= enough.saturating_sub(enough / 10);
        Self::Deadline { was_enough }
    }

    /// What came of an attempt.
    pub(super) fn outcome_of(ended: &Result<Incoming, Self>) -> Outcome {
        match ended {
            Ok(response) => Outcome::Status(response.status()),
            Err(failure) => failure.outcome(),
        }
    }

    pub(super) fn outcome(&self) -> Outcome {
        match self {
            Self::Response(response) => Outcome::Status(response.status()),
            Self::Send(error) => error.outcome(),
            Self::Body(_) => Outcome::Body,
            Self::Deadline { .. } => Outcome::Timeout,
        }
    }

    /// Whether a `retry_on` names it.
    pub(super) fn is_retried_by(&self, retried: RetryOn) -> bool {
        match self.outcome() {
            Outcome::Status(status) => retried.contains_status(status.as_u16()),
            Outcome::Connect => retried.contains_connect(),
            Outcome::Timeout => retried.contains_timeout(),
            Outcome::Refused | Outcome::Network => retried.contains_network(),
            Outcome::Body | Outcome::Unsent | Outcome::Overtaken => false,
        }
    }

    /// Whether the server cannot have done what the request asks for.
    pub(super) fn is_certainly_unprocessed(&self) -> bool {
        !self.is_redirected()
            && match self.outcome() {
                Outcome::Connect | Outcome::Refused | Outcome::Status(StatusCode::TOO_MANY_REQUESTS) => true,
                Outcome::Status(StatusCode::SERVICE_UNAVAILABLE) => self.names_a_time(),
                _ => false,
            }
    }

    /// Whether it is not the request itself that failed, but the one that a redirect put in its place.
    pub(super) fn is_redirected(&self) -> bool {
        let response = self.response();
        response.is_some_and(|response| response.extensions().get::<Redirected>().is_some())
    }

    /// Whether it tells that the API is not well; `None` where it tells nothing of the API.
    pub(super) fn is_of_the_api(&self) -> Option<bool> {
        match self {
            Self::Response(response) => Some(is_transient(response.status())),
            Self::Send(SendError::Unsent(_)) | Self::Body(_) | Self::Deadline { was_enough: false } => None,
            Self::Send(_) | Self::Deadline { was_enough: true } => Some(true),
        }
    }

    /// The headers of a 401 that a newer token may mend.
    pub(super) fn as_rejection(&self) -> Option<&HeaderMap> {
        let response = self.response()?;
        let headers = response.headers();
        is_rejection(response.status(), headers).then_some(headers)
    }

    /// Whether the server asked in so many words to be called again: then it has done nothing yet.
    fn names_a_time(&self) -> bool {
        let response = self.response();
        response.is_some_and(|response| retry_after::said(response.headers(), SystemTime::now()).is_some())
    }

    /// How long the server asked to be left alone.
    pub(super) fn asked(&self) -> Option<Duration> {
        let response = self.response()?;
        retry_after::asked(response.status(), response.headers(), SystemTime::now())
    }

    fn response(&self) -> Option<&Incoming> {
        match self {
            Self::Response(response) => Some(response),
            Self::Send(_) | Self::Body(_) | Self::Deadline { .. } => None,
        }
    }

    /// Waits until the next attempt; meanwhile reads what is left of the body.
    pub(super) async fn drain_and_wait(self, wait: Duration, deadline: Instant) {
        let now = Instant::now();
        let resume = now + wait;
        if let Self::Response(mut response) = self {
            let until = if wait.is_zero() { now + DRAIN_TIME } else { resume };
            response.drain(until.min(deadline)).await;
        }
        if !wait.is_zero() {
            sleep_until(resume).await;
        }
    }
}

#[cfg(test)]
mod fuzz;
#[cfg(test)]
mod tests {
    use std::pin::Pin;
    use std::sync::Arc;
    use std::sync::atomic::{AtomicBool, Ordering};
    use std::task::{Context, Poll};

    use bytes::Bytes;
    use tokio::time::Sleep;

    use super::*;
    use crate::endpoint::{Endpoint, EndpointBuilder};

    #[test]
    fn r16_a_403_and_insufficient_scope_are_no_rejected_token() {
        let is_rejected_token = |status: u16, challenge: &str| {
            let response = http::Response::builder()
                .status(status)
                .header(WWW_AUTHENTICATE, challenge);
            Failure::Response(Incoming::new(response.body("").unwrap().into(), 0))
                .as_rejection()
                .is_some()
        };
        assert!(is_rejected_token(401, "Bearer"));
        assert!(is_rejected_token(401, "Bearer error=\"invalid_token\""));
        assert!(!is_rejected_token(401, "Bearer error=\"insufficient_scope\""));
        assert!(!is_rejected_token(403, "Bearer error=\"invalid_token\""));
    }

    /// An API that answers nothing within a limit is not well, also where a token took a tenth of the time.
    #[test]
    fn a_deadline_tells_of_the_api_what_an_attempts_own_limit_would() {
        static GET: Endpoint = EndpointBuilder::new("", "GET", "/")
            .timeout(Duration::from_secs(20))
            .attempt_timeout(Duration::from_secs(10))
            .build();
        static HURRIED: Endpoint = EndpointBuilder::new("", "GET", "/")
            .timeout(Duration::from_secs(1))
            .attempt_timeout(Duration::from_secs(10))
            .build();
        for (endpoint, millis, expected) in [
            (&GET, 10_000, Some(true)),
            (&GET, 9_000, Some(true)),
            (&GET, 8_999, None),
            (&HURRIED, 900, Some(true)),
            (&HURRIED, 899, None),
        ] {
            let failure = Failure::deadline(Duration::from_millis(millis), Policy::new(endpoint, None));
            assert_eq!(failure.is_of_the_api(), expected, "{millis} ms");
        }
    }

    /// A body that ends after some time, and says that it was read.
    struct Late(Pin<Box<Sleep>>, Arc<AtomicBool>);

    impl http_body::Body for Late {
        type Data = Bytes;
        type Error = std::convert::Infallible;

        fn poll_frame(
            mut self: Pin<&mut Self>,
            context: &mut Context<'_>,
        ) -> Poll<Option<Result<http_body::Frame<Bytes>, Self::Error>>> {
            std::task::ready!(self.0.as_mut().poll(context));
            self.1.store(true, Ordering::SeqCst);
            Poll::Ready(None)
        }
    }

    /// So that the connection can be used again: for as long as nothing is sent anyway, or a moment.
    #[tokio::test(start_paused = true)]
    async fn r26_what_is_left_of_a_body_is_read_until_the_next_attempt_or_for_a_moment() {
        let long = Instant::now() + Duration::from_secs(3600);
        for (comes_after, wait, deadline, is_read, waited) in [
            (90, 0, long, true, 90),
            (5_000, 0, long, false, 100),
            (90, 0, Instant::now() + Duration::from_millis(50), false, 50),
            (900, 1_000, long, true, 1_000),
            (5_000, 1_000, long, false, 1_000),
        ] {
            let millis = Duration::from_millis;
            let read = Arc::new(AtomicBool::new(false));
            let start = Instant::now();
            let deadline = deadline.max(start + millis(50));
            let body = Late(Box::pin(tokio::time::sleep(millis(comes_after))), read.clone());
            let response = http::Response::new(reqwest::Body::wrap(body)).into();
            let failure = Failure::Response(Incoming::new(response, 1024));
            failure.drain_and_wait(millis(wait), deadline).await;
            let case = format!("{comes_after} {wait}");
            assert_eq!(read.load(Ordering::SeqCst), is_read, "{case}");
            assert_eq!(start.elapsed().as_millis(), waited, "{case}");
        }
    }

    #[test]
    fn s16_a_challenge_is_read_up_to_8_kib() {
        let asks_for_scope = |padding: usize| {
            let challenge = format!("Bearer {} error=insufficient_scope", "x".repeat(padding));
            let response = http::Response::builder()
                .status(401)
                .header(WWW_AUTHENTICATE, challenge);
            Failure::Response(Incoming::new(response.body("").unwrap().into(), 0))
                .as_rejection()
                .is_none()
        };
        let room = 8 * 1024 - "Bearer  error=insufficient_scope".len();
        assert!(asks_for_scope(room));
        assert!(!asks_for_scope(room + 1));
    }
}
