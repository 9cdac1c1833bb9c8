//! A body as text.

use std::fmt::{Display, Formatter};
use std::ops::Deref;

use http::HeaderValue;

use crate::error::{ArgumentError, DecodeError};
use crate::request::{Body, IntoBody};
use crate::response::{FromRecord, FromResponse, RawResponse};

/// A body as text, in either direction: sent as `text/plain; charset=utf-8`, and received whatever its content type.
///
/// Bytes that are no UTF-8 become U+FFFD, as in `reqwest::Response::text`.
///
/// ```
/// # use reauth::{api_client, Result};
/// use reauth::Text;
///
/// #[api_client]
/// pub trait Notes {
///     #[put("/note/{id}")]
///     async fn save(&self, id: u32, #[body] note: Text) -> Result<()>;
///
///     #[get("/note/{id}")]
///     async fn note(&self, id: u32) -> Result<Text>;
/// }
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Text(pub String);

impl FromResponse for Text {
    async fn from_response(response: &mut RawResponse) -> Result<Self, DecodeError> {
        let body = response.bytes().await?;
        Ok(Self(String::from_utf8_lossy(&body).into_owned()))
    }
}

/// A line, or an event's data, as it is.
impl FromRecord for Text {
    fn from_record(record: &[u8]) -> Result<Self, DecodeError> {
        Ok(Self(String::from_utf8_lossy(record).into_owned()))
    }
}

impl IntoBody for Text {
    fn into_body(self) -> Result<Body, ArgumentError> {
        Ok(Body::new(
            HeaderValue::from_static("text/plain; charset=utf-8"),
            self.0.into(),
        ))
    }
}

impl Deref for Text {
    type Target = str;

    fn deref(&self) -> &str {
        &self.0
    }
}

impl Display for Text {
    fn fmt(&self, f: &mut Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

impl From<String> for Text {
    fn from(text: String) -> Self {
        Self(text)
    }
}

impl From<&str> for Text {
    fn from(text: &str) -> Self {
        Self(text.to_owned())
    }
}

impl From<Text> for String {
    fn from(text: Text) -> Self {
        text.0
    }
}
