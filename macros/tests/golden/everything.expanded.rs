#[cfg(unix)]
#[must_use]
pub(crate) trait Issues<T: Serialize, const N: usize = 5>: Sync
where
    T: Send,
{
    const PAGE: usize = N;
    #[cfg(feature = "search")]
    #[deprecated]
    /// `GET /search/v{major}/{r_match}.json?type=issue`, sent at most 16 times within 1 min: retried after 50 ms to 8.1 s up to 5 times, and up to 2 times more with a new token, 100 ms after a 401, and each a second time after 2 s without an answer.
    fn search<'a>(
        &'a self,
        major: u8,
        r#match: &str,
        labels: &[&str],
        trace: Option<std::rc::Rc<str>>,
    ) -> impl crate::http::__private::Future<
        Output = Result<Vec<T>>,
    > + crate::http::__private::Send;
    /// `PUT /issues`, sent at most 6 times within 1 min: retried after 50 ms to 8.1 s up to 5 times; a 401 is final.
    fn replace(
        &self,
        body: impl IntoIssue<T>,
    ) -> impl crate::http::__private::Future<
        Output = Result<T, Error>,
    > + crate::http::__private::Send;
    /// `GET /events`, sent at most 8 times within 1 min: retried after 50 ms to 8.1 s up to 5 times, and up to 2 times more with a new token, 100 ms after a 401.
    fn events(
        &self,
    ) -> impl crate::http::__private::Future<
        Output = Result<Vec<T>>,
    > + crate::http::__private::Send;
    /// `PURGE /cache`, sent without a token at most 4 times within 1 min: retried after up to 4.4 s up to 3 times where the server cannot have processed it.
    fn r#type(
        &self,
    ) -> impl crate::http::__private::Future<
        Output = Result<()>,
    > + crate::http::__private::Send;
    fn both(
        &self,
    ) -> impl crate::http::__private::Future<
        Output = Result<()>,
    > + crate::http::__private::Send
    where
        Self: crate::http::__private::Sync,
    {
        async move {
            #[allow(unreachable_code)]
            if false {
                let unreachable: Result<()> = loop {};
                return unreachable;
            }
            self.r#type().await?;
            self.r#type().await
        }
    }
    fn name(&self) -> &str {
        "issues"
    }
}
/// HTTP client of [`Issues`].
///
/// Clones are cheap and share their connections and tokens.
///
/// At most 100 calls run at the same time. At most 50 calls begin in 1 s. Where 10 % of 100 or more requests in 30 s fail, nothing is sent for 5 s. Clones count together.
#[cfg(unix)]
#[derive(crate::http::__private::Clone, crate::http::__private::Debug)]
pub(crate) struct Github {
    client: crate::http::__private::Client,
}
#[cfg(unix)]
#[automatically_derived]
#[allow(dead_code, non_upper_case_globals)]
impl Github {
    /// What each method sends, and how it is retried and limited.
    pub(crate) const ENDPOINTS: &'static [crate::http::__private::Endpoint] = &[
        #[cfg(feature = "search")]
        Self::endpoint_search,
        Self::endpoint_replace,
        Self::endpoint_events,
        Self::endpoint_type,
    ];
    #[cfg(feature = "search")]
    const endpoint_search: crate::http::__private::Endpoint = crate::http::__private::EndpointBuilder::new(
            "Issues::search",
            "GET",
            "/search/v{major}/{r_match}.json?type=issue",
        )
        .authorized()
        .reauth(
            crate::http::__private::Reauth::schedule(
                crate::http::__private::Backoff::fibonacci(
                    crate::http::__private::Duration::from_millis(100),
                    2,
                ),
            ),
        )
        .retry(
            crate::http::__private::Backoff::exponential(
                    crate::http::__private::Duration::from_millis(100),
                    5,
                )
                .max(crate::http::__private::Duration::from_millis(10000))
                .factor(3)
                .jitter(crate::http::__private::Jitter::Equal),
        )
        .retry_on(
            crate::http::__private::RetryOn::NONE
                .transient()
                .connect()
                .timeout()
                .server_errors()
                .status(404),
        )
        .timeout(crate::http::__private::Duration::from_millis(60000))
        .attempt_timeout(crate::http::__private::Duration::from_millis(10000))
        .idle_timeout(crate::http::__private::Duration::from_millis(60000))
        .hedge(crate::http::__private::Duration::from_millis(2000))
        .build();
    const endpoint_replace: crate::http::__private::Endpoint = crate::http::__private::EndpointBuilder::new(
            "Issues::replace",
            "PUT",
            "/issues",
        )
        .authorized()
        .reauth(crate::http::__private::Reauth::NONE)
        .retry(
            crate::http::__private::Backoff::exponential(
                    crate::http::__private::Duration::from_millis(100),
                    5,
                )
                .max(crate::http::__private::Duration::from_millis(10000))
                .factor(3)
                .jitter(crate::http::__private::Jitter::Equal),
        )
        .retry_on(crate::http::__private::RetryOn::NONE.connect())
        .timeout(crate::http::__private::Duration::from_millis(60000))
        .attempt_timeout(crate::http::__private::Duration::from_millis(5000))
        .idle_timeout(crate::http::__private::Duration::from_millis(60000))
        .idempotent()
        .build();
    const endpoint_events: crate::http::__private::Endpoint = crate::http::__private::EndpointBuilder::new(
            "Issues::events",
            "GET",
            "/events",
        )
        .authorized()
        .reauth(
            crate::http::__private::Reauth::schedule(
                crate::http::__private::Backoff::fibonacci(
                    crate::http::__private::Duration::from_millis(100),
                    2,
                ),
            ),
        )
        .retry(
            crate::http::__private::Backoff::exponential(
                    crate::http::__private::Duration::from_millis(100),
                    5,
                )
                .max(crate::http::__private::Duration::from_millis(10000))
                .factor(3)
                .jitter(crate::http::__private::Jitter::Equal),
        )
        .retry_on(
            crate::http::__private::RetryOn::NONE
                .transient()
                .connect()
                .timeout()
                .server_errors()
                .status(404),
        )
        .timeout(crate::http::__private::Duration::from_millis(60000))
        .attempt_timeout(crate::http::__private::Duration::from_millis(5000))
        .idle_timeout(crate::http::__private::Duration::from_millis(60000))
        .build();
    const endpoint_type: crate::http::__private::Endpoint = crate::http::__private::EndpointBuilder::new(
            "Issues::type",
            "PURGE",
            "/cache",
        )
        .retry(
            crate::http::__private::Backoff::decorrelated(
                crate::http::__private::Duration::from_millis(1000),
                3,
            ),
        )
        .retry_on(
            crate::http::__private::RetryOn::NONE
                .transient()
                .connect()
                .timeout()
                .server_errors()
                .status(404),
        )
        .timeout(crate::http::__private::Duration::from_millis(60000))
        .attempt_timeout(crate::http::__private::Duration::from_millis(5000))
        .idle_timeout(crate::http::__private::Duration::from_millis(60000))
        .build();
    /// A client of the service that calls it with `credential`.
    ///
    /// # Errors
    ///
    /// The base URL is not one that the client can call; the error says why.
    pub(crate) fn new(
        credential: crate::http::__private::Auth0,
    ) -> crate::http::__private::Result<Self, crate::http::__private::Error> {
        Self::builder(credential).build()
    }
    /// The same, with settings that can be changed before it is built.
    pub(crate) fn builder(
        credential: crate::http::__private::Auth0,
    ) -> crate::http::__private::ClientBuilder<Self> {
        crate::http::__private::ClientBuilder::new("https://api.example.com/v1")
            .credential(credential)
    }
    /// The same client, with calls that have these options.
    #[must_use]
    pub(crate) fn with(&self, options: crate::http::__private::CallOptions) -> Self {
        Self {
            client: self.client.with(options),
        }
    }
}
#[cfg(unix)]
#[automatically_derived]
impl crate::http::__private::FromClient for Github {
    type Credential = crate::http::__private::Auth0;
    const API: crate::http::__private::Api = crate::http::__private::Api::new("Issues")
        .base_url("https://api.example.com/v1")
        .circuit_breaker(
            crate::http::__private::CircuitBreaker::new(
                10,
                100,
                crate::http::__private::Duration::from_millis(30000),
                crate::http::__private::Duration::from_millis(5000),
            ),
        )
        .concurrency(100)
        .rate(
            crate::http::__private::RateLimit::new(
                50,
                crate::http::__private::Duration::from_millis(1000),
            ),
        );
    fn from_client(client: crate::http::__private::Client) -> Self {
        Self { client }
    }
}
#[cfg(unix)]
#[automatically_derived]
#[allow(deprecated, refining_impl_trait)]
impl<T: Serialize, const N: usize> Issues<T, N> for Github
where
    T: Send,
{
    #[cfg(feature = "search")]
    fn search<'a>(
        &'a self,
        major: u8,
        r#match: &str,
        labels: &[&str],
        trace: Option<std::rc::Rc<str>>,
    ) -> impl crate::http::__private::Future<
        Output = Result<Vec<T>>,
    > + crate::http::__private::Send + use<'a, T, N> {
        let mut request = self.client.request(&Self::endpoint_search);
        request.literal("/search/v");
        request.segment("major", &major);
        request.literal("/");
        request.segment("r_match", &r#match);
        request.literal(".json");
        request.literal_query("type=issue");
        request.query("label[]", &labels);
        request.header("x-trace", &trace);
        self.client.send(request)
    }
    fn replace(
        &self,
        body: impl IntoIssue<T>,
    ) -> impl crate::http::__private::Future<
        Output = Result<T, Error>,
    > + crate::http::__private::Send {
        let mut request = self.client.request(&Self::endpoint_replace);
        request.literal("/issues");
        request.body(body);
        self.client.send(request)
    }
    fn events(
        &self,
    ) -> impl crate::http::__private::Future<
        Output = Result<Vec<T>>,
    > + crate::http::__private::Send + use<'_, T, N> {
        let mut request = self.client.request(&Self::endpoint_events);
        request.literal("/events");
        self.client.send(request)
    }
    fn r#type(
        &self,
    ) -> impl crate::http::__private::Future<
        Output = Result<()>,
    > + crate::http::__private::Send + use<'_, T, N> {
        let mut request = self.client.request(&Self::endpoint_type);
        request.literal("/cache");
        self.client.send(request)
    }
}
