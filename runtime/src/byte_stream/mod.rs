//! Bytes that come, or go, one piece after another: what every streaming body is made of.
//!
//! It knows neither requests nor responses. A response lends it its [`Trail`], so that what breaks off says whose it
//! was.

mod idle;

use std::future::poll_fn;
use std::io;
use std::path::Path;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use bytes::Bytes;
use futures_core::Stream;
use http_body::Body as _;
use tokio::fs::File;
use tokio::io::{AsyncBufRead, AsyncRead};
use tokio_util::io::{ReaderStream, StreamReader};

use self::idle::Idle;
use crate::error::{BodyError, BoxError, Error, Kind, Result, Trail};

/// How much is asked of a reader at once. A file is read by another thread, and each turn of it costs the same.
const READ_SIZE: usize = 64 * 1024;

/// A body as a stream, in either direction: bytes that are never all in memory.
///
/// As a return type it is a success's body as it comes; the call's `timeout` ends where the method returns, and from then
/// on it may be silent for as long as `idle_timeout` says, 5 minutes unless set. As a `#[body]` it is sent as `application/octet-stream`, in chunks, and once: a call whose stream has begun is not sent
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
pub struct ByteStream {
    source: Source,
    /// Whose body it is, where it is a response's: for errors, also about what came before the end.
    trail: Option<Box<Trail>>,
}

enum Source {
    /// The body of a response.
    Received {
        body: reqwest::Body,
        received: usize,
        idle: Idle,
    },
    /// A stream of the user's.
    Given(Pin<Box<dyn Pieces + Send>>),
    /// Nothing more comes, and nobody is asked again.
    Ended,
}

impl ByteStream {
    /// A stream of yours, as a body to be sent. It ends with its first error, and is not asked for more after its end.
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
        Self {
            source: Source::Given(Box::pin(stream)),
            trail: None,
        }
    }

    /// What a reader reads.
    pub fn from_reader(reader: impl AsyncRead + Send + 'static) -> Self {
        Self::new(ReaderStream::with_capacity(reader, READ_SIZE))
    }

    /// The content of a file, from its beginning.
    ///
    /// # Errors
    /// Where the file cannot be opened.
    pub async fn open(path: impl AsRef<Path>) -> io::Result<Self> {
        File::open(path).await.map(Self::from_reader)
    }

    pub(crate) fn received(body: reqwest::Body, idle_timeout: Duration, trail: Trail) -> Self {
        Self {
            source: Source::Received {
                body,
                received: 0,
                idle: Idle::new(idle_timeout),
            },
            trail: Some(Box::new(trail)),
        }
    }

    /// The next piece; `None` at the end.
    ///
    /// Dropping the future loses nothing.
    ///
    /// # Errors
    /// Where the connection breaks, nothing comes for the `idle_timeout`, or the stream that was given fails; that is the
    /// end.
    pub async fn try_next(&mut self) -> Result<Option<Bytes>> {
        try_next(self).await
    }

    /// The bytes through [`AsyncRead`], as for `tokio::io::copy`.
    pub fn into_reader(self) -> impl AsyncBufRead + Send + Unpin {
        StreamReader::new(self)
    }

    /// What is wrong with the stream, or with a piece of what came, for types that read from it: also after its end.
    #[cold]
    pub(crate) fn report(&self, kind: Kind, piece: Bytes) -> Error {
        match &self.trail {
            Some(trail) => Trail::clone(trail).fail(kind, piece),
            None => Error::outside(kind),
        }
    }
}

impl Stream for ByteStream {
    type Item = Result<Bytes>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let item = ready!(self.source.poll_piece(context));
        if !matches!(item, Some(Ok(_))) {
            self.source = Source::Ended;
        }
        Poll::Ready(item.map(|piece| piece.map_err(|problem| self.report(Kind::Body(problem), Bytes::new()))))
    }
}

/// The next item of a stream, for a loop without further crates. Dropping the future loses nothing of it.
pub(crate) async fn try_next<S, T>(stream: &mut S) -> Result<Option<T>>
where
    S: Stream<Item = Result<T>> + Unpin,
{
    poll_fn(|context| Pin::new(&mut *stream).poll_next(context))
        .await
        .transpose()
}

/// A stream of the user's, with our types.
trait Pieces {
    fn poll_piece(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Result<Bytes, BoxError>>>;
}

impl<S, B, E> Pieces for S
where
    S: Stream<Item = Result<B, E>>,
    B: Into<Bytes>,
    E: Into<BoxError>,
{
    fn poll_piece(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Result<Bytes, BoxError>>> {
        let item = ready!(self.poll_next(context));
        Poll::Ready(item.map(|piece| piece.map(Into::into).map_err(Into::into)))
    }
}

impl Source {
    fn poll_piece(&mut self, context: &mut Context<'_>) -> Poll<Option<Result<Bytes, BodyError>>> {
        match self {
            Self::Received { body, received, idle } => loop {
                let Poll::Ready(frame) = Pin::new(&mut *body).poll_frame(context) else {
                    ready!(idle.poll_silence(context));
                    return Poll::Ready(Some(Err(BodyError::Idle {
                        received: *received,
                        limit: idle.limit(),
                    })));
                };
                idle.end_silence();
                match frame {
                    None => return Poll::Ready(None),
                    Some(Ok(frame)) => {
                        // Trailers are no content.
                        let Ok(bytes) = frame.into_data() else { continue };
                        *received += bytes.len();
                        return Poll::Ready(Some(Ok(bytes)));
                    }
                    Some(Err(error)) => {
                        return Poll::Ready(Some(Err(BodyError::Broken {
                            received: *received,
                            // Its URL would show the query.
                            source: Arc::new(error.without_url()),
                        })));
                    }
                }
            },
            Self::Given(stream) => {
                let item = ready!(stream.as_mut().poll_piece(context));
                Poll::Ready(item.map(|piece| piece.map_err(|error| BodyError::Stream { source: error.into() })))
            }
            Self::Ended => Poll::Ready(None),
        }
    }
}

impl std::fmt::Debug for ByteStream {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("ByteStream")
    }
}

#[cfg(test)]
mod tests {
    use futures_util::stream::{self, StreamExt as _};

    use super::*;

    #[tokio::test]
    async fn an_error_is_the_end() {
        let items = [Ok("a"), Err(io::Error::other("on fire")), Ok("b")];
        let mut body = ByteStream::new(stream::iter(items));
        assert_eq!(body.try_next().await.unwrap().unwrap(), "a");
        let error = body.try_next().await.unwrap_err();
        assert_eq!(error.to_string(), "the body's stream failed: on fire");
        assert_eq!(body.try_next().await.unwrap(), None, "nothing comes after an error");
    }

    #[tokio::test]
    async fn nothing_is_asked_for_after_the_end() {
        let mut asked = 0;
        let mut body = ByteStream::new(stream::poll_fn(move |_| {
            asked += 1;
            match asked {
                1 => Poll::Ready(Some(Ok::<_, io::Error>("a"))),
                2 => Poll::Ready(None),
                _ => panic!("asked after the end"),
            }
        }));
        assert_eq!(body.try_next().await.unwrap().unwrap(), "a");
        for _ in 0..2 {
            assert_eq!(body.try_next().await.unwrap(), None);
        }
    }

    #[tokio::test]
    async fn a_reader_is_read_in_large_pieces() {
        let body = ByteStream::from_reader(io::Cursor::new(vec![0; 2 * READ_SIZE + 1]));
        let lengths: Vec<_> = body.map(|piece| piece.unwrap().len()).collect().await;
        assert_eq!(lengths, [READ_SIZE, READ_SIZE, 1]);
    }
}
