//! The refresh token grant (RFC 6749, section 6), with a server that gives out a new refresh token each time.
//!
//! Of those only the newest is good, and to send an older one may revoke all of them (RFC 9700, section 4.14.2). So one
//! exchange goes on at a time, for all who use this refresh token; it is run to its end in a task of its own, whoever
//! goes away meanwhile; and what comes is stored before anything else is done with it.

use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use secrecy::SecretString;
use tokio::sync::Mutex;
use tokio::time::timeout;
use tracing::error;

use super::{Exchange, Grant};
use crate::credential::{Fetch, Token};
use crate::error::{BoxError, TokenError};

/// How long the user may take to store a refresh token.
const STORE_TIMEOUT: Duration = Duration::from_secs(10);

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

/// The newest refresh token of one credential.
pub(in crate::credential) struct RefreshTokens {
    newest: Mutex<Newest>,
    store: Option<Store>,
}

struct Newest {
    token: SecretString,
    /// Whether the user's store has yet to take it.
    is_unstored: bool,
}

impl RefreshTokens {
    pub(in crate::credential) fn new(token: SecretString, store: Option<Store>) -> Self {
        let newest = Newest {
            token,
            is_unstored: false,
        };
        Self {
            newest: Mutex::new(newest),
            store,
        }
    }

    /// Exchanges the newest refresh token for an access token, and keeps the one that comes with it.
    async fn exchange(&self, exchange: &Exchange) -> Result<Token, TokenError> {
        let mut newest = self.newest.lock().await;
        // What failed to be stored the last time is the first thing to be done now.
        self.store(&mut newest).await;
        let granted = exchange.ask(&Grant::RefreshToken(&newest.token)).await?;
        if let Some(token) = granted.refresh_token {
            newest.token = token;
            newest.is_unstored = self.store.is_some();
            self.store(&mut newest).await;
        }
        granted.token
    }

    /// Hands it to the user's store, where that is still to be done.
    async fn store(&self, newest: &mut Newest) {
        let Some(Store(store)) = self.store.as_ref().filter(|_| newest.is_unstored) else {
            return;
        };
        match timeout(STORE_TIMEOUT, store(newest.token.clone())).await {
            Ok(Ok(())) => newest.is_unstored = false,
            Ok(Err(error)) => error!(%error, "the new refresh token could not be stored; it is kept in memory"),
            Err(_) => error!("the new refresh token was not stored within {STORE_TIMEOUT:?}; it is kept in memory"),
        }
    }
}

/// One cache entry's use of them.
pub(in crate::credential) struct Refreshing {
    pub(in crate::credential) exchange: Arc<Exchange>,
    pub(in crate::credential) tokens: Arc<RefreshTokens>,
}

impl Fetch for Refreshing {
    fn fetch(&self) -> Pin<Box<dyn Future<Output = Result<Token, TokenError>> + Send + '_>> {
        let (exchange, tokens) = (self.exchange.clone(), self.tokens.clone());
        Box::pin(async move {
            // In a task of its own, which nobody stops: the answer may hold the only refresh token that is still good.
            let task = tokio::spawn(async move { tokens.exchange(&exchange).await });
            task.await.map_err(|error| {
                if error.is_panic() {
                    TokenError::Panicked
                } else {
                    TokenError::Cancelled
                }
            })?
        })
    }
}
