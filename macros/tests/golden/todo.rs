#[api_client(
    auth = "auth0",
    audience = "https://todo.example.com",
    scope = "todo:read-write",
    retry = "constant(100ms,3)",
)]
pub trait TodoApi {
    /// Every todo, or those that are done, or those that are not.
    #[get("/todo")]
    async fn todos(&self, #[query] completed: Option<bool>) -> Result<Vec<Todo>>;

    /// One todo; `None` where there is none with this id.
    #[get("/todo/{id}")]
    async fn todo(&self, id: &str, #[header("X-Trace")] trace: &str) -> Result<Option<Todo>>;

    #[post("/todo", idempotency_key)]
    async fn add(&self, #[body] todo: &NewTodo<'_>) -> Result<Todo>;

    #[delete("/todo/{id}")]
    async fn remove(&self, id: &str) -> Result<()>;

    #[get("/health", auth = "none", retry = "none", timeout = "2s")]
    async fn health(&self) -> Result<reauth::Text>;
}
