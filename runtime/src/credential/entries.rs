//! The token caches of one credential: one for each thing that a token can be for.
//!
//! There is never more than one for a key: a client that still holds an entry, or a fetch under way, keeps it here, so
//! that whoever asks for the same finds the same. Of the others, at most 1,024 in all stay, and the least recently used
//! goes first; its token is fetched anew when it is asked for again.

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;
use std::time::Duration;

use parking_lot::Mutex;

use super::cache::TokenCache;
use super::source::TokenRequest;

const CAPACITY: usize = 1024;

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
pub(super) struct Entries(Mutex<Slots>);

#[derive(Default)]
struct Slots {
    by_key: HashMap<Key, Slot>,
    /// Counts uses: our time.
    uses: u64,
}

struct Slot {
    cache: Arc<TokenCache>,
    last_used: u64,
}

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
        let mut slots = self.0.lock();
        slots.uses += 1;
        let last_used = slots.uses;
        if let Some(slot) = slots.by_key.get_mut(&key) {
            slot.last_used = last_used;
            return slot.cache.clone();
        }
        let evicted = slots.make_room();
        let cache = Arc::new(make(&key));
        let kept = cache.clone();
        slots.by_key.insert(key, Slot { cache: kept, last_used });
        drop(slots);
        // With it goes what the user gave us: not under our lock.
        drop(evicted);
        cache
    }
}

impl Slots {
    /// What has to go, so that there is room for one more. Looks at every slot, but only when one is new and all are
    /// taken: its token takes a thousand times as long.
    fn make_room(&mut self) -> Vec<Slot> {
        let surplus = (self.by_key.len() + 1).saturating_sub(CAPACITY);
        if surplus == 0 {
            return Vec::new();
        }
        let mut unused = Vec::new();
        for (key, slot) in &mut self.by_key {
            if slot.is_in_use() {
                slot.last_used = self.uses;
            } else {
                unused.push((slot.last_used, key.clone()));
            }
        }
        unused.sort_unstable_by_key(|(last_used, _)| *last_used);
        let go = unused.iter().take(surplus);
        go.filter_map(|(_, key)| self.by_key.remove(key)).collect()
    }
}

impl Slot {
    /// Whether a client holds it, or a fetch is under way. New holders come only through [`Entries::find`].
    fn is_in_use(&self) -> bool {
        Arc::strong_count(&self.cache) > 1 || self.cache.is_fetching()
    }
}
