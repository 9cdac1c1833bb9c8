//! One fetch under way: a task that no caller owns.
//!
//! Callers wait for what it publishes, and may go away at any time; the task ends with the last handle of the cache. And
//! however the task ends, the entry learns of it, or else everybody would wait for what never comes.

use std::sync::Weak;
use std::time::Duration;

use tokio::time::Instant;
use tracing::{debug, warn};

use super::clock::Moment;
use super::state::{FlightId, Landing};
use super::sync::{timeout_at, watch};
use super::{Entry, Fetched};
use crate::credential::{Fetch, Reason, Token, Wanted};
use crate::error::TokenError;
use crate::telemetry::FetchSpan;

pub(super) struct Flight {
    /// Weak: the task keeps no cache alive.
    pub(super) entry: Weak<Entry>,
    pub(super) id: FlightId,
    /// What it begins with.
    pub(super) reason: Reason,
    /// For errors: the origin of the token URL.
    pub(super) server: String,
    /// When it is given up, and how long that is after it began.
    pub(super) deadline: Instant,
    pub(super) limit: Duration,
    /// Dropped after the entry has learned how it ended.
    pub(super) publish: watch::Sender<Option<Fetched>>,
}

impl Flight {
    /// Fetches until there is something to publish, or nobody is left.
    pub(super) async fn fly(&self, source: &dyn Fetch, span: &FetchSpan) {
        let server = &*self.server;
        let mut reason = self.reason.clone();
        loop {
            // A life counts from before its request; with retries that is the first of them, which errs on the safe side.
            let requested = Moment::now();
            let wanted = Wanted {
                reason,
                until: self.deadline,
            };
            let fetched = match timeout_at(wanted.until, source.fetch(wanted)).await {
                Ok(fetched) => fetched.map_err(|error| error.issued_by(server)),
                Err(_) => Err(TokenError::Timeout {
                    server: server.to_owned(),
                    limit: self.limit,
                }),
            };
            if let Ok(Token {
                exhausted_for: Some(wait),
                ..
            }) = &fetched
            {
                warn!(server, ?wait, "the token server's quota is used up");
            }
            let Some(entry) = self.entry.upgrade() else { return };
            let now = Moment::now();
            let mut state = entry.state.lock();
            let replaced = state.age(now);
            let is_shared = fetched.as_ref().is_ok_and(|token| token.is_shared);
            let landing = state.land(self.id, requested, fetched, now);
            reason = state.reason();
            drop(state);
            drop(entry);
            match landing {
                Landing::Again => debug!(server, "what the fetch brought is out of date"),
                Landing::Over(fetched) => {
                    match &fetched {
                        Ok(_) if is_shared => debug!(server, "token of another process"),
                        Ok(_) => debug!(server, "token fetched"),
                        Err(error) => warn!(server, %error, "no token"),
                    }
                    span.ended(server, &fetched, replaced, is_shared);
                    self.publish.send_replace(Some(fetched));
                    return;
                }
            }
        }
    }
}

impl Drop for Flight {
    fn drop(&mut self) {
        let Some(entry) = self.entry.upgrade() else { return };
        let now = Moment::now();
        let mut state = entry.state.lock();
        if std::thread::panicking() {
            // Not given up but failed: else each of those who wait would fetch, and panic, in turn.
            let server = Some(std::mem::take(&mut self.server));
            state.land(self.id, now, Err(TokenError::Panicked { server }), now);
        } else {
            state.abandon(self.id, now);
        }
    }
}
