//! The token cache: one entry, which everybody who needs the same token shares.
//!
//! A look takes one uncontended lock, never held across an await, and clones a ready-made header. Where there is no
//! token, the first caller starts a *detached* fetch and waits for it like everybody after it: so a caller that goes
//! away takes nobody along, and a failure is shared as a token is. What to do when is decided in [`state`]; here are
//! the lock, the task and the waiting.

mod life;
mod state;

use std::sync::{Arc, Weak};
use std::time::Duration;

use parking_lot::Mutex;
use tokio::runtime::Handle;
use tokio::sync::watch;
use tokio::task::AbortHandle;
use tokio::time::{Instant, timeout};
use tracing::{debug, warn};

pub(crate) use self::state::Rejection;
use self::state::{FlightId, Landing, Lookup, State};
use super::{Authorization, TokenSource};
use crate::error::TokenError;

/// The whole of a fetch, its retries among it, is over by then.
pub(super) const LOAD_TIMEOUT: Duration = Duration::from_secs(10);

type Fetched = Result<Authorization, Arc<TokenError>>;
type Waiter = watch::Receiver<Option<Fetched>>;

/// A cache entry and where its tokens come from.
pub(crate) struct TokenCache {
    entry: Arc<Entry>,
    source: Arc<dyn TokenSource>,
    /// For errors: the origin of the token URL.
    server: String,
}

/// What the fetching task and the callers share. The task holds it weakly: it ends with the last handle.
#[derive(Debug)]
struct Entry {
    state: Mutex<State<Waiter>>,
    task: Mutex<Option<AbortHandle>>,
}

impl TokenCache {
    pub(crate) fn new(source: impl TokenSource, server: String, idle_expiry: Option<Duration>) -> Self {
        Self {
            entry: Arc::new(Entry {
                state: Mutex::new(State::new(idle_expiry, fastrand::Rng::new())),
                task: Mutex::default(),
            }),
            source: Arc::new(source),
            server,
        }
    }

    /// The token to send, where one is cached that needs nothing done.
    pub(crate) fn cached(&self) -> Option<Authorization> {
        let now = Instant::now();
        self.entry.state.lock().ready(now)
    }

    /// The token to send; waits for one where there is none.
    pub(crate) async fn authorization(&self) -> Fetched {
        loop {
            let (mut waiter, own) = match self.look()? {
                Look::Ready(token) => return Ok(token),
                Look::Wait(waiter) => (waiter, false),
                Look::Started(waiter) => (waiter, true),
            };
            match waiter.wait_for(Option::is_some).await.as_deref() {
                Ok(Some(fetched)) => return fetched.clone(),
                // Whoever else started it may have had a runtime that is gone; ours is not, so we fetch ourselves.
                _ if !own => {}
                _ => return Err(Arc::new(TokenError::Cancelled)),
            }
        }
    }

    /// The API answered 401 to `token`.
    pub(crate) fn reject(&self, token: &Authorization) -> Rejection {
        let now = Instant::now();
        let rejection = self.entry.state.lock().reject(token, now);
        debug!(server = self.server, ?rejection, "the API rejected the token");
        rejection
    }

    /// A request with `token` succeeded.
    pub(crate) fn accept(&self, token: &Authorization) {
        self.entry.state.lock().accept(token);
    }

    fn look(&self) -> Result<Look, Arc<TokenError>> {
        // A fetch is spawned after the lock is released: a runtime that shuts down drops the task at once, and the
        // task's end takes the lock.
        let mut state = self.entry.state.lock();
        let early = match state.lookup(Instant::now()) {
            Lookup::Ready(token) => return Ok(Look::Ready(token)),
            Lookup::Wait(waiter) => return Ok(Look::Wait(waiter)),
            Lookup::Refused(error) => return Err(error),
            Lookup::Early(token) => Some(token),
            Lookup::Fetch => None,
        };
        let Ok(runtime) = Handle::try_current() else {
            return early.map(Look::Ready).ok_or_else(|| Arc::new(TokenError::NoRuntime));
        };
        let (publish, waiter) = watch::channel(None);
        let flight = Flight {
            entry: Arc::downgrade(&self.entry),
            id: state.begin(waiter.clone()),
        };
        drop(state);
        self.start(&runtime, flight, publish);
        Ok(early.map_or(Look::Started(waiter), Look::Ready))
    }

    fn start(&self, runtime: &Handle, flight: Flight, publish: watch::Sender<Option<Fetched>>) {
        let (source, server) = (self.source.clone(), self.server.clone());
        let task = runtime.spawn(async move {
            let fetched = flight.fly(&*source, &server).await;
            // The entry's state has it already: who looks now does not wait.
            publish.send_replace(fetched);
        });
        *self.entry.task.lock() = Some(task.abort_handle());
    }
}

enum Look {
    Ready(Authorization),
    Wait(Waiter),
    Started(Waiter),
}

/// One fetch under way. However it ends, the entry learns of it.
struct Flight {
    entry: Weak<Entry>,
    id: FlightId,
}

impl Flight {
    /// Fetches until there is something to publish; `None` where nobody is left.
    async fn fly(&self, source: &dyn TokenSource, server: &str) -> Option<Fetched> {
        loop {
            let fetched = match timeout(LOAD_TIMEOUT, source.fetch()).await {
                Ok(fetched) => fetched,
                Err(_) => Err(TokenError::Timeout {
                    server: server.to_owned(),
                    limit: LOAD_TIMEOUT,
                }),
            };
            let landing = self
                .entry
                .upgrade()?
                .state
                .lock()
                .land(self.id, fetched, Instant::now());
            match landing {
                Landing::Again => debug!(server, "the fetch brought back a token that was rejected meanwhile"),
                Landing::Over(fetched) => {
                    match &fetched {
                        Ok(_) => debug!(server, "token fetched"),
                        Err(error) => warn!(server, %error, "no token"),
                    }
                    return Some(fetched);
                }
            }
        }
    }
}

impl Drop for Flight {
    fn drop(&mut self) {
        if let Some(entry) = self.entry.upgrade() {
            entry.state.lock().abandon(self.id);
        }
    }
}

impl Drop for Entry {
    fn drop(&mut self) {
        if let Some(task) = self.task.get_mut().take() {
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
