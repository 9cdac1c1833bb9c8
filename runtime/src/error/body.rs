//! A body that breaks off, or is too large.

use std::sync::Arc;
use std::time::Duration;

/// A body that could not be read to its end.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum BodyError {
    /// The connection broke in the middle.
    #[error("the body broke off after {received} bytes")]
    Broken {
        /// How much had come.
        received: usize,
        /// What the transport said.
        source: Arc<reqwest::Error>,
    },
    /// Nothing came for as long as a stream may be silent.
    #[error("the body stopped coming after {received} bytes: nothing for {limit:?}, its `idle_timeout`")]
    Idle {
        /// How much had come.
        received: usize,
        /// The endpoint's `idle_timeout`, or the call's.
        limit: Duration,
    },
    /// It is larger than the client accepts.
    #[error("the body is larger than {limit} bytes; `builder(…).max_response_body(…)` raises that limit")]
    TooLarge {
        /// The client's limit in bytes.
        limit: usize,
    },
    /// The stream that was given for it failed.
    #[error("the body's stream failed: {source}")]
    Stream {
        /// What it said.
        source: Arc<dyn std::error::Error + Send + Sync>,
    },
}
