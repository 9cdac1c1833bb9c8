//! The refresh tokens that come of the one that the user gave: all clones use the same, whatever they are told later.
//!
//! A server that rotates takes each of them once, and may revoke all where an old one comes again (RFC 9700, section
//! 4.14.2). So which one is the newest is no part of what a clone can begin anew, as it does its cache of access tokens.

use std::sync::{Arc, OnceLock};

use secrecy::SecretString;

use crate::credential::exchange::{RefreshTokens, Store};

#[derive(Clone)]
pub(super) struct Rotation {
    first: Arc<SecretString>,
    begun: Arc<OnceLock<Begun>>,
}

struct Begun {
    tokens: Arc<RefreshTokens>,
    store: Option<Arc<Store>>,
}

impl Rotation {
    pub(super) fn new(first: SecretString) -> Self {
        Self {
            first: Arc::new(first),
            begun: Arc::default(),
        }
    }

    /// The tokens; begins with those of a clone that is the first to need them, and with its store. A store that comes
    /// later would miss what came before.
    pub(super) fn tokens(&self, store: Option<&Arc<Store>>) -> Result<Arc<RefreshTokens>, String> {
        let begun = self.begun.get_or_init(|| Begun {
            tokens: Arc::new(RefreshTokens::new(
                SecretString::clone(&self.first),
                store.map(|store| Store::clone(store)),
            )),
            store: store.cloned(),
        });
        let is_the_same = |store| begun.store.as_ref().is_some_and(|begun| Arc::ptr_eq(begun, store));
        if store.is_none_or(is_the_same) {
            return Ok(begun.tokens.clone());
        }
        Err(
            "the refresh token was in use before `store_refresh_token`, which would miss what came until then: say it \
             before the first client is built, and once for all clones"
                .to_owned(),
        )
    }
}
