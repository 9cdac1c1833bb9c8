//! A body that breaks off, or is too large.

use std::sync::Arc;

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
