//! The span of one token fetch, which many calls may wait for.

use std::time::Duration;

use tracing::field::Empty;
use tracing::instrument::Instrumented;
use tracing::{Instrument, Span, info_span};

use super::{error_type, metrics};
use crate::error::TokenError;

/// One fetch, from wherever its tokens come.
///
/// It belongs to no call: it is shared, and goes on when the call that began it goes away. So it is the root of a trace of
/// its own, linked to that call. As its child it would keep the call's span open, which ends with the last child's.
#[derive(Clone)]
pub(crate) struct FetchSpan(Span);

impl FetchSpan {
    /// Begun by whoever is running; `source` is an origin, or what a source calls itself.
    pub(crate) fn new(source: &str) -> Self {
        let span = info_span!(
            target: "reauth",
            parent: None,
            "reauth.token_fetch",
            otel.name = "token fetch",
            otel.kind = "internal",
            otel.status_code = Empty,
            reauth.token.source = source,
            reauth.token.shared = Empty,
            error.r#type = Empty,
        );
        span.follows_from(Span::current());
        Self(span)
    }

    /// Fetches inside of it.
    pub(crate) fn watch<F: Future>(&self, fetch: F) -> Instrumented<F> {
        fetch.instrument(self.0.clone())
    }

    /// It brought a token in place of one that old, or none; `is_shared` where another process had asked for it.
    pub(crate) fn ended<T, E: AsRef<TokenError>>(
        &self,
        source: &str,
        fetched: &Result<T, E>,
        replaced: Option<Duration>,
        is_shared: bool,
    ) {
        let error_type = fetched.as_ref().err().map(|error| error_type::of_fetch(error.as_ref()));
        if let Some(error_type) = &error_type {
            self.0.record("error.type", error_type);
            self.0.record("otel.status_code", "ERROR");
        }
        if is_shared {
            self.0.record("reauth.token.shared", true);
        }
        metrics::token_fetched(source, error_type, replaced, is_shared);
    }
}
