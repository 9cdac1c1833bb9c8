//! Auth0's client-credentials grant: settings, and one token cache for each API that they are used for.
//!
//! <https://auth0.com/docs/api/authentication/client-credentials-flow/get-token>: RFC 6749, section 4.4, with an
//! `audience` that names the API.

mod settings;

use std::sync::Arc;

use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Deserializer};

pub(crate) use self::settings::Settings;
use super::authorize::{built_in, sealed};
use super::exchange::{Client, ClientAuthentication, ClientCredentials, Connection, Exchange, Place, Server};
#[cfg(feature = "store")]
use super::handle::store_setter;
use super::handle::{Handle, cache_setters, transport_setter};
use super::settings::environment;
use super::{Problems, TokenRequest, Tokens};
use crate::base_url::{BaseUrl, InvalidBaseUrl};
use crate::endpoint::Api;
use crate::error::Error;

/// Auth0's client credentials (machine to machine): a cheap-clone handle that owns its token cache.
///
/// Clones, and all clients built with them, share the tokens: one for each audience, scope and organization.
/// `audience` and `scope` in the attribute win over those given here.
///
/// ```
/// # use reauth::{api_client, Result};
/// use reauth::Auth0;
///
/// #[api_client(auth = "auth0", scope = "todo:read-write")]
/// pub trait TodoApi {
///     #[delete("/todo/{id}")]
///     async fn remove(&self, id: &str) -> Result<()>;
/// }
///
/// # fn main() -> Result<()> {
/// let auth0 = Auth0::new("tenant.eu.auth0.com", "client id", "client secret").audience("https://todo.example.com");
/// let api = TodoApiClient::new("https://todo.example.com", auth0)?;
/// # Ok(()) }
/// ```
///
/// # Several tenants
///
/// A service that calls for many organizations builds a client for each, or for each request, from one credential:
/// they share connections to Auth0 and have a token each, and one that is slow delays no other. A token stays as long as
/// a client holds it; of the others 1,024 stay, and the least recently used goes first.
///
/// ```
/// # use reauth::{api_client, Auth0, Result};
/// # #[api_client(auth = "auth0", audience = "https://todo.example.com")]
/// # pub trait TodoApi {
/// #     #[delete("/todo/{id}")]
/// #     async fn remove(&self, id: &str) -> Result<()>;
/// # }
/// fn client_of(auth0: &Auth0, organization: &str) -> Result<TodoApiClient> {
///     TodoApiClient::new("https://todo.example.com", auth0.clone().organization(organization))
/// }
/// ```
///
/// # Operating it
///
/// [`TokenCredential::tokens_for`](crate::TokenCredential::tokens_for) finds the tokens of a generated client, which have
/// `warm_up`, `status` and `invalidate`.
///
/// # Settings
///
/// Beside [`new`](Self::new) they come [from the environment](Self::from_env), or through serde from any file, with the keys
/// `domain`, `client_id`, `client_secret`, and optionally `audience`, `scope` and `organization`.
#[derive(Clone)]
pub struct Auth0 {
    domain: String,
    client_id: String,
    client_secret: Arc<SecretString>,
    organization: Option<String>,
    allow_http: bool,
    connection: Connection,
    handle: Handle,
}

impl Auth0 {
    /// A credential for the tenant at `domain`, as `tenant.eu.auth0.com`; a mistake in it shows when a client is built.
    ///
    /// The secret is zeroized when the last handle is dropped, and never printed.
    pub fn new(
        domain: impl Into<String>,
        client_id: impl Into<String>,
        client_secret: impl Into<SecretString>,
    ) -> Self {
        Self {
            domain: domain.into(),
            client_id: client_id.into(),
            client_secret: Arc::new(client_secret.into()),
            organization: None,
            allow_http: false,
            connection: Connection::default(),
            handle: Handle::default(),
        }
    }

    /// From `AUTH0_DOMAIN`, `AUTH0_CLIENT_ID` and `AUTH0_CLIENT_SECRET`, and where they are set `AUTH0_AUDIENCE`,
    /// `AUTH0_SCOPE` and `AUTH0_ORGANIZATION`.
    ///
    /// # Errors
    /// Names every variable that is missing, empty or not UTF-8.
    ///
    /// ```no_run
    /// # fn main() -> reauth::Result<()> {
    /// let auth0 = reauth::Auth0::from_env()?;
    /// # Ok(()) }
    /// ```
    pub fn from_env() -> crate::Result<Self> {
        Settings::from_env(environment)
            .check(Settings::variable)
            .map_err(Error::settings)
    }

    /// The organization, by id or name, that tokens are for.
    #[must_use]
    pub fn organization(mut self, organization: impl Into<String>) -> Self {
        self.organization = Some(organization.into());
        self
    }

    /// Lets the client secret travel over plain http to a domain given as `http://…`. Loopback needs no leave.
    #[must_use]
    pub fn allow_http(mut self) -> Self {
        self.allow_http = true;
        self
    }

    fn with_own_caches(mut self) -> Self {
        self.handle.start_anew();
        self
    }

    /// `https://{domain}`, or the domain itself where it is a URL.
    fn issuer(&self) -> Result<BaseUrl, String> {
        let domain = self.domain.trim_end_matches('/');
        let url = if domain.contains("://") {
            domain.to_owned()
        } else {
            format!("https://{domain}")
        };
        url.parse().map_err(|_: InvalidBaseUrl| {
            // What stands before an `@` may be a password.
            let shown = if domain.contains('@') {
                "(with an `@`, so not shown)"
            } else {
                domain
            };
            format!("the Auth0 domain `{shown}` is not a host name: write it as in `tenant.eu.auth0.com`")
        })
    }

    /// Everything about the settings that no client can be built with.
    pub(super) fn problems(&self) -> Problems {
        let mut problems = Problems::new();
        match self.issuer() {
            Ok(issuer) if !issuer.path_prefix().is_empty() => problems.push(format!(
                "the Auth0 domain `{issuer}` has a path: write it without, as in `{}`",
                issuer.as_url().host_str().unwrap_or("tenant.eu.auth0.com")
            )),
            Ok(issuer) => problems.extend(issuer.check_security(self.allow_http, "the Auth0 domain").err()),
            Err(problem) => problems.push(problem),
        }
        if self.client_id.trim().is_empty() {
            problems.push("the Auth0 client id is empty".to_owned());
        }
        if self.client_secret.expose_secret().trim().is_empty() {
            problems.push("the Auth0 client secret is empty".to_owned());
        }
        problems
    }

    fn client_credentials(&self, request: &TokenRequest) -> Result<ClientCredentials, String> {
        let issuer = self.issuer()?;
        let mut token_url = issuer.as_url().clone();
        token_url.set_path("/oauth/token");
        let fields = [
            ("audience", request.audience()),
            ("scope", request.scope()),
            ("organization", self.organization.as_deref()),
        ];
        let fields = fields
            .into_iter()
            .filter_map(|(name, value)| Some((name.into(), value?.to_owned())));
        Ok(ClientCredentials(Exchange {
            server: Server::Given(Arc::new(Place {
                token_url,
                issuer: None,
                takes_posts_only: true,
            })),
            transport: self.connection.to(&issuer)?,
            client: Client {
                id: self.client_id.clone(),
                authentication: ClientAuthentication::posted(self.client_secret.clone()),
                assertion_audience: None,
            },
            fields: fields.collect(),
            dpop: None,
        }))
    }
}

built_in!(Auth0);
cache_setters!(Auth0, "where the attribute names none.");
transport_setter!(Auth0);
#[cfg(feature = "store")]
store_setter!(Auth0);

impl sealed::TokenCredential for Auth0 {
    fn tokens_of(&self, api: &Api) -> Result<Tokens, Problems> {
        let problems = self.problems();
        if !problems.is_empty() {
            return Err(problems);
        }
        let (request, key) = self.handle.entry(api)?;
        let organization = self
            .organization
            .iter()
            .map(|name| ("organization".to_owned(), name.clone()));
        let key = key.with_parameters(organization.collect());
        let source = self.client_credentials(&request).map_err(|problem| vec![problem])?;
        let server = source.0.server.name();
        Ok(Tokens::cached(self.handle.cache(key, server, source)))
    }
}

/// Settings without the secret.
impl std::fmt::Debug for Auth0 {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Auth0")
            .field(
                "domain",
                &self
                    .issuer()
                    .map_or_else(|problem| problem, |issuer| issuer.to_string()),
            )
            .field("client_id", &self.client_id)
            .field("audience", &self.handle.wanted.audience)
            .field("scope", &self.handle.wanted.scope)
            .field("organization", &self.organization)
            .finish_non_exhaustive()
    }
}

/// Every key that is missing or wrong is in the error.
impl<'de> Deserialize<'de> for Auth0 {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Settings::deserialize(deserializer)?
            .check(str::to_owned)
            .map_err(|problems| serde::de::Error::custom(problems.join("; ")))
    }
}
