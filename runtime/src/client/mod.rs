//! A client: where an API is, how to get there, and the tokens for it.
//!
//! Generated clients are a thin shell around a [`Client`]. It leads a call through the other parts, one after another:
//! endpoint → request → call → response.

mod builder;
mod composition;
mod returned;

use std::sync::Arc;

use reqwest::Url;

use crate::base_url::BaseUrl;
use crate::call::{Authorizer, Call, Transport};
use crate::endpoint::{Api, Endpoint};
use crate::error::{Error, History, Kind};
use crate::request::{RequestBuilder, RequestParts};
use crate::response::RawResponse;
use crate::telemetry::CallSpan;

pub use self::builder::ClientBuilder;
pub use self::composition::{Clients, FromClient};
pub use self::returned::{Exchange, ReturnType, Returned};

/// What a generated client holds: cheap to clone, and clones share connections and tokens.
#[derive(Clone)]
pub struct Client(Arc<Inner>);

struct Inner {
    api: Api,
    base_url: BaseUrl,
    transport: Transport,
    authorizer: Option<Arc<dyn Authorizer>>,
    max_body: usize,
}

/// What a generated method's body calls.
#[doc(hidden)]
impl Client {
    /// Starts a request.
    #[must_use]
    pub fn request(&self, endpoint: &'static Endpoint) -> RequestBuilder {
        RequestBuilder::new(endpoint, self.0.base_url.path_prefix())
    }

    /// The call, which starts when it is first polled.
    pub fn send<R: ReturnType>(&self, request: RequestBuilder) -> impl Future<Output = R> + Send + use<'_, R> {
        R::from_exchange(Exchange {
            client: self,
            endpoint: request.endpoint(),
            request: request.finish(self.0.base_url.as_url()),
        })
    }
}

impl Client {
    pub(crate) fn base_url(&self) -> &Url {
        self.0.base_url.as_url()
    }

    /// What the call and the reading of its answer go on in.
    pub(crate) fn span(&self, endpoint: &'static Endpoint, request: &RequestParts) -> CallSpan {
        CallSpan::new(endpoint, request.target(self.base_url()))
    }

    /// Leads one request through the call loop.
    pub(crate) async fn call(&self, endpoint: &'static Endpoint, request: &RequestParts) -> Result<RawResponse, Error> {
        let inner = &*self.0;
        if endpoint.is_authorized() && inner.authorizer.is_none() {
            return Err(Error::call(endpoint, Kind::NoCredential, History::default(), None));
        }
        let call = Call {
            endpoint,
            request,
            base: inner.base_url.as_url(),
            transport: &inner.transport,
            authorizer: inner.authorizer.as_deref().filter(|_| endpoint.is_authorized()),
            max_body: inner.max_body,
            with_body: false,
        };
        call.run().await
    }
}

/// Names and the base URL; never a secret.
impl std::fmt::Debug for Client {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct(self.0.api.name())
            .field("base_url", &self.0.base_url.as_ref())
            .field("transport", &self.0.transport)
            .finish_non_exhaustive()
    }
}
