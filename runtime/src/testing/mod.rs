//! A test kit: prove that *your* service fetches its tokens and re-authorizes, with nothing installed, and without a
//! socket where you want none.
//!
//! ```
//! use std::time::Duration;
//!
//! use reauth::http::StatusCode;
//! use reauth::testing::{Answer, FakeTransport, json};
//! use reauth::{Auth0, Result, api_client};
//!
//! #[api_client(auth = "auth0", audience = "https://todo.example.com")]
//! trait TodoApi {
//!     #[get("/todo")]
//!     async fn todos(&self) -> Result<Vec<String>>;
//! }
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<()> {
//! let hour = Duration::from_secs(3600);
//! let tokens = FakeTransport::new();
//! tokens.route("POST /oauth/token").answer(Answer::token("stale", hour)).answer(Answer::token("fresh", hour));
//! let api = FakeTransport::of(TodoApiClient::ENDPOINTS);
//! api.route("GET /todo").with_bearer("stale").answer(StatusCode::UNAUTHORIZED);
//! api.route("GET /todo").with_bearer("fresh").answer(json(StatusCode::OK, &["milk"]));
//!
//! let auth0 = Auth0::new("tenant.eu.auth0.com", "client id", "client secret").transport(tokens.clone());
//! let client = TodoApiClient::builder("https://todo.example.com", auth0).transport(api.clone()).build()?;
//! assert_eq!(client.todos().await?, ["milk"]); // here: what your service does with the client
//! api.verify(); // all of these requests came, and no others
//! # Ok(())
//! # }
//! ```
//!
//! A request that is not in the table fails and is not sent again, and both the error and `verify` say what came, which route
//! is nearest and why it is not the one.
//!
//! # Which fake for which test
//!
//! | what is tested | in place of the API | in place of the token server |
//! | --- | --- | --- |
//! | what your code makes of answers and errors | `impl TodoApi for Fake`, with [`error`] for what fails | none |
//! | that your code sends the right requests, survives a 401, a 503, a wait; how your client is configured | [`FakeTransport`] | [`FakeTransport`], or a [`Bearer`](crate::Bearer) where tokens do not matter |
//! | the same against tokens that are really signed, checked, rotated and revoked, in paused time | [`FakeTransport::from_fn`] with a [`Verifier`] | [`TokenServer::transport`] |
//! | the program as a whole, over sockets | [`LoopbackServer`], or your own API behind [`Verifier::layer`] | [`TokenServer`] |
//!
//! A fake of the *trait* knows nothing of HTTP: use it wherever the client is only a dependency. It cannot show that a path
//! is right or that a token is renewed, since nothing is sent: for that, fake the *transport*, under the client that the
//! macro has generated.
//!
//! # What there is
//!
//! * [`FakeTransport`]: routes and the [`Answer`]s that they give, for [`ClientBuilder::transport`](crate::ClientBuilder::transport)
//!   and the credentials' `transport`.
//! * [`TokenServer`]: an Auth0-like token server on loopback. It issues RS256 tokens, publishes its keys, counts and records
//!   what it was asked, and is slow, spent or broken on demand.
//! * [`Verifier`]: checks a bearer token as an API would, and says what to answer where it is not good;
//!   [`RequireBearerLayer`] does so before a `tower` service.
//! * [`LoopbackServer`]: a small HTTP server for the API that your test needs.
//! * [`Gate`], [`Failures`], [`Failure`], [`Body`]: requests that are held, fail, or are answered by halves, so that no
//!   test sleeps.
//! * [`error`]: what a fake of your trait answers when it is to fail.
//! * `check_token_store`, with the feature `store`: whether a store for a fleet's tokens that you have written keeps the rules.
//!
//! # Over sockets
//!
//! ```
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
//!     let response = match verifier.verify(request.headers()) {
//!         Ok(_) => http::Response::new(Body::from("nothing to do")),
//!         Err(rejection) => rejection.into_response(),
//!     };
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
//! A server runs on the runtime that started it, and stops when it is dropped.
//!
//! # Time
//!
//! Everything here follows tokio's clock: token lives, delays, quotas, bodies that drip. In a test with
//! `start_paused = true` (tokio's feature `test-util`), `tokio::time::advance` makes a token expire, and an hour of waiting takes no time. But tokio lets a
//! paused clock run on while a socket is all that is waited for, so that time limits pass: use transports there.

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
#[cfg(feature = "store")]
mod token_store;
mod verifier;

pub use body::{Body, Disconnect, Reply, json};
pub use error::error;
pub use failure::{Failure, Failures};
pub(crate) use fake_transport::Unexpected;
pub use fake_transport::{Answer, FakeTransport, Mismatch, ReceivedRequest, ResponseFuture, Route};
pub use gate::{Gate, Hold};
pub use jwt::{Claims, Confirmation};
pub use loopback::{LoopbackListener, LoopbackServer};
pub use require_bearer::{RequireBearer, RequireBearerLayer};
pub use token_request::{ClientAuthentication, TokenRequest};
pub use token_server::{TokenServer, TokenServerBuilder};
#[cfg(feature = "store")]
pub use token_store::check_token_store;
pub use verifier::{Rejection, Verifier, token_id};
