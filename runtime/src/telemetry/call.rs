//! The span of one call: everything between the method and what it returns.

use std::pin::Pin;
use std::task::{Context, Poll, ready};

use reqwest::Url;
use tracing::field::Empty;
use tracing::{Span, info_span};

use super::{error_type, template};
use crate::endpoint::Endpoint;
use crate::error::Error;

/// One call of a method. Not a request, of which it may take several: so its kind is `internal`.
pub(crate) struct CallSpan {
    span: Span,
    ended: bool,
}

impl CallSpan {
    /// For a call that goes to this URL, of which only the server is told.
    pub(crate) fn new(endpoint: &'static Endpoint, url: &Url) -> Self {
        let span = info_span!(
            target: "reauth",
            "reauth.call",
            otel.name = endpoint.name(),
            otel.kind = "internal",
            otel.status_code = Empty,
            http.request.method = endpoint.verb(),
            url.template = template(endpoint),
            server.address = url.host_str(),
            server.port = url.port_or_known_default(),
            error.r#type = Empty,
        );
        Self { span, ended: false }
    }

    /// Makes the call inside of it.
    pub(crate) fn watch<T, F>(self, call: Pin<&mut F>) -> Calling<'_, F>
    where
        F: Future<Output = Result<T, Error>>,
    {
        Calling { span: self, call }
    }

    fn failed(&self, error_type: &str) {
        self.span.record("error.type", error_type);
        self.span.record("otel.status_code", "ERROR");
    }
}

impl Drop for CallSpan {
    fn drop(&mut self) {
        if !self.ended {
            self.failed(error_type::CANCELLED);
        }
    }
}

/// A call in its span, which ends with it. `Instrument` would move the call, which is large.
pub(crate) struct Calling<'a, F> {
    span: CallSpan,
    call: Pin<&'a mut F>,
}

impl<T, F: Future<Output = Result<T, Error>>> Future for Calling<'_, F> {
    type Output = F::Output;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<F::Output> {
        let Self { span, call } = &mut *self;
        let entered = span.span.enter();
        let ended = ready!(call.as_mut().poll(context));
        drop(entered);
        span.ended = true;
        if let Err(error) = &ended {
            span.failed(error_type::of_call(error));
        }
        Poll::Ready(ended)
    }
}
