pub trait TodoApi {
    /// Every todo, or those that are done, or those that are not.
    ///
    /// `GET /todo`, sent at most 5 times within 30 s: retried after 100 ms up to 3 times, and once more with a new token after a 401.
    fn todos(
        &self,
        completed: Option<bool>,
    ) -> impl ::reauth::__private::Future<
        Output = Result<Vec<Todo>>,
    > + ::reauth::__private::Send;
    /// One todo; `None` where there is none with this id.
    ///
    /// `GET /todo/{id}`, sent at most 5 times within 30 s: retried after 100 ms up to 3 times, and once more with a new token after a 401.
    fn todo(
        &self,
        id: &str,
        trace: &str,
    ) -> impl ::reauth::__private::Future<
        Output = Result<Option<Todo>>,
    > + ::reauth::__private::Send;
    /// `POST /todo`, sent at most 5 times within 30 s: retried after 100 ms up to 3 times, and once more with a new token after a 401.
    fn add(
        &self,
        todo: &NewTodo<'_>,
    ) -> impl ::reauth::__private::Future<
        Output = Result<Todo>,
    > + ::reauth::__private::Send;
    /// `DELETE /todo/{id}`, sent at most 5 times within 30 s: retried after 100 ms up to 3 times, and once more with a new token after a 401.
    fn remove(
        &self,
        id: &str,
    ) -> impl ::reauth::__private::Future<
        Output = Result<()>,
    > + ::reauth::__private::Send;
    /// `GET /health`, sent without a token once within 2 s.
    fn health(
        &self,
    ) -> impl ::reauth::__private::Future<
        Output = Result<reauth::Text>,
    > + ::reauth::__private::Send;
}
/// HTTP client of [`TodoApi`].
///
/// Clones are cheap and share their connections and tokens.
#[derive(::reauth::__private::Clone, ::reauth::__private::Debug)]
pub struct TodoApiClient {
    client: ::reauth::__private::Client,
}
#[automatically_derived]
#[allow(dead_code, non_upper_case_globals)]
impl TodoApiClient {
    /// What each method sends, and how it is retried and limited.
    pub const ENDPOINTS: &'static [::reauth::__private::Endpoint] = &[
        Self::endpoint_todos,
        Self::endpoint_todo,
        Self::endpoint_add,
        Self::endpoint_remove,
        Self::endpoint_health,
    ];
    const endpoint_todos: ::reauth::__private::Endpoint = ::reauth::__private::EndpointBuilder::new(
            "TodoApi::todos",
            "GET",
            "/todo",
        )
        .authorized()
        .retry(
            ::reauth::__private::Backoff::constant(
                ::reauth::__private::Duration::from_millis(100),
                3,
            ),
        )
        .build();
    const endpoint_todo: ::reauth::__private::Endpoint = ::reauth::__private::EndpointBuilder::new(
            "TodoApi::todo",
            "GET",
            "/todo/{id}",
        )
        .authorized()
        .retry(
            ::reauth::__private::Backoff::constant(
                ::reauth::__private::Duration::from_millis(100),
                3,
            ),
        )
        .build();
    const endpoint_add: ::reauth::__private::Endpoint = ::reauth::__private::EndpointBuilder::new(
            "TodoApi::add",
            "POST",
            "/todo",
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
    const endpoint_remove: ::reauth::__private::Endpoint = ::reauth::__private::EndpointBuilder::new(
            "TodoApi::remove",
            "DELETE",
            "/todo/{id}",
        )
        .authorized()
        .retry(
            ::reauth::__private::Backoff::constant(
                ::reauth::__private::Duration::from_millis(100),
                3,
            ),
        )
        .build();
    const endpoint_health: ::reauth::__private::Endpoint = ::reauth::__private::EndpointBuilder::new(
            "TodoApi::health",
            "GET",
            "/health",
        )
        .timeout(::reauth::__private::Duration::from_millis(2000))
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
    /// The same client, with calls that have these options.
    #[must_use]
    pub fn with(&self, options: ::reauth::__private::CallOptions) -> Self {
        Self {
            client: self.client.with(options),
        }
    }
}
#[automatically_derived]
impl ::reauth::__private::FromClient for TodoApiClient {
    type Credential = ::reauth::__private::Auth0;
    const API: ::reauth::__private::Api = ::reauth::__private::Api::new("TodoApi")
        .audience("https://todo.example.com")
        .scope("todo:read-write");
    fn from_client(client: ::reauth::__private::Client) -> Self {
        Self { client }
    }
}
#[automatically_derived]
#[allow(deprecated, refining_impl_trait)]
impl TodoApi for TodoApiClient {
    fn todos(
        &self,
        completed: Option<bool>,
    ) -> impl ::reauth::__private::Future<
        Output = Result<Vec<Todo>>,
    > + ::reauth::__private::Send + use<'_> {
        let mut request = self.client.request(&Self::endpoint_todos);
        request.literal("/todo");
        request.query("completed", &completed);
        self.client.send(request)
    }
    fn todo(
        &self,
        id: &str,
        trace: &str,
    ) -> impl ::reauth::__private::Future<
        Output = Result<Option<Todo>>,
    > + ::reauth::__private::Send + use<'_> {
        let mut request = self.client.request(&Self::endpoint_todo);
        request.literal("/todo/");
        request.segment("id", &id);
        request.header("x-trace", &trace);
        self.client.send(request)
    }
    fn add(
        &self,
        todo: &NewTodo<'_>,
    ) -> impl ::reauth::__private::Future<
        Output = Result<Todo>,
    > + ::reauth::__private::Send + use<'_> {
        let mut request = self.client.request(&Self::endpoint_add);
        request.literal("/todo");
        request.body(todo);
        self.client.send(request)
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
    fn health(
        &self,
    ) -> impl ::reauth::__private::Future<
        Output = Result<reauth::Text>,
    > + ::reauth::__private::Send + use<'_> {
        let mut request = self.client.request(&Self::endpoint_health);
        request.literal("/health");
        self.client.send(request)
    }
}
