//! A body as bytes.

use std::ops::Deref;

use bytes::Bytes;
use http::HeaderValue;

use crate::error::{ArgumentError, DecodeError};
use crate::request::{Body, IntoBody};
use crate::response::{FromResponse, RawResponse};

/// A body as bytes, in either direction: sent as `application/octet-stream`, and received whatever its content type.
///
/// All of it is in memory; [`ByteStream`](crate::ByteStream) is for more than that. A plain `Vec<u8>` would be a list of
/// numbers in JSON. `#[headers("Content-Type: image/png")]` on the method says what the bytes are.
///
/// ```
/// # use reauth::{api_client, Result};
/// use reauth::Raw;
///
/// #[api_client]
/// pub trait Avatars {
///     #[get("/user/{id}/avatar")]
///     async fn avatar(&self, id: u32) -> Result<Raw>;
///
///     #[put("/user/{id}/avatar")]
///     async fn set_avatar(&self, id: u32, #[body] image: Raw) -> Result<()>;
/// }
///
/// # async fn example(avatars: AvatarsClient) -> std::result::Result<(), Box<dyn std::error::Error>> {
/// let image = std::fs::read("me.png")?;
/// avatars.set_avatar(7, image.into()).await?;
/// println!("{} bytes", avatars.avatar(7).await?.len());
/// # Ok(()) }
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Raw(pub Bytes);

impl FromResponse for Raw {
    async fn from_response(response: &mut RawResponse) -> Result<Self, DecodeError> {
        Ok(Self(response.bytes().await?))
    }
}

impl IntoBody for Raw {
    fn into_body(self) -> Result<Body, ArgumentError> {
        Ok(Body::new(HeaderValue::from_static("application/octet-stream"), self.0))
    }
}

impl Deref for Raw {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        &self.0
    }
}

impl AsRef<[u8]> for Raw {
    fn as_ref(&self) -> &[u8] {
        &self.0
    }
}

impl From<Bytes> for Raw {
    fn from(bytes: Bytes) -> Self {
        Self(bytes)
    }
}

impl From<Vec<u8>> for Raw {
    fn from(bytes: Vec<u8>) -> Self {
        Self(bytes.into())
    }
}

impl From<&'static [u8]> for Raw {
    fn from(bytes: &'static [u8]) -> Self {
        Self(Bytes::from_static(bytes))
    }
}

impl From<Raw> for Bytes {
    fn from(raw: Raw) -> Self {
        raw.0
    }
}
