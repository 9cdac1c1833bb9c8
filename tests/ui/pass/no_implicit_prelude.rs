//! Nothing of the prelude is in scope.
#![no_implicit_prelude]

#[::reauth::api_client(auth = "auth0", scope = "todo:read", retry = "exponential(100ms,3,max=10s,factor=3,jitter=equal)", dyn)]
pub trait Api {
    #[get("/todo/{id}")]
    async fn todo(&self, id: &str, #[query] done: bool, #[header("X-Trace")] trace: &str) -> ::reauth::Result<()>;

    #[post("/todo", idempotency_key, retry_on = "connect, 5xx", reauth = "fibonacci(100ms,3)")]
    async fn add(&self, #[body] todo: &str) -> ::reauth::Result<()>;

    #[get("/files/{*path}")]
    #[headers("Accept: text/plain")]
    async fn file(&self, path: &str, #[query(flatten)] filter: &[(&str, &str)]) -> ::reauth::Result<::reauth::Raw>;

    #[get]
    async fn next(&self, #[url] link: &str) -> ::reauth::Result<()>;

    async fn provided(&self) -> ::reauth::Result<()> {
        self.todo("1", true, "2").await
    }
}

#[::reauth::api_client(dyn, local, auth = "::reauth::Auth0")]
trait Local {
    #[get("/")]
    async fn root(&self) -> ::reauth::Result<()>;

    async fn provided(&self) -> ::reauth::Result<()> {
        self.root().await
    }
}

fn main() {
    let _: fn(&dyn DynApi) = |_| ();
    let _: fn(&dyn DynLocal) = |_| ();
}
