//! Every key, quoted and not.
use reauth::{Result, api_client};

#[api_client(
    auth = "auth0",
    audience = "https://todo.example.com",
    scope = "todo:read todo:write",
    retry = "decorrelated(1s,3,max=30s)",
    retry_on = "transient, 404",
    reauth = "constant(100ms,3)",
    timeout = "30s",
    attempt_timeout = "10s",
    client = "QuotedClient",
    crate = "::reauth"
)]
pub trait Quoted {
    #[get("/v{major}/{file}.json?type=issue", auth = "none", retry = "none")]
    async fn get(&self, major: u8, #[path("file")] name: &str) -> Result<()>;

    #[request("PURGE", "/x", idempotent, timeout = "5s")]
    async fn purge(&self) -> Result<()>;
}

#[api_client(
    auth = auth0,
    audience = "https://todo.example.com",
    scope = "todo:read todo:write",
    retry = linear(1s, 3, max = 30s, jitter = none),
    retry_on = [transient, connect, timeout, 5xx, 404],
    reauth = once,
    timeout = 30s,
    attempt_timeout = 10s,
    client = BareClient,
    crate = ::reauth,
)]
pub trait Bare {
    #[head("/", auth = none, retry = none)]
    async fn head(&self) -> Result<()>;

    #[options("/", reauth = none)]
    async fn options(&self) -> Result<()>;

    #[patch("/", idempotency_key = "X-Key")]
    async fn patch(&self, #[body] text: &str) -> Result<()>;
}

macro_rules! api {
    ($name:ident, $path:literal, $timeout:literal, $ty:ty) => {
        #[api_client(timeout = $timeout)]
        pub trait $name {
            #[get($path)]
            async fn one(&self, id: $ty, #[query] tag: $ty) -> Result<()>;
        }
    };
}

api!(Generated, "/one/{id}", "5s", &str);

fn main() {}
