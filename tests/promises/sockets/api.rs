//! The Todo API, as a client in a hurry sees it: what a test in real time waits for has to end soon.

use reauth::{Result, Text, api_client};
use reauth_examples::api::{NewTodo, Todo, Update};

/// Each call has its number in a header, by which its requests are known.
#[api_client(
    auth = "auth0",
    scope = "todo:read-write",
    retry = "constant(5ms,3)",
    timeout = "480ms",
    attempt_timeout = "120ms"
)]
pub(super) trait Todos {
    #[get("/todo")]
    async fn list(&self, #[header("X-Call")] call: u32) -> Result<Vec<Todo>>;

    #[get("/todo/{id}")]
    async fn get(&self, #[header("X-Call")] call: u32, id: &str) -> Result<Option<Todo>>;

    #[post("/todo", idempotency_key)]
    async fn add(&self, #[header("X-Call")] call: u32, #[body] todo: &NewTodo<'_>) -> Result<Todo>;

    /// Without a key.
    #[post("/todo")]
    async fn add_once(&self, #[header("X-Call")] call: u32, #[body] todo: &NewTodo<'_>) -> Result<Todo>;

    #[put("/todo/{id}")]
    async fn complete(&self, #[header("X-Call")] call: u32, id: &str, #[body] todo: &Update<'_>) -> Result<Todo>;

    #[delete("/todo/{id}")]
    async fn remove(&self, #[header("X-Call")] call: u32, id: &str) -> Result<()>;

    #[get("/health", auth = "none", retry = "none", timeout = "240ms")]
    async fn health(&self, #[header("X-Call")] call: u32) -> Result<Text>;
}
