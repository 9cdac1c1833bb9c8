//! Bodies: what a type is sent as.

use bytes::Bytes;
use http::HeaderValue;
use serde::Serialize;

use crate::error::ArgumentError;

/// What can be a body: JSON for anything `Serialize`; wrapper types such as [`Text`](crate::Text) say otherwise.
///
/// Implement it for a type of yours to send something else:
///
/// ```
/// use reauth::{ArgumentError, Body, IntoBody};
///
/// struct Csv(Vec<[u32; 2]>);
///
/// impl IntoBody for Csv {
///     fn into_body(self) -> Result<Body, ArgumentError> {
///         let rows: String = self.0.iter().map(|[a, b]| format!("{a},{b}\n")).collect();
///         Ok(Body::new("text/csv".parse().unwrap(), rows.into()))
///     }
/// }
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be a body",
    label = "cannot be a body",
    note = "a body is sent as JSON: derive `serde::Serialize` for `{Self}`, or implement `reauth::IntoBody`"
)]
pub trait IntoBody {
    /// The body with its content type.
    ///
    /// # Errors
    /// Where the value has no encoding; the call ends before anything is sent.
    fn into_body(self) -> Result<Body, ArgumentError>;
}

/// An encoded body and its content type. Every attempt of a call sends these same bytes.
#[derive(Clone)]
pub struct Body {
    content_type: HeaderValue,
    bytes: Bytes,
}

impl Body {
    /// A body that is sent as it is.
    #[must_use]
    pub fn new(content_type: HeaderValue, bytes: Bytes) -> Self {
        Self { content_type, bytes }
    }

    pub(crate) fn content_type(&self) -> HeaderValue {
        self.content_type.clone()
    }

    pub(crate) fn bytes(&self) -> Bytes {
        self.bytes.clone()
    }
}

impl std::fmt::Debug for Body {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Body({:?}, {} bytes)", self.content_type, self.bytes.len())
    }
}

#[diagnostic::do_not_recommend]
impl<T: Serialize> IntoBody for T {
    fn into_body(self) -> Result<Body, ArgumentError> {
        let json = serde_json::to_vec(&self)
            .map_err(|error| ArgumentError::body(format!("cannot be written as JSON: {error}")))?;
        Ok(Body::new(HeaderValue::from_static("application/json"), json.into()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_serialize_is_sent_as_json() {
        let body = (&["a"]).into_body().unwrap();
        assert_eq!(
            (body.content_type.as_bytes(), &*body.bytes),
            (&b"application/json"[..], &b"[\"a\"]"[..])
        );
    }

    #[test]
    fn a_value_without_json_is_an_error() {
        let map = std::collections::BTreeMap::from([(vec![1], 2)]);
        assert!(
            map.into_body()
                .unwrap_err()
                .to_string()
                .contains("cannot be written as JSON")
        );
    }
}
