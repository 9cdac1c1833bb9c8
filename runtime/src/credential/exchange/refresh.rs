//! The refresh token grant (RFC 6749, section 6), with a server that gives out a new refresh token each time.
//!
//! Of those only the newest is good, and to send an older one may revoke all of them (RFC 9700, section 4.14.2). So one
//! exchange goes on at a time, for all who use this refresh token; it is run to its end in a task of its own, whoever
//! goes away meanwhile; and what comes is [stored](super::store) before anything else is done with it. It also has more
//! time than anybody waits for it: an answer that comes late may hold the only refresh token that is still good.

use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use secrecy::SecretString;
use tokio::sync::{Mutex, OwnedMutexGuard};

use super::store::{STORE_TIMEOUT, Store, Storing};
use super::{Exchange, Grant};
use crate::credential::{Fetch, Token, Wanted};
use crate::error::TokenError;

/// How long the token server may take.
pub(super) const EXCHANGE_TIMEOUT: Duration = Duration::from_secs(30);

/// The newest refresh token of one credential.
pub(in crate::credential) struct RefreshTokens {
    newest: Arc<Mutex<SecretString>>,
    storing: Option<Arc<Storing>>,
}

impl RefreshTokens {
    pub(in crate::credential) fn new(token: SecretString, store: Option<Store>) -> Self {
        Self {
            newest: Arc::new(Mutex::new(token)),
            storing: store.map(|store| Arc::new(Storing::new(store))),
        }
    }

    /// Exchanges the newest refresh token for an access token, and keeps the one that comes with it.
    async fn exchange(
        &self,
        mut newest: OwnedMutexGuard<SecretString>,
        exchange: &Exchange,
    ) -> Result<Token, TokenError> {
        let granted = exchange.ask(&Grant::RefreshToken(&newest)).await?;
        if let Some(token) = granted.refresh_token {
            *newest = token;
            if let Some(storing) = &self.storing {
                storing.put(&newest).await;
            }
        }
        granted.token
    }
}

/// One cache entry's use of them.
pub(in crate::credential) struct Refreshing {
    pub(in crate::credential) exchange: Arc<Exchange>,
    pub(in crate::credential) tokens: Arc<RefreshTokens>,
}

impl Fetch for Refreshing {
    fn fetch(&self, _: Wanted) -> Pin<Box<dyn Future<Output = Result<Token, TokenError>> + Send + '_>> {
        Box::pin(async move {
            // Whoever gives up while another exchange is under way leaves the queue.
            let newest = self.tokens.newest.clone().lock_owned().await;
            let (exchange, tokens) = (self.exchange.clone(), self.tokens.clone());
            // From here on nobody stops it.
            let task = tokio::spawn(async move { tokens.exchange(newest, &exchange).await });
            task.await.map_err(|error| {
                if error.is_panic() {
                    TokenError::Panicked { server: None }
                } else {
                    TokenError::Cancelled
                }
            })?
        })
    }

    fn limit(&self) -> Duration {
        EXCHANGE_TIMEOUT + STORE_TIMEOUT
    }

    fn is_unstored(&self) -> bool {
        self.tokens.storing.as_ref().is_some_and(|storing| storing.is_behind())
    }
}
