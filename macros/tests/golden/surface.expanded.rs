pub trait Repos {
    /// The file at a path of several segments.
    ///
    /// `GET /repos/{owner}/contents/{*path}?ref=main`, sent at most 5 times within 30 s: retried after 100 ms up to 3 times, and once more after a 401 if `my::Cached<Source>` gives a new token.
    fn contents(
        &self,
        owner: &str,
        path: &str,
        filter: &Filter,
    ) -> impl ::reauth::__private::Future<Output = Result<Raw>>;
    /// `GET {link}`, sent at most 5 times within 2 s: retried after 100 ms up to 3 times, and once more after a 401 if `my::Cached<Source>` gives a new token.
    fn next(
        &self,
        link: &str,
        version: u8,
    ) -> impl ::reauth::__private::Future<Output = Result<Vec<Repo>>>;
    /// `PURGE {type}`, sent without a token at most 4 times within 30 s: retried after 100 ms up to 3 times where the server cannot have processed it.
    fn purge(
        &self,
        r#type: String,
    ) -> impl ::reauth::__private::Future<Output = Result<()>>;
    fn both(&self, link: &str) -> impl ::reauth::__private::Future<Output = Result<()>> {
        async move {
            #[allow(unreachable_code)]
            if false {
                let unreachable: Result<()> = loop {};
                return unreachable;
            }
            self.next(link, 3).await?;
            self.purge(link.to_owned()).await
        }
    }
}
/// HTTP client of [`Repos`].
///
/// Clones are cheap and share their connections and tokens.
#[derive(::reauth::__private::Clone, ::reauth::__private::Debug)]
pub struct ReposClient {
    client: ::reauth::__private::Client,
}
#[automatically_derived]
#[allow(dead_code, non_upper_case_globals)]
impl ReposClient {
    /// What each method sends, and how it is retried and limited.
    pub const ENDPOINTS: &'static [::reauth::__private::Endpoint] = &[
        Self::endpoint_contents,
        Self::endpoint_next,
        Self::endpoint_purge,
    ];
    const endpoint_contents: ::reauth::__private::Endpoint = ::reauth::__private::EndpointBuilder::new(
            "Repos::contents",
            "GET",
            "/repos/{owner}/contents/{*path}?ref=main",
        )
        .headers(&[("x-api-version", "2"), ("accept", "application/octet-stream")])
        .authorized()
        .retry(
            ::reauth::__private::Backoff::constant(
                ::reauth::__private::Duration::from_millis(100),
                3,
            ),
        )
        .build();
    const endpoint_next: ::reauth::__private::Endpoint = ::reauth::__private::EndpointBuilder::new(
            "Repos::next",
            "GET",
            "{link}",
        )
        .headers(&[("accept", "application/vnd.github+json")])
        .authorized()
        .retry(
            ::reauth::__private::Backoff::constant(
                ::reauth::__private::Duration::from_millis(100),
                3,
            ),
        )
        .timeout(::reauth::__private::Duration::from_millis(2000))
        .build();
    const endpoint_purge: ::reauth::__private::Endpoint = ::reauth::__private::EndpointBuilder::new(
            "Repos::purge",
            "PURGE",
            "{type}",
        )
        .any_origin()
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
    pub fn new(
        base_url: impl ::reauth::__private::AsRef<str>,
        credential: my::Cached<Source>,
    ) -> ::reauth::__private::Result<Self, ::reauth::__private::Error> {
        Self::builder(base_url, credential).build()
    }
    /// The same, with settings that can be changed before it is built.
    pub fn builder(
        base_url: impl ::reauth::__private::AsRef<str>,
        credential: my::Cached<Source>,
    ) -> ::reauth::__private::ClientBuilder<Self> {
        ::reauth::__private::ClientBuilder::new(base_url).credential(credential)
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
impl ::reauth::__private::FromClient for ReposClient {
    type Credential = my::Cached<Source>;
    const API: ::reauth::__private::Api = ::reauth::__private::Api::new("Repos");
    fn from_client(client: ::reauth::__private::Client) -> Self {
        Self { client }
    }
}
#[automatically_derived]
#[allow(deprecated, refining_impl_trait)]
impl Repos for ReposClient {
    fn contents(
        &self,
        owner: &str,
        path: &str,
        filter: &Filter,
    ) -> impl ::reauth::__private::Future<Output = Result<Raw>> + use<'_> {
        let mut request = self.client.request(&Self::endpoint_contents);
        request.literal("/repos/");
        request.segment("owner", &owner);
        request.literal("/contents/");
        request.segments("path", &path);
        request.literal_query("ref=main");
        request.query_fields("filter", &filter);
        self.client.send(request)
    }
    fn next(
        &self,
        link: &str,
        version: u8,
    ) -> impl ::reauth::__private::Future<Output = Result<Vec<Repo>>> + use<'_> {
        let mut request = self.client.request(&Self::endpoint_next);
        request.url("link", &link);
        request.header("x-api-version", &version);
        self.client.send(request)
    }
    fn purge(
        &self,
        r#type: String,
    ) -> impl ::reauth::__private::Future<Output = Result<()>> + use<'_> {
        let mut request = self.client.request(&Self::endpoint_purge);
        request.url("type", &r#type);
        self.client.send(request)
    }
}
