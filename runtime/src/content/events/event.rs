//! One server-sent event.

use std::time::Duration;

/// An event of [`Events`](super::Events).
///
/// ```
/// # use reauth::{ByteStream, Events, Result, Text};
/// # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<()> {
/// # let body = ByteStream::new(futures_util::stream::iter([Ok::<_, std::io::Error>("event: add\nid: 3\ndata: milk\n\n")]));
/// # let mut events = Events::<Text>::new(body);
/// let Some(event) = events.try_next().await? else { return Ok(()) };
/// match &*event.event {
///     "add" => println!("{} is new, and {:?} the place to go on from", event.data, event.id),
///     other => println!("a {other} is nothing to us"),
/// }
/// # Ok(()) }
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Event<T> {
    /// Its data; the lines of several `data` fields are joined by `\n`.
    pub data: T,
    /// Its type: `message` where the server names none.
    pub event: String,
    /// The last id that the server gave in this stream, with this event or one before it: what a request that goes on
    /// after this event carries as `Last-Event-ID`.
    pub id: Option<String>,
    /// How long to wait before connecting again, where the server said so since the event before.
    pub retry: Option<Duration>,
}

impl<T> Event<T> {
    /// The same event with its data read.
    pub(super) fn with_data<U>(self, data: U) -> Event<U> {
        Event {
            data,
            event: self.event,
            id: self.id,
            retry: self.retry,
        }
    }
}
