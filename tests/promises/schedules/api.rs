//! What is called: a method for each kind of request and of policy that the loop tells apart.

use reauth::{ByteStream, Result, Text, api_client};

use crate::api::Item;

#[api_client(auth = "auth0", audience = "https://api.example.com", retry = "constant(100ms,3)")]
pub(super) trait Free {
    #[get("/{call}")]
    async fn get(&self, call: u32) -> Result<Item>;

    #[get(
        "/{call}",
        retry = "exponential(200ms,4)",
        reauth = "constant(100ms,3)",
        attempt_timeout = "2s",
        hedge = "300ms"
    )]
    async fn get_hedged(&self, call: u32) -> Result<Item>;

    #[get(
        "/{call}",
        auth = "none",
        retry = "decorrelated(1s,3)",
        retry_on = "transient, 403, 404",
        timeout = "5s",
        attempt_timeout = "1s"
    )]
    async fn get_open(&self, call: u32) -> Result<Option<Item>>;

    #[get("/{call}", retry = "none", reauth = "none")]
    async fn get_once(&self, call: u32) -> Result<Text>;

    #[put("/{call}", retry = "linear(50ms,2)", reauth = "fibonacci(1s,3)", timeout = "2m")]
    async fn put(&self, call: u32, #[body] item: &Item) -> Result<Item>;

    #[put("/{call}")]
    async fn put_stream(&self, call: u32, #[body] content: ByteStream) -> Result<Item>;

    #[delete("/{call}", retry_on = "connect, 5xx")]
    async fn delete(&self, call: u32) -> Result<()>;

    #[post("/{call}")]
    async fn post(&self, call: u32, #[body] item: &Item) -> Result<Item>;

    #[post(
        "/{call}",
        retry = "fibonacci(100ms,5)",
        retry_on = "transient, 401",
        reauth = "constant(100ms,3)",
        timeout = "3m"
    )]
    async fn post_patiently(&self, call: u32, #[body] item: &Item) -> Result<Item>;

    #[post("/{call}", idempotency_key, retry = "exponential(100ms,3)")]
    async fn post_with_key(&self, call: u32, #[body] item: &Item) -> Result<Item>;

    #[post("/{call}", retry = "constant(100ms,3)", timeout = "2m")]
    async fn post_stream(&self, call: u32, #[body] content: ByteStream) -> Result<Item>;

    #[patch("/{call}", idempotent, retry = "linear(10ms,3)", hedge = "1s")]
    async fn patch(&self, call: u32, #[body] item: &Item) -> Result<Item>;
}

/// The same loop under every guard there is.
#[api_client(
    auth = "auth0",
    audience = "https://api.example.com",
    retry = "constant(500ms,3)",
    circuit_breaker = "50%, 4/10s, 2s",
    concurrency = 2,
    rate = "2/s"
)]
pub(super) trait Guarded {
    #[get("/{call}", hedge = "300ms")]
    async fn get(&self, call: u32) -> Result<Item>;

    #[post("/{call}")]
    async fn post(&self, call: u32, #[body] item: &Item) -> Result<Item>;

    #[post("/{call}", idempotency_key, timeout = "2s")]
    async fn post_with_key(&self, call: u32, #[body] item: &Item) -> Result<Item>;
}

/// A client of either, and its methods by their number.
pub(super) enum Client {
    Free(FreeClient),
    Guarded(GuardedClient),
}
