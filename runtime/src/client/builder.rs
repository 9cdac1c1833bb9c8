//! From what the attribute says and what the user gives to a client, or to everything that is wrong with it.

use std::collections::HashSet;
use std::marker::PhantomData;
use std::sync::Arc;
use std::time::Duration;

use tower_layer::Layer;
use tower_service::Service;

use super::{Client, Clients, FromClient, Inner};
use crate::base_url::BaseUrl;
use crate::call::{Budget, Guards, HttpService, Layered, RetryBudget, Transport};
use crate::credential::{AnyCredential, Authorize, Problems};
use crate::endpoint::Api;
use crate::error::{BoxError, Error, Result};
use crate::response::DEFAULT_MAX_BODY;

/// Builds a generated client `C`; what is needed was an argument already, so everything here is optional.
///
/// Retries and time limits are constants of the trait, and no settings here. Where a program has to choose them when it
/// runs, [`CallOptions`](crate::CallOptions) on a client are for all calls that are made with it.
///
/// ```
/// # use reauth::{api_client, Result};
/// #[api_client]
/// pub trait Clock {
///     #[get("/now")]
///     async fn now(&self) -> Result<String>;
/// }
///
/// # fn main() -> Result<()> {
/// let clock = ClockClient::builder("https://clock.example.com")
///     .max_response_body(64 * 1024)
///     .build()?;
/// # Ok(()) }
/// ```
#[must_use = "a builder does nothing until `build()`"]
pub struct ClientBuilder<C> {
    base_url: String,
    credential: Option<Box<dyn AnyCredential>>,
    transport: Option<Transport>,
    /// In the order in which requests go through them.
    layers: Vec<Layered>,
    connect_timeout: Option<Duration>,
    allow_http: bool,
    max_body: usize,
    retry_budget: RetryBudget,
    clients: PhantomData<fn() -> C>,
}

impl<C: Clients> ClientBuilder<C> {
    #[doc(hidden)]
    pub fn new(base_url: impl AsRef<str>) -> Self {
        Self {
            base_url: base_url.as_ref().to_owned(),
            credential: None,
            transport: None,
            layers: Vec::new(),
            connect_timeout: None,
            allow_http: false,
            max_body: DEFAULT_MAX_BODY,
            retry_budget: RetryBudget::new(),
            clients: PhantomData,
        }
    }

    #[doc(hidden)]
    pub fn credential(mut self, credential: impl Authorize) -> Self {
        self.credential = Some(Box::new(Arc::new(credential)));
        self
    }

    /// Builds a client of another trait with it, up to eight, over the same connections, and with the same credential:
    /// where both ask for the same audience and scopes, they share the token too. Both have the same `auth`.
    ///
    /// A `base_url` in the other trait's attribute wins over the one given to this builder.
    ///
    /// ```
    /// # use reauth::{api_client, Auth0, Result};
    /// #[api_client(auth = "auth0", audience = "https://api.example.com")]
    /// pub trait Orders {
    ///     #[delete("/order/{id}")]
    ///     async fn cancel(&self, id: u64) -> Result<()>;
    /// }
    ///
    /// #[api_client(auth = "auth0", audience = "https://api.example.com")]
    /// pub trait Customers {
    ///     #[get("/customer/{id}/name")]
    ///     async fn name(&self, id: u64) -> Result<String>;
    /// }
    ///
    /// # fn main() -> Result<()> {
    /// let auth0 = Auth0::new("tenant.eu.auth0.com", "client id", "client secret");
    /// let (orders, customers) = OrdersClient::builder("https://api.example.com", auth0)
    ///     .and::<CustomersClient>()
    ///     .build()?;
    /// # Ok(()) }
    /// ```
    pub fn and<D>(self) -> ClientBuilder<C::And<D>>
    where
        D: FromClient<Credential = C::Credential>,
    {
        let Self {
            base_url,
            credential,
            transport,
            layers,
            connect_timeout,
            allow_http,
            max_body,
            retry_budget,
            clients: _,
        } = self;
        ClientBuilder {
            base_url,
            credential,
            transport,
            layers,
            connect_timeout,
            allow_http,
            max_body,
            retry_budget,
            clients: PhantomData,
        }
    }

    /// Sends requests through a reqwest client of yours, with its own pool, proxies, certificates and redirect policy.
    ///
    /// ```
    /// # use reauth::{api_client, Result};
    /// # #[api_client]
    /// # pub trait Clock {
    /// #     #[get("/now")]
    /// #     async fn now(&self) -> Result<String>;
    /// # }
    /// use reauth::reqwest::{self, redirect};
    ///
    /// # fn main() -> std::result::Result<(), Box<dyn std::error::Error>> {
    /// let http = reqwest::Client::builder()
    ///     .https_only(true)
    ///     .redirect(redirect::Policy::none())
    ///     .retry(reqwest::retry::never())
    ///     .build()?;
    /// let clock = ClockClient::builder("https://clock.example.com").http_client(http).build()?;
    /// # Ok(()) }
    /// ```
    ///
    /// Ours follows redirects within the API's origin only and never retries by itself; yours should do the same,
    /// `redirect(Policy::none())` and `retry(reqwest::retry::never())`, or a redirect may carry headers elsewhere.
    pub fn http_client(mut self, client: reqwest::Client) -> Self {
        self.transport = Some(Transport::Reqwest(client));
        self
    }

    /// Sends requests through any `tower` service in place of a `reqwest::Client`: a test needs no socket.
    ///
    /// Each request goes through a clone of the service, which is asked whether it is ready (`poll_ready`) and then called
    /// once. What the service keeps from request to request is therefore behind an `Arc`, as in tower's own services that
    /// are `Clone`; one that is not becomes so in a `tower::buffer::Buffer`, as in
    /// `.layer(ServiceBuilder::new().buffer(16).rate_limit(1, second).into_inner())`.
    ///
    /// "No connection", after which any request is sent again, is what `reqwest::Error::is_connect` says, or an
    /// [`io::Error`](std::io::Error) with `ConnectionRefused` that is the whole error. Inside another error, as a layer's, the
    /// latter says nothing of the request, which may have been processed.
    ///
    /// ```
    /// # use reauth::{api_client, Result};
    /// # #[api_client]
    /// # pub trait Clock {
    /// #     #[get("/now")]
    /// #     async fn now(&self) -> Result<String>;
    /// # }
    /// use reauth::{http, reqwest};
    ///
    /// # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<()> {
    /// let noon = tower::service_fn(async |request: reqwest::Request| {
    ///     assert_eq!(request.url().path(), "/now");
    ///     Ok::<_, std::io::Error>(reqwest::Response::from(http::Response::new("\"12:00\"")))
    /// });
    /// let clock = ClockClient::builder("https://clock.example.com").transport(noon).build()?;
    /// assert_eq!(clock.now().await?, "12:00");
    /// # Ok(()) }
    /// ```
    pub fn transport<S>(mut self, service: S) -> Self
    where
        S: Service<reqwest::Request, Response = reqwest::Response> + Clone + Send + Sync + 'static,
        S::Error: Into<BoxError>,
        S::Future: Send,
    {
        self.transport = Some(Transport::service(service));
        self
    }

    /// Puts a `tower` layer around whatever sends the requests: our client, an [`http_client`](Self::http_client) or a
    /// [`transport`](Self::transport) of yours. It sees every attempt, with its credential, and not the call.
    ///
    /// A request goes through several layers in the order in which they were given, as with `tower::ServiceBuilder`: the
    /// first is the outermost. `attempt_timeout` and `circuit_breaker` are outside of all of them, so a layer that waits
    /// waits in the attempt's time. What fails in a layer is retried as any broken connection, and the error is
    /// [`Error::transport_error`].
    ///
    /// Each request goes through a clone of the layer's service, which is asked whether it is ready and then called once:
    /// see [`transport`](Self::transport). Clients of one builder share the layers.
    ///
    /// ```
    /// # use reauth::{api_client, Result};
    /// # #[api_client]
    /// # pub trait Clock {
    /// #     #[get("/now")]
    /// #     async fn now(&self) -> Result<String>;
    /// # }
    /// use reauth::reqwest::{Request, header::{HeaderValue, ORIGIN}};
    /// use tower::util::MapRequestLayer;
    ///
    /// # fn main() -> Result<()> {
    /// let clock = ClockClient::builder("https://clock.example.com")
    ///     .layer(MapRequestLayer::new(|mut request: Request| {
    ///         request.headers_mut().insert(ORIGIN, HeaderValue::from_static("https://example.com"));
    ///         request
    ///     }))
    ///     .build()?;
    /// # Ok(()) }
    /// ```
    pub fn layer<L>(mut self, layer: L) -> Self
    where
        L: Layer<HttpService> + Send + Sync + 'static,
        L::Service: Service<reqwest::Request, Response = reqwest::Response> + Clone + Send + Sync + 'static,
        <L::Service as Service<reqwest::Request>>::Error: Into<BoxError>,
        <L::Service as Service<reqwest::Request>>::Future: Send,
    {
        self.layers.push(Transport::layered(layer));
        self
    }

    /// How long a connection may take to be made; 5 s unless set. It is part of an attempt, whose own limit may be shorter.
    ///
    /// For the connections of our own client: one that is given to [`http_client`](Self::http_client) has a limit of its
    /// own, and saying both is an error.
    pub fn connect_timeout(mut self, limit: Duration) -> Self {
        self.connect_timeout = Some(limit);
        self
    }

    /// How many of the client's sends may be retries: 20 % of its calls and 10 a second, unless set, and no limit with
    /// [`RetryBudget::UNLIMITED`]. Each client that is built has its own, which its clones share.
    pub fn retry_budget(mut self, budget: RetryBudget) -> Self {
        self.retry_budget = budget;
        self
    }

    /// Lets the credential travel over plain http to a base URL that is not on this machine.
    pub fn allow_http(mut self) -> Self {
        self.allow_http = true;
        self
    }

    /// The largest body that is read into memory, in bytes; 10 MiB unless set.
    pub fn max_response_body(mut self, bytes: usize) -> Self {
        self.max_body = bytes;
        self
    }

    /// The client, or all of them as a tuple.
    ///
    /// # Errors
    /// Where the base URL or the credential's settings are wrong; everything found is in the message.
    pub fn build(self) -> Result<C> {
        let mut problems = Problems::new();
        let base_url = check_base_url(&self, &self.base_url, &mut problems);
        let mut parts = Vec::new();
        for api in C::apis() {
            let base_url = match api.own_base_url() {
                Some(own) if own != self.base_url => check_base_url(&self, own, &mut problems),
                _ => base_url.clone(),
            };
            let authorizer = match &self.credential {
                None => None,
                Some(credential) => match credential.authorizer(&api) {
                    Ok(authorizer) => Some(authorizer),
                    Err(found) => {
                        problems.extend(found);
                        None
                    }
                },
            };
            parts.extend(base_url.map(|base_url| (api, base_url, authorizer)));
        }
        if self.connect_timeout.is_some() && self.transport.is_some() {
            let problem = "`connect_timeout` is for the client's own connections; set it on the reqwest client or \
                           transport that it is given";
            problems.push(problem.to_owned());
        }
        if !problems.is_empty() {
            // Several clients may find the same.
            let mut seen = HashSet::new();
            problems.retain(|problem| seen.insert(problem.clone()));
            return Err(Error::settings(problems));
        }
        let mut transports = Transports::new(self.transport, self.connect_timeout, self.layers);
        let mut clients = Vec::new();
        for (api, base_url, authorizer) in parts {
            clients.push(Client::from(Inner {
                guards: Guards::of(&api),
                api,
                transport: transports.to(&base_url)?,
                template: base_url.with_room(),
                base_url,
                authorizer,
                budget: Budget::new(self.retry_budget),
                max_body: self.max_body,
            }));
        }
        C::from_clients(&mut clients.into_iter()).ok_or_else(|| Error::settings(vec!["a client is missing".to_owned()]))
    }
}

/// The connections that clients share: those to this machine apart from the others, as only those go through a proxy.
struct Transports {
    given: Option<Transport>,
    connect_timeout: Option<Duration>,
    loopback: Option<Transport>,
    remote: Option<Transport>,
    layers: Vec<Layered>,
}

impl Transports {
    fn new(given: Option<Transport>, connect_timeout: Option<Duration>, layers: Vec<Layered>) -> Self {
        Self {
            given: given.map(|transport| within(&layers, transport)),
            connect_timeout,
            loopback: None,
            remote: None,
            layers,
        }
    }

    fn to(&mut self, base_url: &BaseUrl) -> Result<Transport> {
        if let Some(given) = &self.given {
            return Ok(given.clone());
        }
        let shared = if base_url.is_loopback() {
            &mut self.loopback
        } else {
            &mut self.remote
        };
        if let Some(transport) = shared {
            return Ok(transport.clone());
        }
        let transport = Transport::for_api(base_url, self.connect_timeout)
            .map_err(|error| Error::settings(vec![format!("no HTTP client can be made: {error}")]))?;
        Ok(shared.insert(within(&self.layers, transport)).clone())
    }
}

/// The transport with the layers around it, the first of which is the outermost.
fn within(layers: &[Layered], transport: Transport) -> Transport {
    layers.iter().rev().fold(transport, |inner, layer| layer(inner))
}

fn check_base_url<C>(builder: &ClientBuilder<C>, text: &str, problems: &mut Problems) -> Option<BaseUrl> {
    let checked = text.parse::<BaseUrl>().map_err(|error| error.to_string());
    let checked = checked.and_then(|base_url| match &builder.credential {
        Some(_) => base_url
            .check_security(builder.allow_http, "the base URL")
            .map(|()| base_url),
        None => Ok(base_url),
    });
    checked.map_err(|problem| problems.push(problem)).ok()
}

impl<C: Clients> std::fmt::Debug for ClientBuilder<C> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let apis: Vec<_> = C::apis().iter().map(Api::name).collect();
        f.debug_struct("ClientBuilder")
            .field("apis", &apis)
            .finish_non_exhaustive()
    }
}
