//! A stream as a request's body: the first to ask for its content has it, so it is sent once.
//!
//! Each attempt renders a body of its own, and all of them share one stream. It is taken when the transport first asks
//! for content, and not when a request is made: an attempt that finds nobody to talk to leaves it for the next one. What
//! goes wrong with it is kept here, since a transport would only say that the connection broke.
//!
//! A stream that is said to be empty is the exception: a transport would not ask for its content at all, and succeed
//! without what is too much of it. So it is read before, and what is sent is no stream.

use std::future::poll_fn;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use bytes::Bytes;
use futures_core::Stream;
use http_body::{Frame, SizeHint};
use parking_lot::Mutex;

use crate::byte_stream::ByteStream;
use crate::error::{BodyError, BoxError, Error, Kind};

/// A stream that is sent once; clones share it.
#[derive(Clone)]
pub(super) struct Streamed {
    state: Arc<Mutex<State>>,
    length: Option<u64>,
}

enum State {
    Waiting(ByteStream),
    Begun,
    Failed(BodyError),
}

impl Streamed {
    pub(super) fn new(stream: ByteStream) -> Self {
        Self {
            state: Arc::new(Mutex::new(State::Waiting(stream))),
            length: None,
        }
    }

    pub(super) fn set_length(&mut self, bytes: u64) {
        self.length = Some(bytes);
    }

    /// Whether it is said to have no content.
    pub(super) fn is_empty(&self) -> bool {
        self.length == Some(0)
    }

    /// Reads it to its end, where it is said to have no content. Dropping the future loses nothing.
    pub(super) async fn check(&self) -> Result<(), BodyError> {
        if self.is_empty() {
            poll_fn(|context| self.poll_end(context)).await
        } else {
            Ok(())
        }
    }

    fn poll_end(&self, context: &mut Context<'_>) -> Poll<Result<(), BodyError>> {
        let mut state = self.state.lock();
        let State::Waiting(stream) = &mut *state else {
            return Poll::Ready(Err(stream_failed(Arc::new(Interrupted))));
        };
        let problem = loop {
            match ready!(Pin::new(&mut *stream).poll_next(context)) {
                None => return Poll::Ready(Ok(())),
                Some(Ok(piece)) if piece.is_empty() => {}
                Some(Ok(_)) => break longer_than(0),
                Some(Err(error)) => break said(error),
            }
        };
        *state = State::Begun;
        Poll::Ready(Err(stream_failed(problem)))
    }

    /// The body of one attempt.
    pub(super) fn render(&self) -> reqwest::Body {
        if self.is_empty() {
            return reqwest::Body::default();
        }
        reqwest::Body::wrap(Sending {
            streamed: self.clone(),
            progress: Progress::Waiting,
            sent: 0,
            last: None,
        })
    }

    /// Whether something of it may have been sent.
    pub(super) fn has_begun(&self) -> bool {
        !matches!(*self.state.lock(), State::Waiting(_))
    }

    /// What went wrong with it, said once.
    pub(super) fn take_failure(&self) -> Option<BodyError> {
        let mut state = self.state.lock();
        match std::mem::replace(&mut *state, State::Begun) {
            State::Failed(error) => Some(error),
            other => {
                *state = other;
                None
            }
        }
    }

    fn take(&self) -> Option<ByteStream> {
        let mut state = self.state.lock();
        match std::mem::replace(&mut *state, State::Begun) {
            State::Waiting(stream) => Some(stream),
            other => {
                *state = other;
                None
            }
        }
    }
}

/// The body of one attempt.
struct Sending {
    streamed: Streamed,
    progress: Progress,
    /// How many bytes have come.
    sent: u64,
    /// The piece that completes the length.
    last: Option<Bytes>,
}

enum Progress {
    Waiting,
    /// Never locked: the mutex makes it `Sync`, as a transport wants it.
    Flowing(Mutex<ByteStream>),
    Ended,
}

/// What is wrong with a stream.
type Problem = Arc<dyn std::error::Error + Send + Sync>;

fn problem(text: String) -> Problem {
    BoxError::from(text).into()
}

fn longer_than(length: u64) -> Problem {
    problem(format!("it is longer than its {length} bytes"))
}

fn stream_failed(source: Problem) -> BodyError {
    BodyError::Stream { source }
}

/// What the transport hears; what went wrong is in the [`Streamed`].
#[derive(Debug, thiserror::Error)]
#[error("the request's body is a stream that failed, or was sent with an earlier attempt")]
struct Interrupted;

impl Sending {
    /// Counts what came, and says whether it may go out: the last piece of a known length only with the end behind it,
    /// since a transport would not ask for more and cut off what is too much.
    fn piece(&mut self, piece: Bytes) -> Result<Option<Bytes>, Problem> {
        let Some(length) = self.streamed.length else {
            return Ok(Some(piece));
        };
        self.sent += piece.len() as u64;
        match self.sent {
            sent if sent < length => Ok(Some(piece)),
            sent if sent > length => Err(longer_than(length)),
            _ => {
                self.last.get_or_insert(piece);
                Ok(None)
            }
        }
    }

    fn end(&mut self) -> Result<Option<Bytes>, Problem> {
        match self.streamed.length {
            Some(length) if self.sent < length => {
                Err(problem(format!("it ended after {} of {length} bytes", self.sent)))
            }
            _ => Ok(self.last.take()),
        }
    }

    fn fail(&mut self, problem: Problem) -> Poll<Option<Result<Frame<Bytes>, Interrupted>>> {
        self.progress = Progress::Ended;
        *self.streamed.state.lock() = State::Failed(stream_failed(problem));
        Poll::Ready(Some(Err(Interrupted)))
    }
}

impl http_body::Body for Sending {
    type Data = Bytes;
    type Error = Interrupted;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Interrupted>>> {
        loop {
            let item = match &mut self.progress {
                Progress::Waiting => {
                    let Some(stream) = self.streamed.take() else {
                        self.progress = Progress::Ended;
                        return Poll::Ready(Some(Err(Interrupted)));
                    };
                    self.progress = Progress::Flowing(Mutex::new(stream));
                    continue;
                }
                Progress::Flowing(stream) => ready!(Pin::new(stream.get_mut()).poll_next(context)),
                Progress::Ended => return Poll::Ready(None),
            };
            let piece = match item {
                Some(Ok(piece)) => self.piece(piece),
                Some(Err(error)) => return self.fail(said(error)),
                None => {
                    self.progress = Progress::Ended;
                    self.end()
                }
            };
            match piece {
                Ok(Some(piece)) => return Poll::Ready(Some(Ok(Frame::data(piece)))),
                Ok(None) => {}
                Err(problem) => return self.fail(problem),
            }
        }
    }

    fn is_end_stream(&self) -> bool {
        matches!(self.progress, Progress::Ended)
    }

    fn size_hint(&self) -> SizeHint {
        let left = self.streamed.length.map(|length| length.saturating_sub(self.sent));
        left.map_or_else(SizeHint::default, SizeHint::with_exact)
    }
}

/// What a stream that failed said: the user's own error, or that of the call whose response it is.
pub(crate) fn said(error: Error) -> Problem {
    match error.kind() {
        Kind::Body(BodyError::Stream { source }) => source.clone(),
        _ => Arc::new(error),
    }
}
