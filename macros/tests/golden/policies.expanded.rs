pub trait Policies {
    /// `GET /plain`, sent at most 2 times within 30 s: once more with a new token after a 401.
    fn plain(
        &self,
    ) -> impl ::reauth::__private::Future<
        Output = Result<()>,
    > + ::reauth::__private::Send;
    /// `GET /anonymous`, sent without a token once within 1.5 s.
    fn anonymous(
        &self,
    ) -> impl ::reauth::__private::Future<
        Output = Result<()>,
    > + ::reauth::__private::Send;
    /// `GET /final`, sent once within 30 s; a 401 is final.
    fn r#final(
        &self,
    ) -> impl ::reauth::__private::Future<
        Output = Result<()>,
    > + ::reauth::__private::Send;
    /// `GET /constant`, sent at most 5 times within 30 s: retried after 100 ms up to 3 times, and once more with a new token after a 401.
    fn constant(
        &self,
    ) -> impl ::reauth::__private::Future<
        Output = Result<()>,
    > + ::reauth::__private::Send;
    /// `GET /once`, sent at most 4 times within 30 s: retried once at once, and up to 2 times more with a new token, 1 s after a 401.
    fn once(
        &self,
    ) -> impl ::reauth::__private::Future<
        Output = Result<()>,
    > + ::reauth::__private::Send;
    /// `GET /long`, sent at most 4 times within 1 h: retried after 2 min up to 2 times, and once more with a new token after a 401.
    fn long(
        &self,
    ) -> impl ::reauth::__private::Future<
        Output = Result<()>,
    > + ::reauth::__private::Send;
    /// `HEAD /linear`, sent at most 4 times within 10 min: retried after 40 s to 1 min up to 3 times; a 401 is final.
    fn linear(
        &self,
    ) -> impl ::reauth::__private::Future<
        Output = Result<()>,
    > + ::reauth::__private::Send;
    /// `PUT /fibonacci`, sent without a token at most 7 times within 30 s: retried after 100 ms to 800 ms up to 6 times.
    fn fibonacci(
        &self,
    ) -> impl ::reauth::__private::Future<
        Output = Result<()>,
    > + ::reauth::__private::Send;
    /// `DELETE /exponential`, sent at most 6 times within 30 s: retried after up to 800 ms up to 4 times, and once more with a new token after a 401.
    fn exponential(
        &self,
    ) -> impl ::reauth::__private::Future<
        Output = Result<()>,
    > + ::reauth::__private::Send;
    /// `OPTIONS /factor`, sent at most 6 times within 30 s: retried after 50 ms to 2.7 s up to 4 times, and once more with a new token after a 401.
    fn factor(
        &self,
    ) -> impl ::reauth::__private::Future<
        Output = Result<()>,
    > + ::reauth::__private::Send;
    /// `TRACE /capped`, sent at most 32 times within 30 s: retried after 1 s to 5 s up to 30 times, and once more with a new token after a 401.
    fn capped(
        &self,
    ) -> impl ::reauth::__private::Future<
        Output = Result<()>,
    > + ::reauth::__private::Send;
    /// `GET /decorrelated`, sent at most 5 times within 30 s: retried after up to 4.4 s up to 3 times, and once more with a new token after a 401.
    fn decorrelated(
        &self,
    ) -> impl ::reauth::__private::Future<
        Output = Result<()>,
    > + ::reauth::__private::Send;
    /// `POST /post`, sent at most 5 times within 30 s: retried after up to 100 ms up to 3 times where the server cannot have processed it, and once more with a new token after a 401.
    fn post(
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
    /// `PURGE /purge`, sent at most 5 times within 30 s: retried after 100 ms up to 3 times where the server cannot have processed it, and once more with a new token after a 401.
    fn purge(
        &self,
    ) -> impl ::reauth::__private::Future<
        Output = Result<()>,
    > + ::reauth::__private::Send;
    /// `POST /idempotent`, sent at most 5 times within 30 s: retried after 100 ms up to 3 times, and once more with a new token after a 401.
    fn idempotent(
        &self,
    ) -> impl ::reauth::__private::Future<
        Output = Result<()>,
    > + ::reauth::__private::Send;
    /// `POST /key`, sent at most 5 times within 30 s: retried after 100 ms up to 3 times, and once more with a new token after a 401.
    fn key(
        &self,
    ) -> impl ::reauth::__private::Future<
        Output = Result<()>,
    > + ::reauth::__private::Send;
}
/// HTTP client of [`Policies`].
///
/// Clones are cheap and share their connections and tokens.
#[derive(::reauth::__private::Clone, ::reauth::__private::Debug)]
pub struct PoliciesClient {
    client: ::reauth::__private::Client,
}
#[automatically_derived]
#[allow(dead_code, non_upper_case_globals)]
impl PoliciesClient {
    /// What each method sends, and how it is retried and limited.
    pub const ENDPOINTS: &'static [::reauth::__private::Endpoint] = &[
        Self::endpoint_plain,
        Self::endpoint_anonymous,
        Self::endpoint_final,
        Self::endpoint_constant,
        Self::endpoint_once,
        Self::endpoint_long,
        Self::endpoint_linear,
        Self::endpoint_fibonacci,
        Self::endpoint_exponential,
        Self::endpoint_factor,
        Self::endpoint_capped,
        Self::endpoint_decorrelated,
        Self::endpoint_post,
        Self::endpoint_patch,
        Self::endpoint_purge,
        Self::endpoint_idempotent,
        Self::endpoint_key,
    ];
    const endpoint_plain: ::reauth::__private::Endpoint = ::reauth::__private::EndpointBuilder::new(
            "Policies::plain",
            "GET",
            "/plain",
        )
        .authorized()
        .build();
    const endpoint_anonymous: ::reauth::__private::Endpoint = ::reauth::__private::EndpointBuilder::new(
            "Policies::anonymous",
            "GET",
            "/anonymous",
        )
        .timeout(::reauth::__private::Duration::from_millis(1500))
        .build();
    const endpoint_final: ::reauth::__private::Endpoint = ::reauth::__private::EndpointBuilder::new(
            "Policies::final",
            "GET",
            "/final",
        )
        .authorized()
        .reauth(::reauth::__private::Reauth::NONE)
        .build();
    const endpoint_constant: ::reauth::__private::Endpoint = ::reauth::__private::EndpointBuilder::new(
            "Policies::constant",
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
    const endpoint_once: ::reauth::__private::Endpoint = ::reauth::__private::EndpointBuilder::new(
            "Policies::once",
            "GET",
            "/once",
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
            ::reauth::__private::Backoff::constant(
                ::reauth::__private::Duration::from_millis(0),
                1,
            ),
        )
        .build();
    const endpoint_long: ::reauth::__private::Endpoint = ::reauth::__private::EndpointBuilder::new(
            "Policies::long",
            "GET",
            "/long",
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
    const endpoint_linear: ::reauth::__private::Endpoint = ::reauth::__private::EndpointBuilder::new(
            "Policies::linear",
            "HEAD",
            "/linear",
        )
        .authorized()
        .reauth(::reauth::__private::Reauth::NONE)
        .retry(
            ::reauth::__private::Backoff::linear(
                ::reauth::__private::Duration::from_millis(40000),
                3,
            ),
        )
        .timeout(::reauth::__private::Duration::from_millis(600000))
        .build();
    const endpoint_fibonacci: ::reauth::__private::Endpoint = ::reauth::__private::EndpointBuilder::new(
            "Policies::fibonacci",
            "PUT",
            "/fibonacci",
        )
        .retry(
            ::reauth::__private::Backoff::fibonacci(
                ::reauth::__private::Duration::from_millis(100),
                6,
            ),
        )
        .build();
    const endpoint_exponential: ::reauth::__private::Endpoint = ::reauth::__private::EndpointBuilder::new(
            "Policies::exponential",
            "DELETE",
            "/exponential",
        )
        .authorized()
        .retry(
            ::reauth::__private::Backoff::exponential(
                ::reauth::__private::Duration::from_millis(100),
                4,
            ),
        )
        .build();
    const endpoint_factor: ::reauth::__private::Endpoint = ::reauth::__private::EndpointBuilder::new(
            "Policies::factor",
            "OPTIONS",
            "/factor",
        )
        .authorized()
        .retry(
            ::reauth::__private::Backoff::exponential(
                    ::reauth::__private::Duration::from_millis(100),
                    4,
                )
                .factor(3)
                .jitter(::reauth::__private::Jitter::Equal),
        )
        .build();
    const endpoint_capped: ::reauth::__private::Endpoint = ::reauth::__private::EndpointBuilder::new(
            "Policies::capped",
            "TRACE",
            "/capped",
        )
        .authorized()
        .retry(
            ::reauth::__private::Backoff::exponential(
                    ::reauth::__private::Duration::from_millis(1000),
                    30,
                )
                .max(::reauth::__private::Duration::from_millis(5000))
                .jitter(::reauth::__private::Jitter::None),
        )
        .build();
    const endpoint_decorrelated: ::reauth::__private::Endpoint = ::reauth::__private::EndpointBuilder::new(
            "Policies::decorrelated",
            "GET",
            "/decorrelated",
        )
        .authorized()
        .retry(
            ::reauth::__private::Backoff::decorrelated(
                ::reauth::__private::Duration::from_millis(1000),
                3,
            ),
        )
        .build();
    const endpoint_post: ::reauth::__private::Endpoint = ::reauth::__private::EndpointBuilder::new(
            "Policies::post",
            "POST",
            "/post",
        )
        .authorized()
        .retry(
            ::reauth::__private::Backoff::constant(
                    ::reauth::__private::Duration::from_millis(100),
                    3,
                )
                .jitter(::reauth::__private::Jitter::Full),
        )
        .build();
    const endpoint_patch: ::reauth::__private::Endpoint = ::reauth::__private::EndpointBuilder::new(
            "Policies::patch",
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
    const endpoint_purge: ::reauth::__private::Endpoint = ::reauth::__private::EndpointBuilder::new(
            "Policies::purge",
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
    const endpoint_idempotent: ::reauth::__private::Endpoint = ::reauth::__private::EndpointBuilder::new(
            "Policies::idempotent",
            "POST",
            "/idempotent",
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
    const endpoint_key: ::reauth::__private::Endpoint = ::reauth::__private::EndpointBuilder::new(
            "Policies::key",
            "POST",
            "/key",
        )
        .authorized()
        .retry(
            ::reauth::__private::Backoff::constant(
                ::reauth::__private::Duration::from_millis(100),
                3,
            ),
        )
        .idempotency_key("Idempotency-Key")
        .build();
    /// A client of the service at `base_url` that calls it with `credential`.
    ///
    /// # Errors
    ///
    /// The base URL is not one that the client can call; the error says why.
    pub fn new(
        base_url: impl ::reauth::__private::AsRef<str>,
        credential: ::reauth::__private::Auth0,
    ) -> ::reauth::__private::Result<Self, ::reauth::__private::Error> {
        Self::builder(base_url, credential).build()
    }
    /// The same, with settings that can be changed before it is built.
    pub fn builder(
        base_url: impl ::reauth::__private::AsRef<str>,
        credential: ::reauth::__private::Auth0,
    ) -> ::reauth::__private::ClientBuilder<Self> {
        ::reauth::__private::ClientBuilder::new(base_url).credential(credential)
    }
}
#[automatically_derived]
impl ::reauth::__private::FromClient for PoliciesClient {
    type Credential = ::reauth::__private::Auth0;
    const API: ::reauth::__private::Api = ::reauth::__private::Api::new("Policies");
    fn from_client(client: ::reauth::__private::Client) -> Self {
        Self { client }
    }
}
#[automatically_derived]
#[allow(deprecated, refining_impl_trait)]
impl Policies for PoliciesClient {
    fn plain(
        &self,
    ) -> impl ::reauth::__private::Future<
        Output = Result<()>,
    > + ::reauth::__private::Send + use<'_> {
        let mut request = self.client.request(&Self::endpoint_plain);
        request.literal("/plain");
        self.client.send(request)
    }
    fn anonymous(
        &self,
    ) -> impl ::reauth::__private::Future<
        Output = Result<()>,
    > + ::reauth::__private::Send + use<'_> {
        let mut request = self.client.request(&Self::endpoint_anonymous);
        request.literal("/anonymous");
        self.client.send(request)
    }
    fn r#final(
        &self,
    ) -> impl ::reauth::__private::Future<
        Output = Result<()>,
    > + ::reauth::__private::Send + use<'_> {
        let mut request = self.client.request(&Self::endpoint_final);
        request.literal("/final");
        self.client.send(request)
    }
    fn constant(
        &self,
    ) -> impl ::reauth::__private::Future<
        Output = Result<()>,
    > + ::reauth::__private::Send + use<'_> {
        let mut request = self.client.request(&Self::endpoint_constant);
        request.literal("/constant");
        self.client.send(request)
    }
    fn once(
        &self,
    ) -> impl ::reauth::__private::Future<
        Output = Result<()>,
    > + ::reauth::__private::Send + use<'_> {
        let mut request = self.client.request(&Self::endpoint_once);
        request.literal("/once");
        self.client.send(request)
    }
    fn long(
        &self,
    ) -> impl ::reauth::__private::Future<
        Output = Result<()>,
    > + ::reauth::__private::Send + use<'_> {
        let mut request = self.client.request(&Self::endpoint_long);
        request.literal("/long");
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
    fn fibonacci(
        &self,
    ) -> impl ::reauth::__private::Future<
        Output = Result<()>,
    > + ::reauth::__private::Send + use<'_> {
        let mut request = self.client.request(&Self::endpoint_fibonacci);
        request.literal("/fibonacci");
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
    fn factor(
        &self,
    ) -> impl ::reauth::__private::Future<
        Output = Result<()>,
    > + ::reauth::__private::Send + use<'_> {
        let mut request = self.client.request(&Self::endpoint_factor);
        request.literal("/factor");
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
    fn decorrelated(
        &self,
    ) -> impl ::reauth::__private::Future<
        Output = Result<()>,
    > + ::reauth::__private::Send + use<'_> {
        let mut request = self.client.request(&Self::endpoint_decorrelated);
        request.literal("/decorrelated");
        self.client.send(request)
    }
    fn post(
        &self,
    ) -> impl ::reauth::__private::Future<
        Output = Result<()>,
    > + ::reauth::__private::Send + use<'_> {
        let mut request = self.client.request(&Self::endpoint_post);
        request.literal("/post");
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
    fn purge(
        &self,
    ) -> impl ::reauth::__private::Future<
        Output = Result<()>,
    > + ::reauth::__private::Send + use<'_> {
        let mut request = self.client.request(&Self::endpoint_purge);
        request.literal("/purge");
        self.client.send(request)
    }
    fn idempotent(
        &self,
    ) -> impl ::reauth::__private::Future<
        Output = Result<()>,
    > + ::reauth::__private::Send + use<'_> {
        let mut request = self.client.request(&Self::endpoint_idempotent);
        request.literal("/idempotent");
        self.client.send(request)
    }
    fn key(
        &self,
    ) -> impl ::reauth::__private::Future<
        Output = Result<()>,
    > + ::reauth::__private::Send + use<'_> {
        let mut request = self.client.request(&Self::endpoint_key);
        request.literal("/key");
        self.client.send(request)
    }
}
