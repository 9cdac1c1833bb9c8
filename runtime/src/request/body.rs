//! Bodies: what a type is sent as.

use bytes::Bytes;
use http::HeaderValue;
use serde::Serialize;

use super::streamed::Streamed;
use crate::byte_stream::ByteStream;
use crate::error::{ArgumentError, BodyError};

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

/// An encoded body and its content type.
///
/// Bytes are sent with every attempt of a call, the same each time. A stream is sent once.
#[derive(Clone)]
pub struct Body {
    content_type: HeaderValue,
    /// Whether it cannot be read without its content type, so that no header of the method's stands for it.
    binds_content_type: bool,
    content: Content,
}

#[derive(Clone)]
enum Content {
    Bytes(Bytes),
    Stream(Streamed),
}

impl Body {
    /// A body that is sent as it is.
    #[must_use]
    pub fn new(content_type: HeaderValue, bytes: Bytes) -> Self {
        Self {
            content_type,
            binds_content_type: false,
            content: Content::Bytes(bytes),
        }
    }

    /// A body that is never all in memory, and is sent once: a call whose stream has begun is not sent again, whatever
    /// `retry` and `reauth` say. Clones share the stream.
    ///
    /// It is sent in chunks, unless [`length`](Self::length) says how long it is. For a [`ByteStream`] of any content
    /// type a `Body` can itself be the argument:
    ///
    /// ```
    /// # use reauth::{api_client, Result};
    /// use reauth::{Body, ByteStream};
    ///
    /// #[api_client]
    /// pub trait Videos {
    ///     #[put("/video/{id}", timeout = "1h", attempt_timeout = "1h")]
    ///     async fn upload(&self, id: u32, #[body] video: Body) -> Result<()>;
    /// }
    ///
    /// # async fn example(videos: VideosClient) -> std::result::Result<(), Box<dyn std::error::Error>> {
    /// let file = tokio::fs::File::open("launch.mp4").await?;
    /// let length = file.metadata().await?.len();
    /// let video = Body::stream("video/mp4".parse()?, ByteStream::from_reader(file)).length(length);
    /// videos.upload(7, video).await?;
    /// # Ok(()) }
    /// ```
    #[must_use]
    pub fn stream(content_type: HeaderValue, stream: ByteStream) -> Self {
        Self {
            content_type,
            binds_content_type: false,
            content: Content::Stream(Streamed::new(stream)),
        }
    }

    /// How long the stream is, in bytes: said with `Content-Length`. One that turns out to be longer or shorter fails. A
    /// length of 0 is found out before anything is sent, so that the call waits until the stream has ended.
    #[must_use]
    pub fn length(mut self, bytes: u64) -> Self {
        if let Content::Stream(stream) = &mut self.content {
            stream.set_length(bytes);
        }
        self
    }

    /// Its content type says how to read it, as a boundary does: a `Content-Type` of the method's or of an argument gives
    /// way to it.
    pub(crate) fn bind_content_type(mut self) -> Self {
        self.binds_content_type = true;
        self
    }

    pub(crate) fn content_type(&self) -> HeaderValue {
        self.content_type.clone()
    }

    pub(super) fn binds_content_type(&self) -> bool {
        self.binds_content_type
    }

    pub(super) fn is_stream(&self) -> bool {
        matches!(self.content, Content::Stream(_))
    }

    /// Whether it is known to have no content.
    pub(super) fn is_empty(&self) -> bool {
        match &self.content {
            Content::Bytes(bytes) => bytes.is_empty(),
            Content::Stream(stream) => stream.is_empty(),
        }
    }

    /// Reads ahead what a transport would not ask for: a stream that is said to have no content.
    pub(super) async fn check(&self) -> Result<(), BodyError> {
        match &self.content {
            Content::Bytes(_) => Ok(()),
            Content::Stream(stream) => stream.check().await,
        }
    }

    /// The body of one attempt.
    pub(crate) fn render(&self) -> reqwest::Body {
        match &self.content {
            Content::Bytes(bytes) => bytes.clone().into(),
            Content::Stream(stream) => stream.render(),
        }
    }

    /// Whether it has been sent, or some of it, and cannot be sent again.
    pub(super) fn is_spent(&self) -> bool {
        match &self.content {
            Content::Bytes(_) => false,
            Content::Stream(stream) => stream.has_begun(),
        }
    }

    /// What went wrong with its stream, said once.
    pub(super) fn take_failure(&self) -> Option<BodyError> {
        match &self.content {
            Content::Bytes(_) => None,
            Content::Stream(stream) => stream.take_failure(),
        }
    }
}

impl std::fmt::Debug for Body {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match &self.content {
            Content::Bytes(bytes) => write!(f, "Body({:?}, {} bytes)", self.content_type, bytes.len()),
            Content::Stream(_) => write!(f, "Body({:?}, a stream)", self.content_type),
        }
    }
}

impl IntoBody for Body {
    fn into_body(self) -> Result<Body, ArgumentError> {
        Ok(self)
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
        assert_eq!(body.content_type(), "application/json");
        assert_eq!(body.render().as_bytes(), Some(&b"[\"a\"]"[..]));
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
