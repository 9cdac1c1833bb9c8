//! The token cache: one entry, which everybody who needs the same token shares.
//!
//! A look takes one uncontended lock, never held across an await, and clones a ready-made header. Where there is no
//! token, the first caller starts a *detached* fetch and waits for it like everybody after it: so a caller that goes
//! away takes nobody along, and a failure is shared as a token is. What to do when is decided in [`state`]; here are
//! the lock, the task and the waiting.

mod life;
mod state;

use std::pin::Pin;
use std::sync::{Arc, Weak};
use std::time::Duration;

use parking_lot::Mutex;
use tokio::runtime::Handle;
use tokio::sync::watch;
use tokio::task::AbortHandle;
use tokio::time::{Instant, timeout_at};
use tracing::{debug, warn};

pub(super) use self::state::LOAD_TIMEOUT;
use self::state::{FlightId, Landing, Lookup, State};
use super::Fetch;
use crate::call::{Authorization, Authorizer, Rejection};
use crate::error::TokenError;

type Fetched = Result<Authorization, Arc<TokenError>>;
type Waiter = watch::Receiver<Option<Fetched>>;

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

impl Authorizer for TokenCache {
    fn at_hand(&self) -> Option<Authorization> {
        let now = Instant::now();
        self.entry.state.lock().ready(now)
    }

    fn authorization(&self) -> Pin<Box<dyn Future<Output = Fetched> + Send + '_>> {
        Box::pin(self.fetched())
    }

    fn accepted(&self, authorization: &Authorization) {
        self.entry.state.lock().accept(authorization);
    }

    fn rejected(&self, authorization: &Authorization) -> Rejection {
        let now = Instant::now();
        let rejection = self.entry.state.lock().reject(authorization, now);
        debug!(server = self.server, ?rejection, "the API rejected the token");
        rejection
    }

    fn server(&self) -> &str {
        &self.server
    }
}

impl TokenCache {
    pub(super) fn new(source: impl Fetch, server: String, idle_expiry: Option<Duration>) -> Self {
        Self {
            entry: Arc::new(Entry {
                state: Mutex::new(State::new(idle_expiry, fastrand::Rng::new())),
                task: Mutex::default(),
            }),
            source: Arc::new(source),
            server,
        }
    }

    /// The token to send; waits for one where there is none.
    async fn fetched(&self) -> Fetched {
        loop {
            let Wait { mut waiter, until, own } = match self.look()? {
                Look::Ready(token) => return Ok(token),
                Look::Wait(wait) => wait,
            };
            let landed = match timeout_at(until, waiter.wait_for(Option::is_some)).await {
                Ok(Ok(fetched)) => fetched.clone(),
                Ok(Err(_)) | Err(_) => None,
            };
            let now = Instant::now();
            match landed {
                Some(Ok(token)) => {
                    if let Some(token) = self.entry.state.lock().claim(&token, now) {
                        return Ok(token);
                    }
                }
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
        let now = Instant::now();
        let mut state = self.entry.state.lock();
        let early = match state.lookup(now) {
            Lookup::Ready(token) => return Ok(Look::Ready(token)),
            Lookup::Wait { waiter, until } => {
                return Ok(Look::Wait(Wait {
                    waiter,
                    until,
                    own: false,
                }));
            }
            Lookup::Refused(error) => return Err(error),
            Lookup::Early(token) => Some(token),
            Lookup::Fetch => None,
        };
        let Ok(runtime) = Handle::try_current() else {
            return early.map(Look::Ready).ok_or_else(|| Arc::new(TokenError::NoRuntime));
        };
        let (publish, waiter) = watch::channel(None);
        let (id, until) = state.begin(waiter.clone(), now);
        // Spawned after the lock is released: a runtime that shuts down drops the task at once, and the task's end
        // takes the lock.
        drop(state);
        self.start(&runtime, id, now + LOAD_TIMEOUT, publish);
        Ok(early.map_or(
            Look::Wait(Wait {
                waiter,
                until,
                own: true,
            }),
            Look::Ready,
        ))
    }

    fn start(&self, runtime: &Handle, id: FlightId, deadline: Instant, publish: watch::Sender<Option<Fetched>>) {
        let flight = Flight {
            entry: Arc::downgrade(&self.entry),
            id,
            deadline,
            publish,
        };
        let (source, server) = (self.source.clone(), self.server.clone());
        let task = runtime.spawn(async move { flight.fly(&*source, &server).await });
        let mut newest = self.entry.task.lock();
        if newest.as_ref().is_none_or(|(other, _)| *other < id) {
            *newest = Some((id, task.abort_handle()));
        }
    }
}

enum Look {
    Ready(Authorization),
    Wait(Wait),
}

struct Wait {
    waiter: Waiter,
    /// A fetch that has not landed by then never will.
    until: Instant,
    /// Whether this caller started it.
    own: bool,
}

/// One fetch under way. However it ends, the entry learns of it.
struct Flight {
    entry: Weak<Entry>,
    id: FlightId,
    deadline: Instant,
    /// Dropped after the entry has learned how it ended.
    publish: watch::Sender<Option<Fetched>>,
}

impl Flight {
    /// Fetches until there is something to publish, or nobody is left.
    async fn fly(&self, source: &dyn Fetch, server: &str) {
        loop {
            let fetched = match timeout_at(self.deadline, source.fetch()).await {
                Ok(fetched) => fetched,
                Err(_) => Err(TokenError::Timeout {
                    server: server.to_owned(),
                    limit: LOAD_TIMEOUT,
                }),
            };
            let Some(entry) = self.entry.upgrade() else { return };
            let landing = entry.state.lock().land(self.id, fetched, Instant::now());
            drop(entry);
            match landing {
                Landing::Again => debug!(server, "the fetch brought back a token that was rejected meanwhile"),
                Landing::Over(fetched) => {
                    match &fetched {
                        Ok(_) => debug!(server, "token fetched"),
                        Err(error) => warn!(server, %error, "no token"),
                    }
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
        if std::thread::panicking() {
            // Not given up but failed: else each of those who wait would fetch, and panic, in turn.
            entry
                .state
                .lock()
                .land(self.id, Err(TokenError::Panicked), Instant::now());
        } else {
            entry.state.lock().abandon(self.id);
        }
    }
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
mod tests;
