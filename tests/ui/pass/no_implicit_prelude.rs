//! Nothing of the prelude is in scope.
#![no_implicit_prelude]

#[::reauth::api_client(auth = "auth0", scope = "todo:read", retry = "exponential(100ms,3,max=10s,factor=3,jitter=equal)")]
pub trait Api {
    #[get("/todo/{id}")]
    async fn todo(&self, id: &str, #[query] done: bool, #[header("X-Trace")] trace: &str) -> ::reauth::Result<()>;

    #[post("/todo", idempotency_key, retry_on = "connect, 5xx", reauth = "fibonacci(100ms,3)")]
    async fn add(&self, #[body] todo: &str) -> ::reauth::Result<()>;

    async fn provided(&self) -> ::reauth::Result<()> {
        self.todo("1", true, "2").await
    }
}

fn main() {}
