//! Annotate a trait, get a typed HTTP client that caches OAuth2 tokens, retries, and re-authorizes on 401.
//!
//! ```no_run
//! use reauth::{Auth0, Result, api_client};
//! use serde::{Deserialize, Serialize};
//!
//! #[derive(Debug, Deserialize)]
//! pub struct Todo { pub id: String, pub description: String, pub completed: bool }
//!
//! #[derive(Debug, Serialize)]
//! pub struct NewTodo<'a> { pub description: &'a str }
//!
//! /// The todo service.
//! #[api_client(
//!     auth = "auth0",
//!     audience = "https://todo.example.com",
//!     scope = "todo:read-write",
//!     retry = "constant(100ms,3)",
//! )]
//! pub trait TodoApi {
//!     /// Every todo, or those that are done, or those that are not.
//!     #[get("/todo")]
//!     async fn todos(&self, #[query] completed: Option<bool>) -> Result<Vec<Todo>>;
//!
//!     /// One todo; `None` where there is none with this id.
//!     #[get("/todo/{id}")]
//!     async fn todo(&self, id: &str) -> Result<Option<Todo>>;
//!
//!     #[post("/todo", idempotency_key)]
//!     async fn add(&self, #[body] todo: &NewTodo<'_>) -> Result<Todo>;
//!
//!     #[delete("/todo/{id}")]
//!     async fn remove(&self, id: &str) -> Result<()>;
//!
//!     #[get("/health", auth = "none", retry = "none", timeout = "2s")]
//!     async fn health(&self) -> Result<reauth::Text>;
//! }
//!
//! #[tokio::main]
//! async fn main() -> Result<()> {
//!     let auth0 = Auth0::from_env()?;               // AUTH0_DOMAIN, AUTH0_CLIENT_ID, AUTH0_CLIENT_SECRET
//!     let api = TodoApiClient::new("https://todo.example.com", auth0)?;
//!     println!("Todos: {}", api.todos(None).await?.len());
//!     Ok(())
//! }
//! ```
//!
//! # How a call goes
//!
//! Data flows one way: the *description* of an endpoint ([`Endpoint`], constant data), a *request* built from the
//! arguments, the *call* loop (which asks the *credential* for a token, retries, re-authorizes), and the *response*
//! decoded into what the method returns ([`FromResponse`]).
//!
//! ```text
//! #[api_client] trait ──expands to──▶ ENDPOINTS + TodoApiClient
//!                                          │ arguments, encoded before the future starts
//!                                          ▼
//!                        ┌──────────── the call loop ───────────┐      ┌── credential ──┐
//!                        │ token ◀──────────────────────────────┼──────│ token cache    │
//!                        │ send                                 │      │  one shared,   │
//!                        │ 401 → this token was rejected ───────┼─────▶│  detached fetch│
//!                        │ 503 → wait max(schedule, Retry-After)│      └───────┬────────┘
//!                        └──────────────────┬───────────────────┘              ▼
//!                                           ▼                          POST /oauth/token
//!                        Result<T>, or an Error with the whole history
//! ```
//!
//! # Without the macro
//!
//! The tokens alone, for a client that is there already: [`TokenCredential::token`], and a `tower` layer and more in
//! [`middleware`].
//!
//! # Features
//!
//! * `rustls` (default), `native-tls`: TLS, as reqwest has them.
//! * `http2` (default), `system-proxy`: likewise.
//! * `gzip`, `brotli`, `zstd`: responses that come compressed; limits on their size count what they unpack to.
//! * `reqwest-middleware`: `AuthorizationMiddleware` in [`middleware`], for a stack of reqwest-middleware.
//! * `jwt` (default): client assertions signed with a private key, and tokens bound to one.
//! * `trace-context`: requests carry the current trace (`traceparent`); see [`telemetry`].
//! * `metrics`: durations, retries and token refreshes through the API of OpenTelemetry; see [`telemetry`].
//! * `store`, `redis`: tokens that all processes of a service share, through Redis or a store of yours; see
//!   [`store`](https://docs.rs/reauth/latest/reauth/store/).
//! * `testing`: a transport without sockets and a token server on loopback, for your tests.

#[cfg(test)]
mod any;
mod base_url;
mod byte_stream;
mod call;
mod call_options;
mod client;
mod content;
mod credential;
mod endpoint;
mod error;
#[cfg(test)]
mod fuzz;
pub mod middleware;
mod pages;
mod request;
mod response;
mod settings;
#[cfg(feature = "store")]
pub mod store;
pub mod telemetry;
#[cfg(feature = "testing")]
pub mod testing;

#[doc(hidden)]
#[path = "private.rs"]
pub mod __private;

#[doc = include_str!("api_client.md")]
#[doc(inline)]
pub use reauth_macros::api_client;

#[cfg(feature = "reqwest-middleware")]
pub use reqwest_middleware;
/// The crates whose types are in this one's interface.
///
/// This `reqwest` has the features that the calls here need. For `.json()` or `.form()` in a token source of your own, add
/// reqwest 0.13 with these features to your `Cargo.toml`.
pub use {bytes, http, reqwest, secrecy};

pub use crate::base_url::{BaseUrl, InvalidBaseUrl};
pub use crate::byte_stream::ByteStream;
pub use crate::call::{HttpService, RetryBudget};
pub use crate::call_options::CallOptions;
pub use crate::client::ClientBuilder;
pub use crate::content::{Event, Events, Form, Lines, Multipart, Part, Raw, Text};
#[cfg(feature = "jwt")]
pub use crate::credential::PrivateKey;
pub use crate::credential::{
    AccessToken, ApiKey, Auth0, Authorize, Basic, Bearer, Cached, ClientAuthentication, CredentialStatus, OAuth2,
    Rejected, Token, TokenCredential, TokenFile, TokenRequest, TokenSource, Tokens,
};
pub use crate::endpoint::{Backoff, Endpoint, Jitter, Reauth, RetryOn};
pub use crate::error::{
    ApiError, ArgumentError, Attempt, BodyError, BoxError, DecodeError, Error, OAuthErrorCode, Outcome, ProblemDetails,
    Result, Stopped, TokenError,
};
pub use crate::pages::{Items, LinkHeader, NextPage, PageHead, PageNumber, Pages, Paging};
pub use crate::request::{Body, IntoBody};
pub use crate::response::{FromRecord, FromResponse, RawResponse, Response};
pub use crate::settings::Auth0Settings;

/// The README's examples compile.
#[cfg(doctest)]
#[doc = include_str!("../../README.md")]
mod readme {}
