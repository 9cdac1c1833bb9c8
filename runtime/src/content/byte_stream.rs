//! A body as it comes, or goes.

use http::HeaderValue;

use crate::byte_stream::ByteStream;
use crate::error::{ArgumentError, DecodeError};
use crate::request::{Body, IntoBody};
use crate::response::{FromResponse, RawResponse};

impl FromResponse for ByteStream {
    async fn from_response(response: &mut RawResponse) -> Result<Self, DecodeError> {
        Ok(response.take_body())
    }
}

/// In chunks, and once; a [`Body`] says another content type, or a length.
impl IntoBody for ByteStream {
    fn into_body(self) -> Result<Body, ArgumentError> {
        Ok(Body::stream(HeaderValue::from_static("application/octet-stream"), self))
    }
}
