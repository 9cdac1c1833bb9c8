//! A test kit: prove that *your* service fetches its tokens and re-authorizes, on real sockets and
//! with really signed tokens, and with nothing installed.
//!
//! * [`TokenServer`]: an Auth0-like token server on loopback. It issues RS256 tokens, publishes its keys,
//!   counts and records what it was asked, and fails on demand.
//! * [`Verifier`]: checks a bearer token as an API would, and says what to answer where it is not good.
//! * [`LoopbackServer`]: a small HTTP server for the API that your test needs.
//! * [`Gate`], [`Failures`]: hold requests and make them fail, so that no test sleeps.
//!
//! * [`error`]: what a fake of your trait answers when it is to fail.
//!
//! ```
//! use reauth::http::header::WWW_AUTHENTICATE;
//! use reauth::testing::{Body, LoopbackServer, TokenServer};
//! use reauth::{Auth0, Result, Text, api_client, http};
//!
//! #[api_client(auth = "auth0", audience = "https://todo.example.com", scope = "todo:read-write")]
//! trait TodoApi {
//!     #[get("/todo")]
//!     async fn todos(&self) -> Result<Text>;
//! }
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> std::result::Result<(), Box<dyn std::error::Error>> {
//! let tokens = TokenServer::start().await?;
//! // An API that asks for a token.
//! let verifier = tokens.verifier("https://todo.example.com").scope("todo:read-write");
//! let api = LoopbackServer::start(move |request| {
//!     let mut response = reauth::http::Response::new(Body::from("nothing to do"));
//!     if let Err(rejection) = verifier.verify(request.headers()) {
//!         *response.status_mut() = rejection.status();
//!         response.headers_mut().insert(WWW_AUTHENTICATE, rejection.www_authenticate().clone());
//!     }
//!     async { Ok(response) }
//! })
//! .await?;
//!
//! let auth0 = Auth0::new(tokens.url(), tokens.client_id(), tokens.client_secret());
//! let client = TodoApiClient::new(api.url(), auth0)?;
//! client.todos().await?;
//! tokens.rotate_key().await?; // the cached token is no longer good: the next call must re-authorize
//! client.todos().await?;
//! assert_eq!(tokens.token_requests(), 2);
//! # Ok(())
//! # }
//! ```
//!
//! A server runs on the runtime that started it, and stops when it is dropped. Token lives follow
//! tokio's clock: in a test with `start_paused = true`, `tokio::time::advance` makes a token
//! expire.

mod body;
mod client_assertion;
mod clock;
mod dialect;
mod dpop;
mod error;
mod failure;
mod fake_transport;
mod gate;
mod issuer;
mod jwt;
mod keys;
mod loopback;
mod oauth_error;
mod public_key;
mod quota;
mod refresh_tokens;
mod require_bearer;
mod token_request;
mod token_server;
mod verifier;

pub use body::{Body, Disconnect, Reply, json};
pub use error::error;
pub use failure::{Failure, Failures};
pub use fake_transport::{Answer, FakeTransport, Mismatch, ReceivedRequest, Route};
pub use gate::{Gate, Hold};
pub use jwt::{Claims, Confirmation};
pub use loopback::{LoopbackListener, LoopbackServer};
pub use require_bearer::{RequireBearer, RequireBearerLayer};
pub use token_request::{ClientAuthentication, TokenRequest};
pub use token_server::{TokenServer, TokenServerBuilder};
pub use verifier::{Rejection, Verifier, token_id};
