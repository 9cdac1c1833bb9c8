//! A body of several parts: `multipart/form-data` (RFC 7578), with names written as browsers write them.
//!
//! Parts in memory are encoded once, into bytes that every attempt sends; with a stream among them the body is a stream
//! and is sent once. It is our own since `reqwest::multipart` keeps no bytes for a second attempt, and writes a name that
//! is not ASCII as `name*=`, which the RFC forbids.
//!
//! The boundary has 122 bits from the operating system's random source, new for each body. Nobody can know it before, so
//! content can have it only by chance, which is one in 2^122 at each of its bytes: nothing needs to be searched for it.

use std::collections::VecDeque;
use std::io;
use std::path::Path;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use bytes::Bytes;
use futures_core::Stream;
use http::HeaderValue;
use tokio::fs::File;
use tokio::io::AsyncReadExt;

use crate::byte_stream::ByteStream;
use crate::error::ArgumentError;
use crate::request::{Body, IntoBody, said};

const OCTETS: HeaderValue = HeaderValue::from_static("application/octet-stream");

/// A body as `multipart/form-data`: fields and files.
///
/// Files are read as they are sent. A body with a file or another stream in it is sent once: a call whose stream has
/// begun is not sent again, whatever `retry` and `reauth` say. Without one it is retried like any other.
///
/// ```
/// # use reauth::{api_client, Result};
/// use reauth::Multipart;
///
/// #[api_client]
/// pub trait Tickets {
///     #[post("/ticket/{id}/attachment", timeout = "10m", attempt_timeout = "10m")]
///     async fn attach(&self, id: u32, #[body] attachment: Multipart) -> Result<()>;
/// }
///
/// # async fn example(tickets: TicketsClient) -> std::result::Result<(), Box<dyn std::error::Error>> {
/// let attachment = Multipart::new()
///     .text("comment", "as it looked yesterday")
///     .file("screenshot", "screenshot.png")
///     .await?;
/// tickets.attach(7, attachment).await?;
/// # Ok(()) }
/// ```
#[derive(Debug, Default)]
pub struct Multipart {
    parts: Vec<(String, Part)>,
}

/// One part of a [`Multipart`]: its content, and what is said about it.
///
/// ```
/// use reauth::http::HeaderValue;
/// use reauth::{Multipart, Part};
///
/// let metadata = Part::text(r#"{"title":"Launch"}"#).content_type(HeaderValue::from_static("application/json"));
/// let image = Part::bytes(&b"\x89PNG"[..])
///     .file_name("launch.png")
///     .content_type(HeaderValue::from_static("image/png"));
/// let body = Multipart::new().part("metadata", metadata).part("image", image);
/// ```
pub struct Part {
    file_name: Option<String>,
    content_type: Option<HeaderValue>,
    content: Content,
}

enum Content {
    Bytes(Bytes),
    Stream { stream: ByteStream, length: Option<u64> },
}

impl Multipart {
    /// No parts yet.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// A field.
    #[must_use]
    pub fn text(self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.part(name, Part::text(value))
    }

    /// Bytes, as `application/octet-stream` and without a file name; [`Part::bytes`] says otherwise.
    #[must_use]
    pub fn bytes(self, name: impl Into<String>, bytes: impl Into<Bytes>) -> Self {
        self.part(name, Part::bytes(bytes))
    }

    /// A file from disk, as [`Part::file`] makes it.
    ///
    /// # Errors
    /// Where the file cannot be opened.
    pub async fn file(self, name: impl Into<String>, path: impl AsRef<Path>) -> io::Result<Self> {
        Ok(self.part(name, Part::file(path).await?))
    }

    /// Any part. Parts are sent in the order in which they were added, and names may repeat.
    #[must_use]
    pub fn part(mut self, name: impl Into<String>, part: Part) -> Self {
        self.parts.push((name.into(), part));
        self
    }

    fn encode(self, boundary: &str) -> Result<Body, ArgumentError> {
        let content_type = HeaderValue::try_from(format!("multipart/form-data; boundary={boundary}"))
            .map_err(|_| ArgumentError::body("has a boundary that is no header value"))?;
        let mut pieces = VecDeque::new();
        // What stands between one stream and the next.
        let mut bytes = Vec::new();
        // `None` from the first stream on whose length nobody knows.
        let mut streamed = Some(0);
        for (name, part) in self.parts {
            part.write_head(&mut bytes, boundary, &name)?;
            match part.content {
                Content::Bytes(content) => bytes.extend_from_slice(&content),
                Content::Stream { stream, length } => {
                    streamed = streamed.and_then(|before: u64| before.checked_add(length?));
                    pieces.push_back(Piece::Bytes(std::mem::take(&mut bytes).into()));
                    pieces.push_back(Piece::Stream { name, stream });
                }
            }
            bytes.extend_from_slice(b"\r\n");
        }
        bytes.extend_from_slice(format!("--{boundary}--\r\n").as_bytes());
        if pieces.is_empty() {
            return Ok(Body::new(content_type, bytes.into()));
        }
        pieces.push_back(Piece::Bytes(bytes.into()));
        let between: u64 = pieces.iter().map(Piece::own_length).sum();
        let body = Body::stream(content_type, ByteStream::new(Pieces(pieces)));
        Ok(match streamed.and_then(|streamed| streamed.checked_add(between)) {
            Some(length) => body.length(length),
            None => body,
        })
    }
}

impl IntoBody for Multipart {
    fn into_body(self) -> Result<Body, ArgumentError> {
        let mut buffer = uuid::Uuid::encode_buffer();
        self.encode(uuid::Uuid::new_v4().simple().encode_lower(&mut buffer))
    }
}

impl Part {
    /// Text, without a content type: UTF-8 is what everybody takes it for.
    #[must_use]
    pub fn text(text: impl Into<String>) -> Self {
        Self::new(None, Content::Bytes(Bytes::from(text.into())))
    }

    /// Bytes, as `application/octet-stream` unless said otherwise.
    #[must_use]
    pub fn bytes(bytes: impl Into<Bytes>) -> Self {
        Self::new(Some(OCTETS), Content::Bytes(bytes.into()))
    }

    /// A stream, as `application/octet-stream` unless said otherwise.
    #[must_use]
    pub fn stream(stream: ByteStream) -> Self {
        Self::new(Some(OCTETS), Content::Stream { stream, length: None })
    }

    /// A file from disk under its own name, as `application/octet-stream` unless said otherwise.
    ///
    /// As much of it is sent as it holds now, also where something is appended meanwhile.
    ///
    /// # Errors
    /// Where the file cannot be opened.
    pub async fn file(path: impl AsRef<Path>) -> io::Result<Self> {
        let path = path.as_ref();
        let file = File::open(path).await?;
        let metadata = file.metadata().await?;
        let part = if metadata.is_file() {
            let length = metadata.len();
            Self::stream(ByteStream::from_reader(file.take(length))).length(length)
        } else {
            Self::stream(ByteStream::from_reader(file))
        };
        Ok(match path.file_name() {
            Some(name) => part.file_name(name.to_string_lossy()),
            None => part,
        })
    }

    /// What the file is called; a part with a file name is a file to most servers.
    #[must_use]
    pub fn file_name(mut self, name: impl Into<String>) -> Self {
        self.file_name = Some(name.into());
        self
    }

    /// What the content is.
    #[must_use]
    pub fn content_type(mut self, content_type: HeaderValue) -> Self {
        self.content_type = Some(content_type);
        self
    }

    /// How long a stream is, in bytes. Where all lengths are known, the body is sent with a `Content-Length`.
    #[must_use]
    pub fn length(mut self, bytes: u64) -> Self {
        if let Content::Stream { length, .. } = &mut self.content {
            *length = Some(bytes);
        }
        self
    }

    fn new(content_type: Option<HeaderValue>, content: Content) -> Self {
        Self {
            file_name: None,
            content_type,
            content,
        }
    }

    /// The boundary before it, and its headers. A part has no others (RFC 7578, section 4.8).
    fn write_head(&self, head: &mut Vec<u8>, boundary: &str, name: &str) -> Result<(), ArgumentError> {
        let name = quoted(name)?;
        head.extend_from_slice(format!("--{boundary}\r\nContent-Disposition: form-data; name={name}").as_bytes());
        if let Some(file_name) = &self.file_name {
            let file_name = quoted(file_name)?;
            head.extend_from_slice(format!("; filename={file_name}").as_bytes());
        }
        if let Some(content_type) = &self.content_type {
            head.extend_from_slice(b"\r\nContent-Type: ");
            head.extend_from_slice(content_type.as_bytes());
        }
        head.extend_from_slice(b"\r\n\r\n");
        Ok(())
    }
}

/// A name in quotes, its own quotes and line breaks as the WHATWG's HTML standard writes them (section 4.10.21.8).
fn quoted(name: &str) -> Result<String, ArgumentError> {
    let mut quoted = String::with_capacity(name.len() + 2);
    quoted.push('"');
    for c in name.chars() {
        match c {
            '"' => quoted.push_str("%22"),
            '\r' => quoted.push_str("%0D"),
            '\n' => quoted.push_str("%0A"),
            c if c.is_control() => {
                return Err(ArgumentError::body(
                    "has a part whose name or file name has control characters",
                ));
            }
            c => quoted.push(c),
        }
    }
    quoted.push('"');
    Ok(quoted)
}

/// The body as a stream, one piece after another.
struct Pieces(VecDeque<Piece>);

enum Piece {
    Bytes(Bytes),
    Stream { name: String, stream: ByteStream },
}

impl Piece {
    /// Without the stream's.
    fn own_length(&self) -> u64 {
        match self {
            Self::Bytes(bytes) => bytes.len() as u64,
            Self::Stream { .. } => 0,
        }
    }
}

/// The stream of one part failed.
#[derive(Debug, thiserror::Error)]
#[error("part `{name}`: {source}")]
struct PartFailed {
    name: String,
    source: Arc<dyn std::error::Error + Send + Sync>,
}

impl Stream for Pieces {
    type Item = Result<Bytes, PartFailed>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        loop {
            let (name, stream) = match self.0.front_mut() {
                None => return Poll::Ready(None),
                Some(Piece::Bytes(bytes)) => {
                    let bytes = std::mem::take(bytes);
                    self.0.pop_front();
                    return Poll::Ready(Some(Ok(bytes)));
                }
                Some(Piece::Stream { name, stream }) => (name, stream),
            };
            match ready!(Pin::new(stream).poll_next(context)) {
                Some(Ok(bytes)) => return Poll::Ready(Some(Ok(bytes))),
                Some(Err(error)) => {
                    let failed = PartFailed {
                        name: std::mem::take(name),
                        source: said(error),
                    };
                    self.0.clear();
                    return Poll::Ready(Some(Err(failed)));
                }
                None => {
                    self.0.pop_front();
                }
            }
        }
    }
}

/// What is said about it; the content may be anybody's.
impl std::fmt::Debug for Part {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Part")
            .field("file_name", &self.file_name)
            .field("content_type", &self.content_type)
            .field("is_stream", &matches!(self.content, Content::Stream { .. }))
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn encoded(multipart: Multipart) -> String {
        let body = multipart.encode("XX").unwrap().render();
        String::from_utf8(body.as_bytes().unwrap().to_vec()).unwrap()
    }

    #[test]
    fn fields_and_files_as_the_rfc_has_them() {
        let image = Part::bytes("canary")
            .file_name("a.png")
            .content_type("image/png".parse().unwrap());
        assert!(!format!("{image:?}").contains("canary"), "{image:?}");
        let multipart = Multipart::new()
            .text("title", "Übersicht")
            .bytes("data", vec![b'1', b'2'])
            .part("file", image);
        assert_eq!(
            encoded(multipart),
            "--XX\r\nContent-Disposition: form-data; name=\"title\"\r\n\r\nÜbersicht\r\n\
             --XX\r\nContent-Disposition: form-data; name=\"data\"\r\nContent-Type: application/octet-stream\r\n\r\n12\r\n\
             --XX\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a.png\"\r\nContent-Type: image/png\r\n\r\ncanary\r\n\
             --XX--\r\n"
        );
        assert_eq!(encoded(Multipart::new()), "--XX--\r\n");
    }

    #[test]
    fn s07_a_name_cannot_end_its_quotes_or_its_line() {
        let multipart = Multipart::new().part("a\"; x=\"", Part::text("1").file_name("ä\r\nX: y\\"));
        assert_eq!(
            encoded(multipart),
            "--XX\r\nContent-Disposition: form-data; name=\"a%22; x=%22\"; filename=\"ä%0D%0AX: y\\\"\r\n\r\n1\r\n--XX--\r\n"
        );
        let error = Multipart::new().text("a\0", "1").into_body().unwrap_err();
        assert_eq!(
            error.to_string(),
            "`body` has a part whose name or file name has control characters"
        );
    }

    #[test]
    fn every_body_has_a_boundary_of_its_own() {
        let boundary = || {
            let body = Multipart::new().into_body().unwrap();
            let content_type = body.content_type();
            let boundary = content_type
                .to_str()
                .unwrap()
                .strip_prefix("multipart/form-data; boundary=");
            boundary.unwrap().to_owned()
        };
        let (first, second) = (boundary(), boundary());
        assert_eq!((first.len(), second.len()), (32, 32));
        assert_ne!(first, second);
    }
}
