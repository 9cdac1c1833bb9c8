//! The Todo API as its client sees it: copy this, and change it to yours.

use reauth::{Result, api_client};
use serde::{Deserialize, Serialize};

/// A todo, as the API returns it.
#[derive(Clone, Debug, Deserialize, PartialEq, Eq)]
pub struct Todo {
    /// Names it in paths.
    pub id: String,
    /// What is to be done.
    pub description: String,
    /// Whether it is done.
    pub completed: bool,
}

/// What a new todo is made of.
#[derive(Debug, Serialize)]
pub struct NewTodo<'a> {
    /// What is to be done.
    pub description: &'a str,
}

/// What a todo is replaced with.
#[derive(Debug, Serialize)]
pub struct Update<'a> {
    /// What is to be done.
    pub description: &'a str,
    /// Whether it is done.
    pub completed: bool,
}

/// The todo service. Its `audience` is not here but in the credential's settings, since it differs from tenant to
/// tenant; where it does not, `audience = "https://todo.example.com"` belongs beside the scope.
#[api_client(auth = "auth0", scope = "todo:read-write", retry = "constant(100ms,3)")]
pub trait TodoApi {
    /// Every todo, or those that are done, or those that are not.
    #[get("/todo")]
    async fn todos(&self, #[query] completed: Option<bool>) -> Result<Vec<Todo>>;

    /// One todo; `None` where there is none with this id.
    #[get("/todo/{id}")]
    async fn todo(&self, id: &str) -> Result<Option<Todo>>;

    /// Adds a todo. The key makes it safe to send twice, so that it is retried too.
    #[post("/todo", idempotency_key)]
    async fn add(&self, #[body] todo: &NewTodo<'_>) -> Result<Todo>;

    /// Replaces a todo.
    #[put("/todo/{id}")]
    async fn complete(&self, id: &str, #[body] todo: &Update<'_>) -> Result<Todo>;

    /// Removes a todo.
    #[delete("/todo/{id}")]
    async fn remove(&self, id: &str) -> Result<()>;

    /// Whether the service is up.
    #[get("/health", auth = "none", retry = "none", timeout = "2s")]
    async fn health(&self) -> Result<reauth::Text>;
}

impl Todo {
    /// The same todo, done.
    #[must_use]
    pub fn completed(&self) -> Update<'_> {
        Update {
            description: &self.description,
            completed: true,
        }
    }
}
