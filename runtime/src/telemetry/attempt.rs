//! The span of one attempt: one request on its way, until the head of its response.

use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use reqwest::Url;
use tokio::time::Instant;
use tracing::field::Empty;
use tracing::{Span, debug, info_span};

use super::{error_type, metrics, template};
use crate::endpoint::Endpoint;
use crate::error::Outcome;

/// One request. What precedes it is not its time: neither a wait nor the token it had to wait for.
pub(crate) struct AttemptSpan {
    span: Span,
    duration: metrics::Duration,
    /// Dropped before its end, it was cancelled; from then on, its time was up.
    limit: Instant,
    ended: bool,
}

impl AttemptSpan {
    /// For a request to this URL, of which only the server is told; `resends` is how many went before it.
    pub(crate) fn new(endpoint: &'static Endpoint, url: &Url, resends: usize, limit: Instant) -> Self {
        let span = info_span!(
            target: "reauth",
            "reauth.attempt",
            otel.name = %endpoint,
            otel.kind = "client",
            otel.status_code = Empty,
            http.request.method = endpoint.verb(),
            url.template = template(endpoint),
            server.address = url.host_str(),
            server.port = url.port_or_known_default(),
            http.request.resend_count = Some(resends).filter(|&resends| resends > 0),
            http.response.status_code = Empty,
            error.r#type = Empty,
        );
        Self {
            span,
            duration: metrics::Duration::start(endpoint, url),
            limit,
            ended: false,
        }
    }

    /// Begins to send the request inside of it.
    pub(crate) fn in_scope<T>(&self, begin: impl FnOnce() -> T) -> T {
        self.span.in_scope(begin)
    }

    /// Sends the request inside of it; `outcome` says what came of that.
    pub(crate) fn watch<F: Future>(self, attempt: Pin<&mut F>, outcome: fn(&F::Output) -> Outcome) -> Sending<'_, F> {
        Sending {
            span: self,
            attempt,
            outcome,
        }
    }

    fn end(&mut self, outcome: Outcome) {
        self.ended = true;
        let status = match outcome {
            Outcome::Status(status) => Some(status.as_u16()),
            _ => None,
        };
        self.record(status, error_type::of_attempt(&outcome));
    }

    fn record(&mut self, status: Option<u16>, error_type: Option<&str>) {
        self.span.record("http.response.status_code", status);
        if let Some(error_type) = error_type {
            self.span.record("error.type", error_type);
            self.span.record("otel.status_code", "ERROR");
        }
        self.duration.record(status, error_type);
    }
}

impl Drop for AttemptSpan {
    fn drop(&mut self) {
        if !self.ended {
            let was_late = Instant::now() >= self.limit;
            let why = if was_late {
                error_type::TIMEOUT
            } else {
                error_type::CANCELLED
            };
            self.record(None, Some(why));
        }
    }
}

/// An attempt in its span, which ends with it.
pub(crate) struct Sending<'a, F: Future> {
    span: AttemptSpan,
    attempt: Pin<&'a mut F>,
    outcome: fn(&F::Output) -> Outcome,
}

impl<F: Future> Future for Sending<'_, F> {
    type Output = F::Output;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<F::Output> {
        let Self { span, attempt, outcome } = &mut *self;
        let entered = span.span.enter();
        let ended = ready!(attempt.as_mut().poll(context));
        drop(entered);
        span.end(outcome(&ended));
        Poll::Ready(ended)
    }
}

/// The request is sent again: after which outcome and wait, and whether with a newer token.
pub(crate) fn sent_again(endpoint: &Endpoint, url: &Url, outcome: Outcome, wait: Duration, reauthorize: bool) {
    debug!(target: "reauth", endpoint = endpoint.name(), %outcome, ?wait, reauthorize, "sending again");
    metrics::sent_again(endpoint, url, outcome);
}
