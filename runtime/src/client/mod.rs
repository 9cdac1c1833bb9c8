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
use crate::call::{Authorizer, Budget, Call, Guards, Transport};
use crate::call_options::CallOptions;
use crate::endpoint::{Api, Endpoint};
use crate::error::{Error, History, Kind};
use crate::request::{RequestBuilder, RequestParts};
use crate::telemetry::CallSpan;

pub use self::builder::ClientBuilder;
pub use self::composition::{Clients, FromClient};
pub use self::returned::{Exchange, ReturnType, Returned};

/// What a generated client holds: cheap to clone, and clones share connections and tokens.
#[derive(Clone)]
pub struct Client {
    inner: Arc<Inner>,
    /// What its calls do otherwise than their endpoints say.
    options: Option<Arc<CallOptions>>,
}

struct Inner {
    api: Api,
    base_url: BaseUrl,
    /// Of the same origin: what a call sets its path and query on a clone of.
    template: Url,
    transport: Transport,
    authorizer: Option<Arc<dyn Authorizer>>,
    /// Shared by the clones, and by no other client.
    guards: Option<Guards>,
    budget: Option<Budget>,
    max_body: usize,
}

impl From<Inner> for Client {
    fn from(inner: Inner) -> Self {
        Self {
            inner: Arc::new(inner),
            options: None,
        }
    }
}

/// What a generated client's methods call.
#[doc(hidden)]
impl Client {
    /// The same, with calls that have these options, over those that they have already.
    #[must_use]
    pub fn with(&self, options: CallOptions) -> Self {
        Self {
            inner: self.inner.clone(),
            options: Some(Arc::new(options.or(self.options()))),
        }
    }

    /// Starts a request.
    #[must_use]
    pub fn request(&self, endpoint: &'static Endpoint) -> RequestBuilder {
        RequestBuilder::new(endpoint, self.inner.base_url.path_prefix())
    }

    /// The call, which starts when it is first polled.
    pub fn send<R: ReturnType>(&self, request: RequestBuilder) -> impl Future<Output = R> + Send + use<'_, R> {
        R::from_exchange(Exchange {
            client: self,
            endpoint: request.endpoint(),
            request: request.finish(self.inner.base_url.as_url(), self.options()),
        })
    }
}

impl Client {
    pub(crate) fn base_url(&self) -> &Url {
        self.inner.base_url.as_url()
    }

    fn options(&self) -> Option<&CallOptions> {
        self.options.as_deref()
    }

    /// What the call and the reading of its answer go on in.
    pub(crate) fn span(&self, endpoint: &'static Endpoint, request: &RequestParts) -> CallSpan {
        CallSpan::new(endpoint, request.target(self.base_url()))
    }

    /// One request, to be led through the call loop.
    pub(crate) fn call<'a>(
        &'a self,
        endpoint: &'static Endpoint,
        request: &'a RequestParts,
    ) -> Result<Call<'a>, Error> {
        let inner = &*self.inner;
        if endpoint.is_authorized() && inner.authorizer.is_none() {
            return Err(Error::call(endpoint, Kind::NoCredential, History::default(), None));
        }
        Ok(Call {
            endpoint,
            options: self.options(),
            request,
            base: &inner.template,
            transport: &inner.transport,
            authorizer: inner.authorizer.as_deref().filter(|_| endpoint.is_authorized()),
            // They are the API's: another server is not down because this one is.
            guards: inner.guards.as_ref().filter(|_| !endpoint.is_any_origin()),
            budget: inner.budget.as_ref().filter(|_| !endpoint.is_any_origin()),
            max_body: inner.max_body,
            with_body: false,
        })
    }
}

/// Names and the base URL; never a secret.
impl std::fmt::Debug for Client {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct(self.inner.api.name())
            .field("base_url", &self.inner.base_url.as_ref())
            .field("transport", &self.inner.transport)
            .field("options", &self.options)
            .finish_non_exhaustive()
    }
}
