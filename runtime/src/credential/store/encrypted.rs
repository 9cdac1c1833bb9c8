//! A store with a key: what the sources of tokens see of it.
//!
//! Whatever a store does, it is no reason for a call to fail, nor to wait for long. Each step has a second, in a task of
//! its own; after a failure the store is left alone for a while, and tokens are fetched as if there were none.

use std::sync::Arc;
use std::time::Duration;

use parking_lot::Mutex;
use tokio::task::JoinSet;
use tokio::time::{Instant, timeout};

use super::Identity;
use super::key::{Kind, Place, Plain, StoreKey};
use super::token_store::{AnyStore, Entry, Lease, Step, TokenStore};
use crate::credential::cache::backoff;
use crate::endpoint::backoff::share;
use crate::error::{BoxError, printable};
use crate::telemetry::{StoreFailure, store_failed};

/// How long one step may take.
pub(super) const STEP_LIMIT: Duration = Duration::from_secs(1);

/// A [`TokenStore`] whose entries are encrypted, for [`Auth0::store`](crate::Auth0::store) and its like: a cheap-clone
/// handle.
///
/// All clones, and all credentials that are given one, share what is known of the store's health: where it fails or takes
/// longer than a second, tokens are fetched without it, and it is tried again after 1 s, 2 s, … 60 s.
///
/// [`reauth::store`](crate::store) has an example.
#[derive(Clone)]
pub struct EncryptedStore {
    store: Arc<dyn AnyStore>,
    key: StoreKey,
    former: Option<StoreKey>,
    rest: Arc<Mutex<Rest>>,
}

/// For how long the store is left alone.
#[derive(Debug, Default)]
struct Rest {
    failures: u32,
    until: Option<Instant>,
}

/// What one token is called in the store.
#[derive(Clone)]
pub(super) struct Names {
    pub(super) current: Arc<str>,
    /// By the former key.
    pub(super) former: Option<Arc<str>>,
}

impl EncryptedStore {
    /// A store for whatever is encrypted with this key: all processes with the same key share it.
    pub fn new(store: impl TokenStore, key: StoreKey) -> Self {
        Self {
            store: Arc::new(store),
            key,
            former: None,
            rest: Arc::default(),
        }
    }

    /// The key that was used before: tokens that are there under it are taken over, and encrypted with the new one. So to
    /// rotate a key is to start all processes with the new key and this, and later without it; it costs no token request.
    #[must_use]
    pub fn former_key(mut self, key: StoreKey) -> Self {
        self.former = Some(key);
        self
    }

    pub(super) fn names(&self, identity: &Identity) -> Names {
        Names {
            current: self.key.name(identity),
            former: self.former.as_ref().map(|key| key.name(identity)),
        }
    }

    /// `None` where it cannot be read: garbage, or meant for another place.
    pub(super) fn open(&self, names: &Names, kind: Kind, fence: u64, value: &[u8]) -> Option<Plain> {
        let name = &names.current;
        self.key.open(Place { name, kind, fence }, value)
    }

    /// An entry under the former key.
    pub(super) fn open_former(&self, names: &Names, entry: &Entry) -> Option<Plain> {
        let place = Place {
            name: names.former.as_deref()?,
            kind: Kind::Entry,
            fence: entry.version,
        };
        self.former.as_ref()?.open(place, &entry.value)
    }

    pub(super) async fn get_former(&self, names: &Names) -> Option<Entry> {
        let name = names.former.clone()?;
        self.ask(|| self.store.clone().get(name)).await?
    }

    /// `None` where the store is no help.
    pub(super) async fn lease(&self, names: &Names, newer_than: Option<u64>, term: Duration) -> Option<Lease> {
        self.ask(|| self.store.clone().lease(names.current.clone(), newer_than, term))
            .await
    }

    /// Whether it is there now; not where a newer one is.
    pub(super) async fn publish(&self, names: &Names, fence: u64, plain: &[u8], life: Duration) -> Option<bool> {
        let value = self.seal(names, Kind::Entry, fence, plain)?;
        let step = || self.store.clone().publish(names.current.clone(), fence, value, life);
        let published = self.ask(step).await?;
        if published {
            self.helped();
        }
        Some(published)
    }

    pub(super) async fn renew(&self, names: &Names, fence: u64, term: Duration, note: Option<&[u8]>) -> Option<bool> {
        let note = match note {
            None => Vec::new(),
            Some(note) => self.seal(names, Kind::Note, fence, note)?,
        };
        self.ask(|| self.store.clone().renew(names.current.clone(), fence, term, note))
            .await
    }

    pub(super) async fn release(&self, names: &Names, fence: u64) -> Option<()> {
        self.ask(|| self.store.clone().release(names.current.clone(), fence))
            .await
    }

    fn seal(&self, names: &Names, kind: Kind, fence: u64, plain: &[u8]) -> Option<Vec<u8>> {
        let name = &names.current;
        self.key.seal(Place { name, kind, fence }, plain)
    }

    /// One step, unless the store is left alone.
    async fn ask<T: Send + 'static>(&self, step: impl FnOnce() -> Step<T>) -> Option<T> {
        if self.is_resting() {
            return None;
        }
        // A task of its own: what panics there is the store's failure, and not the fetch's.
        let mut task = JoinSet::new();
        task.spawn(step());
        let (failure, error): (_, BoxError) = match timeout(STEP_LIMIT, task.join_next()).await {
            Ok(Some(Ok(Ok(answer)))) => return Some(answer),
            Ok(Some(Ok(Err(error)))) => (StoreFailure::Failed, error),
            Ok(Some(Err(error))) => (StoreFailure::Failed, error.into()),
            Ok(None) | Err(_) => {
                let error = format!("it took more than {STEP_LIMIT:?}");
                (StoreFailure::Timeout, error.into())
            }
        };
        self.failed(failure, &*error);
        None
    }

    /// A token came of it, or was left there: an answer alone says little of a store's health.
    pub(super) fn helped(&self) {
        self.rest.lock().failures = 0;
    }

    /// Leaves it alone for a while.
    pub(super) fn failed(&self, failure: StoreFailure, error: &dyn std::fmt::Display) {
        let now = Instant::now();
        let mut rest = self.rest.lock();
        if rest.is_over(now) {
            let most = backoff(rest.failures);
            let wait = most / 2 + share(most / 2, fastrand::f64());
            *rest = Rest {
                failures: rest.failures.saturating_add(1),
                until: Some(now + wait),
            };
            drop(rest);
            store_failed(failure, &printable(&error.to_string()), wait);
        }
    }

    pub(super) fn is_resting(&self) -> bool {
        !self.rest.lock().is_over(Instant::now())
    }
}

impl Rest {
    fn is_over(&self, now: Instant) -> bool {
        self.until.is_none_or(|until| until <= now)
    }
}

/// Whether it is resting; nothing of the key.
impl std::fmt::Debug for EncryptedStore {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("EncryptedStore")
            .field("is_resting", &self.is_resting())
            .field("has_former_key", &self.former.is_some())
            .finish_non_exhaustive()
    }
}
