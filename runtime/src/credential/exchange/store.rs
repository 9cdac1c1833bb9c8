//! Hands each new refresh token to the user, to be kept where it outlives the process.
//!
//! What the user does there may fail, hang or panic, and is no reason for a call to fail: the token is good, and in
//! memory. So it has a task of its own and a time limit; what is not stored is tried again in the background, until it
//! is, or a newer one takes its place.

use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use parking_lot::Mutex;
use secrecy::SecretString;
use tokio::task::JoinSet;
use tokio::time::{sleep, timeout};
use tracing::error;

use crate::error::BoxError;

/// How long the user may take; callers wait for it.
pub(super) const STORE_TIMEOUT: Duration = Duration::from_secs(3);
/// Between two tries: 1 s, doubling, at most 60 s.
const FIRST_WAIT: Duration = Duration::from_secs(1);
const MAX_WAIT: Duration = Duration::from_secs(60);

/// What the user does with a new refresh token.
#[derive(Clone)]
pub(in crate::credential) struct Store(Arc<StoreFn>);

type StoreFn = dyn Fn(SecretString) -> Pin<Box<dyn Future<Output = Result<(), BoxError>> + Send>> + Send + Sync;

impl Store {
    pub(in crate::credential) fn new<F, Fut>(store: F) -> Self
    where
        F: Fn(SecretString) -> Fut + Send + Sync + 'static,
        Fut: Future<Output = Result<(), BoxError>> + Send + 'static,
    {
        Self(Arc::new(move |token| Box::pin(store(token))))
    }
}

/// A store, and whether it has the newest token.
pub(super) struct Storing {
    store: Store,
    is_behind: AtomicBool,
    /// One call of the store at a time, also of one that ignores that it was given up.
    turn: Arc<tokio::sync::Mutex<()>>,
    /// The task that tries again.
    again: Mutex<JoinSet<()>>,
}

impl Storing {
    pub(super) fn new(store: Store) -> Self {
        Self {
            store,
            is_behind: AtomicBool::new(false),
            turn: Arc::default(),
            again: Mutex::default(),
        }
    }

    /// Whether the newest token is in memory alone.
    pub(super) fn is_behind(&self) -> bool {
        self.is_behind.load(Ordering::Relaxed)
    }

    /// Stores it; or returns when the time for that is over, and goes on in the background.
    pub(super) async fn put(self: &Arc<Self>, token: &SecretString) {
        self.again.lock().abort_all();
        if self.is_stored(token).await {
            return;
        }
        let (storing, token) = (Arc::downgrade(self), token.clone());
        self.again.lock().spawn(async move {
            let mut wait = FIRST_WAIT;
            loop {
                sleep(wait).await;
                wait = (wait * 2).min(MAX_WAIT);
                let Some(storing) = storing.upgrade() else { return };
                if storing.is_stored(&token).await {
                    return;
                }
            }
        });
    }

    async fn is_stored(&self, token: &SecretString) -> bool {
        self.is_behind.store(true, Ordering::Relaxed);
        let failure = match timeout(STORE_TIMEOUT, self.run(token)).await {
            Ok(Ok(())) => {
                self.is_behind.store(false, Ordering::Relaxed);
                return true;
            }
            Ok(Err(error)) => error,
            Err(_) => format!("it took more than {STORE_TIMEOUT:?}").into(),
        };
        error!(error = %failure, "the new refresh token was not stored; it is kept in memory, and stored again later");
        false
    }

    /// In a task of its own, which ends with this.
    async fn run(&self, token: &SecretString) -> Result<(), BoxError> {
        let turn = self.turn.clone().lock_owned().await;
        let (Store(store), token) = (self.store.clone(), token.clone());
        let mut task = JoinSet::new();
        task.spawn(async move {
            let _turn = turn;
            store(token).await
        });
        // A panic's own message says what it was.
        task.join_next().await.map_or(Ok(()), |ended| ended?)
    }
}

#[cfg(test)]
mod tests {
    use tokio::time::Instant;

    use super::*;

    /// Keeps the times at which it is called, and never stores anything.
    fn failing(hangs: bool) -> (Arc<Storing>, Arc<Mutex<Vec<u64>>>) {
        let (start, times) = (Instant::now(), Arc::<Mutex<Vec<u64>>>::default());
        let store = Store::new({
            let times = times.clone();
            move |_| {
                times.lock().push(start.elapsed().as_secs());
                async move {
                    if hangs {
                        std::future::pending::<()>().await;
                    }
                    Err("the disk is full".into())
                }
            }
        });
        (Arc::new(Storing::new(store)), times)
    }

    #[tokio::test(start_paused = true)]
    async fn what_was_not_stored_is_stored_again_ever_more_slowly_but_every_minute() {
        let (storing, times) = failing(false);
        storing.put(&"canary".into()).await;
        assert!(storing.is_behind());
        sleep(Duration::from_secs(200)).await;
        assert_eq!(*times.lock(), [0, 1, 3, 7, 15, 31, 63, 123, 183]);
        drop(storing);
        sleep(Duration::from_secs(200)).await;
        assert_eq!(times.lock().len(), 9, "the last handle ends it");
    }

    #[tokio::test(start_paused = true)]
    async fn r18_a_store_that_hangs_is_waited_for_3_s() {
        let (storing, times) = failing(true);
        let start = Instant::now();
        storing.put(&"canary".into()).await;
        assert_eq!(start.elapsed().as_millis(), 3_000);
        sleep(Duration::from_secs(10)).await;
        assert_eq!(*times.lock(), [0, 4, 9], "3 s each, and 1 s and 2 s between them");
    }
}
