pub trait Library<'t, T: Serialize = Book>: Debug
where
    T: Send + Sync,
{
    /// One book.
    #[deprecated]
    ///
    /// `GET /book/{id}`, sent once within 30 s.
    fn book(
        &self,
        id: &str,
        tags: &[Cow<'_, str>],
    ) -> impl ::reauth::__private::Future<
        Output = Result<Loan<'_, T>>,
    > + ::reauth::__private::Send;
    #[cfg(feature = "write")]
    /// `PUT /book/{id}`, sent once within 30 s.
    fn replace<'a>(
        &'a self,
        id: u32,
        book: &'t T,
    ) -> impl ::reauth::__private::Future<
        Output = Result<Cow<'a, str>>,
    > + ::reauth::__private::Send;
    /// `POST /book`, sent once within 30 s.
    fn add<B: Serialize>(
        &self,
        book: B,
    ) -> impl ::reauth::__private::Future<
        Output = Result<()>,
    > + ::reauth::__private::Send
    where
        Self: Sized;
    fn touch(
        &mut self,
        _: &str,
        visit: fn(&str) -> &str,
    ) -> impl ::reauth::__private::Future<
        Output = Result<()>,
    > + ::reauth::__private::Send
    where
        Self: ::reauth::__private::Send,
    {
        async move {
            #[allow(unreachable_code)]
            if false {
                let unreachable: Result<()> = loop {};
                return unreachable;
            }
            Ok(())
        }
    }
    fn name(&self, mut upper: bool) -> &str {
        "library"
    }
    fn version() -> u32
    where
        Self: Sized,
    {
        1
    }
}
/// HTTP client of [`Library`].
///
/// Clones are cheap and share their connections.
#[derive(::reauth::__private::Clone, ::reauth::__private::Debug)]
pub struct LibraryClient {
    client: ::reauth::__private::Client,
}
#[automatically_derived]
#[allow(dead_code, non_upper_case_globals)]
impl LibraryClient {
    /// What each method sends, and how it is retried and limited.
    pub const ENDPOINTS: &'static [::reauth::__private::Endpoint] = &[
        Self::endpoint_book,
        #[cfg(feature = "write")]
        Self::endpoint_replace,
        Self::endpoint_add,
    ];
    const endpoint_book: ::reauth::__private::Endpoint = ::reauth::__private::EndpointBuilder::new(
            "Library::book",
            "GET",
            "/book/{id}",
        )
        .build();
    #[cfg(feature = "write")]
    const endpoint_replace: ::reauth::__private::Endpoint = ::reauth::__private::EndpointBuilder::new(
            "Library::replace",
            "PUT",
            "/book/{id}",
        )
        .build();
    const endpoint_add: ::reauth::__private::Endpoint = ::reauth::__private::EndpointBuilder::new(
            "Library::add",
            "POST",
            "/book",
        )
        .build();
    /// A client of the service at `base_url`.
    ///
    /// # Errors
    ///
    /// The base URL is not one that the client can call; the error says why.
    pub fn new(
        base_url: impl ::reauth::__private::AsRef<str>,
    ) -> ::reauth::__private::Result<Self, ::reauth::__private::Error> {
        Self::builder(base_url).build()
    }
    /// The same, with settings that can be changed before it is built.
    pub fn builder(
        base_url: impl ::reauth::__private::AsRef<str>,
    ) -> ::reauth::__private::ClientBuilder<Self> {
        ::reauth::__private::ClientBuilder::new(base_url)
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
impl ::reauth::__private::FromClient for LibraryClient {
    type Credential = ();
    const API: ::reauth::__private::Api = ::reauth::__private::Api::new("Library");
    fn from_client(client: ::reauth::__private::Client) -> Self {
        Self { client }
    }
}
#[automatically_derived]
#[allow(deprecated, refining_impl_trait)]
impl<'t, T: Serialize> Library<'t, T> for LibraryClient
where
    T: Send + Sync,
{
    fn book(
        &self,
        id: &str,
        tags: &[Cow<'_, str>],
    ) -> impl ::reauth::__private::Future<
        Output = Result<Loan<'_, T>>,
    > + ::reauth::__private::Send + use<'_, T> {
        let mut request = self.client.request(&Self::endpoint_book);
        request.literal("/book/");
        request.segment("id", &id);
        request.query("tags", &tags);
        self.client.send(request)
    }
    #[cfg(feature = "write")]
    fn replace<'a>(
        &'a self,
        id: u32,
        book: &'t T,
    ) -> impl ::reauth::__private::Future<
        Output = Result<Cow<'a, str>>,
    > + ::reauth::__private::Send + use<'a, T> {
        let mut request = self.client.request(&Self::endpoint_replace);
        request.literal("/book/");
        request.segment("id", &id);
        request.body(book);
        self.client.send(request)
    }
    fn add<B: Serialize>(
        &self,
        book: B,
    ) -> impl ::reauth::__private::Future<
        Output = Result<()>,
    > + ::reauth::__private::Send + use<'_, T, B>
    where
        Self: Sized,
    {
        let mut request = self.client.request(&Self::endpoint_add);
        request.literal("/book");
        request.body(book);
        self.client.send(request)
    }
}
/// [`Library`] as a trait object, as in `Arc<dyn DynLibrary>`: the same methods with boxed futures.
///
/// Everything that implements [`Library`] and is `Send` and `Sync` implements it.
#[allow(dead_code, deprecated)]
pub trait DynLibrary<
    't,
    T: Serialize = Book,
>: ::reauth::__private::Send + ::reauth::__private::Sync + Debug
where
    T: Send + Sync,
{
    #[doc(hidden)]
    fn boxed_book<'life0, 'life1, 'life2, 'life3, 'call>(
        &'life0 self,
        id: &'life1 str,
        tags: &'life2 [Cow<'life3, str>],
    ) -> ::reauth::__private::BoxFuture<'call, Result<Loan<'life0, T>>>
    where
        't: 'call,
        T: 'call,
        'life0: 'call,
        'life1: 'call,
        'life2: 'call,
        'life3: 'call,
        Self: 'call;
    #[cfg(feature = "write")]
    #[doc(hidden)]
    fn boxed_replace<'a, 'call>(
        &'a self,
        id: u32,
        book: &'t T,
    ) -> ::reauth::__private::BoxFuture<'call, Result<Cow<'a, str>>>
    where
        't: 'call,
        T: 'call,
        'a: 'call,
        Self: 'call;
    #[doc(hidden)]
    fn boxed_touch<'life0, 'life1, 'call>(
        &'life0 mut self,
        argument1: &'life1 str,
        visit: fn(&str) -> &str,
    ) -> ::reauth::__private::BoxFuture<'call, Result<()>>
    where
        't: 'call,
        T: 'call,
        'life0: 'call,
        'life1: 'call,
        Self: 'call;
    #[doc(hidden)]
    fn boxed_name(&self, upper: bool) -> &str;
}
#[automatically_derived]
#[allow(deprecated)]
impl<'t, T: Serialize, Implementor> DynLibrary<'t, T> for Implementor
where
    T: Send + Sync,
    Implementor: Library<'t, T> + ::reauth::__private::Send + ::reauth::__private::Sync,
{
    fn boxed_book<'life0, 'life1, 'life2, 'life3, 'call>(
        &'life0 self,
        id: &'life1 str,
        tags: &'life2 [Cow<'life3, str>],
    ) -> ::reauth::__private::BoxFuture<'call, Result<Loan<'life0, T>>>
    where
        't: 'call,
        T: 'call,
        'life0: 'call,
        'life1: 'call,
        'life2: 'call,
        'life3: 'call,
        Self: 'call,
    {
        ::reauth::__private::Box::pin(<Self as Library<'t, T>>::book(self, id, tags))
    }
    #[cfg(feature = "write")]
    fn boxed_replace<'a, 'call>(
        &'a self,
        id: u32,
        book: &'t T,
    ) -> ::reauth::__private::BoxFuture<'call, Result<Cow<'a, str>>>
    where
        't: 'call,
        T: 'call,
        'a: 'call,
        Self: 'call,
    {
        ::reauth::__private::Box::pin(<Self as Library<'t, T>>::replace(self, id, book))
    }
    fn boxed_touch<'life0, 'life1, 'call>(
        &'life0 mut self,
        argument1: &'life1 str,
        visit: fn(&str) -> &str,
    ) -> ::reauth::__private::BoxFuture<'call, Result<()>>
    where
        't: 'call,
        T: 'call,
        'life0: 'call,
        'life1: 'call,
        Self: 'call,
    {
        ::reauth::__private::Box::pin(
            <Self as Library<'t, T>>::touch(self, argument1, visit),
        )
    }
    fn boxed_name(&self, upper: bool) -> &str {
        <Self as Library<'t, T>>::name(self, upper)
    }
}
#[automatically_derived]
#[allow(dead_code, deprecated)]
impl<'t, T: Serialize> dyn DynLibrary<'t, T> + '_
where
    T: Send + Sync,
{
    /// One book.
    #[deprecated]
    ///
    /// `GET /book/{id}`, sent once within 30 s.
    pub fn book<'life0, 'life1, 'life2, 'life3, 'call>(
        &'life0 self,
        id: &'life1 str,
        tags: &'life2 [Cow<'life3, str>],
    ) -> ::reauth::__private::BoxFuture<'call, Result<Loan<'life0, T>>>
    where
        't: 'call,
        T: 'call,
        'life0: 'call,
        'life1: 'call,
        'life2: 'call,
        'life3: 'call,
        Self: 'call,
    {
        <Self as DynLibrary<'t, T>>::boxed_book(self, id, tags)
    }
    #[cfg(feature = "write")]
    /// `PUT /book/{id}`, sent once within 30 s.
    pub fn replace<'a, 'call>(
        &'a self,
        id: u32,
        book: &'t T,
    ) -> ::reauth::__private::BoxFuture<'call, Result<Cow<'a, str>>>
    where
        't: 'call,
        T: 'call,
        'a: 'call,
        Self: 'call,
    {
        <Self as DynLibrary<'t, T>>::boxed_replace(self, id, book)
    }
    pub fn touch<'life0, 'life1, 'call>(
        &'life0 mut self,
        argument1: &'life1 str,
        visit: fn(&str) -> &str,
    ) -> ::reauth::__private::BoxFuture<'call, Result<()>>
    where
        't: 'call,
        T: 'call,
        'life0: 'call,
        'life1: 'call,
        Self: 'call,
    {
        <Self as DynLibrary<'t, T>>::boxed_touch(self, argument1, visit)
    }
    pub fn name(&self, upper: bool) -> &str {
        <Self as DynLibrary<'t, T>>::boxed_name(self, upper)
    }
}
