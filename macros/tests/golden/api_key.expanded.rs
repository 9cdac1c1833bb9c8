pub trait Weather {
    /// `GET /now`, sent once within 30 s; a 401 is final.
    fn now(
        &self,
    ) -> impl ::reauth::__private::Future<
        Output = Result<Text>,
    > + ::reauth::__private::Send;
}
/// HTTP client of [`Weather`].
///
/// Clones are cheap and share their connections and tokens.
#[derive(::reauth::__private::Clone, ::reauth::__private::Debug)]
pub struct WeatherClient {
    client: ::reauth::__private::Client,
}
#[automatically_derived]
#[allow(dead_code, non_upper_case_globals)]
impl WeatherClient {
    /// What each method sends, and how it is retried and limited.
    pub const ENDPOINTS: &'static [::reauth::__private::Endpoint] = &[
        Self::endpoint_now,
    ];
    const endpoint_now: ::reauth::__private::Endpoint = ::reauth::__private::EndpointBuilder::new(
            "Weather::now",
            "GET",
            "/now",
        )
        .authorized()
        .reauth(::reauth::__private::Reauth::NONE)
        .build();
    /// A client of the service that calls it with `credential`.
    ///
    /// # Errors
    ///
    /// The base URL is not one that the client can call; the error says why.
    pub fn new(
        credential: ::reauth::__private::ApiKey,
    ) -> ::reauth::__private::Result<Self, ::reauth::__private::Error> {
        Self::builder(credential).build()
    }
    /// The same, with settings that can be changed before it is built.
    pub fn builder(
        credential: ::reauth::__private::ApiKey,
    ) -> ::reauth::__private::ClientBuilder<Self> {
        ::reauth::__private::ClientBuilder::new("https://weather.example.com")
            .credential(credential)
    }
    /// The same client, with calls that have these options.
    #[must_use]
    pub fn with(&self, options: ::reauth::__private::CallOptions) -> Self {
        Self {
            client: self.client.with(options),
        }
    }
}
#[automatically_derived]
impl ::reauth::__private::FromClient for WeatherClient {
    type Credential = ::reauth::__private::ApiKey;
    const API: ::reauth::__private::Api = ::reauth::__private::Api::new("Weather")
        .base_url("https://weather.example.com")
        .api_key_header("x-api-key");
    fn from_client(client: ::reauth::__private::Client) -> Self {
        Self { client }
    }
}
#[automatically_derived]
#[allow(deprecated, refining_impl_trait)]
impl Weather for WeatherClient {
    fn now(
        &self,
    ) -> impl ::reauth::__private::Future<
        Output = Result<Text>,
    > + ::reauth::__private::Send + use<'_> {
        let mut request = self.client.request(&Self::endpoint_now);
        request.literal("/now");
        self.client.send(request)
    }
}
