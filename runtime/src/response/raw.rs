//! What the call loop ends with where the server answered: the last response, and how the call went.

use std::future::poll_fn;
use std::pin::pin;
use std::task::Poll;
use std::time::Duration;

use bytes::Bytes;
use http::{HeaderMap, StatusCode};
use tokio::time::{Instant, timeout_at};

use super::{DRAIN_TIME, Incoming};
use crate::byte_stream::ByteStream;
use crate::call::Place;
use crate::endpoint::Endpoint;
use crate::error::{Attempt, BodyError, Carried, Error, History, Kind, Trail};

/// A response as it came: what [`FromResponse`](super::FromResponse) reads from.
///
/// A body that was read stays here, so that an error can show what the server said.
#[derive(Debug)]
pub struct RawResponse {
    pub(crate) endpoint: &'static Endpoint,
    pub(crate) incoming: Incoming,
    /// How the call went before this response.
    pub(crate) history: History,
    /// The attempt that it answers.
    pub(crate) last: Attempt,
    pub(crate) deadline: Instant,
    /// The time limit that ends there.
    pub(crate) timeout: Duration,
    /// How long an attempt may take, and with it the body of an error.
    pub(crate) attempt_timeout: Duration,
    /// How long a stream of the body may be silent.
    pub(crate) idle_timeout: Duration,
    /// What the request carried, to be blotted out where the server repeats it.
    pub(crate) carried: Option<Carried>,
    /// The call's place among those that may be under way, where there is a limit: kept until the method returns.
    #[expect(dead_code, reason = "given back when it is dropped")]
    pub(crate) place: Option<Place>,
}

impl RawResponse {
    /// The status code.
    #[must_use]
    pub fn status(&self) -> StatusCode {
        self.incoming.status()
    }

    /// The headers.
    #[must_use]
    pub fn headers(&self) -> &HeaderMap {
        self.incoming.headers()
    }

    /// The endpoint that answered.
    #[must_use]
    pub fn endpoint(&self) -> &'static Endpoint {
        self.endpoint
    }

    /// The whole body.
    ///
    /// # Errors
    /// Where the connection breaks, or the body is larger than the client's limit (10 MiB unless set).
    pub async fn bytes(&mut self) -> Result<Bytes, BodyError> {
        self.incoming.buffer().await?;
        Ok(self.incoming.so_far())
    }

    /// The body as it comes, without a limit: for types that outlive the call, as [`Lines`](crate::Lines) does.
    ///
    /// The call's `timeout` ends where the method returns; from then on its `idle_timeout` counts. What has been read before is not in the stream.
    #[must_use]
    pub fn take_body(&mut self) -> ByteStream {
        let trail = self.trail(self.history.clone());
        ByteStream::received(self.incoming.take_body(), self.idle_timeout, trail)
    }

    /// How much of a body may be in memory at once, in bytes: the client's `max_response_body`.
    #[must_use]
    pub fn max_body(&self) -> usize {
        self.incoming.limit()
    }

    /// Runs `read` on the response; `None` where the call's deadline passes first.
    pub(super) async fn in_time<'a, T, F: Future<Output = T>>(
        &'a mut self,
        read: impl FnOnce(&'a mut Self) -> F,
    ) -> Option<T> {
        let deadline = self.deadline;
        let mut read = pin!(read(self));
        // Most bodies have come with the head, and need no timer.
        if let Poll::Ready(value) = poll_fn(|context| Poll::Ready(read.as_mut().poll(context))).await {
            return Some(value);
        }
        timeout_at(deadline, read).await.ok()
    }

    /// Reads what the server says of a failure. It breaks off where it takes longer than an attempt may: what has come is
    /// kept, and the status still is what happened.
    pub(super) async fn read_error(&mut self) {
        let now = Instant::now();
        let limit = now
            .checked_add(self.attempt_timeout)
            .map_or(self.deadline, |limit| limit.min(self.deadline));
        let _ = timeout_at(limit, self.incoming.buffer()).await;
    }

    /// Reads and drops the body, which nobody wants; what has become of the call is settled without it.
    pub(super) async fn drain(&mut self) {
        let until = self.deadline.min(Instant::now() + DRAIN_TIME);
        self.incoming.drain(until).await;
    }

    pub(super) fn deadline_passed(&mut self) -> Error {
        let limit = self.timeout;
        self.fail(Kind::Deadline {
            limit,
            waiting_for: None,
        })
    }

    /// An error with all of this in it, but for the credential.
    #[cold]
    pub(super) fn fail(&mut self, kind: Kind) -> Error {
        let body = self.incoming.so_far();
        let history = std::mem::take(&mut self.history);
        self.trail(history).fail(kind, body)
    }

    fn trail(&self, mut history: History) -> Trail {
        history.attempts.push(self.last.clone());
        Trail {
            endpoint: self.endpoint,
            history,
            status: self.status(),
            headers: self.headers().clone(),
            carried: self.carried.clone(),
        }
    }
}
