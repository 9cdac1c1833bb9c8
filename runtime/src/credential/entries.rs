//! The token caches of one credential: one for each thing that a token can be for.

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;
use std::time::Duration;

use parking_lot::Mutex;

use super::cache::TokenCache;
use super::source::TokenRequest;

/// Which token: everything that distinguishes two token requests of one credential.
#[derive(Clone, PartialEq, Eq, Hash)]
pub(super) struct Key {
    audience: Option<String>,
    organization: Option<String>,
    /// Their order has no meaning (RFC 6749, section 3.3).
    scopes: BTreeSet<String>,
    idle_expiry: Option<Duration>,
}

/// What clones of a credential share.
#[derive(Default)]
pub(super) struct Entries(Mutex<HashMap<Key, Arc<TokenCache>>>);

impl Key {
    pub(super) fn new(request: &TokenRequest, organization: Option<String>, idle_expiry: Option<Duration>) -> Self {
        let scopes = request.scope().unwrap_or_default().split_whitespace();
        Self {
            audience: request.audience().map(str::to_owned),
            organization,
            scopes: scopes.map(str::to_owned).collect(),
            idle_expiry,
        }
    }

    pub(super) fn idle_expiry(&self) -> Option<Duration> {
        self.idle_expiry
    }
}

impl Entries {
    /// The cache of this key, which is made where there is none.
    pub(super) fn find(&self, key: Key, make: impl FnOnce(&Key) -> TokenCache) -> Arc<TokenCache> {
        let mut entries = self.0.lock();
        if let Some(entry) = entries.get(&key) {
            return entry.clone();
        }
        let entry = Arc::new(make(&key));
        entries.insert(key, entry.clone());
        entry
    }
}
