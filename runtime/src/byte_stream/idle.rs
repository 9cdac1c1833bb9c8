//! How long a body that is being read may be silent.
//!
//! The clock starts when the reader finds nothing, and not while it is busy with what has come; so a slow reader is no
//! silent server.

use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use tokio::runtime::Handle;
use tokio::time::{Instant, Sleep, sleep_until};

/// A limit on silence.
pub(super) struct Idle {
    limit: Duration,
    /// Made when nothing comes for the first time: most pieces are there before they are asked for.
    timer: Option<Pin<Box<Sleep>>>,
    is_silent: bool,
}

impl Idle {
    pub(super) fn new(limit: Duration) -> Self {
        Self {
            limit,
            timer: None,
            is_silent: false,
        }
    }

    pub(super) fn limit(&self) -> Duration {
        self.limit
    }

    /// Something came.
    pub(super) fn end_silence(&mut self) {
        self.is_silent = false;
    }

    /// Nothing is there: ready where that has been so for too long.
    pub(super) fn poll_silence(&mut self, context: &mut Context<'_>) -> Poll<()> {
        if !self.is_silent {
            self.is_silent = true;
            self.start();
        }
        match &mut self.timer {
            Some(timer) => timer.as_mut().poll(context),
            None => Poll::Pending,
        }
    }

    /// Outside of a runtime, where a stream can be read too, there is no clock; nor for what no clock can name.
    fn start(&mut self) {
        let end = Instant::now().checked_add(self.limit);
        match (&mut self.timer, end) {
            (Some(timer), Some(end)) => timer.as_mut().reset(end),
            (None, Some(end)) if Handle::try_current().is_ok() => self.timer = Some(Box::pin(sleep_until(end))),
            _ => self.timer = None,
        }
    }
}
