::core::compile_error! {
    "unknown auth `auth1`\nwrite `auth0` (known: `none`, `auth0`, `oauth2`, `bearer`, `basic`, `api_key(X-Api-Key)`), or the type of a credential, as `reauth::Cached<MySource>`"
}
::core::compile_error! {
    "`{id}` has no argument\nwrite an argument `id: …`, or `#[path(\"id\")]` on another"
}
trait TodoApi {
    fn todo(
        &self,
    ) -> impl ::reauth::__private::Future<
        Output = Result<Todo>,
    > + ::reauth::__private::Send;
    /// `DELETE /todo/{id}`, sent once within 30 s.
    fn remove(
        &self,
        id: &str,
    ) -> impl ::reauth::__private::Future<
        Output = Result<()>,
    > + ::reauth::__private::Send;
}
/// HTTP client of [`TodoApi`].
///
/// Clones are cheap and share their connections and tokens.
#[derive(::reauth::__private::Clone, ::reauth::__private::Debug)]
struct TodoApiClient {
    client: ::reauth::__private::Client,
}
#[automatically_derived]
#[allow(dead_code, non_upper_case_globals)]
impl TodoApiClient {
    /// What each method sends, and how it is retried and limited.
    const ENDPOINTS: &'static [::reauth::__private::Endpoint] = &[Self::endpoint_remove];
    const endpoint_remove: ::reauth::__private::Endpoint = ::reauth::__private::EndpointBuilder::new(
            "TodoApi::remove",
            "DELETE",
            "/todo/{id}",
        )
        .build();
    /// A client of the service at `base_url` that calls it with `credential`.
    ///
    /// # Errors
    ///
    /// The base URL is not one that the client can call; the error says why.
    fn new<C>(
        base_url: impl ::reauth::__private::AsRef<str>,
        _credential: C,
    ) -> ::reauth::__private::Result<Self, ::reauth::__private::Error> {
        Self::builder(base_url, _credential).build()
    }
    /// The same, with settings that can be changed before it is built.
    fn builder<C>(
        base_url: impl ::reauth::__private::AsRef<str>,
        _credential: C,
    ) -> ::reauth::__private::ClientBuilder<Self> {
        ::reauth::__private::ClientBuilder::new(base_url)
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
impl ::reauth::__private::FromClient for TodoApiClient {
    type Credential = ();
    const API: ::reauth::__private::Api = ::reauth::__private::Api::new("TodoApi");
    fn from_client(client: ::reauth::__private::Client) -> Self {
        Self { client }
    }
}
#[automatically_derived]
#[allow(deprecated, refining_impl_trait)]
impl TodoApi for TodoApiClient {
    #[allow(unused_variables)]
    fn todo(
        &self,
    ) -> impl ::reauth::__private::Future<
        Output = Result<Todo>,
    > + ::reauth::__private::Send {
        ::reauth::__private::pending()
    }
    fn remove(
        &self,
        id: &str,
    ) -> impl ::reauth::__private::Future<
        Output = Result<()>,
    > + ::reauth::__private::Send + use<'_> {
        let mut request = self.client.request(&Self::endpoint_remove);
        request.literal("/todo/");
        request.segment("id", &id);
        self.client.send(request)
    }
}
