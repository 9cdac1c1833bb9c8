//! Bytes that come, or go, one piece after another: what every streaming body is made of.
//!
//! It knows neither requests nor responses. A response lends it its [`Trail`], so that what breaks off says whose it
//! was.

use std::io;
use std::path::Path;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use bytes::Bytes;
use futures_core::Stream;
use http_body::Body as _;
use tokio::fs::File;
use tokio::io::{AsyncBufRead, AsyncRead};
use tokio_util::io::{ReaderStream, StreamReader};

use crate::error::{BodyError, BoxError, Error, Kind, Result, Trail};

/// A body as a stream, in either direction: bytes that are never all in memory.
///
/// As a return type it is a success's body as it comes; the call's `timeout` ends where the method returns. As a
/// `#[body]` it is sent as `application/octet-stream`, in chunks, and once: a call whose stream has begun is not sent
/// again, whatever `retry` and `reauth` say.
///
/// ```
/// # use reauth::{api_client, Result};
/// use reauth::ByteStream;
///
/// #[api_client]
/// pub trait Files {
///     #[get("/file/{name}")]
///     async fn download(&self, name: &str) -> Result<ByteStream>;
///
///     #[put("/file/{name}")]
///     async fn upload(&self, name: &str, #[body] content: ByteStream) -> Result<()>;
/// }
///
/// # async fn example(files: FilesClient) -> std::result::Result<(), Box<dyn std::error::Error>> {
/// let mut content = files.download("report.pdf").await?;
/// while let Some(chunk) = content.try_next().await? {
///     println!("{} bytes", chunk.len());
/// }
/// files.upload("report.pdf", ByteStream::open("report.pdf").await?).await?;
/// # Ok(()) }
/// ```
pub struct ByteStream(Source);

enum Source {
    /// The body of a response.
    Received {
        body: reqwest::Body,
        received: usize,
        /// For the error, which is the last item.
        trail: Option<Box<Trail>>,
    },
    /// A stream of the user's.
    Given(Pin<Box<dyn Stream<Item = Result<Bytes, BoxError>> + Send>>),
}

impl ByteStream {
    /// A stream of yours, as a body to be sent.
    ///
    /// ```
    /// let chunks = futures_util::stream::iter(["a", "b"].map(Ok::<_, std::io::Error>));
    /// let body = reauth::ByteStream::new(chunks);
    /// ```
    pub fn new<S, B, E>(stream: S) -> Self
    where
        S: Stream<Item = std::result::Result<B, E>> + Send + 'static,
        B: Into<Bytes>,
        E: Into<BoxError>,
    {
        Self(Source::Given(Box::pin(Converted(Box::pin(stream)))))
    }

    /// What a reader reads.
    pub fn from_reader(reader: impl AsyncRead + Send + 'static) -> Self {
        Self::new(ReaderStream::new(reader))
    }

    /// The content of a file, from its beginning.
    ///
    /// # Errors
    /// Where the file cannot be opened.
    pub async fn open(path: impl AsRef<Path>) -> io::Result<Self> {
        File::open(path).await.map(Self::from_reader)
    }

    pub(crate) fn received(body: reqwest::Body, trail: Trail) -> Self {
        Self(Source::Received {
            body,
            received: 0,
            trail: Some(Box::new(trail)),
        })
    }

    /// The next piece; `None` at the end.
    ///
    /// Dropping the future loses nothing.
    ///
    /// # Errors
    /// Where the connection breaks, or the stream that was given fails; that is the end.
    pub async fn try_next(&mut self) -> Result<Option<Bytes>> {
        std::future::poll_fn(|context| Pin::new(&mut *self).poll_next(context))
            .await
            .transpose()
    }

    /// The bytes through [`AsyncRead`], as for `tokio::io::copy`.
    pub fn into_reader(self) -> impl AsyncBufRead + Send + Unpin {
        StreamReader::new(self)
    }

    /// What is wrong with a piece of what came, for types that read from this stream: it may go on after that piece.
    #[cold]
    pub(crate) fn report(&self, kind: Kind, piece: Bytes) -> Error {
        match &self.0 {
            Source::Received { trail: Some(trail), .. } => Trail::clone(trail).fail(kind, piece),
            Source::Received { trail: None, .. } | Source::Given(_) => Error::outside(kind),
        }
    }

    /// What went wrong with the stream itself, which is at its end.
    #[cold]
    fn fail(&mut self, kind: Kind) -> Error {
        match &mut self.0 {
            Source::Received { trail, .. } => match trail.take() {
                Some(trail) => trail.fail(kind, Bytes::new()),
                None => Error::outside(kind),
            },
            Source::Given(_) => Error::outside(kind),
        }
    }
}

impl Stream for ByteStream {
    type Item = Result<Bytes>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let problem = match &mut self.0 {
            Source::Received { trail: None, .. } => return Poll::Ready(None),
            Source::Received { body, received, .. } => loop {
                match ready!(Pin::new(&mut *body).poll_frame(context)) {
                    None => return Poll::Ready(None),
                    Some(Ok(frame)) => {
                        // Trailers are no content.
                        let Ok(bytes) = frame.into_data() else { continue };
                        *received += bytes.len();
                        return Poll::Ready(Some(Ok(bytes)));
                    }
                    Some(Err(error)) => {
                        break BodyError::Broken {
                            received: *received,
                            // Its URL would show the query.
                            source: Arc::new(error.without_url()),
                        };
                    }
                }
            },
            Source::Given(stream) => match ready!(stream.as_mut().poll_next(context)) {
                None => return Poll::Ready(None),
                Some(Ok(bytes)) => return Poll::Ready(Some(Ok(bytes))),
                Some(Err(error)) => BodyError::Stream { source: error.into() },
            },
        };
        Poll::Ready(Some(Err(self.fail(Kind::Body(problem)))))
    }
}

impl std::fmt::Debug for ByteStream {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("ByteStream")
    }
}

/// A stream of the user's with our types.
struct Converted<S>(Pin<Box<S>>);

impl<S, B, E> Stream for Converted<S>
where
    S: Stream<Item = std::result::Result<B, E>>,
    B: Into<Bytes>,
    E: Into<BoxError>,
{
    type Item = Result<Bytes, BoxError>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let item = ready!(self.0.as_mut().poll_next(context));
        Poll::Ready(item.map(|piece| piece.map(Into::into).map_err(Into::into)))
    }
}
