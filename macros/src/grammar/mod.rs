//! The small languages inside the attributes: pure parsers from text to data.
//!
//! They know nothing of Rust's syntax beyond the span to blame, and never fail silently: what they
//! cannot read they push into [`Diagnostics`](crate::diagnostics::Diagnostics).

pub(crate) mod auth;
pub(crate) mod backoff;
pub(crate) mod circuit_breaker;
pub(crate) mod duration;
pub(crate) mod http;
pub(crate) mod lexeme;
pub(crate) mod quota;
pub(crate) mod retry_on;
pub(crate) mod template;
