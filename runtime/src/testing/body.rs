//! What a handler answers with: a response, a response that is cut short, or nothing at all.

use std::error::Error;
use std::fmt;
use std::pin::Pin;
use std::task::{Context, Poll};

use bytes::Bytes;
use http::header::{CONTENT_TYPE, HeaderValue};
use http::{Response, StatusCode};
use hyper::body::{Frame, SizeHint};
use serde::Serialize;

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

/// A response's body, all of it in memory.
///
/// ```
/// use reauth::testing::Body;
///
/// let whole = Body::from(r#"{"id":"1"}"#);
/// let truncated = Body::cut_after(r#"{"id":"#);
/// # let _ = (whole, truncated);
/// ```
#[derive(Clone, Debug, Default)]
pub struct Body {
    bytes: Bytes,
    ending: Ending,
}

#[derive(Clone, Copy, Debug, Default)]
enum Ending {
    #[default]
    Complete,
    /// Cut the connection once the bytes are out.
    Cut,
    /// Cut it now.
    Cutting,
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
        match self.ending {
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
            Ending::Cut | Ending::Cutting => SizeHint::default(),
        }
    }
}

/// A JSON response. A value that does not serialize becomes a 500 that says why.
///
/// ```
/// use http::StatusCode;
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
