//! The header by which a server tells a request that is sent again from another one.

use http::header::{HeaderName, HeaderValue};

/// One key for a call, so the same on each of its attempts, and another for the next: a random UUID (RFC 9562,
/// version 4).
#[derive(Clone)]
pub(super) struct IdempotencyKey {
    pub(super) name: HeaderName,
    pub(super) value: HeaderValue,
}

impl IdempotencyKey {
    /// Where the method names no other.
    pub(super) const HEADER: &str = "idempotency-key";

    /// In the header of this name, the caller's own key, or a random one. `None` where `name` is no header's.
    pub(super) fn new(name: &str, given: Option<&HeaderValue>) -> Option<Self> {
        Some(Self {
            name: name.parse().ok()?,
            value: given.cloned().or_else(random)?,
        })
    }

    /// For another call of the same endpoint.
    pub(super) fn renew(&mut self) {
        if let Some(value) = random() {
            self.value = value;
        }
    }
}

fn random() -> Option<HeaderValue> {
    let mut buffer = uuid::Uuid::encode_buffer();
    let key = uuid::Uuid::new_v4().hyphenated().encode_lower(&mut buffer);
    HeaderValue::from_str(key).ok()
}
