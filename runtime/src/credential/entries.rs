//! The token caches of one credential: one for each thing that a token can be for.
//!
//! There is never more than one for a key: a client that still holds an entry, or a fetch under way, keeps it here, so
//! that whoever asks for the same finds the same. Of the others, at most 1,024 in all stay, and the least recently used
//! goes first; its token is fetched anew when it is asked for again. So those for which the token server is left alone go
//! last.

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
    /// Their order has no meaning (RFC 6749, section 3.3).
    scopes: BTreeSet<String>,
    /// Whatever else is asked for, such as `organization` or `resource`.
    parameters: Vec<(String, String)>,
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
    pub(super) fn new(request: &TokenRequest, idle_expiry: Option<Duration>) -> Self {
        let scopes = request.scope().unwrap_or_default().split_whitespace();
        Self {
            audience: request.audience().map(str::to_owned),
            scopes: scopes.map(str::to_owned).collect(),
            parameters: Vec::new(),
            idle_expiry,
        }
    }

    pub(super) fn with_parameters(mut self, parameters: Vec<(String, String)>) -> Self {
        self.parameters = parameters;
        self
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
                // With a pause that the token server asked for would go the knowledge of it: these go last.
                unused.push(((slot.cache.is_resting(), slot.last_used), key));
            }
        }
        let surplus = surplus.min(unused.len());
        if let Some(last) = surplus.checked_sub(1) {
            unused.select_nth_unstable_by_key(last, |(order, _)| *order);
        }
        let go: Vec<_> = unused[..surplus].iter().map(|(_, key)| Key::clone(key)).collect();
        go.iter().filter_map(|key| self.by_key.remove(key)).collect()
    }
}

impl Slot {
    /// Whether a client holds it, or a fetch is under way. New holders come only through [`Entries::find`].
    fn is_in_use(&self) -> bool {
        Arc::strong_count(&self.cache) > 1 || self.cache.is_fetching()
    }
}

#[cfg(test)]
mod tests {
    use std::pin::Pin;

    fn of_organization(request: &TokenRequest, organization: &str) -> Key {
        Key::new(request, None).with_parameters(vec![("organization".to_owned(), organization.to_owned())])
    }

    use tokio::time::Instant;

    use super::*;
    use crate::credential::{Fetch, Token, Wanted};
    use crate::error::TokenError;

    /// A token server that never answers.
    struct Hangs;

    impl Fetch for Hangs {
        fn fetch(&self, _: Wanted) -> Pin<Box<dyn Future<Output = Result<Token, TokenError>> + Send + '_>> {
            Box::pin(std::future::pending())
        }
    }

    fn find(entries: &Entries, organization: &str) -> Arc<TokenCache> {
        let key = of_organization(&TokenRequest::default(), organization);
        entries.find(key, |_| TokenCache::new(Hangs, String::new(), None))
    }

    fn fill(entries: &Entries, count: usize) {
        for number in 0..count {
            find(entries, &format!("filler {number}"));
        }
    }

    fn len(entries: &Entries) -> usize {
        entries.0.lock().by_key.len()
    }

    fn has(entries: &Entries, organization: &str) -> bool {
        let key = of_organization(&TokenRequest::default(), organization);
        entries.0.lock().by_key.contains_key(&key)
    }

    #[test]
    fn r17_of_1025_entries_the_least_recently_used_goes() {
        let entries = Entries::default();
        find(&entries, "a");
        find(&entries, "b");
        fill(&entries, CAPACITY - 2);
        assert!(has(&entries, "a") && has(&entries, "b"), "all have room");
        find(&entries, "a");
        find(&entries, "one more");
        assert_eq!(len(&entries), CAPACITY);
        assert!(has(&entries, "a"), "used since");
        assert!(!has(&entries, "b"), "the least recently used");
        fill(&entries, 5 * CAPACITY);
        assert_eq!(len(&entries), CAPACITY);
    }

    #[test]
    fn r17_an_entry_that_a_client_holds_stays_the_only_one_of_its_key() {
        let entries = Entries::default();
        let held = find(&entries, "held");
        fill(&entries, 3 * CAPACITY);
        assert!(Arc::ptr_eq(&held, &find(&entries, "held")));

        let tenants: Vec<_> = (0..2 * CAPACITY)
            .map(|number| find(&entries, &format!("tenant {number}")))
            .collect();
        assert!(len(&entries) > 2 * CAPACITY, "as many as there are clients for");
        assert!(Arc::ptr_eq(&tenants[0], &find(&entries, "tenant 0")));
        drop(tenants);
        find(&entries, "one more");
        assert_eq!(len(&entries), CAPACITY, "and no more than that");
        assert!(Arc::ptr_eq(&held, &find(&entries, "held")));
    }

    #[test]
    fn r17_an_entry_that_a_client_held_until_now_was_used_until_now() {
        let entries = Entries::default();
        let held = find(&entries, "held");
        fill(&entries, 2 * CAPACITY);
        drop(held);
        find(&entries, "one more");
        assert!(has(&entries, "held"));
    }

    #[tokio::test(start_paused = true)]
    async fn r17_an_entry_with_a_fetch_under_way_stays() {
        let entries = Entries::default();
        let cache = find(&entries, "in flight");
        let mut call = cache.authorization(Instant::now());
        std::future::poll_fn(|context| {
            assert!(call.as_mut().poll(context).is_pending());
            std::task::Poll::Ready(())
        })
        .await;
        drop(call);
        drop(cache);
        fill(&entries, 2 * CAPACITY);
        assert!(has(&entries, "in flight"));
        tokio::time::sleep(Duration::from_secs(20)).await;
        fill(&entries, 2 * CAPACITY);
        assert!(!has(&entries, "in flight"), "the fetch is over");
    }

    #[tokio::test(start_paused = true)]
    async fn r20_an_entry_whose_token_server_is_left_alone_is_forgotten_last() {
        struct Busy;
        impl Fetch for Busy {
            fn fetch(&self, _: Wanted) -> Pin<Box<dyn Future<Output = Result<Token, TokenError>> + Send + '_>> {
                let retry_at = std::time::SystemTime::now() + Duration::from_secs(3600);
                Box::pin(async move { Err(TokenError::rate_limited("", retry_at)) })
            }
        }
        let entries = Entries::default();
        let key = |name: &str| of_organization(&TokenRequest::default(), name);
        let busy = |name: &str| entries.find(key(name), |_| TokenCache::new(Busy, String::new(), None));
        busy("a").authorization(Instant::now()).await.unwrap_err();
        fill(&entries, CAPACITY + 10);
        assert!(has(&entries, "a"));
        assert_eq!(len(&entries), CAPACITY);
        // But they have no more room than all the others.
        for number in 0..CAPACITY {
            busy(&format!("busy {number}"))
                .authorization(Instant::now())
                .await
                .unwrap_err();
        }
        assert_eq!(len(&entries), CAPACITY);
        assert!(!has(&entries, "a"));
    }

    /// Duende support#1396: a key without the scopes gives one API the other's token.
    #[test]
    fn r17_a_key_is_everything_that_makes_a_token_another() {
        let request = |audience: Option<&str>, scope: Option<&str>| TokenRequest {
            audience: audience.map(str::to_owned),
            scope: scope.map(str::to_owned),
        };
        let key = |audience, scope| Key::new(&request(audience, scope), None);
        let keys = [
            key(None, None),
            key(Some("a"), None),
            key(Some("b"), None),
            key(Some("a"), Some("read")),
            key(Some("a"), Some("read write")),
            of_organization(&request(Some("a"), None), "org_a"),
            of_organization(&request(Some("a"), None), "org_b"),
        ];
        let different: std::collections::HashSet<_> = keys.iter().collect();
        assert_eq!(different.len(), keys.len());
        assert!(
            key(None, Some("write  read")) == key(None, Some("read write")),
            "in any order"
        );
    }
}
