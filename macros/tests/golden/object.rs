#[api_client(dyn)]
pub trait Library<'t, T: Serialize = Book>: Debug
where
    T: Send + Sync,
{
    /// One book.
    #[deprecated]
    #[get("/book/{id}")]
    async fn book(&self, id: &str, #[query] tags: &[Cow<'_, str>]) -> Result<Loan<'_, T>>;

    #[cfg(feature = "write")]
    #[put("/book/{id}")]
    async fn replace<'a>(&'a self, id: u32, #[body] book: &'t T) -> Result<Cow<'a, str>>;

    #[post("/book")]
    async fn add<B: Serialize>(&self, #[body] book: B) -> Result<()>
    where
        Self: Sized;

    async fn touch(&mut self, _: &str, visit: fn(&str) -> &str) -> Result<()> {
        Ok(())
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
