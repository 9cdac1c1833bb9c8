//! What those ask of a credential who have its tokens to themselves: a token for a request of their own; and what an
//! operator asks: is it ready, how is it doing, begin anew.

use super::authorize::sealed;
use super::{AccessToken, Authorize, CredentialStatus, Rejected, Tokens};
use crate::client::FromClient;
use crate::endpoint::Api;
use crate::error::{Error, Result};

/// A credential that has tokens: [`Auth0`](crate::Auth0), [`OAuth2`](crate::OAuth2), [`Bearer`](crate::Bearer), and
/// [`Cached`](crate::Cached) for a source of yours.
///
/// A credential keeps one token for each audience, scope and organization. [`tokens_for`](Self::tokens_for) finds the one
/// that a generated client's calls are sent with, whose attribute may say `audience` and `scope`:
///
/// ```no_run
/// use reauth::{Auth0, TokenCredential, api_client};
///
/// #[api_client(auth = "auth0", audience = "https://todo.example.com", scope = "todo:read-write")]
/// pub trait TodoApi {
///     #[delete("/todo/{id}")]
///     async fn remove(&self, id: &str) -> reauth::Result<()>;
/// }
///
/// # #[tokio::main(flavor = "current_thread")] async fn main() -> reauth::Result<()> {
/// let auth0 = Auth0::from_env()?;
/// let tokens = auth0.tokens_for::<TodoApiClient>()?;
/// let api = TodoApiClient::new("https://todo.example.com", auth0)?;
/// tokens.warm_up().await?; // not ready before there is a token
/// // … and in a health check:
/// let status = tokens.status();
/// println!("token: {}, next attempt: {:?}", status.has_token(), status.next_attempt_at());
/// # Ok(()) }
/// ```
///
/// The other methods are about the token of the credential's *own* settings, which is what a client uses whose attribute
/// says neither.
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
    /// The tokens of the credential's own settings, found once: for whoever sends many requests.
    ///
    /// # Errors
    /// Where no client could be built with these settings.
    fn tokens(&self) -> Result<Tokens>;

    /// The tokens that a generated client's calls are sent with, where it is built with this credential: those that its
    /// attribute's `audience` and `scope` ask for. It does not matter which of the two is made first.
    ///
    /// # Errors
    /// Where no client could be built with these settings.
    fn tokens_for<C>(&self) -> Result<Tokens>
    where
        C: FromClient<Credential = Self>;

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

    /// Fetches a token of the credential's own settings where there is none, as [`Tokens::warm_up`] does.
    ///
    /// # Errors
    /// As [`tokens`](Self::tokens) and [`Tokens::warm_up`].
    fn warm_up(&self) -> impl Future<Output = Result<()>> + Send;

    /// How the token of the credential's own settings is doing, as [`Tokens::status`] tells it. Asks nobody.
    ///
    /// # Errors
    /// As [`tokens`](Self::tokens).
    fn status(&self) -> Result<CredentialStatus>;

    /// Drops the token of the credential's own settings, as [`Tokens::invalidate`] does.
    fn invalidate(&self);
}

/// No API that says anything of its own.
const OWN_SETTINGS: Api = Api::new("");

impl<C: Authorize + sealed::TokenCredential> TokenCredential for C {
    fn tokens(&self) -> Result<Tokens> {
        self.tokens_of(&OWN_SETTINGS).map_err(Error::settings)
    }

    fn tokens_for<G>(&self) -> Result<Tokens>
    where
        G: FromClient<Credential = Self>,
    {
        self.tokens_of(&G::API).map_err(Error::settings)
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
        self.tokens()?.warm_up().await
    }

    fn status(&self) -> Result<CredentialStatus> {
        Ok(self.tokens()?.status())
    }

    fn invalidate(&self) {
        // Settings that no client could be built with have no token.
        if let Ok(tokens) = self.tokens() {
            tokens.invalidate();
        }
    }
}
