//! The credentials around somebody else's client: a `tower` layer, and a middleware of reqwest-middleware.
//!
//! For a tonic channel, a client of hyper-util's, or any stack that is there already. Each request is authorized, and one that is answered 401 is authorized and sent once more, with a newer token, where its
//! body is at hand again; retries and time limits are the stack's own.
//!
//! ```
//! use reauth::Auth0;
//! use reauth::middleware::{AuthorizationLayer, Cloned};
//!
//! # fn main() -> reauth::Result<()> {
//! let auth0 = Auth0::new("tenant.eu.auth0.com", "client id", "client secret").audience("https://todo.example.com");
//! let layer = AuthorizationLayer::new("https://todo.example.com", auth0)?.replay(Cloned);
//! // `tower::ServiceBuilder::new().layer(layer).service(client)`
//! # Ok(()) }
//! ```
//!
//! # What is promised
//!
//! * Credentials go to one API: a request for another origin than that of the URL given first is not sent. Plain http
//!   is for this machine, unless [`allow_http`](AuthorizationBuilder::allow_http) says otherwise.
//! * A request without its token is not sent: there is an [`Error`](crate::Error) in place of an answer.
//! * A request has one `Authorization`: ours, also where there was one before.
//! * A 403, and a 401 that asks for more scope, refreshes nothing and is not sent again. gRPC's `UNAUTHENTICATED` is as
//!   good as a 401 where it comes with the response's head, as it does when a server refuses a call.
//! * A body that cannot be had again is sent once, and not refused: the next request has the newer token.
//!
//! Each of them waits for a token as a generated client does, at most 10 s. Put it inside what retries and limits the time
//! of a whole call, so that each try has the token that is current then.

mod builder;
mod guard;
mod layer;
mod replay;
#[cfg(feature = "reqwest-middleware")]
mod reqwest;

pub use self::builder::AuthorizationBuilder;
pub use self::layer::{AuthorizationLayer, AuthorizationService};
pub use self::replay::{Cloned, IfEmpty, Once, Replay};
#[cfg(feature = "reqwest-middleware")]
pub use self::reqwest::AuthorizationMiddleware;
