//! The token cache: one entry, which everybody who needs the same token shares.
//!
//! A look takes one uncontended lock, never held across an await, and clones a ready-made header. Where there is no
//! token, the first caller starts a *detached* fetch and waits for it like everybody after it: so a caller that goes
//! away takes nobody along, and a failure is shared as a token is. What to do when is decided in [`state`]; here are
//! the lock, the task and the waiting.
//!
//! * [`state`]: who may fetch, and what a rejection does, with what an entry has [`held`]; and [`life`], [`pause`],
//!   [`replacing`] and [`allowance`], each about one rule;
//! * [`flight`]: one fetch under way;
//! * [`clock`]: the two clocks;
//! * [`sync`]: what `loom` takes the place of, to try every order of events.

mod allowance;
mod clock;
mod flight;
mod held;
mod life;
mod pause;
mod replacing;
mod state;
mod sync;

use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use tokio::time::Instant;
use tracing::debug;

#[cfg(test)]
#[cfg(not(reauth_loom))]
pub(super) use self::clock::set_wall;
pub(super) use self::clock::{Begun, Moment};
use self::flight::Flight;
#[cfg(feature = "store")]
pub(super) use self::life::is_over;
pub(super) use self::pause::MAX_ASKED;
#[cfg(feature = "store")]
pub(super) use self::pause::backoff;
pub(crate) use self::state::LOAD_TIMEOUT;
use self::state::{FlightId, Lookup, State, Wait};
use self::sync::{AbortHandle, Handle, Mutex, sleep_until, timeout_at, watch};
use super::{CredentialStatus, Fetch};
use crate::call::{Authorization, Rejection};
use crate::error::TokenError;
use crate::telemetry::FetchSpan;

type Fetched = Result<Arc<Authorization>, Arc<TokenError>>;
type Waiter = watch::Receiver<Option<Fetched>>;

/// No caller waits longer than this for a time that the token server named.
const MAX_SERVER_WAIT: Duration = Duration::from_secs(60);

/// A cache entry and where its tokens come from.
pub(super) struct TokenCache {
    entry: Arc<Entry>,
    source: Arc<dyn Fetch>,
    /// For errors: the origin of the token URL.
    server: String,
}

/// What the fetching task and the callers share. The task holds it weakly: it ends with the last handle.
#[derive(Debug)]
struct Entry {
    state: Mutex<State<Waiter>>,
    task: Mutex<Option<(FlightId, AbortHandle)>>,
}

/// What a credential asks of it.
impl TokenCache {
    /// The token to send, where it is at hand: the hot path, without an allocation.
    pub(super) fn at_hand(&self) -> Option<Arc<Authorization>> {
        self.at_hand_at(Instant::now())
    }

    /// The same for who has just looked at the clock.
    #[inline]
    pub(super) fn at_hand_at(&self, now: Instant) -> Option<Arc<Authorization>> {
        let now = Moment::at(now);
        self.entry.state.lock().ready(now)
    }

    /// The token to send; waits for it where it is not at hand. What cannot be had before `deadline` fails at once.
    pub(super) fn authorization(&self, deadline: Instant) -> Pin<Box<dyn Future<Output = Fetched> + Send + '_>> {
        Box::pin(self.fetched(deadline))
    }

    /// A request with it succeeded; said once for each.
    pub(super) fn accepted(&self, authorization: &Authorization) {
        self.entry.state.lock().accept(authorization);
    }

    /// The API answered 401 to it.
    pub(super) fn rejected(&self, authorization: &Authorization) -> Rejection {
        let now = Moment::now();
        let rejection = self.entry.state.lock().reject(authorization, now);
        debug!(server = self.server, ?rejection, "the API rejected the token");
        rejection
    }

    /// Where it comes from, for errors: an origin.
    pub(super) fn server(&self) -> &str {
        &self.server
    }
}

impl TokenCache {
    pub(super) fn new(source: impl Fetch, server: String, idle_expiry: Option<Duration>) -> Self {
        Self::seeded(source, server, idle_expiry, fastrand::Rng::new())
    }

    /// With chance from there.
    fn seeded(source: impl Fetch, server: String, idle_expiry: Option<Duration>, rng: fastrand::Rng) -> Self {
        Self {
            entry: Arc::new(Entry {
                state: Mutex::new(State::new(source.limit(), idle_expiry, rng)),
                task: Mutex::new(None),
            }),
            source: Arc::new(source),
            server,
        }
    }

    /// Sees to it that there is a token to send.
    pub(super) async fn warm_up(&self) -> Result<(), Arc<TokenError>> {
        self.fetched(Instant::now() + LOAD_TIMEOUT).await.map(drop)
    }

    pub(super) fn status(&self) -> CredentialStatus {
        let now = Moment::now();
        CredentialStatus {
            is_unstored: self.source.is_unstored(),
            ..self.entry.state.lock().status(now)
        }
    }

    /// No token that was asked for before now is sent any more.
    pub(super) fn invalidate(&self) {
        self.entry.state.lock().invalidate();
        debug!(server = self.server, "the token was invalidated");
    }

    /// Whether a fetch is under way.
    pub(super) fn is_fetching(&self) -> bool {
        let now = Moment::now();
        self.entry.state.lock().is_fetching(now)
    }

    /// Whether the token server is left alone for a while.
    pub(super) fn is_resting(&self) -> bool {
        let now = Moment::now();
        self.entry.state.lock().is_resting(now)
    }

    /// The token to send; waits for one where there is none, and where the token server named a time before the
    /// deadline, also for that.
    async fn fetched(&self, deadline: Instant) -> Fetched {
        loop {
            // Before the look, which may start the fetch.
            let began = Moment::now();
            let (mut wait, own) = match self.look()? {
                Look::Ready(token) => return Ok(token),
                Look::Wait { wait, own } => (wait, own),
                Look::Refused { error, resume } => {
                    if resume >= deadline.min(Instant::now() + MAX_SERVER_WAIT) {
                        return Err(error);
                    }
                    let wait = resume.saturating_duration_since(Instant::now());
                    debug!(
                        server = self.server,
                        ?wait,
                        "waiting until the token server may be asked"
                    );
                    sleep_until(resume).await;
                    continue;
                }
            };
            let landed = match timeout_at(wait.until, wait.waiter.wait_for(Option::is_some)).await {
                Ok(Ok(fetched)) => fetched.clone(),
                Err(_) if wait.outlasts => {
                    return Err(Arc::new(TokenError::Timeout {
                        server: self.server.clone(),
                        limit: LOAD_TIMEOUT,
                    }));
                }
                Ok(Err(_)) | Err(_) => None,
            };
            let now = Moment::now();
            let waited = now.monotonic.saturating_duration_since(began.monotonic);
            debug!(server = self.server, ?waited, own, "waited for a token");
            match landed {
                Some(Ok(token)) => {
                    if let Some(token) = self.entry.state.lock().claim(&token, now) {
                        return Ok(token);
                    }
                }
                // Perhaps this caller can wait for the time that the server named.
                Some(Err(error)) if error.retry_at().is_some() => {}
                Some(Err(error)) => return Err(error),
                // Whoever else started it may have had a runtime that is gone or stands still; ours does not.
                None if !own => {}
                None => {
                    let refusal = self.entry.state.lock().refusal(now);
                    return Err(refusal.unwrap_or_else(|| Arc::new(TokenError::Cancelled)));
                }
            }
        }
    }

    fn look(&self) -> Result<Look, Arc<TokenError>> {
        let now = Moment::now();
        let mut state = self.entry.state.lock();
        let early = match state.lookup(now) {
            Lookup::Ready(token) => return Ok(Look::Ready(token)),
            Lookup::Wait(wait) => return Ok(Look::Wait { wait, own: false }),
            Lookup::Refused { error, resume: None } => return Err(error),
            Lookup::Refused {
                error,
                resume: Some(resume),
            } => return Ok(Look::Refused { error, resume }),
            Lookup::Early(token) => Some(token),
            Lookup::Fetch => None,
        };
        let Ok(runtime) = Handle::try_current() else {
            return early.map(Look::Ready).ok_or_else(|| Arc::new(TokenError::NoRuntime));
        };
        let (publish, waiter) = watch::channel(None);
        let reason = state.reason();
        let (id, wait) = state.begin(waiter, now);
        // Spawned after the lock is released: a runtime that shuts down drops the task at once, and the task's end
        // takes the lock.
        drop(state);
        self.start(
            &runtime,
            Flight {
                entry: Arc::downgrade(&self.entry),
                id,
                reason,
                server: self.server.clone(),
                deadline: now.monotonic + self.source.limit(),
                limit: self.source.limit(),
                publish,
            },
        );
        Ok(early.map_or(Look::Wait { wait, own: true }, Look::Ready))
    }

    fn start(&self, runtime: &Handle, flight: Flight) {
        let (id, source) = (flight.id, self.source.clone());
        let span = FetchSpan::new(&self.server);
        let task = runtime.spawn({
            let flight_span = span.clone();
            let flight = async move { flight.fly(&*source, &flight_span).await };
            span.watch(flight)
        });
        let mut newest = self.entry.task.lock();
        if newest.as_ref().is_none_or(|(other, _)| *other < id) {
            *newest = Some((id, task.abort_handle()));
        }
    }
}

enum Look {
    Ready(Arc<Authorization>),
    /// `own` is whether this caller started what it waits for.
    Wait {
        wait: Wait<Waiter>,
        own: bool,
    },
    /// Until the token server may be asked again, at a time that it named itself.
    Refused {
        error: Arc<TokenError>,
        resume: Instant,
    },
}

impl Drop for Entry {
    fn drop(&mut self) {
        if let Some((_, task)) = self.task.get_mut().take() {
            task.abort();
        }
    }
}

impl std::fmt::Debug for TokenCache {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("TokenCache")
            .field("server", &self.server)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
#[cfg(not(reauth_loom))]
mod fleet;
#[cfg(test)]
#[cfg(reauth_loom)]
mod model;
#[cfg(test)]
#[cfg(not(reauth_loom))]
mod schedules;
#[cfg(test)]
#[cfg(not(reauth_loom))]
mod tests;
