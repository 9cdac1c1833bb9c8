//! A body as it comes.

use crate::byte_stream::ByteStream;
use crate::error::DecodeError;
use crate::response::{FromResponse, RawResponse};

impl FromResponse for ByteStream {
    async fn from_response(response: &mut RawResponse) -> Result<Self, DecodeError> {
        Ok(response.take_body())
    }
}
