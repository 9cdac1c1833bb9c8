//! A response as the call loop sees it: its head, and a body that is read once and up to a limit.

use std::future::poll_fn;
use std::pin::pin;
use std::sync::Arc;
use std::task::Poll;
use std::time::Duration;

use bytes::Bytes;
use http::{HeaderMap, StatusCode};
use tokio::time::{Instant, timeout_at};

use super::buffer::Buffer;
use crate::error::BodyError;

/// How much of a body, or of one record of a stream, is in memory at most, unless the client's builder says otherwise.
pub(crate) const DEFAULT_MAX_BODY: usize = 10 * 1024 * 1024;
/// How much of a body that nobody wants is read, so that its connection can be used again.
const DRAIN_BYTES: usize = 64 * 1024;
/// How long that may hold up what has nothing else to wait for.
pub(crate) const DRAIN_TIME: Duration = Duration::from_millis(100);

/// One response, with what has been read of its body.
#[derive(Debug)]
pub(crate) struct Incoming {
    response: reqwest::Response,
    limit: usize,
    buffer: Buffer,
    progress: Progress,
}

#[derive(Debug)]
enum Progress {
    Reading,
    Complete,
    TooLarge,
    Broken(Arc<reqwest::Error>),
}

impl Incoming {
    pub(crate) fn new(response: reqwest::Response, limit: usize) -> Self {
        Self {
            response,
            limit,
            buffer: Buffer::One(Bytes::new()),
            progress: Progress::Reading,
        }
    }

    pub(crate) fn status(&self) -> StatusCode {
        self.response.status()
    }

    pub(crate) fn headers(&self) -> &HeaderMap {
        self.response.headers()
    }

    /// What the transport said of it beside that.
    pub(crate) fn extensions(&self) -> &http::Extensions {
        self.response.extensions()
    }

    /// How much of a body is read into memory, in bytes.
    pub(super) fn limit(&self) -> usize {
        self.limit
    }

    /// Reads to the end of the body.
    pub(crate) async fn buffer(&mut self) -> Result<(), BodyError> {
        while let Progress::Reading = self.progress {
            let received = self.buffer.len();
            match self.response.chunk().await {
                Ok(Some(chunk)) if chunk.len() > self.limit - received => self.progress = Progress::TooLarge,
                Ok(Some(chunk)) => {
                    let rest = self.rest();
                    self.buffer.push(chunk, rest);
                }
                Ok(None) => self.progress = Progress::Complete,
                // Its URL would show the query.
                Err(error) => self.progress = Progress::Broken(Arc::new(error.without_url())),
            }
        }
        match &self.progress {
            Progress::Reading | Progress::Complete => Ok(()),
            Progress::TooLarge => Err(BodyError::TooLarge { limit: self.limit }),
            Progress::Broken(source) => Err(BodyError::Broken {
                received: self.buffer.len(),
                source: source.clone(),
            }),
        }
    }

    /// How much of the body is still to come, as far as the server said so and may be believed.
    fn rest(&self) -> usize {
        let said = self.response.content_length().unwrap_or_default();
        let most = self.limit.min(DEFAULT_MAX_BODY).saturating_sub(self.buffer.len());
        usize::try_from(said).unwrap_or(usize::MAX).min(most)
    }

    /// Reads and drops what is left of the body, if it is short and comes soon: then the connection can be used again.
    pub(crate) async fn drain(&mut self, until: Instant) {
        let drain = async {
            let mut drained = 0;
            while let Ok(Some(chunk)) = self.response.chunk().await {
                drained += chunk.len();
                if drained > DRAIN_BYTES {
                    break;
                }
            }
        };
        let mut drain = pin!(timeout_at(until, drain));
        // The clock is asked beside the timer: whoever has the same limit around this finds it over, and no timeout.
        poll_fn(|context| match drain.as_mut().poll(context) {
            Poll::Pending if Instant::now() < until => Poll::Pending,
            _ => Poll::Ready(()),
        })
        .await;
    }

    /// What has been read of the body.
    pub(super) fn so_far(&mut self) -> Bytes {
        self.buffer.bytes()
    }

    /// The body that is still to come, in place of which there is none any more. The head stays.
    pub(super) fn take_body(&mut self) -> reqwest::Body {
        let mut head = http::Response::new("");
        *head.status_mut() = self.status();
        *head.headers_mut() = self.headers().clone();
        std::mem::replace(&mut self.response, head.into()).into()
    }
}

#[cfg(test)]
mod tests {
    use std::convert::Infallible;
    use std::pin::Pin;
    use std::task::Context;

    use http_body::{Frame, SizeHint};
    use serde::de::IgnoredAny;

    use super::*;
    use crate::response::json;

    /// A body that comes in pieces, as from a connection; it may say how long it is.
    struct Pieces {
        rest: Bytes,
        says_so: bool,
    }

    impl http_body::Body for Pieces {
        type Data = Bytes;
        type Error = Infallible;

        fn poll_frame(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
            let length = self.rest.len().min(16 * 1024);
            let piece = self.rest.split_to(length);
            Poll::Ready((!piece.is_empty()).then(|| Ok(Frame::data(piece))))
        }

        fn size_hint(&self) -> SizeHint {
            if self.says_so {
                SizeHint::with_exact(self.rest.len() as u64)
            } else {
                SizeHint::default()
            }
        }
    }

    fn incoming(body: &Bytes, says_so: bool) -> Incoming {
        let rest = body.clone();
        let body = reqwest::Body::wrap(Pieces { rest, says_so });
        Incoming::new(http::Response::new(body).into(), DEFAULT_MAX_BODY)
    }

    fn ready<T>(future: impl Future<Output = T>) -> T {
        match pin!(future).poll(&mut Context::from_waker(std::task::Waker::noop())) {
            Poll::Ready(value) => value,
            Poll::Pending => panic!("waits for something"),
        }
    }

    #[test]
    fn p03_ten_megabytes_of_json_are_in_memory_once() {
        let json = Bytes::from(serde_json::to_vec(&vec!["a todo"; DEFAULT_MAX_BODY / 9 - 1]).unwrap());
        assert!(json.len() > 10_000_000);
        let mut incoming = incoming(&json, true);
        let allocated = allocation_counter::measure(|| {
            ready(incoming.buffer()).unwrap();
            let body = incoming.so_far();
            json::decode::<IgnoredAny>(&body, incoming.headers()).unwrap();
        });
        // A few bytes beside it are the stream's.
        let beside = allocated.bytes_total - json.len() as u64;
        assert!(beside < 16 * 1024, "{beside} bytes beside it: {allocated:?}");
        assert_eq!(incoming.so_far(), json);
    }

    /// Chunked, or compressed.
    #[test]
    fn p03_json_of_unknown_length_is_in_memory_twice_at_most() {
        for length in [1024 * 1024, 8 * 1024 * 1024 + 1, DEFAULT_MAX_BODY] {
            let json = Bytes::from([b"[", vec![b' '; length - 2].as_slice(), b"]"].concat());
            let mut incoming = incoming(&json, false);
            let allocated = allocation_counter::measure(|| {
                ready(incoming.buffer()).unwrap();
                json::decode::<IgnoredAny>(&incoming.so_far(), incoming.headers()).unwrap();
            });
            let most = 2 * length as u64 + 512 * 1024;
            assert!(allocated.bytes_max < most, "{length} bytes: {allocated:?}");
            let held = length as u64 + 1024;
            assert!(
                allocated.bytes_current.unsigned_abs() < held,
                "{length} bytes: {allocated:?}"
            );
            assert_eq!(incoming.so_far(), json);
        }
    }

    #[test]
    fn a_body_of_one_piece_is_not_copied() {
        let body = Bytes::from(vec![b'a'; 16 * 1024]);
        let mut incoming = incoming(&body, true);
        ready(incoming.buffer()).unwrap();
        assert_eq!(incoming.so_far().as_ptr(), body.as_ptr());
    }

    #[test]
    fn a_body_of_unknown_length_is_read_to_its_end() {
        let body = Bytes::from(vec![b'a'; 100 * 1024]);
        let mut incoming = incoming(&body, false);
        ready(incoming.buffer()).unwrap();
        assert_eq!(incoming.so_far(), body);
    }
}
