//! What every credential with a token cache holds beside the settings of its own: what tokens are wanted for, how long an
//! idle one is kept, and the caches that clones share.
//!
//! The setters of these are the same wherever they stand, and so are written once: [`cache_setters`], and
//! [`transport_setter`] for the credentials whose token requests are ours to send.

use std::sync::Arc;
use std::time::Duration;

use super::TokenRequest;
use super::entries::{Entries, Key};
use crate::endpoint::Api;

#[derive(Clone, Default)]
pub(super) struct Handle {
    pub(super) wanted: TokenRequest,
    pub(super) idle_expiry: Option<Duration>,
    pub(super) entries: Arc<Entries>,
}

impl Handle {
    /// What to ask for on behalf of `api`, and the name under which the tokens are kept.
    pub(super) fn entry(&self, api: &Api) -> (TokenRequest, Key) {
        let request = self.wanted.of(api);
        let key = Key::new(&request, self.idle_expiry);
        (request, key)
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
