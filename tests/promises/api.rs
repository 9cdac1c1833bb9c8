//! The traits that the tests call through.

use reauth::{Response, Result, Text, api_client};
use serde::{Deserialize, Serialize};

#[derive(Debug, Deserialize, PartialEq, Serialize)]
pub(crate) struct Item {
    pub(crate) id: u32,
}

/// Without a credential.
#[api_client(retry = "constant(100ms,3)")]
pub(crate) trait Open {
    #[get("/item/{id}")]
    async fn item(&self, id: u32) -> Result<Item>;

    #[get("/item/{id}")]
    async fn maybe(&self, id: u32) -> Result<Option<Item>>;

    #[get("/items")]
    async fn items(&self, #[query] tag: &[&str], #[query("page[size]")] size: Option<u32>) -> Result<Vec<Item>>;

    #[get("/item/{id}", retry = "none")]
    async fn envelope(&self, id: u32) -> Result<Response<Option<Item>>>;

    #[get("/text", retry = "none")]
    async fn text(&self) -> Result<Text>;

    #[get("/text", timeout = "250ms")]
    async fn hurried(&self) -> Result<Text>;

    #[get("/text", retry = "constant(100ms,1)", attempt_timeout = "1s")]
    async fn impatient(&self) -> Result<Text>;

    #[delete("/item/{id}")]
    async fn remove(&self, id: u32) -> Result<()>;

    #[delete("/item/{id}")]
    async fn removed(&self, id: u32) -> Result<Option<()>>;

    #[post("/item")]
    async fn add(&self, #[body] item: &Item) -> Result<Item>;

    #[post("/item", idempotency_key)]
    async fn add_keyed(&self, #[body] item: &Item, #[header("X-Trace")] trace: Option<&str>) -> Result<Item>;

    #[request("PURGE", "/v{major}/{name}.json")]
    async fn purge(&self, major: u8, name: &str) -> Result<()>;
}

/// With one.
#[api_client(
    auth = "auth0",
    audience = "https://todo.example.com",
    scope = "todo:read-write",
    retry = "constant(100ms,3)"
)]
pub(crate) trait Guarded {
    #[get("/item/{id}")]
    async fn item(&self, id: u32) -> Result<Item>;

    #[get("/item/{id}", reauth = "constant(100ms,3)")]
    async fn item_with_schedule(&self, id: u32) -> Result<Item>;

    #[get("/item/{id}", reauth = "none")]
    async fn item_without_reauth(&self, id: u32) -> Result<Item>;

    #[post("/item", idempotency_key)]
    async fn add(&self, #[body] item: &Item) -> Result<Item>;

    #[get("/item/{id}", timeout = "250ms")]
    async fn hurried(&self, id: u32) -> Result<Item>;

    #[get("/health", auth = "none")]
    async fn health(&self) -> Result<Text>;
}
