//! From the chunks of a body to the records in it: what lines and events have in common.
//!
//! What a record is, a [`Decoder`] says: a state machine that is fed with chunks and does no I/O.

use std::pin::Pin;
use std::task::{Context, Poll, ready};

use bytes::Bytes;
use futures_core::Stream as _;

use crate::byte_stream::ByteStream;
use crate::error::{DecodeError, Error, Result};

/// Splits chunks, however they are cut, into records.
pub(super) trait Decoder {
    type Record;

    /// Takes the next chunk, once there is no record left in what came before.
    fn push(&mut self, chunk: Bytes);

    /// There are no more chunks.
    fn finish(&mut self);

    /// The next record; `None` where it takes another chunk. After an error it goes on with the next record.
    fn next(&mut self) -> Option<Result<Self::Record, DecodeError>>;
}

/// The records of a body.
pub(super) struct Records<D> {
    body: ByteStream,
    pub(super) decoder: D,
    ended: bool,
}

impl<D: Decoder> Records<D> {
    pub(super) fn new(body: ByteStream, decoder: D) -> Self {
        Self {
            body,
            decoder,
            ended: false,
        }
    }

    pub(super) fn poll_next(&mut self, context: &mut Context<'_>) -> Poll<Option<Result<D::Record>>> {
        loop {
            if let Some(record) = self.decoder.next() {
                return Poll::Ready(Some(record.map_err(|error| self.report(error, &[]))));
            }
            if self.ended {
                return Poll::Ready(None);
            }
            match ready!(Pin::new(&mut self.body).poll_next(context)) {
                Some(Ok(chunk)) => self.decoder.push(chunk),
                Some(Err(error)) => {
                    // What has come of a record that is not complete is none.
                    self.ended = true;
                    return Poll::Ready(Some(Err(error)));
                }
                None => {
                    self.ended = true;
                    self.decoder.finish();
                }
            }
        }
    }

    /// What is wrong with one record; the error keeps it as the body.
    #[cold]
    pub(super) fn report(&self, error: DecodeError, record: &[u8]) -> Error {
        self.body.report(error.into_kind(), Bytes::copy_from_slice(record))
    }
}
