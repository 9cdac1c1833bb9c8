//! A body of server-sent events.

mod decoder;
mod event;

use std::marker::PhantomData;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use futures_core::Stream;
use http::header::CONTENT_TYPE;
use http::{HeaderMap, StatusCode};
use tokio::time::{Instant, timeout_at};

use self::decoder::{EventDecoder, RawEvent};
pub use self::event::Event;
use super::records::Records;
use crate::byte_stream::{ByteStream, try_next};
use crate::error::{DecodeError, Error, Result};
use crate::response::{DEFAULT_MAX_BODY, FromRecord, FromResponse, RawResponse};

/// How long an answer that is no event stream may take to come, so that the error can show it.
const EXPLANATION_TIME: Duration = Duration::from_secs(1);

/// A response of server-sent events (WHATWG HTML, section 9.2), each with a `T` in JSON as its data, as they come.
///
/// A [`Stream`], and [`try_next`](Self::try_next) for a loop without further crates. `Events<Text>` have their data as it
/// is. Data that is `[DONE]` ends a stream of JSON, as OpenAI's API and many after it have it; `Text` passes it on.
///
/// The response must be `text/event-stream`; anything else is an error that keeps it. A 204, which asks not to connect
/// again, is a stream without events. In memory is at most one event: its data, its type and its id are each at most the
/// client's `max_response_body`.
///
/// The call's `timeout` ends where the method returns; from then on the stream may be silent for as long as `idle_timeout`
/// says, 5 minutes unless set. A comment, which many servers send as a heartbeat, breaks the silence. Dropping the stream
/// closes the connection.
///
/// # Errors
/// An event that is too large, or whose data is no `T`, is an item that is an error. It names the event and the path
/// inside its JSON (`event 7 (message)`, `choices[0].delta`), and keeps data that is no `T` as its
/// [`body`](crate::Error::body). Reading may go on with the next event. Where the connection breaks, or is silent for too long, the
/// error is the last item, and an event of which only a part came is none.
///
/// ```
/// # use reauth::{api_client, Result};
/// use reauth::Events;
///
/// # #[derive(serde::Serialize)] pub struct Prompt { text: String }
/// # #[derive(serde::Deserialize)] pub struct Chunk { delta: String }
/// #[api_client]
/// pub trait Chat {
///     #[post("/completions")]
///     async fn complete(&self, #[body] prompt: &Prompt) -> Result<Events<Chunk>>;
/// }
///
/// # async fn example(chat: ChatClient, prompt: Prompt) -> Result<()> {
/// let mut answer = chat.complete(&prompt).await?;
/// while let Some(event) = answer.try_next().await? {
///     print!("{}", event.data.delta);
/// }
/// # Ok(()) }
/// ```
///
/// # Going on after a break
/// Connecting again is yours to decide; what it takes is kept. `Err` of a call that `retry` could not save ends it here:
///
/// ```
/// # use std::time::Duration;
/// # use reauth::{api_client, Events, Result};
/// # #[derive(serde::Deserialize, Debug)] pub struct Headline { title: String }
/// #[api_client(retry = "exponential(1s,5)")]
/// pub trait News {
///     #[get("/news")]
///     async fn news(&self, #[header("Last-Event-ID")] after: Option<&str>) -> Result<Events<Headline>>;
/// }
///
/// # async fn example(api: NewsClient) -> Result<()> {
/// let mut last = None;
/// loop {
///     let mut news = api.news(last.as_deref()).await?.after(last.as_deref());
///     loop {
///         match news.try_next().await {
///             Ok(Some(event)) => println!("{:?}", event.data),
///             Ok(None) => break,
///             Err(error) if error.is_transient() => break,
///             Err(error) => return Err(error),
///         }
///     }
///     last = news.last_event_id().map(str::to_owned);
///     tokio::time::sleep(news.retry().unwrap_or(Duration::from_secs(3))).await;
/// }
/// # }
/// ```
pub struct Events<T> {
    records: Records<EventDecoder>,
    done: bool,
    value: PhantomData<fn() -> T>,
}

impl<T: FromRecord> Events<T> {
    /// The events of a stream of yours, each at most 10 MiB: what a fake in a test returns.
    ///
    /// ```
    /// # #[tokio::main(flavor = "current_thread")] async fn main() -> reauth::Result<()> {
    /// let chunks = futures_util::stream::iter(["event: add\ndata: 1\n", "id: a\n\n"].map(Ok::<_, std::io::Error>));
    /// let mut events = reauth::Events::<u32>::new(reauth::ByteStream::new(chunks));
    /// let event = events.try_next().await?.unwrap();
    /// assert_eq!((event.data, &*event.event, event.id.as_deref()), (1, "add", Some("a")));
    /// assert_eq!(events.try_next().await?, None);
    /// # Ok(()) }
    /// ```
    #[must_use]
    pub fn new(body: ByteStream) -> Self {
        Self::with_limit(body, DEFAULT_MAX_BODY)
    }

    fn with_limit(body: ByteStream, limit: usize) -> Self {
        Self {
            records: Records::new(body, EventDecoder::new(limit)),
            done: false,
            value: PhantomData,
        }
    }

    /// The stream goes on after the event with this id, which its request said as `Last-Event-ID`: the id stays what it
    /// is until the server gives another, or takes it back. To be said before the first event is read.
    #[must_use]
    pub fn after(mut self, last_event_id: Option<&str>) -> Self {
        self.records.decoder.go_on_after(last_event_id);
        self
    }

    /// The next event; `None` at the end.
    ///
    /// Dropping the future loses nothing, as in `tokio::select!`.
    ///
    /// # Errors
    /// Where an event does not fit, after which reading may go on; or where the connection breaks, which is the end.
    pub async fn try_next(&mut self) -> Result<Option<Event<T>>> {
        try_next(self).await
    }
}

impl<T> Events<T> {
    /// The last id that the server gave, also with events that had no data: what a request that goes on after this
    /// stream carries as `Last-Event-ID`. `None` where it took the id back with an empty one; where it gave none, the id
    /// that the stream goes on [`after`](Self::after).
    #[must_use]
    pub fn last_event_id(&self) -> Option<&str> {
        self.records.decoder.last_event_id()
    }

    /// How long the server wants to be left alone before the next connection, where it said so.
    #[must_use]
    pub fn retry(&self) -> Option<Duration> {
        self.records.decoder.retry()
    }

    #[cold]
    fn misfit(&self, error: DecodeError, raw: &RawEvent) -> Error {
        let place = format_args!("event {} ({})", raw.number, raw.event.event);
        self.records.report(error.within(place), raw.event.data.as_bytes())
    }
}

impl<T: FromRecord> Stream for Events<T> {
    type Item = Result<Event<T>>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        if self.done {
            return Poll::Ready(None);
        }
        let raw = match ready!(self.records.poll_next(context)) {
            Some(Ok(raw)) => raw,
            Some(Err(error)) => return Poll::Ready(Some(Err(error))),
            None => return Poll::Ready(None),
        };
        let data = raw.event.data.as_bytes();
        if T::is_end(data) {
            self.done = true;
            return Poll::Ready(None);
        }
        Poll::Ready(Some(match T::from_record(data) {
            Ok(data) => Ok(raw.event.with_data(data)),
            Err(error) => Err(self.misfit(error, &raw)),
        }))
    }
}

impl<T: FromRecord> FromResponse for Events<T> {
    async fn from_response(response: &mut RawResponse) -> Result<Self, DecodeError> {
        if response.status() != StatusCode::NO_CONTENT && !is_event_stream(response.headers()) {
            return Err(other_than_events(response).await);
        }
        Ok(Self::with_limit(response.take_body(), response.max_body()))
    }
}

fn is_event_stream(headers: &HeaderMap) -> bool {
    let content_type = headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok());
    let media_type = content_type.and_then(|content_type| content_type.split(';').next());
    media_type.is_some_and(|media_type| media_type.trim().eq_ignore_ascii_case("text/event-stream"))
}

/// An answer that is mistaken for events would be a stream without any.
#[cold]
async fn other_than_events(response: &mut RawResponse) -> DecodeError {
    let until = response.deadline.min(Instant::now() + EXPLANATION_TIME);
    // The error shows what came of it; it may never end.
    let _ = timeout_at(until, response.bytes()).await;
    let sent = match response.headers().get(CONTENT_TYPE) {
        Some(content_type) => String::from_utf8_lossy(content_type.as_bytes()),
        None => "no content type".into(),
    };
    DecodeError::custom(format!("expected text/event-stream, the server sent {sent}"))
}

impl<T> std::fmt::Debug for Events<T> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Events")
            .field("last_event_id", &self.last_event_id())
            .finish_non_exhaustive()
    }
}
