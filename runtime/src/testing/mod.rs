//! A test kit: prove that *your* service fetches its tokens and re-authorizes, on real sockets and
//! with really signed tokens, and with nothing installed.
//!
//! * [`TokenServer`]: an Auth0-like token server on loopback. It issues RS256 tokens, publishes its keys,
//!   counts and records what it was asked, and fails on demand.
//! * [`Verifier`]: checks a bearer token as an API would, and says what to answer where it is not good.
//! * [`LoopbackServer`]: a small HTTP server for the API that your test needs.
//! * [`Gate`], [`Failures`]: hold requests and make them fail, so that no test sleeps.
//!
//! ```
//! use bytes::Bytes;
//! use http::{HeaderValue, Request, Response, header::WWW_AUTHENTICATE};
//! use reauth::testing::{Body, LoopbackServer, TokenServer};
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> std::io::Result<()> {
//! let tokens = TokenServer::start().await?;
//! let verifier = tokens.verifier("https://todo.example.com").scope("todo:read-write");
//!
//! // An API that asks for a token.
//! let api = LoopbackServer::start(move |request: Request<Bytes>| {
//!     let checked = verifier.verify(request.headers());
//!     async move {
//!         let mut response = Response::new(Body::default());
//!         if let Err(rejection) = checked {
//!             *response.status_mut() = rejection.status();
//!             response.headers_mut().insert(WWW_AUTHENTICATE, rejection.www_authenticate().clone());
//!         }
//!         Ok(response)
//!     }
//! })
//! .await?;
//!
//! // Point the client at `api.url()`, its credential at `tokens.url()`, call, and then see what was asked.
//! # let _ = api.url();
//! tokens.rotate_key().await?; // the cached token is no longer good: the next call must re-authorize
//! assert_eq!(tokens.token_requests(), 0);
//! # Ok(())
//! # }
//! ```
//!
//! A server runs on the runtime that started it, and stops when it is dropped. Token lives follow
//! tokio's clock: in a test with `start_paused = true`, `tokio::time::advance` makes a token
//! expire.

mod body;
mod clock;
mod failure;
mod gate;
mod issuer;
mod jwt;
mod keys;
mod loopback;
mod oauth_error;
mod token_request;
mod token_server;
mod verifier;

pub use body::{Body, Disconnect, Reply, json};
pub use failure::{Failure, Failures};
pub use gate::{Gate, Hold};
pub use jwt::Claims;
pub use loopback::{LoopbackListener, LoopbackServer};
pub use token_request::{ClientAuthentication, TokenRequest};
pub use token_server::{TokenServer, TokenServerBuilder};
pub use verifier::{Rejection, Verifier, token_id};
