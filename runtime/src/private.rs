//! The one root of every path that the macro emits; not part of the public API.
//!
//! What the expansion names is re-exported here, so that it means the same in a crate without a prelude, with a type
//! called `Result`, or that knows this crate by another name.

pub use core::clone::Clone;
pub use core::convert::AsRef;
pub use core::fmt::Debug;
pub use core::future::{Future, pending};
pub use core::marker::{Send, Sync};
pub use core::result::Result;
pub use core::time::Duration;
pub use std::boxed::Box;

pub use crate::call_options::CallOptions;
pub use crate::client::{Client, ClientBuilder, Clients, Exchange, FromClient, ReturnType, Returned};
pub use crate::credential::{ApiKey, Auth0, Authorize, Basic, Bearer, OAuth2};
pub use crate::endpoint::{Api, Backoff, Endpoint, EndpointBuilder, Jitter, Reauth, RetryOn};
pub use crate::error::Error;
pub use crate::request::{HeaderParam, IntoBody, PathParam, QueryFields, QueryParam, RequestBuilder, UrlParam};

/// What a method of a trait object returns.
pub type BoxFuture<'a, T> = core::pin::Pin<Box<dyn Future<Output = T> + Send + 'a>>;
/// The same, of a trait that is `local`.
pub type LocalBoxFuture<'a, T> = core::pin::Pin<Box<dyn Future<Output = T> + 'a>>;
