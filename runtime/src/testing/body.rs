//! What a handler answers with: a response, a response that is cut short, or nothing at all.

use std::error::Error;
use std::fmt;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use bytes::Bytes;
use futures_core::Stream;
use http::header::{CONTENT_TYPE, HeaderValue};
use http::{Response, StatusCode};
use hyper::body::{Frame, SizeHint};
use parking_lot::Mutex;
use serde::Serialize;

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
/// use reauth::testing::Body;
///
/// let whole = Body::from(r#"{"id":"1"}"#);
/// let truncated = Body::cut_after(r#"{"id":"#);
/// let slow = Body::stream(reauth::ByteStream::from_reader(tokio::io::empty()));
/// # let _ = (whole, truncated, slow);
/// ```
#[derive(Clone, Debug, Default)]
pub struct Body {
    bytes: Bytes,
    /// What comes after the bytes.
    ending: Ending,
}

#[derive(Clone, Debug, Default)]
enum Ending {
    #[default]
    Complete,
    /// Cut the connection once the bytes are out.
    Cut,
    /// Cut it now.
    Cutting,
    /// Go on with a stream; clones take turns at it.
    Stream(Arc<Mutex<ByteStream>>),
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
        match &self.ending {
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
            Ending::Cut | Ending::Cutting | Ending::Stream(_) => SizeHint::default(),
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
