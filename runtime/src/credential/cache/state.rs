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
//!   began after it and brings it back is an error, the first time. From then on the token server stands by it, and it
//!   is sent again as one that never worked: perhaps the API was wrong, and there is no other token anyway.
//! * Whether a token is fresh enough is [`Life`]'s to say, when the token server may be asked is [`Pause`]'s; how often a
//!   token that never worked is replaced is [`Replacing`]'s, and how often one that works [`Allowance`]'s.

use std::sync::Arc;
use std::time::Duration;

use tokio::time::Instant;

use super::allowance::Allowance;
use super::clock::Moment;
use super::held::{Ended, Held};
use super::life::Life;
use super::pause::{Pause, backoff, spread};
use super::replacing::Replacing;
use crate::call::{Authorization, Rejection};
use crate::credential::{CredentialStatus, Reason, Token};
use crate::endpoint::backoff::share;
use crate::error::TokenError;

/// No caller waits longer for a fetch, its retries among it; and but for those that say otherwise it is over by then.
pub(crate) const LOAD_TIMEOUT: Duration = Duration::from_secs(10);
/// One that is not, by so much, never will be: the runtime it runs on stands still.
const GRACE: Duration = Duration::from_secs(1);

#[derive(Debug)]
pub(super) struct State<W> {
    held: Option<Held>,
    generation: u64,
    flight: Option<Flight<W>>,
    flights: u64,
    /// Counts rejections and invalidations, so that a fetch knows whether it began before one.
    endings: u64,
    /// The ending before which no fetch may have begun whose token is to be used: the last invalidation.
    invalidated: u64,
    pause: Pause,
    replacing: Replacing,
    allowance: Allowance,
    /// When a fetch is given up.
    limit: Duration,
    /// A token unused for so long is not sent any more.
    idle_expiry: Option<Duration>,
    rng: fastrand::Rng,
}

#[derive(Debug)]
struct Flight<W> {
    id: FlightId,
    /// How many endings there had been when it began.
    began_after: u64,
    /// When it is given up.
    until: Instant,
    waiter: W,
}

impl<W: Clone> Flight<W> {
    /// For a caller who comes now.
    fn wait(&self, now: Moment) -> Wait<W> {
        let outlasts = self.until > now.monotonic + LOAD_TIMEOUT + GRACE;
        Wait {
            waiter: self.waiter.clone(),
            until: if outlasts {
                now.monotonic + LOAD_TIMEOUT
            } else {
                self.until
            },
            outlasts,
        }
    }
}

/// Names one fetch, so that one which was given up cannot speak for its successor.
#[derive(Clone, Copy, Debug, PartialEq, PartialOrd)]
pub(super) struct FlightId(u64);

/// What a caller who wants a token does.
#[derive(Debug)]
pub(super) enum Lookup<W> {
    /// Send this.
    Ready(Arc<Authorization>),
    /// Send this, and start a fetch in the background.
    Early(Arc<Authorization>),
    /// Wait for the fetch that is under way.
    Wait(Wait<W>),
    /// Start a fetch, and wait for it.
    Fetch,
    /// Nothing can be sent; before `resume`, where the token server named that time, nothing is asked either.
    Refused {
        error: Arc<TokenError>,
        resume: Option<Instant>,
    },
}

/// What a caller waits for, and how long.
#[derive(Clone, Debug)]
pub(super) struct Wait<W> {
    pub(super) waiter: W,
    /// No longer than that: a fetch that has not landed by then never will, or it is not for this caller.
    pub(super) until: Instant,
    /// The fetch goes on after that, for those who come later.
    pub(super) outlasts: bool,
}

/// What a fetch that has come back does.
#[derive(Debug)]
pub(super) enum Landing {
    /// It is over; this is for everybody who waited.
    Over(Result<Arc<Authorization>, Arc<TokenError>>),
    /// What it brought is out of date: fetch once more.
    Again,
}

impl<W: Clone> State<W> {
    pub(super) fn new(limit: Duration, idle_expiry: Option<Duration>, rng: fastrand::Rng) -> Self {
        Self {
            held: None,
            generation: 0,
            flight: None,
            flights: 0,
            endings: 0,
            invalidated: 0,
            pause: Pause::default(),
            replacing: Replacing::default(),
            allowance: Allowance::default(),
            limit,
            idle_expiry,
            rng,
        }
    }

    /// The token to send, where there is one that needs nothing done: the hot path.
    #[inline]
    pub(super) fn ready(&mut self, now: Moment) -> Option<Arc<Authorization>> {
        let held = self.held.as_mut()?;
        if held.ended.is_some() || now.has_reached(held.life.refresh_from()) {
            return None;
        }
        if self.idle_expiry.is_some() {
            if !held.is_usable(now, self.idle_expiry) {
                return None;
            }
            held.last_used = now;
        }
        Some(held.token.clone())
    }

    /// The token that a fetch brought for this caller, where it may still be sent: it may have been rejected, or have
    /// expired, before the caller woke.
    pub(super) fn claim(&self, token: &Authorization, now: Moment) -> Option<Arc<Authorization>> {
        let held = self.held.as_ref()?;
        // It was fetched to be used now: nobody asks how long it has been idle.
        let usable = held.token.generation == token.generation && held.is_usable(now, None);
        usable.then(|| held.token.clone())
    }

    /// Why nothing can be sent, where that is remembered.
    pub(super) fn refusal(&self, now: Moment) -> Option<Arc<TokenError>> {
        self.pause.at(now).map(|(_, error)| error.clone())
    }

    pub(super) fn lookup(&mut self, now: Moment) -> Lookup<W> {
        if let Some(token) = self.ready(now) {
            return Lookup::Ready(token);
        }
        self.flight.take_if(|flight| flight.until <= now.monotonic);
        self.pause.tell_time(now);
        let pause = self.pause.at(now);
        let idle_expiry = self.idle_expiry;
        if let Some(held) = self.held.as_mut().filter(|held| held.is_usable(now, idle_expiry)) {
            held.last_used = now;
            let token = held.token.clone();
            return if self.flight.is_some() || pause.is_some() {
                Lookup::Ready(token)
            } else {
                Lookup::Early(token)
            };
        }
        if let Some(flight) = &self.flight {
            return Lookup::Wait(flight.wait(now));
        }
        pause.map_or(Lookup::Fetch, |(over, error)| Lookup::Refused {
            error: error.clone(),
            resume: error.retry_at().is_some().then_some(over),
        })
    }

    /// A fetch begins; `lookup` said so, under the same lock. Also says how long to wait for it.
    pub(super) fn begin(&mut self, waiter: W, now: Moment) -> (FlightId, Wait<W>) {
        self.flights += 1;
        let id = FlightId(self.flights);
        let flight = Flight {
            id,
            began_after: self.endings,
            until: now.monotonic + self.limit + GRACE,
            waiter,
        };
        let wait = flight.wait(now);
        self.flight = Some(flight);
        // Until then there is nothing to do for those who have a token.
        if let Some(held) = &mut self.held {
            held.life.renew_from(now + self.limit + GRACE);
        }
        (id, wait)
    }

    /// A fetch has come back; it asked for its token at `requested`.
    pub(super) fn land(
        &mut self,
        id: FlightId,
        requested: Moment,
        fetched: Result<Token, TokenError>,
        now: Moment,
    ) -> Landing {
        let Some(flight) = self.flight.as_mut().filter(|flight| flight.id == id) else {
            return Landing::Over(Err(Arc::new(TokenError::Cancelled)));
        };
        let token = match fetched {
            Ok(token) => token,
            Err(error) => return self.failed(error, now),
        };
        let is_late = self
            .held
            .as_ref()
            .is_some_and(|held| held.must_refuse(&token, flight.began_after, now));
        let mut same = self.held.as_mut().filter(|held| held.token.header == token.header);
        let rejected = same.as_ref().and_then(|held| held.rejected());
        if is_late || flight.began_after < rejected.unwrap_or(0).max(self.invalidated) {
            flight.began_after = self.endings;
            return Landing::Again;
        }
        if rejected.is_some()
            && let Some(held) = &mut same
            && !held.is_worth_another_try()
        {
            held.reissued = true;
            return self.failed(TokenError::Reissued, now);
        }
        let mut life = Life::new(token.asked.unwrap_or(requested.into()), token.life, self.rng.f64());
        if now.monotonic >= life.usable_until.monotonic {
            return self.failed(TokenError::unacceptable("it had expired when it arrived"), now);
        }
        if now.has_reached(life.usable_until) {
            // The machine slept meanwhile, or its clock was set: the next one comes at once.
            return Landing::Again;
        }
        if let Some(exhausted) = token.exhausted_for {
            let reset = now + spread(exhausted, self.rng.f64());
            life.renew_from(life.refresh_from().max(reset));
        }
        let expiry = life.expiry.wall;
        let reissued = same.as_ref().is_some_and(|held| held.reissued);
        let mut authorization = if let Some(held) = same {
            Authorization {
                expiry,
                ..Authorization::clone(&held.token)
            }
        } else {
            self.generation += 1;
            Authorization {
                header: token.header,
                generation: self.generation,
                proven: false,
                expiry,
            }
        };
        if rejected.is_some() {
            authorization.proven = false;
            self.replacing.taken_back(now);
        }
        let authorization = Arc::new(authorization);
        self.held = Some(Held {
            token: authorization.clone(),
            life,
            last_used: now,
            ended: None,
            reissued,
        });
        self.flight = None;
        self.pause.end();
        Landing::Over(Ok(authorization))
    }

    /// What the next fetch is for.
    pub(super) fn reason(&self) -> Reason {
        match self.held.as_ref().map(|held| (held.ended, &held.token.header)) {
            Some((Some(Ended::Rejected { .. }), header)) => Reason::Rejected(header.clone()),
            Some((Some(Ended::Invalidated), _)) => Reason::Invalidated,
            None if self.invalidated > 0 => Reason::Invalidated,
            None | Some((None, _)) => Reason::Needed,
        }
    }

    fn failed(&mut self, mut error: TokenError, now: Moment) -> Landing {
        self.flight = None;
        let (idle_expiry, chance) = (self.idle_expiry, self.rng.f64());
        let usable = self.held.as_mut().filter(|held| held.is_usable(now, idle_expiry));
        let mut wait = match error {
            TokenError::Reissued => self.replacing.in_vain(),
            _ => self.pause.after(&error, now, chance),
        };
        // The token in hand stays, and is renewed later: a failed renewal neither evicts it nor ends renewing.
        if let TokenError::RateLimited { retry_at, .. } = &mut error {
            *retry_at = (now + wait).wall;
            if let Some(held) = usable {
                held.life.renew_from(now + wait);
            }
        } else if let Some(held) = usable {
            held.life
                .renew_from(now + share(backoff(self.pause.failures()), chance));
            wait = Duration::ZERO;
        }
        Landing::Over(Err(self.pause.begin(error, wait, now)))
    }

    /// A fetch will not come back: its task is gone.
    pub(super) fn abandon(&mut self, id: FlightId, now: Moment) {
        if self.flight.take_if(|flight| flight.id == id).is_some()
            && let Some(held) = &mut self.held
        {
            held.life.renew_from(now);
        }
    }

    /// The API answered 401 to `token`.
    pub(super) fn reject(&mut self, token: &Authorization, now: Moment) -> Rejection {
        let Some(held) = self.held.as_mut().filter(|held| held.is_current(token)) else {
            return Rejection::Newer;
        };
        let held_back = if held.token.proven {
            // It works elsewhere, perhaps, and while the token server is to be left alone there is no other.
            let (asked, owed) = (self.pause.asked(now), self.allowance.held_back(now));
            if asked > owed {
                asked.map(Rejection::NoOther)
            } else {
                owed.map(Rejection::TooMany)
            }
        } else {
            self.replacing.held_back(now).map(Rejection::Held)
        };
        if let Some(held_back) = held_back {
            return held_back;
        }
        self.endings += 1;
        held.ended = Some(Ended::Rejected {
            ending: self.endings,
            worked_since: false,
        });
        if held.token.proven {
            self.allowance.use_one(now);
        }
        self.replacing.replaced(now);
        Rejection::Newer
    }

    /// A request with `token` succeeded.
    pub(super) fn accept(&mut self, token: &Authorization) {
        let generation = token.generation;
        let Some(held) = self.held.as_mut().filter(|held| held.token.generation == generation) else {
            return;
        };
        match &mut held.ended {
            None => {}
            // It was sent before the rejection, perhaps, and the API has changed its mind since: alone this is no reason to
            // send it again, but the token server stands by it too.
            Some(Ended::Rejected { .. }) if held.reissued => {
                held.ended = None;
                self.pause.forget();
            }
            Some(Ended::Rejected { worked_since, .. }) => {
                *worked_since = true;
                return;
            }
            Some(Ended::Invalidated) => return,
        }
        Arc::make_mut(&mut held.token).proven = true;
        self.replacing.end();
    }

    /// Begins anew: neither the token in hand nor one that a fetch under way brings is sent, and what failed before is
    /// forgotten. A time that the token server named still stands.
    pub(super) fn invalidate(&mut self) {
        self.endings += 1;
        self.invalidated = self.endings;
        if let Some(held) = &mut self.held {
            held.ended = Some(Ended::Invalidated);
            held.reissued = false;
        }
        self.pause.forget();
        self.replacing.end();
    }

    /// Whether a fetch is under way.
    pub(super) fn is_fetching(&self, now: Moment) -> bool {
        self.flight.as_ref().is_some_and(|flight| now.monotonic < flight.until)
    }

    /// How old the newest token is, also one that is over.
    pub(super) fn age(&self, now: Moment) -> Option<Duration> {
        self.held.as_ref().map(|held| held.life.age(now))
    }

    /// Whether an entry that began anew would ask the token server sooner.
    pub(super) fn is_resting(&self, now: Moment) -> bool {
        let paused = self.pause.at(now).is_some();
        paused || self.replacing.held_back(now).is_some() || self.allowance.held_back(now).is_some()
    }

    pub(super) fn status(&self, now: Moment) -> CredentialStatus {
        let alive = self.held.as_ref().filter(|held| held.ended.is_none());
        let usable = alive.filter(|held| held.is_usable(now, self.idle_expiry));
        let renewal = usable.map(|held| now.until(held.life.refresh_from()));
        let pause = self.pause.at(now).map(|(over, _)| over - now.monotonic);
        let is_fetching = self.is_fetching(now);
        CredentialStatus {
            has_token: usable.is_some(),
            read_at: now.wall,
            expires_in: alive.map(|held| now.until(held.life.expiry)),
            is_fetching,
            last_error: self.pause.error().cloned(),
            next_attempt_in: renewal.max(pause).filter(|_| !is_fetching),
            is_unstored: false,
        }
    }
}

#[cfg(test)]
mod tests;
