//! What every credential with a token cache holds beside the settings of its own: what tokens are wanted for, how long an
//! idle one is kept, and the caches that clones share.
//!
//! The setters of these are the same wherever they stand, and so are written once: [`cache_setters`], and
//! [`transport_setter`] for the credentials whose token requests are ours to send.

use std::sync::Arc;
use std::time::Duration;

use super::cache::TokenCache;
use super::entries::{Entries, Key};
use super::startup::{Jittered, StartupJitter};
use super::store::EncryptedStore;
use super::{Fetch, Problems, TokenRequest};
use crate::endpoint::Api;

#[derive(Clone, Default)]
pub(super) struct Handle {
    pub(super) wanted: TokenRequest,
    pub(super) idle_expiry: Option<Duration>,
    pub(super) startup_jitter: Duration,
    /// Where tokens are shared with other processes.
    pub(super) store: Option<EncryptedStore>,
    pub(super) entries: Arc<Entries>,
}

impl Handle {
    /// What to ask for on behalf of `api`, and the name under which the tokens are kept.
    pub(super) fn entry(&self, api: &Api) -> Result<(TokenRequest, Key), Problems> {
        StartupJitter::check(self.startup_jitter)?;
        let request = self.wanted.of(api);
        let key = Key::new(&request, self.idle_expiry);
        Ok((request, key))
    }

    /// The cache of these tokens, which is made where there is none: behind the store, if there is one, and the tokens are
    /// not this process's alone.
    pub(super) fn cache(&self, key: Key, server: String, source: impl Fetch) -> Arc<TokenCache> {
        self.entries.find(key, |key| {
            let idle_expiry = key.idle_expiry();
            let jitter = StartupJitter::new(self.startup_jitter);
            let shared = self.store.as_ref().and_then(|store| Some((store, source.identity()?)));
            match shared {
                Some((store, identity)) => TokenCache::new(
                    store.share(source, server.clone(), &identity, jitter),
                    server,
                    idle_expiry,
                ),
                None if self.startup_jitter.is_zero() => TokenCache::new(source, server, idle_expiry),
                None => TokenCache::new(Jittered { source, jitter }, server, idle_expiry),
            }
        })
    }

    /// What was fetched before was fetched otherwise: this handle, and the clones made of it from now on, share nothing
    /// with earlier ones.
    pub(super) fn start_anew(&mut self) {
        self.entries = Arc::default();
    }
}

/// The setters of [`Handle`], for a type with one in its field `handle`; `$audience` ends the first one's first sentence.
macro_rules! cache_setters {
    ($credential:ty, $audience:literal $(, where $parameter:ident: $bound:path)?) => {
        impl$(<$parameter: $bound>)? $credential {
            #[doc = concat!("The API that tokens are for, ", $audience)]
            #[must_use]
            pub fn audience(mut self, audience: impl Into<String>) -> Self {
                self.handle.wanted.audience = Some(audience.into());
                self
            }

            /// The scopes to ask for, separated by spaces, where the attribute names none.
            #[must_use]
            pub fn scope(mut self, scope: impl Into<String>) -> Self {
                self.handle.wanted.scope = Some(scope.into());
                self
            }

            /// A token that no call has used for so long is not sent any more, but fetched anew. Off unless set: a token
            /// that is valid is worth keeping.
            #[must_use]
            pub fn idle_expiry(mut self, idle: std::time::Duration) -> Self {
                self.handle.idle_expiry = Some(idle);
                self
            }

            /// For services of which many processes start together: each waits a random time, up to `most`, before its first
            /// token request, so that the token server is not asked by all at once. Off unless set.
            ///
            /// The calls that need this token wait for it too, and no call waits for longer than 10 s in all: so it is 5 s at
            /// most; a longer one is refused when the client is built. Where tokens are shared
            /// ([`reauth::store`](https://docs.rs/reauth/latest/reauth/store/)) one process asks for all, at once, and this
            /// is waited for only where the store is unavailable.
            #[must_use]
            pub fn startup_jitter(mut self, most: std::time::Duration) -> Self {
                self.handle.startup_jitter = most;
                self
            }
        }
    };
}
pub(super) use cache_setters;

/// For a type with a field `connection`, and a method that leaves the caches of its other clones.
macro_rules! transport_setter {
    ($credential:ty) => {
        impl $credential {
            /// Sends token requests through a `tower` service instead of a reqwest client of our own. It must not follow
            /// redirects: they would carry the client secret with them. Starts a token cache of its own.
            #[must_use]
            pub fn transport<S>(mut self, service: S) -> Self
            where
                S: tower_service::Service<reqwest::Request, Response = reqwest::Response>
                    + Clone
                    + Send
                    + Sync
                    + 'static,
                S::Error: Into<$crate::error::BoxError>,
                S::Future: Send,
            {
                self.connection = Connection::given($crate::call::Transport::service(service));
                self.with_own_caches()
            }
        }
    };
}
pub(super) use transport_setter;

/// For a type with a field `handle`, and a method that leaves the caches of its other clones.
#[cfg(feature = "store")]
macro_rules! store_setter {
    ($credential:ty) => {
        impl $credential {
            /// Shares tokens with all processes that have a store with the same key and the same settings here: one of them
            /// asks the token server, and the others get what it got. Starts a token cache of its own.
            ///
            /// The token that is at hand stays in memory, so that calls cost what they did. Where the store is unavailable,
            /// each process fetches its own. [`reauth::store`](crate::store) says what that takes, and what it costs.
            #[must_use]
            pub fn store(mut self, store: $crate::store::EncryptedStore) -> Self {
                self.handle.store = Some(store);
                self.with_own_caches()
            }
        }
    };
}
#[cfg(feature = "store")]
pub(super) use store_setter;
