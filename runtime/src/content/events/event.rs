//! One server-sent event.

use std::time::Duration;

/// An event of [`Events`](super::Events).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Event<T> {
    /// Its data; the lines of several `data` fields are joined by `\n`.
    pub data: T,
    /// Its type: `message` where the server names none.
    pub event: String,
    /// The last id that the server gave, with this event or one before it: what a request that goes on after this event
    /// carries as `Last-Event-ID`.
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
