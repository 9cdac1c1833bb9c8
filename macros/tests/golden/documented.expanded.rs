#[allow(dead_code)]
trait Documented {
    /// A sentence of the user's.
    ///
    /// `GET /constant`, sent at most 5 times within 30 s: retried after 100 ms up to 3 times, and once more with a new token after a 401.
    fn constant(
        &self,
    ) -> impl ::reauth::__private::Future<
        Output = Result<()>,
    > + ::reauth::__private::Send;
    /// `GET /none`, sent without a token once within 2 s.
    fn none(
        &self,
    ) -> impl ::reauth::__private::Future<
        Output = Result<()>,
    > + ::reauth::__private::Send;
    /// `POST /final`, sent once within 30 s; a 401 is final.
    fn unauthorized_is_final(
        &self,
    ) -> impl ::reauth::__private::Future<
        Output = Result<()>,
    > + ::reauth::__private::Send;
    /// `POST /unsafe`, sent at most 3 times within 30 s: retried once without a wait where the server cannot have processed it, and once more with a new token after a 401.
    fn not_idempotent(
        &self,
    ) -> impl ::reauth::__private::Future<
        Output = Result<()>,
    > + ::reauth::__private::Send;
    /// `POST /keyed`, sent at most 7 times within 30 s: retried after 300 ms to 1.5 s up to 5 times, and once more with a new token after a 401.
    fn keyed(
        &self,
    ) -> impl ::reauth::__private::Future<
        Output = Result<()>,
    > + ::reauth::__private::Send;
    /// `GET /linear`, sent at most 5 times within 5 min: retried after 40 s to 1 min up to 3 times, and once more with a new token after a 401.
    fn linear(
        &self,
    ) -> impl ::reauth::__private::Future<
        Output = Result<()>,
    > + ::reauth::__private::Send;
    /// `GET /exponential`, sent at most 7 times within 30 s: retried after up to 800 ms up to 4 times, and up to 2 times more with a new token, 1 s after a 401.
    fn exponential(
        &self,
    ) -> impl ::reauth::__private::Future<
        Output = Result<()>,
    > + ::reauth::__private::Send;
    /// `PUT /capped`, sent at most 8 times within 30 s: retried after 25 ms to 1 s up to 6 times, and once more with a new token after a 401.
    fn capped(
        &self,
    ) -> impl ::reauth::__private::Future<
        Output = Result<()>,
    > + ::reauth::__private::Send;
    /// `DELETE /whole`, sent at most 5 times within 30 s: retried after 100 ms to 400 ms up to 3 times, and once more with a new token after a 401.
    fn whole(
        &self,
    ) -> impl ::reauth::__private::Future<
        Output = Result<()>,
    > + ::reauth::__private::Send;
    /// `GET /fibonacci`, sent at most 9 times within 30 s: retried after 100 ms to 1.3 s up to 7 times, and once more with a new token after a 401.
    fn fibonacci(
        &self,
    ) -> impl ::reauth::__private::Future<
        Output = Result<()>,
    > + ::reauth::__private::Send;
    /// `GET /decorrelated`, sent at most 7 times within 30 s: retried after up to 17.2 s up to 5 times, and once more with a new token after a 401.
    fn decorrelated(
        &self,
    ) -> impl ::reauth::__private::Future<
        Output = Result<()>,
    > + ::reauth::__private::Send;
    /// `GET /minutes`, sent at most 10 times within 1 h: retried after up to 2 min up to 5 times, and up to 4 times more with a new token, 100 ms to 300 ms after a 401.
    fn minutes(
        &self,
    ) -> impl ::reauth::__private::Future<
        Output = Result<()>,
    > + ::reauth::__private::Send;
    /// `GET /hour`, sent at most 4 times within 1 h: retried after 2 min up to 2 times, and once more with a new token after a 401.
    fn longer_than_the_default_cap(
        &self,
    ) -> impl ::reauth::__private::Future<
        Output = Result<()>,
    > + ::reauth::__private::Send;
    /// `HEAD /head`, sent at most 5 times within 30 s: retried after 100 ms up to 3 times, and once more with a new token after a 401.
    fn head(
        &self,
    ) -> impl ::reauth::__private::Future<
        Output = Result<()>,
    > + ::reauth::__private::Send;
    /// `OPTIONS /options`, sent at most 5 times within 30 s: retried after 100 ms up to 3 times, and once more with a new token after a 401.
    fn options(
        &self,
    ) -> impl ::reauth::__private::Future<
        Output = Result<()>,
    > + ::reauth::__private::Send;
    /// `TRACE /trace`, sent at most 5 times within 30 s: retried after 100 ms up to 3 times, and once more with a new token after a 401.
    fn trace(
        &self,
    ) -> impl ::reauth::__private::Future<
        Output = Result<()>,
    > + ::reauth::__private::Send;
    /// `PATCH /patch`, sent at most 5 times within 30 s: retried after 100 ms up to 3 times where the server cannot have processed it, and once more with a new token after a 401.
    fn patch(
        &self,
    ) -> impl ::reauth::__private::Future<
        Output = Result<()>,
    > + ::reauth::__private::Send;
    /// `PATCH /patch/twice`, sent at most 5 times within 30 s: retried after 100 ms up to 3 times, and once more with a new token after a 401.
    fn patch_twice(
        &self,
    ) -> impl ::reauth::__private::Future<
        Output = Result<()>,
    > + ::reauth::__private::Send;
    /// `PURGE /purge`, sent at most 5 times within 30 s: retried after 100 ms up to 3 times where the server cannot have processed it, and once more with a new token after a 401.
    fn purge(
        &self,
    ) -> impl ::reauth::__private::Future<
        Output = Result<()>,
    > + ::reauth::__private::Send;
}
/// HTTP client of [`Documented`].
///
/// Clones are cheap and share their connections and tokens.
#[derive(::reauth::__private::Clone, ::reauth::__private::Debug)]
struct DocumentedClient {
    client: ::reauth::__private::Client,
}
#[automatically_derived]
#[allow(dead_code, non_upper_case_globals)]
impl DocumentedClient {
    /// What each method sends, and how it is retried and limited.
    const ENDPOINTS: &'static [::reauth::__private::Endpoint] = &[
        Self::endpoint_constant,
        Self::endpoint_none,
        Self::endpoint_unauthorized_is_final,
        Self::endpoint_not_idempotent,
        Self::endpoint_keyed,
        Self::endpoint_linear,
        Self::endpoint_exponential,
        Self::endpoint_capped,
        Self::endpoint_whole,
        Self::endpoint_fibonacci,
        Self::endpoint_decorrelated,
        Self::endpoint_minutes,
        Self::endpoint_longer_than_the_default_cap,
        Self::endpoint_head,
        Self::endpoint_options,
        Self::endpoint_trace,
        Self::endpoint_patch,
        Self::endpoint_patch_twice,
        Self::endpoint_purge,
    ];
    const endpoint_constant: ::reauth::__private::Endpoint = ::reauth::__private::EndpointBuilder::new(
            "Documented::constant",
            "GET",
            "/constant",
        )
        .authorized()
        .retry(
            ::reauth::__private::Backoff::constant(
                ::reauth::__private::Duration::from_millis(100),
                3,
            ),
        )
        .build();
    const endpoint_none: ::reauth::__private::Endpoint = ::reauth::__private::EndpointBuilder::new(
            "Documented::none",
            "GET",
            "/none",
        )
        .timeout(::reauth::__private::Duration::from_millis(2000))
        .build();
    const endpoint_unauthorized_is_final: ::reauth::__private::Endpoint = ::reauth::__private::EndpointBuilder::new(
            "Documented::unauthorized_is_final",
            "POST",
            "/final",
        )
        .authorized()
        .reauth(::reauth::__private::Reauth::NONE)
        .build();
    const endpoint_not_idempotent: ::reauth::__private::Endpoint = ::reauth::__private::EndpointBuilder::new(
            "Documented::not_idempotent",
            "POST",
            "/unsafe",
        )
        .authorized()
        .retry(
            ::reauth::__private::Backoff::constant(
                ::reauth::__private::Duration::from_millis(0),
                1,
            ),
        )
        .build();
    const endpoint_keyed: ::reauth::__private::Endpoint = ::reauth::__private::EndpointBuilder::new(
            "Documented::keyed",
            "POST",
            "/keyed",
        )
        .authorized()
        .retry(
            ::reauth::__private::Backoff::linear(
                ::reauth::__private::Duration::from_millis(300),
                5,
            ),
        )
        .idempotency_key("Idempotency-Key")
        .build();
    const endpoint_linear: ::reauth::__private::Endpoint = ::reauth::__private::EndpointBuilder::new(
            "Documented::linear",
            "GET",
            "/linear",
        )
        .authorized()
        .retry(
            ::reauth::__private::Backoff::linear(
                ::reauth::__private::Duration::from_millis(40000),
                3,
            ),
        )
        .timeout(::reauth::__private::Duration::from_millis(300000))
        .build();
    const endpoint_exponential: ::reauth::__private::Endpoint = ::reauth::__private::EndpointBuilder::new(
            "Documented::exponential",
            "GET",
            "/exponential",
        )
        .authorized()
        .reauth(
            ::reauth::__private::Reauth::schedule(
                ::reauth::__private::Backoff::constant(
                    ::reauth::__private::Duration::from_millis(1000),
                    2,
                ),
            ),
        )
        .retry(
            ::reauth::__private::Backoff::exponential(
                ::reauth::__private::Duration::from_millis(100),
                4,
            ),
        )
        .build();
    const endpoint_capped: ::reauth::__private::Endpoint = ::reauth::__private::EndpointBuilder::new(
            "Documented::capped",
            "PUT",
            "/capped",
        )
        .authorized()
        .retry(
            ::reauth::__private::Backoff::exponential(
                    ::reauth::__private::Duration::from_millis(50),
                    6,
                )
                .max(::reauth::__private::Duration::from_millis(1000))
                .factor(3)
                .jitter(::reauth::__private::Jitter::Equal),
        )
        .build();
    const endpoint_whole: ::reauth::__private::Endpoint = ::reauth::__private::EndpointBuilder::new(
            "Documented::whole",
            "DELETE",
            "/whole",
        )
        .authorized()
        .retry(
            ::reauth::__private::Backoff::exponential(
                    ::reauth::__private::Duration::from_millis(100),
                    3,
                )
                .jitter(::reauth::__private::Jitter::None),
        )
        .build();
    const endpoint_fibonacci: ::reauth::__private::Endpoint = ::reauth::__private::EndpointBuilder::new(
            "Documented::fibonacci",
            "GET",
            "/fibonacci",
        )
        .authorized()
        .retry(
            ::reauth::__private::Backoff::fibonacci(
                ::reauth::__private::Duration::from_millis(100),
                7,
            ),
        )
        .build();
    const endpoint_decorrelated: ::reauth::__private::Endpoint = ::reauth::__private::EndpointBuilder::new(
            "Documented::decorrelated",
            "GET",
            "/decorrelated",
        )
        .authorized()
        .retry(
            ::reauth::__private::Backoff::decorrelated(
                ::reauth::__private::Duration::from_millis(1000),
                5,
            ),
        )
        .build();
    const endpoint_minutes: ::reauth::__private::Endpoint = ::reauth::__private::EndpointBuilder::new(
            "Documented::minutes",
            "GET",
            "/minutes",
        )
        .authorized()
        .reauth(
            ::reauth::__private::Reauth::schedule(
                ::reauth::__private::Backoff::fibonacci(
                    ::reauth::__private::Duration::from_millis(100),
                    4,
                ),
            ),
        )
        .retry(
            ::reauth::__private::Backoff::decorrelated(
                    ::reauth::__private::Duration::from_millis(10000),
                    5,
                )
                .max(::reauth::__private::Duration::from_millis(120000)),
        )
        .timeout(::reauth::__private::Duration::from_millis(3600000))
        .build();
    const endpoint_longer_than_the_default_cap: ::reauth::__private::Endpoint = ::reauth::__private::EndpointBuilder::new(
            "Documented::longer_than_the_default_cap",
            "GET",
            "/hour",
        )
        .authorized()
        .retry(
            ::reauth::__private::Backoff::constant(
                ::reauth::__private::Duration::from_millis(120000),
                2,
            ),
        )
        .timeout(::reauth::__private::Duration::from_millis(3600000))
        .build();
    const endpoint_head: ::reauth::__private::Endpoint = ::reauth::__private::EndpointBuilder::new(
            "Documented::head",
            "HEAD",
            "/head",
        )
        .authorized()
        .retry(
            ::reauth::__private::Backoff::constant(
                ::reauth::__private::Duration::from_millis(100),
                3,
            ),
        )
        .build();
    const endpoint_options: ::reauth::__private::Endpoint = ::reauth::__private::EndpointBuilder::new(
            "Documented::options",
            "OPTIONS",
            "/options",
        )
        .authorized()
        .retry(
            ::reauth::__private::Backoff::constant(
                ::reauth::__private::Duration::from_millis(100),
                3,
            ),
        )
        .build();
    const endpoint_trace: ::reauth::__private::Endpoint = ::reauth::__private::EndpointBuilder::new(
            "Documented::trace",
            "TRACE",
            "/trace",
        )
        .authorized()
        .retry(
            ::reauth::__private::Backoff::constant(
                ::reauth::__private::Duration::from_millis(100),
                3,
            ),
        )
        .build();
    const endpoint_patch: ::reauth::__private::Endpoint = ::reauth::__private::EndpointBuilder::new(
            "Documented::patch",
            "PATCH",
            "/patch",
        )
        .authorized()
        .retry(
            ::reauth::__private::Backoff::constant(
                ::reauth::__private::Duration::from_millis(100),
                3,
            ),
        )
        .build();
    const endpoint_patch_twice: ::reauth::__private::Endpoint = ::reauth::__private::EndpointBuilder::new(
            "Documented::patch_twice",
            "PATCH",
            "/patch/twice",
        )
        .authorized()
        .retry(
            ::reauth::__private::Backoff::constant(
                ::reauth::__private::Duration::from_millis(100),
                3,
            ),
        )
        .idempotent()
        .build();
    const endpoint_purge: ::reauth::__private::Endpoint = ::reauth::__private::EndpointBuilder::new(
            "Documented::purge",
            "PURGE",
            "/purge",
        )
        .authorized()
        .retry(
            ::reauth::__private::Backoff::constant(
                ::reauth::__private::Duration::from_millis(100),
                3,
            ),
        )
        .build();
    /// A client of the service at `base_url` that calls it with `credential`.
    ///
    /// # Errors
    ///
    /// The base URL is not one that the client can call; the error says why.
    fn new(
        base_url: impl ::reauth::__private::AsRef<str>,
        credential: ::reauth::__private::Auth0,
    ) -> ::reauth::__private::Result<Self, ::reauth::__private::Error> {
        Self::builder(base_url, credential).build()
    }
    /// The same, with settings that can be changed before it is built.
    fn builder(
        base_url: impl ::reauth::__private::AsRef<str>,
        credential: ::reauth::__private::Auth0,
    ) -> ::reauth::__private::ClientBuilder<Self> {
        ::reauth::__private::ClientBuilder::new(base_url).credential(credential)
    }
    /// The same client, with calls that have these options.
    #[must_use]
    fn with(&self, options: ::reauth::__private::CallOptions) -> Self {
        Self {
            client: self.client.with(options),
        }
    }
}
#[automatically_derived]
impl ::reauth::__private::FromClient for DocumentedClient {
    type Credential = ::reauth::__private::Auth0;
    const API: ::reauth::__private::Api = ::reauth::__private::Api::new("Documented");
    fn from_client(client: ::reauth::__private::Client) -> Self {
        Self { client }
    }
}
#[automatically_derived]
#[allow(deprecated, refining_impl_trait)]
impl Documented for DocumentedClient {
    fn constant(
        &self,
    ) -> impl ::reauth::__private::Future<
        Output = Result<()>,
    > + ::reauth::__private::Send + use<'_> {
        let mut request = self.client.request(&Self::endpoint_constant);
        request.literal("/constant");
        self.client.send(request)
    }
    fn none(
        &self,
    ) -> impl ::reauth::__private::Future<
        Output = Result<()>,
    > + ::reauth::__private::Send + use<'_> {
        let mut request = self.client.request(&Self::endpoint_none);
        request.literal("/none");
        self.client.send(request)
    }
    fn unauthorized_is_final(
        &self,
    ) -> impl ::reauth::__private::Future<
        Output = Result<()>,
    > + ::reauth::__private::Send + use<'_> {
        let mut request = self.client.request(&Self::endpoint_unauthorized_is_final);
        request.literal("/final");
        self.client.send(request)
    }
    fn not_idempotent(
        &self,
    ) -> impl ::reauth::__private::Future<
        Output = Result<()>,
    > + ::reauth::__private::Send + use<'_> {
        let mut request = self.client.request(&Self::endpoint_not_idempotent);
        request.literal("/unsafe");
        self.client.send(request)
    }
    fn keyed(
        &self,
    ) -> impl ::reauth::__private::Future<
        Output = Result<()>,
    > + ::reauth::__private::Send + use<'_> {
        let mut request = self.client.request(&Self::endpoint_keyed);
        request.literal("/keyed");
        self.client.send(request)
    }
    fn linear(
        &self,
    ) -> impl ::reauth::__private::Future<
        Output = Result<()>,
    > + ::reauth::__private::Send + use<'_> {
        let mut request = self.client.request(&Self::endpoint_linear);
        request.literal("/linear");
        self.client.send(request)
    }
    fn exponential(
        &self,
    ) -> impl ::reauth::__private::Future<
        Output = Result<()>,
    > + ::reauth::__private::Send + use<'_> {
        let mut request = self.client.request(&Self::endpoint_exponential);
        request.literal("/exponential");
        self.client.send(request)
    }
    fn capped(
        &self,
    ) -> impl ::reauth::__private::Future<
        Output = Result<()>,
    > + ::reauth::__private::Send + use<'_> {
        let mut request = self.client.request(&Self::endpoint_capped);
        request.literal("/capped");
        self.client.send(request)
    }
    fn whole(
        &self,
    ) -> impl ::reauth::__private::Future<
        Output = Result<()>,
    > + ::reauth::__private::Send + use<'_> {
        let mut request = self.client.request(&Self::endpoint_whole);
        request.literal("/whole");
        self.client.send(request)
    }
    fn fibonacci(
        &self,
    ) -> impl ::reauth::__private::Future<
        Output = Result<()>,
    > + ::reauth::__private::Send + use<'_> {
        let mut request = self.client.request(&Self::endpoint_fibonacci);
        request.literal("/fibonacci");
        self.client.send(request)
    }
    fn decorrelated(
        &self,
    ) -> impl ::reauth::__private::Future<
        Output = Result<()>,
    > + ::reauth::__private::Send + use<'_> {
        let mut request = self.client.request(&Self::endpoint_decorrelated);
        request.literal("/decorrelated");
        self.client.send(request)
    }
    fn minutes(
        &self,
    ) -> impl ::reauth::__private::Future<
        Output = Result<()>,
    > + ::reauth::__private::Send + use<'_> {
        let mut request = self.client.request(&Self::endpoint_minutes);
        request.literal("/minutes");
        self.client.send(request)
    }
    fn longer_than_the_default_cap(
        &self,
    ) -> impl ::reauth::__private::Future<
        Output = Result<()>,
    > + ::reauth::__private::Send + use<'_> {
        let mut request = self
            .client
            .request(&Self::endpoint_longer_than_the_default_cap);
        request.literal("/hour");
        self.client.send(request)
    }
    fn head(
        &self,
    ) -> impl ::reauth::__private::Future<
        Output = Result<()>,
    > + ::reauth::__private::Send + use<'_> {
        let mut request = self.client.request(&Self::endpoint_head);
        request.literal("/head");
        self.client.send(request)
    }
    fn options(
        &self,
    ) -> impl ::reauth::__private::Future<
        Output = Result<()>,
    > + ::reauth::__private::Send + use<'_> {
        let mut request = self.client.request(&Self::endpoint_options);
        request.literal("/options");
        self.client.send(request)
    }
    fn trace(
        &self,
    ) -> impl ::reauth::__private::Future<
        Output = Result<()>,
    > + ::reauth::__private::Send + use<'_> {
        let mut request = self.client.request(&Self::endpoint_trace);
        request.literal("/trace");
        self.client.send(request)
    }
    fn patch(
        &self,
    ) -> impl ::reauth::__private::Future<
        Output = Result<()>,
    > + ::reauth::__private::Send + use<'_> {
        let mut request = self.client.request(&Self::endpoint_patch);
        request.literal("/patch");
        self.client.send(request)
    }
    fn patch_twice(
        &self,
    ) -> impl ::reauth::__private::Future<
        Output = Result<()>,
    > + ::reauth::__private::Send + use<'_> {
        let mut request = self.client.request(&Self::endpoint_patch_twice);
        request.literal("/patch/twice");
        self.client.send(request)
    }
    fn purge(
        &self,
    ) -> impl ::reauth::__private::Future<
        Output = Result<()>,
    > + ::reauth::__private::Send + use<'_> {
        let mut request = self.client.request(&Self::endpoint_purge);
        request.literal("/purge");
        self.client.send(request)
    }
}
