//! What a handler answers with: a response, a response that is cut short or slow, or nothing at all.

use std::error::Error;
use std::fmt;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use bytes::Bytes;
use futures_core::Stream;
use http::header::{CONTENT_TYPE, HeaderValue};
use http::{Response, StatusCode};
use hyper::body::{Frame, SizeHint};
use parking_lot::Mutex;
use serde::Serialize;
use tokio::time::{Sleep, sleep};

use crate::ByteStream;

/// The answer to one request; [`Disconnect`] in place of a response closes the connection without
/// one.
pub type Reply = Result<Response<Body>, Disconnect>;

/// Close the connection, as a server that crashed would.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Disconnect;

impl fmt::Display for Disconnect {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the connection is closed on purpose")
    }
}

impl Error for Disconnect {}

/// A response's body.
///
/// ```
/// use std::time::Duration;
///
/// use reauth::testing::Body;
///
/// let whole = Body::from(r#"{"id":"1"}"#);
/// let truncated = Body::cut_after(r#"{"id":"#);
/// let slow = Body::drip(r#"{"id":"1"}"#, Duration::from_secs(1));
/// let silent = Body::hang_after(r#"{"id":"#);
/// let streamed = Body::stream(reauth::ByteStream::from_reader(tokio::io::empty()));
/// # let _ = (whole, truncated, slow, silent, streamed);
/// ```
#[derive(Clone, Default)]
pub struct Body {
    bytes: Bytes,
    /// What comes after the bytes.
    ending: Ending,
}

#[derive(Clone, Default)]
enum Ending {
    #[default]
    Complete,
    /// Cut the connection once the bytes are out.
    Cut,
    /// Cut it now.
    Cutting,
    /// Go on with a stream; clones take turns at it.
    Stream(Arc<Mutex<ByteStream>>),
    /// One byte after another, with a pause before each.
    Drip(Drip),
    /// Never.
    Hang,
}

/// Bytes that come slowly.
struct Drip {
    bytes: Bytes,
    pause: Duration,
    /// Until the next byte; begins when the body is first read.
    waiting: Option<Pin<Box<Sleep>>>,
}

/// Begins anew.
impl Clone for Drip {
    fn clone(&self) -> Self {
        Self {
            bytes: self.bytes.clone(),
            pause: self.pause,
            waiting: None,
        }
    }
}

impl Drip {
    fn poll_next(&mut self, context: &mut Context<'_>) -> Poll<Option<Bytes>> {
        if self.bytes.is_empty() {
            return Poll::Ready(None);
        }
        let pause = self.pause;
        let waiting = self.waiting.get_or_insert_with(|| Box::pin(sleep(pause)));
        ready!(waiting.as_mut().poll(context));
        self.waiting = None;
        Poll::Ready(Some(self.bytes.split_to(1)))
    }
}

/// How it ends and how many bytes of it there are: not the bytes, which may hold a token.
impl fmt::Debug for Body {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (ending, later) = match &self.ending {
            Ending::Complete => ("complete", 0),
            Ending::Cut | Ending::Cutting => ("cut", 0),
            Ending::Stream(_) => ("stream", 0),
            Ending::Drip(drip) => ("drip", drip.bytes.len()),
            Ending::Hang => ("hang", 0),
        };
        f.debug_struct("Body")
            .field("bytes", &(self.bytes.len() + later))
            .field("ending", &ending)
            .finish()
    }
}

impl Body {
    /// Sends these bytes and then closes the connection, so that the client sees a body that was
    /// truncated.
    #[must_use]
    pub fn cut_after(bytes: impl Into<Bytes>) -> Self {
        Self {
            bytes: bytes.into(),
            ending: Ending::Cut,
        }
    }

    /// Sends these bytes one at a time, with a pause before each by tokio's clock.
    #[must_use]
    pub fn drip(bytes: impl Into<Bytes>, pause: Duration) -> Self {
        Self {
            bytes: Bytes::new(),
            ending: Ending::Drip(Drip {
                bytes: bytes.into(),
                pause,
                waiting: None,
            }),
        }
    }

    /// Sends these bytes and then nothing more; the connection stays open.
    #[must_use]
    pub fn hang_after(bytes: impl Into<Bytes>) -> Self {
        Self {
            bytes: bytes.into(),
            ending: Ending::Hang,
        }
    }

    /// Sends each piece as it comes, in chunks; where the stream fails, the connection is cut. A clone shares the
    /// stream: what one of them sends, the other does not.
    #[must_use]
    pub fn stream(stream: ByteStream) -> Self {
        Self {
            bytes: Bytes::new(),
            ending: Ending::Stream(Arc::new(Mutex::new(stream))),
        }
    }
}

impl<T: Into<Bytes>> From<T> for Body {
    fn from(bytes: T) -> Self {
        Self {
            bytes: bytes.into(),
            ending: Ending::Complete,
        }
    }
}

/// For a transport that is not a server.
impl From<Body> for reqwest::Body {
    fn from(body: Body) -> Self {
        Self::wrap(body)
    }
}

impl hyper::body::Body for Body {
    type Data = Bytes;
    type Error = Disconnect;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Disconnect>>> {
        if !self.bytes.is_empty() {
            return Poll::Ready(Some(Ok(Frame::data(std::mem::take(&mut self.bytes)))));
        }
        match &mut self.ending {
            Ending::Drip(drip) => drip.poll_next(context).map(|byte| Some(Ok(Frame::data(byte?)))),
            Ending::Hang => Poll::Pending,
            Ending::Stream(stream) => {
                let piece = ready!(Pin::new(&mut *stream.lock()).poll_next(context));
                Poll::Ready(piece.map(|piece| piece.map(Frame::data).map_err(|_| Disconnect)))
            }
            Ending::Complete => Poll::Ready(None),
            Ending::Cut => {
                // hyper writes what it has before it polls again; without this pause nothing would
                // be sent.
                self.ending = Ending::Cutting;
                context.waker().wake_by_ref();
                Poll::Pending
            }
            Ending::Cutting => Poll::Ready(Some(Err(Disconnect))),
        }
    }

    fn is_end_stream(&self) -> bool {
        self.bytes.is_empty() && matches!(self.ending, Ending::Complete)
    }

    fn size_hint(&self) -> SizeHint {
        match self.ending {
            Ending::Complete => SizeHint::with_exact(self.bytes.len() as u64),
            Ending::Drip(ref drip) => SizeHint::with_exact(drip.bytes.len() as u64),
            Ending::Cut | Ending::Cutting | Ending::Stream(_) | Ending::Hang => SizeHint::default(),
        }
    }
}

/// A JSON response. A value that does not serialize becomes a 500 that says why.
///
/// ```
/// use reauth::http::StatusCode;
/// use reauth::testing::json;
///
/// let response = json(StatusCode::OK, &["milk", "bread"]);
/// assert_eq!(response.headers()["content-type"], "application/json");
/// ```
pub fn json<T: Serialize + ?Sized>(status: StatusCode, value: &T) -> Response<Body> {
    let (status, content_type, body) = match serde_json::to_vec(value) {
        Ok(bytes) => (status, "application/json", bytes),
        Err(error) => (
            StatusCode::INTERNAL_SERVER_ERROR,
            "text/plain",
            error.to_string().into(),
        ),
    };
    let mut response = Response::new(Body::from(body));
    *response.status_mut() = status;
    response
        .headers_mut()
        .insert(CONTENT_TYPE, HeaderValue::from_static(content_type));
    response
}
