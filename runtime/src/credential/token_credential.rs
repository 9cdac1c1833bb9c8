//! What those ask of a credential who have its tokens to themselves: a token for a request of their own; and what an
//! operator asks: is it ready, how is it doing, begin anew.

use super::authorize::sealed;
use super::{AccessToken, Authorize, CredentialStatus, Rejected, Tokens};
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
///
/// # Without the macro
///
/// Whoever has a client already, such as one that another tool generated, takes the tokens alone. There are three ways;
/// in each a token is fetched once for everybody, renewed before it expires, and replaced once when an API rejects it.
///
/// * [`token`](Self::token) gives a token to put on a request, as in the hooks of a client that progenitor generated; say [`rejected`](Self::rejected) when it was answered 401,
///   and [`accepted`](Self::accepted) when it succeeded. For many requests, [`tokens`](Self::tokens) finds them once.
/// * [`AuthorizationLayer`](crate::middleware::AuthorizationLayer) does all of it around any `tower` service that takes
///   HTTP requests, such as a tonic channel or a client of hyper-util's.
/// * `AuthorizationMiddleware` does it in a stack of reqwest-middleware (feature `reqwest-middleware`).
///
/// ```no_run
/// use reauth::http::header::AUTHORIZATION;
/// use reauth::{Auth0, TokenCredential, reqwest};
///
/// # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let auth0 = Auth0::from_env()?.audience("https://todo.example.com");
/// let token = auth0.token().await?;
/// let request = reqwest::Client::new().get("https://todo.example.com/todo");
/// let response = request.header(AUTHORIZATION, token.header()).send().await?;
/// match response.status().as_u16() {
///     200 => auth0.accepted(&token),
///     401 if auth0.rejected(&token).is_replaced() => println!("the next `token()` is a newer one: send once more"),
///     _ => {}
/// }
/// # Ok(()) }
/// ```
pub trait TokenCredential: Authorize + sealed::TokenCredential {
    /// The tokens of these settings, found once: for whoever sends many requests.
    ///
    /// # Errors
    /// Where no client could be built with these settings; and where tokens are bound to a key (`DPoP`), since a request
    /// needs a proof of its own beside such a token: there use one of [`middleware`](crate::middleware), or
    /// [`Authorize::authorize`], which puts both on a request.
    fn tokens(&self) -> Result<Tokens>;

    /// The token to send now, as [`Tokens::token`] has it.
    ///
    /// # Errors
    /// As [`tokens`](Self::tokens) and [`Tokens::token`].
    fn token(&self) -> impl Future<Output = Result<AccessToken>> + Send;

    /// An API answered 401 to a request with this token, as for [`Tokens::rejected`]. A token knows which of the
    /// credential's tokens it is one of, so any handle will do.
    fn rejected(&self, token: &AccessToken) -> Rejected;

    /// A request with this token succeeded, as for [`Tokens::accepted`].
    fn accepted(&self, token: &AccessToken);

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
    fn tokens(&self) -> Result<Tokens> {
        if self.dpop().is_some() {
            let problem = "these tokens are bound to a key (DPoP), and a request needs a proof beside its token: use \
                           `reauth::middleware`, or `Authorize::authorize`, which puts both on a request";
            return Err(Error::settings(vec![problem.to_owned()]));
        }
        let cache = self.token_cache(&OWN_SETTINGS).map_err(Error::settings)?;
        Ok(Tokens::new(cache))
    }

    async fn token(&self) -> Result<AccessToken> {
        self.tokens()?.token().await
    }

    fn rejected(&self, token: &AccessToken) -> Rejected {
        token.rejected()
    }

    fn accepted(&self, token: &AccessToken) {
        token.accepted();
    }

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
