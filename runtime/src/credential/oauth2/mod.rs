//! Any token server that follows RFC 6749: settings, and one token cache for each thing that tokens are for.

mod build;
mod rotation;
mod settings;

use std::sync::{Arc, OnceLock};

use secrecy::SecretString;
use serde::{Deserialize, Deserializer};

use self::rotation::Rotation;
use self::settings::Settings;
use super::dpop::Dpop;
use super::exchange::{Client, ClientAuthentication, Connection, Discovery, Store};
#[cfg(feature = "store")]
use super::handle::store_setter;
use super::handle::{Handle, cache_setters, transport_setter};
use super::settings::environment;
#[cfg(feature = "jwt")]
use super::signing::PrivateKey;
use crate::error::{BoxError, Error, Result};

/// OAuth 2.0, with any token server that follows RFC 6749: a cheap-clone handle that owns its token cache.
///
/// A machine asks for tokens in its own name (client credentials); with a [refresh token](Self::refresh_token), in a
/// user's. Clones, and all clients built with them, share the tokens: one for each audience, scope, resource and
/// parameters. `audience` and `scope` in the attribute win over those given here.
///
/// ```
/// # use reauth::{api_client, Result};
/// use reauth::OAuth2;
///
/// #[api_client(auth = "oauth2", scope = "orders:read")]
/// pub trait Orders {
///     #[get("/order/{id}")]
///     async fn order(&self, id: u64) -> Result<Option<String>>;
/// }
///
/// # fn main() -> Result<()> {
/// let oauth2 = OAuth2::from_issuer("https://login.example.com", "client id", "client secret")
///     .resource("https://orders.example.com");
/// let orders = OrdersClient::new("https://orders.example.com", oauth2)?;
/// # Ok(()) }
/// ```
///
/// # Operating it
///
/// [`TokenCredential::tokens_for`](crate::TokenCredential::tokens_for) finds the tokens of a generated client, which have
/// `warm_up`, `status` and `invalidate`.
///
/// # Settings
///
/// Beside [`new`](Self::new) and [`from_issuer`](Self::from_issuer) they come [from the environment](Self::from_env), or
/// through serde from any file, with the keys `token_url` or `issuer`, `client_id`, `client_secret` or `private_key`, and
/// optionally `client_authentication` (`basic`, `post` or `none`), `key_id`, `assertion_audience`, `audience`, `scope`,
/// `resource`, `refresh_token`, `dpop_private_key`, and `parameters`.
#[derive(Clone)]
pub struct OAuth2 {
    server: Server,
    client: Client,
    rotation: Option<Rotation>,
    store: Option<Arc<Store>>,
    /// `resource` among them, which may come several times.
    parameters: Vec<(String, String)>,
    dpop: Option<Arc<Dpop>>,
    allow_http: bool,
    connection: Connection,
    /// Made when the first client is built, as is the next.
    discovery: Arc<OnceLock<Arc<Discovery>>>,
    handle: Handle,
}

/// Where tokens are asked for, as the user wrote it.
#[derive(Clone, Debug)]
enum Server {
    TokenUrl(String),
    Issuer(String),
}

impl OAuth2 {
    /// Asks for tokens at this URL; a mistake in it shows when a client is built.
    ///
    /// A text as `authentication` is the client secret, a [`PrivateKey`](crate::PrivateKey) signs an assertion. Secrets are
    /// zeroized when the last handle is dropped, and never printed.
    pub fn new(
        token_url: impl Into<String>,
        client_id: impl Into<String>,
        authentication: impl Into<ClientAuthentication>,
    ) -> Self {
        Self::of(
            Server::TokenUrl(token_url.into()),
            client_id.into(),
            authentication.into(),
        )
    }

    /// Asks for tokens where the issuer's discovery document says (RFC 8414, or `OpenID` Connect Discovery 1.0). It is read
    /// when the first token is fetched; the issuer that it names must be exactly this one.
    pub fn from_issuer(
        issuer: impl Into<String>,
        client_id: impl Into<String>,
        authentication: impl Into<ClientAuthentication>,
    ) -> Self {
        Self::of(Server::Issuer(issuer.into()), client_id.into(), authentication.into())
    }

    fn of(server: Server, id: String, authentication: ClientAuthentication) -> Self {
        Self {
            server,
            client: Client {
                id,
                authentication,
                assertion_audience: None,
            },
            rotation: None,
            store: None,
            parameters: Vec::new(),
            dpop: None,
            allow_http: false,
            connection: Connection::default(),
            discovery: Arc::default(),
            handle: Handle::default(),
        }
    }

    /// From `OAUTH2_TOKEN_URL` or `OAUTH2_ISSUER`, `OAUTH2_CLIENT_ID`, `OAUTH2_CLIENT_SECRET` or `OAUTH2_PRIVATE_KEY` (PEM),
    /// and where they are set `OAUTH2_CLIENT_AUTHENTICATION`, `OAUTH2_KEY_ID`, `OAUTH2_ASSERTION_AUDIENCE`,
    /// `OAUTH2_AUDIENCE`, `OAUTH2_SCOPE`, `OAUTH2_RESOURCE`, `OAUTH2_REFRESH_TOKEN` and `OAUTH2_DPOP_PRIVATE_KEY` (PEM, the
    /// key that the refresh token is [bound](Self::dpop_with) to).
    ///
    /// # Errors
    /// Names every variable that is missing, empty or wrong.
    ///
    /// ```no_run
    /// # fn main() -> reauth::Result<()> {
    /// let oauth2 = reauth::OAuth2::from_env()?;
    /// # Ok(()) }
    /// ```
    pub fn from_env() -> Result<Self> {
        Settings::from_env(environment)
            .check(Settings::variable)
            .map_err(Error::settings)
    }

    /// The API that tokens are for (RFC 8707); once more for each.
    #[must_use]
    pub fn resource(self, resource: impl Into<String>) -> Self {
        self.parameter("resource", resource)
    }

    /// A parameter of the server's own, sent with each token request.
    #[must_use]
    pub fn parameter(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.parameters.push((name.into(), value.into()));
        self
    }

    /// Asks with this refresh token (RFC 6749, section 6) and not with the client's own credentials alone.
    ///
    /// Where the server gives out a new one each time, the newest is kept here, for all clones of this handle whatever they
    /// are told later, and handed to whoever [stores](Self::store_refresh_token) it. Tokens for several APIs are asked for
    /// one after another, and a server may take 30 s: no call waits for longer than 10, but what it gives out is kept.
    /// Starts a token cache of its own.
    #[must_use]
    pub fn refresh_token(mut self, token: impl Into<SecretString>) -> Self {
        self.rotation = Some(Rotation::new(token.into()));
        self.with_own_caches()
    }

    /// Calls `store` with each new refresh token that the server gives out, one after another, before the access token that
    /// came with it is used. It has 3 seconds.
    ///
    /// Where it fails, hangs or panics, calls go on: the token is in memory, the failure in the log and in the
    /// [status](crate::CredentialStatus::has_unstored_refresh_token), and `store` is called with it again in the
    /// background. Say it before the first client is built; all clones have the same store.
    ///
    /// It may be the only one that is still good, so a file is not written over but replaced: a crash leaves the old one or
    /// the new one, and never half of it. Nobody else may read it.
    ///
    /// ```
    /// use reauth::{BoxError, ClientAuthentication, OAuth2};
    /// use secrecy::{ExposeSecret, SecretString};
    /// use tokio::{fs, io::AsyncWriteExt};
    ///
    /// async fn replace(path: &str, token: SecretString) -> Result<(), BoxError> {
    ///     let new = format!("{path}.new");
    ///     let mut options = fs::OpenOptions::new();
    ///     options.write(true).create(true).truncate(true);
    ///     #[cfg(unix)]
    ///     options.mode(0o600);
    ///     let mut file = options.open(&new).await?;
    ///     file.write_all(token.expose_secret().as_bytes()).await?;
    ///     file.sync_all().await?;
    ///     Ok(fs::rename(&new, path).await?)
    /// }
    ///
    /// # fn credential() -> OAuth2 {
    /// let oauth2 = OAuth2::from_issuer("https://login.example.com", "client id", ClientAuthentication::none())
    ///     .refresh_token("from the last run")
    ///     .store_refresh_token(|token| replace("refresh-token", token));
    /// # oauth2 }
    /// # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), BoxError> {
    /// # let path = std::env::temp_dir().join(format!("reauth-refresh-token-{}", std::process::id()));
    /// # let shown = path.to_str().ok_or("not UTF-8")?;
    /// # replace(shown, "a longer one".into()).await?;
    /// # replace(shown, "the newest".into()).await?;
    /// # assert_eq!(fs::read_to_string(&path).await?, "the newest");
    /// # #[cfg(unix)]
    /// # assert_eq!(std::os::unix::fs::PermissionsExt::mode(&fs::metadata(&path).await?.permissions()) & 0o777, 0o600);
    /// # assert!(!fs::try_exists(format!("{shown}.new")).await?);
    /// # fs::remove_file(&path).await?;
    /// # Ok(()) }
    /// ```
    #[must_use]
    pub fn store_refresh_token<F, Fut>(mut self, store: F) -> Self
    where
        F: Fn(SecretString) -> Fut + Send + Sync + 'static,
        Fut: Future<Output = std::result::Result<(), BoxError>> + Send + 'static,
    {
        self.store = Some(Arc::new(Store::new(store)));
        self
    }

    /// Whom assertions are for (`aud`). Unless set it is the issuer, which RFC 7523bis and FAPI ask for, or the token URL
    /// where no issuer is known.
    #[must_use]
    pub fn assertion_audience(mut self, audience: impl Into<String>) -> Self {
        self.client.assertion_audience = Some(audience.into());
        self.with_own_caches()
    }

    /// Binds tokens to a key pair (`DPoP`, RFC 9449), so that a copied token is worth nothing: a new one on the curve P-256.
    /// Starts a token cache of its own.
    ///
    /// Only bound tokens are accepted then. A request that the server redirects carries the proof for where it was sent
    /// first, and fails.
    ///
    /// # Errors
    /// Where the system has no random numbers.
    #[cfg(feature = "jwt")]
    pub fn dpop(self) -> Result<Self> {
        PrivateKey::generate().map(|key| self.dpop_with(key))
    }

    /// Binds tokens to this key pair; for a public client's refresh tokens, which are bound to it too and outlive the
    /// process. As a setting it is `dpop_private_key`. Starts a token cache of its own.
    #[cfg(feature = "jwt")]
    #[must_use]
    pub fn dpop_with(mut self, key: PrivateKey) -> Self {
        self.dpop = Some(Arc::new(Dpop::new(key)));
        self.with_own_caches()
    }

    /// Lets secrets travel over plain http to a token URL or issuer given as `http://…`. Loopback needs no leave.
    #[must_use]
    pub fn allow_http(mut self) -> Self {
        self.allow_http = true;
        self.with_own_caches()
    }

    /// What was fetched before was fetched otherwise; but for refresh tokens, of which the newest is the only good one.
    fn with_own_caches(mut self) -> Self {
        self.discovery = Arc::default();
        self.handle.start_anew();
        self
    }
}

cache_setters!(
    OAuth2,
    "where the attribute names none and the server knows the parameter `audience`."
);
transport_setter!(OAuth2);
#[cfg(feature = "store")]
store_setter!(OAuth2);

/// Settings without the secrets.
impl std::fmt::Debug for OAuth2 {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let names: Vec<_> = self.parameters.iter().map(|(name, _)| name).collect();
        f.debug_struct("OAuth2")
            .field("server", &self.shown_server())
            .field("client_id", &self.client.id)
            .field("client_authentication", &self.client.authentication)
            .field("has_refresh_token", &self.rotation.is_some())
            .field("audience", &self.handle.wanted.audience)
            .field("scope", &self.handle.wanted.scope)
            .field("parameters", &names)
            .finish_non_exhaustive()
    }
}

/// Every key that is missing or wrong is in the error.
impl<'de> Deserialize<'de> for OAuth2 {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> std::result::Result<Self, D::Error> {
        Settings::deserialize(deserializer)?
            .check(str::to_owned)
            .map_err(|problems| serde::de::Error::custom(problems.join("; ")))
    }
}
