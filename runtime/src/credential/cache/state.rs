//! The state of one cache entry, apart from tasks, locks and HTTP: what it holds, who may fetch, what a rejection does.
//!
//! Every method is a step of a state machine: time comes in as an argument, what to do comes out as a value. `W` is
//! what a caller waits on; the machine only hands it around.
//!
//! ```text
//!            lookup → Ready                       reject, if it is the newest
//!   ┌──────────────────────────┐        ┌───────────────────────────────────────┐
//!   │  held: newest token      │────────┤ replaced: not sent again, next lookup  │
//!   │  unproven → proven       │        │ fetches; or held back: still sent      │
//!   └──────────────────────────┘        └───────────────────────────────────────┘
//!        ▲ publish, as generation n+1                    │ lookup → Fetch / Wait
//!        └───────────────── flight: one fetch ◄──────────┘
//! ```
//!
//! * A token keeps its generation for as long as its bytes stay the same. A late rejection of an older generation
//!   changes nothing.
//! * The newest token stays here when it has expired or was rejected, so that a re-issue is recognized.
//! * A fetch that began before a rejection may bring the rejected token back; it then fetches once more. One that
//!   began after it and brings it back is an error.

use std::sync::Arc;
use std::time::Duration;

use tokio::time::Instant;

use super::life::Life;
use crate::call::{Authorization, Rejection};
use crate::credential::Issued;
use crate::endpoint::backoff::share;
use crate::error::TokenError;

/// The whole of a fetch, its retries among it, is over by then.
pub(in crate::credential) const LOAD_TIMEOUT: Duration = Duration::from_secs(10);
/// One that is not, by so much, never will be: the runtime it runs on stands still.
const GRACE: Duration = Duration::from_secs(1);
/// Between two attempts at something that keeps failing: 1 s, doubling, at most 60 s.
const FIRST_BACKOFF: Duration = Duration::from_secs(1);
const MAX_BACKOFF: Duration = Duration::from_secs(60);
/// For how long a refusal that no retry can mend is remembered.
const REMEMBER_REFUSAL: Duration = Duration::from_secs(1);

#[derive(Debug)]
pub(super) struct State<W> {
    held: Option<Held>,
    generation: u64,
    flight: Option<Flight<W>>,
    flights: u64,
    /// Counts rejections, so that a fetch knows whether it began before one.
    rejections: u64,
    /// Forced refreshes since a request last succeeded.
    forced: u32,
    /// Until then a fresh token that never worked is not replaced.
    replace_from: Option<Instant>,
    /// Early refreshes that failed since one last succeeded.
    failed_early: u32,
    refusal: Option<(Instant, Arc<TokenError>)>,
    /// A token unused for so long is not sent any more.
    idle_expiry: Option<Duration>,
    rng: fastrand::Rng,
}

/// The newest token.
#[derive(Debug)]
struct Held {
    token: Authorization,
    life: Life,
    last_used: Instant,
    /// The number of the rejection that ended it.
    rejected: Option<u64>,
}

impl Held {
    /// Whether it may be sent.
    fn is_usable(&self, now: Instant, idle_expiry: Option<Duration>) -> bool {
        let is_idle = idle_expiry.is_some_and(|limit| now.saturating_duration_since(self.last_used) >= limit);
        self.rejected.is_none() && now < self.life.usable_until && !is_idle
    }
}

#[derive(Debug)]
struct Flight<W> {
    id: FlightId,
    /// How many rejections there had been when it began.
    began_after: u64,
    /// When it is given up.
    until: Instant,
    waiter: W,
}

/// Names one fetch, so that one which was given up cannot speak for its successor.
#[derive(Clone, Copy, Debug, PartialEq, PartialOrd)]
pub(super) struct FlightId(u64);

/// What a caller who wants a token does.
#[derive(Debug)]
pub(super) enum Lookup<W> {
    /// Send this.
    Ready(Authorization),
    /// Send this, and start a fetch in the background.
    Early(Authorization),
    /// Wait for the fetch that is under way, but no longer than that.
    Wait { waiter: W, until: Instant },
    /// Start a fetch, and wait for it.
    Fetch,
    /// Nothing can be sent.
    Refused(Arc<TokenError>),
}

/// What a fetch that has come back does.
#[derive(Debug)]
pub(super) enum Landing {
    /// It is over; this is for everybody who waited.
    Over(Result<Authorization, Arc<TokenError>>),
    /// It brought back a token that was rejected while it was under way: fetch again.
    Again,
}

impl<W: Clone> State<W> {
    pub(super) fn new(idle_expiry: Option<Duration>, rng: fastrand::Rng) -> Self {
        Self {
            held: None,
            generation: 0,
            flight: None,
            flights: 0,
            rejections: 0,
            forced: 0,
            replace_from: None,
            failed_early: 0,
            refusal: None,
            idle_expiry,
            rng,
        }
    }

    /// The token to send, where there is one that needs nothing done: the hot path.
    pub(super) fn ready(&mut self, now: Instant) -> Option<Authorization> {
        let idle_expiry = self.idle_expiry;
        let held = self.held.as_mut()?;
        if now >= held.life.refresh_from || !held.is_usable(now, idle_expiry) {
            return None;
        }
        if idle_expiry.is_some() {
            held.last_used = now;
        }
        Some(held.token.clone())
    }

    /// The token that a fetch brought for this caller, where it may still be sent: it may have been rejected, or have
    /// expired, before the caller woke.
    pub(super) fn claim(&self, token: &Authorization, now: Instant) -> Option<Authorization> {
        let held = self.held.as_ref()?;
        // It was fetched to be used now: nobody asks how long it has been idle.
        let usable = held.token.generation == token.generation && held.is_usable(now, None);
        usable.then(|| held.token.clone())
    }

    /// Why nothing can be sent, where that is remembered.
    pub(super) fn refusal(&self, now: Instant) -> Option<Arc<TokenError>> {
        let (until, error) = self.refusal.as_ref()?;
        (now < *until).then(|| error.clone())
    }

    pub(super) fn lookup(&mut self, now: Instant) -> Lookup<W> {
        if let Some(token) = self.ready(now) {
            return Lookup::Ready(token);
        }
        self.flight.take_if(|flight| flight.until <= now);
        let idle_expiry = self.idle_expiry;
        if let Some(held) = self.held.as_mut().filter(|held| held.is_usable(now, idle_expiry)) {
            held.last_used = now;
            let token = held.token.clone();
            return if self.flight.is_some() {
                Lookup::Ready(token)
            } else {
                Lookup::Early(token)
            };
        }
        if let Some(Flight { waiter, until, .. }) = &self.flight {
            return Lookup::Wait {
                waiter: waiter.clone(),
                until: *until,
            };
        }
        self.refusal(now).map_or(Lookup::Fetch, Lookup::Refused)
    }

    /// A fetch begins; `lookup` said so, under the same lock. Also says when it is given up.
    pub(super) fn begin(&mut self, waiter: W, now: Instant) -> (FlightId, Instant) {
        self.flights += 1;
        let id = FlightId(self.flights);
        let until = now + LOAD_TIMEOUT + GRACE;
        self.flight = Some(Flight {
            id,
            began_after: self.rejections,
            until,
            waiter,
        });
        (id, until)
    }

    /// A fetch has come back.
    pub(super) fn land(&mut self, id: FlightId, fetched: Result<Issued, TokenError>, now: Instant) -> Landing {
        let Some(flight) = self.flight.as_mut().filter(|flight| flight.id == id) else {
            return Landing::Over(Err(Arc::new(TokenError::Cancelled)));
        };
        let token = match fetched {
            Ok(token) => token,
            Err(error) => return self.failed(error, now),
        };
        let same = self.held.as_ref().filter(|held| held.token.header == token.header);
        if let Some(rejection) = same.and_then(|held| held.rejected) {
            if flight.began_after < rejection {
                flight.began_after = self.rejections;
                return Landing::Again;
            }
            return self.failed(TokenError::Reissued, now);
        }
        let life = Life::new(token.requested, token.life, self.rng.f64());
        if now >= life.usable_until {
            return self.failed(TokenError::Unacceptable("it had expired when it arrived"), now);
        }
        let authorization = if let Some(held) = same {
            held.token.clone()
        } else {
            self.generation += 1;
            Authorization {
                header: token.header,
                generation: self.generation,
                proven: false,
            }
        };
        self.held = Some(Held {
            token: authorization.clone(),
            life,
            last_used: now,
            rejected: None,
        });
        self.flight = None;
        self.failed_early = 0;
        self.refusal = None;
        Landing::Over(Ok(authorization))
    }

    fn failed(&mut self, error: TokenError, now: Instant) -> Landing {
        self.flight = None;
        let error = Arc::new(error);
        let idle_expiry = self.idle_expiry;
        if let Some(held) = self.held.as_mut().filter(|held| held.is_usable(now, idle_expiry)) {
            // The token in hand stays, and is renewed later: a failed renewal neither evicts it nor ends renewing.
            let wait = backoff(self.failed_early);
            self.failed_early = self.failed_early.saturating_add(1);
            held.life.refresh_from = now + share(wait, self.rng.f64());
        } else if let TokenError::Reissued = *error {
            // As a forced refresh that did not help, which it is.
            self.refusal = Some((now + backoff(self.forced.saturating_sub(1)), error.clone()));
            self.forced = self.forced.saturating_add(1);
        } else if !error.is_transient() {
            self.refusal = Some((now + REMEMBER_REFUSAL, error.clone()));
        }
        Landing::Over(Err(error))
    }

    /// A fetch will not come back: its task is gone.
    pub(super) fn abandon(&mut self, id: FlightId) {
        self.flight.take_if(|flight| flight.id == id);
    }

    /// The API answered 401 to `token`.
    pub(super) fn reject(&mut self, token: &Authorization, now: Instant) -> Rejection {
        let Some(held) = self
            .held
            .as_mut()
            .filter(|held| held.token.generation == token.generation)
        else {
            return Rejection::Newer;
        };
        if held.rejected.is_some() {
            return Rejection::Newer;
        }
        if let Some(from) = self.replace_from.filter(|from| !held.token.proven && now < *from) {
            return Rejection::Held(from - now);
        }
        self.rejections += 1;
        held.rejected = Some(self.rejections);
        self.replace_from = Some(now + backoff(self.forced));
        self.forced = self.forced.saturating_add(1);
        Rejection::Newer
    }

    /// A request with `token` succeeded.
    pub(super) fn accept(&mut self, token: &Authorization) {
        let is_current = |held: &&mut Held| held.token.generation == token.generation && held.rejected.is_none();
        if let Some(held) = self.held.as_mut().filter(is_current) {
            held.token.proven = true;
            self.forced = 0;
            self.replace_from = None;
        }
    }
}

/// 1 s, 2 s, 4 s, …, 60 s.
fn backoff(failures: u32) -> Duration {
    FIRST_BACKOFF.saturating_mul(1 << failures.min(6)).min(MAX_BACKOFF)
}

#[cfg(test)]
mod tests;
