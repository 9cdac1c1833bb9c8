//! A store with a key: what the sources of tokens see of it. What goes through is named and sealed here, and the
//! [breaker](super::breaker) is asked before each step.

use std::sync::Arc;
use std::time::Duration;

use super::Identity;
use super::breaker::Breaker;
use super::key::{Kind, Place, Plain, StoreKey};
use super::token_store::{AnyStore, Entry, Lease, TokenStore};
use crate::telemetry::StoreFailure;

/// A [`TokenStore`] whose entries are encrypted, for [`Auth0::store`](crate::Auth0::store) and its like: a cheap-clone
/// handle.
///
/// All clones, and all credentials that are given one, share what is known of the store's health: where it fails or takes
/// longer than a second, tokens are fetched without it; it is left alone for 0.5–1 s, then 1–2 s, … 30–60 s, and asked again
/// when a token is next needed.
///
/// [`reauth::store`](crate::store) has an example.
#[derive(Clone)]
pub struct EncryptedStore {
    store: Arc<dyn AnyStore>,
    key: StoreKey,
    former: Option<StoreKey>,
    breaker: Arc<Breaker>,
}

/// What one token is called in the store.
#[derive(Clone)]
pub(super) struct Names {
    pub(super) current: Arc<str>,
    /// Beside it is leased to one who asks although another has the lease.
    beside: Arc<str>,
    /// By the former key.
    pub(super) former: Option<Arc<str>>,
}

impl EncryptedStore {
    /// A store for whatever is encrypted with this key: all processes with the same key share it.
    pub fn new(store: impl TokenStore, key: StoreKey) -> Self {
        Self {
            breaker: Arc::new(Breaker::new(store.name())),
            store: Arc::new(store),
            key,
            former: None,
        }
    }

    /// The key that was used before: tokens that are there under it are taken over, and encrypted with the new one. So to
    /// rotate a key is to start all processes with the new key and this, and later without it. What is there is taken over
    /// without a token request; while processes with either key run, each half renews for itself, and a pause that the token
    /// server asked one half for is not seen by the other.
    #[must_use]
    pub fn former_key(mut self, key: StoreKey) -> Self {
        self.former = Some(key);
        self
    }

    pub(super) fn names(&self, identity: &Identity) -> Names {
        let current = self.key.name(identity);
        Names {
            beside: format!("{current}-beside").into(),
            current,
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
        self.breaker.ask(|| self.store.clone().get(name)).await?
    }

    /// `None` where the store is unavailable.
    pub(super) async fn lease(&self, names: &Names, newer_than: Option<u64>, term: Duration) -> Option<Lease> {
        let step = || self.store.clone().lease(names.current.clone(), newer_than, term);
        self.breaker.ask(step).await
    }

    /// Whether this is the one that asks although another has the lease.
    pub(super) async fn lease_beside(&self, names: &Names, term: Duration) -> bool {
        let step = || self.store.clone().lease(names.beside.clone(), Some(0), term);
        matches!(self.breaker.ask(step).await, Some(Lease::Granted { .. }))
    }

    /// For all to see, where none is newer.
    pub(super) async fn publish(&self, names: &Names, fence: u64, plain: &[u8], life: Duration) {
        let Some(value) = self.seal(names, Kind::Entry, fence, plain) else {
            return;
        };
        let step = self.store.clone().publish(names.current.clone(), fence, value, life);
        if self.breaker.tell(step).await == Some(true) {
            self.helped();
        }
    }

    /// `Some(false)` where the lease is another's.
    pub(super) async fn renew(&self, names: &Names, fence: u64, term: Duration) -> Option<bool> {
        let step = || self.store.clone().renew(names.current.clone(), fence, term, Vec::new());
        self.breaker.ask(step).await
    }

    /// Keeps the lease for `pause`, and says why.
    pub(super) async fn leave_note(&self, names: &Names, fence: u64, pause: Duration, note: &[u8]) {
        if let Some(note) = self.seal(names, Kind::Note, fence, note) {
            let step = self.store.clone().renew(names.current.clone(), fence, pause, note);
            self.breaker.tell(step).await;
        }
    }

    pub(super) async fn release(&self, names: &Names, fence: u64) {
        let step = self.store.clone().release(names.current.clone(), fence);
        self.breaker.tell(step).await;
    }

    fn seal(&self, names: &Names, kind: Kind, fence: u64, plain: &[u8]) -> Option<Vec<u8>> {
        let name = &names.current;
        self.key.seal(Place { name, kind, fence }, plain)
    }

    pub(super) fn helped(&self) {
        self.breaker.helped();
    }

    pub(super) fn failed(&self, failure: StoreFailure, error: &dyn std::fmt::Display) {
        self.breaker.failed(failure, error);
    }

    pub(super) fn is_resting(&self) -> bool {
        self.breaker.is_open()
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
