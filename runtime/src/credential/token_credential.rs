//! What an operator asks of a credential: is it ready, how is it doing, begin anew.

use super::authorize::sealed;
use super::{Authorize, CredentialStatus};
use crate::endpoint::Api;
use crate::error::{Error, Kind, Result};

/// A credential that fetches tokens and keeps them: [`Auth0`](crate::Auth0), [`OAuth2`](crate::OAuth2), and
/// [`Cached`](crate::Cached) for a source of yours.
///
/// A credential keeps one token for each audience, scope and organization. These methods are about the one of the
/// credential's *own* settings. For the one that a trait's attribute asks for, say the same to a clone, which shares the
/// cache: `auth0.clone().audience("https://todo.example.com").scope("todo:read-write")`.
///
/// ```no_run
/// use reauth::{Auth0, TokenCredential};
///
/// # #[tokio::main(flavor = "current_thread")] async fn main() -> reauth::Result<()> {
/// let auth0 = Auth0::from_env()?;
/// auth0.warm_up().await?; // not ready before there is a token
/// // … and in a health check:
/// let status = auth0.status()?;
/// println!("token: {}, next attempt: {:?}", status.has_token(), status.next_attempt_at());
/// # Ok(()) }
/// ```
pub trait TokenCredential: Authorize + sealed::TokenCredential {
    /// Fetches a token where there is none that calls are sent with: as a readiness check, so that the first call finds
    /// one.
    ///
    /// # Errors
    /// Where no token can be had within the load timeout of 10 s, or at once where the token server named a later time
    /// ([`Error::retry_at`]), or where no client could be built with these settings.
    fn warm_up(&self) -> impl Future<Output = Result<()>> + Send;

    /// How it is doing: whether there is a token and until when, what went wrong last, when the token server is asked
    /// next. Asks nobody.
    ///
    /// # Errors
    /// Where no client could be built with these settings.
    fn status(&self) -> Result<CredentialStatus>;

    /// Drops the token, for when you know that it is no longer good, as after its permissions have changed: no call that
    /// starts after this is sent with a token that was asked for before. What has failed is forgotten too, but not the
    /// time before which the token server asked to be left alone.
    ///
    /// Nothing needs it after a 401: a token that an API rejects is replaced by itself.
    fn invalidate(&self);
}

/// No API that says anything of its own.
const OWN_SETTINGS: Api = Api::new("");

impl<C: Authorize + sealed::TokenCredential> TokenCredential for C {
    async fn warm_up(&self) -> Result<()> {
        let cache = self.token_cache(&OWN_SETTINGS).map_err(Error::settings)?;
        cache
            .warm_up()
            .await
            .map_err(|error| Error::outside(Kind::Token(error)))
    }

    fn status(&self) -> Result<CredentialStatus> {
        let cache = self.token_cache(&OWN_SETTINGS).map_err(Error::settings)?;
        Ok(cache.status())
    }

    fn invalidate(&self) {
        // Settings that no client could be built with have no token.
        if let Ok(cache) = self.token_cache(&OWN_SETTINGS) {
            cache.invalidate();
        }
    }
}
