//! Events, out of chunks that are cut anywhere.
//!
//! The parsing is `sse-core`'s: the one crate for it that is bounded and reads all of the standard, without I/O.
//! `sse-stream` 0.3 has no limit and refuses bytes that are no UTF-8, `eventsource-stream` 0.2 likewise, and it panics
//! on a byte order mark.

use std::num::NonZeroUsize;
use std::time::Duration;

use bytes::Bytes;
use sse_core::{SseDecoder, SseEvent};

use super::super::records::Decoder;
use super::Event;
use crate::error::DecodeError;

/// WHATWG HTML, section 9.2.6, with a limit for an event's data, its type and its id, each.
#[derive(Debug)]
pub(super) struct EventDecoder {
    decoder: SseDecoder,
    chunk: Bytes,
    number: u64,
    limit: usize,
    /// What no event has had yet.
    new_retry: Option<Duration>,
    retry: Option<Duration>,
}

/// An event, its data as it came.
#[derive(Debug, PartialEq)]
pub(super) struct RawEvent {
    /// Counted from 1.
    pub(super) number: u64,
    pub(super) event: Event<String>,
}

impl EventDecoder {
    pub(super) fn new(limit: usize) -> Self {
        Self {
            decoder: SseDecoder::with_limit(NonZeroUsize::new(limit).unwrap_or(NonZeroUsize::MIN)),
            chunk: Bytes::new(),
            number: 0,
            limit,
            new_retry: None,
            retry: None,
        }
    }

    /// Begins with an id that another stream ended with.
    pub(super) fn go_on_after(&mut self, last_event_id: Option<&str>) {
        self.decoder.reconnect_with_id(last_event_id.map(Into::into));
    }

    pub(super) fn last_event_id(&self) -> Option<&str> {
        self.decoder.last_event_id().map(|id| &**id)
    }

    pub(super) fn retry(&self) -> Option<Duration> {
        self.retry
    }
}

impl Decoder for EventDecoder {
    type Record = RawEvent;

    fn push(&mut self, chunk: Bytes) {
        self.chunk = chunk;
    }

    /// An event that no empty line ends is none.
    fn finish(&mut self) {}

    fn next(&mut self) -> Option<Result<RawEvent, DecodeError>> {
        loop {
            match self.decoder.next(&mut self.chunk)? {
                Ok(SseEvent::Retry(milliseconds)) => {
                    self.retry = Some(Duration::from_millis(milliseconds.into()));
                    self.new_retry = self.retry;
                }
                Ok(SseEvent::Message(message)) => {
                    self.number += 1;
                    let event = Event {
                        data: message.data,
                        event: message.event.into_owned(),
                        id: message.last_event_id.map(|id| id.as_ref().to_owned()),
                        retry: self.new_retry.take(),
                    };
                    let number = self.number;
                    return Some(Ok(RawEvent { number, event }));
                }
                // It skips the rest of that event by itself.
                Err(_) => {
                    self.number += 1;
                    let too_large = format!(
                        "it is larger than {} bytes; `builder(…).max_response_body(…)` raises that limit",
                        self.limit
                    );
                    let place = format_args!("event {}", self.number);
                    return Some(Err(DecodeError::custom(too_large).within(place)));
                }
            }
        }
    }
}

#[cfg(test)]
mod fuzz;
#[cfg(test)]
mod tests;
