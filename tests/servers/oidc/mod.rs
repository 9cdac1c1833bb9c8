//! `oidc-provider` from npm, a certified `OpenID` provider, and an API that asks it about every token: `provider.mjs`.

mod authentication;
mod dpop;
mod tokens;

use std::collections::HashMap;
use std::process::Command;

use reauth::{OAuth2, Result, api_client};
use serde::Deserialize;
use serde_json::{Value, json};

use crate::installed;
use crate::server::Server;

/// What tokens are for: one API to two names, of which the provider knows how their tokens look.
const OPAQUE: &str = "https://opaque.example.com";
const JWT: &str = "https://jwt.example.com";
/// With everything that is written otherwise in a URL or a form.
const SECRET: &str = "s:e/c r&t+%=";

/// The API.
#[api_client(auth = "oauth2", scope = "orders:read", retry = "constant(100ms,3)")]
trait Orders {
    /// `kind` is `opaque` or `jwt`: which tokens it takes.
    #[get("/api/{kind}/order?full=true")]
    async fn order(&self, kind: &str) -> Result<Order>;

    #[post("/api/{kind}/order", reauth = "none", retry = "none")]
    async fn add(&self, kind: &str) -> Result<Order>;

    /// Waits for a server that is started again, however long that takes: no more often than the retry budget lets eight
    /// callers.
    #[get("/api/{kind}/order", retry = "constant(1s,20)")]
    async fn patient(&self, kind: &str) -> Result<Order>;
}

/// How the API was called, as it tells.
#[derive(Debug, Deserialize)]
struct Order {
    scheme: String,
    client: String,
    audience: String,
    scope: String,
}

/// What the tests ask of the provider beside what it does for anybody.
#[api_client]
trait Control {
    #[get("/control/seen")]
    async fn seen(&self) -> Result<Seen>;

    #[post("/control/rotate-keys")]
    async fn rotate_keys(&self) -> Result<()>;

    #[post("/control/renew-nonce")]
    async fn renew_nonce(&self) -> Result<()>;
}

#[derive(Debug, Deserialize)]
struct Seen {
    token_requests: Vec<TokenRequest>,
    api: ApiSeen,
}

/// One request to the token endpoint, as the provider understood it.
#[derive(Debug, Deserialize)]
struct TokenRequest {
    client: Option<String>,
    /// Whether a secret came in HTTP Basic, or in the form.
    basic: bool,
    post: bool,
    /// What an assertion was signed with.
    assertion: Option<String>,
    grant: Option<String>,
    resource: Option<String>,
    scope: Option<String>,
    has_proof: bool,
    status: u16,
    error: Option<String>,
}

#[derive(Debug, Deserialize)]
struct ApiSeen {
    /// How many requests were answered so.
    statuses: HashMap<u16, usize>,
    /// How many different tokens came.
    tokens: usize,
}

impl Seen {
    /// How many requests the API answered so.
    fn answered(&self, status: u16) -> usize {
        self.api.statuses.get(&status).copied().unwrap_or_default()
    }
}

/// A provider and its API.
struct Provider {
    server: Server,
    control: ControlClient,
}

impl Provider {
    async fn start(client: Value) -> Self {
        Self::with(json!({ "clients": [client], "nonces": false, "lifetime": 3600 })).await
    }

    /// With these settings for `provider.mjs`.
    async fn with(settings: Value) -> Self {
        let node = installed::program("node");
        installed::library(
            "oidc/node_modules/oidc-provider",
            "oidc/package-lock.json",
            "oidc/node_modules/installed-from.json",
        );
        let server = Server::start("oidc-provider", move |port, _| {
            let mut settings = settings.clone();
            settings["port"] = port.into();
            let mut command = Command::new(&node);
            command
                .arg(installed::folder().join("oidc/provider.mjs"))
                .arg(settings.to_string());
            command
        });
        let server = server.await;
        let control = ControlClient::new(server.url()).unwrap();
        Self { server, control }
    }

    /// A credential that finds the token endpoint by itself, for the API with opaque tokens.
    fn credential(&self, authentication: impl Into<reauth::ClientAuthentication>) -> OAuth2 {
        OAuth2::from_issuer(self.server.url(), "me & you", authentication).resource(OPAQUE)
    }

    fn orders(&self, credential: OAuth2) -> OrdersClient {
        OrdersClient::new(self.server.url(), credential).unwrap()
    }

    async fn seen(&self) -> Seen {
        self.control.seen().await.unwrap()
    }
}

/// A client as it is registered at the provider.
fn client(authentication: &str) -> Value {
    json!({
        "client_id": "me & you",
        "client_secret": SECRET,
        "token_endpoint_auth_method": authentication,
        "grant_types": ["client_credentials"],
        "redirect_uris": [],
        "response_types": [],
    })
}
