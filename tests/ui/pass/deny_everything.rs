//! The strictest of users.
#![deny(
    warnings,
    missing_docs,
    missing_debug_implementations,
    unreachable_pub,
    unused_qualifications,
    single_use_lifetimes,
    trivial_casts,
    unused_lifetimes,
    unused_results,
    unsafe_code,
    clippy::all,
    clippy::pedantic
)]
#![forbid(unsafe_op_in_unsafe_fn)]

use std::future::Future;

use reauth::{Auth0, Raw, Result, Text, api_client};
use serde::Serialize;

/// A public trait.
#[api_client(auth = "auth0", audience = "https://todo.example.com", scope = "todo:read", dyn)]
#[headers("Accept: application/json", "X-Version: 2")]
pub trait TodoApi: Sync {
    /// How many there may be.
    const LIMIT: usize = 5;

    /// One todo.
    #[get("/todo/{id}")]
    async fn todo(&self, id: &str, #[query] done: Option<bool>) -> Result<Option<String>>;

    /// A new one.
    #[post("/todo", idempotency_key = "X-Key")]
    async fn add(&self, #[body] todo: &str) -> Result<()>;

    /// What the server linked to.
    #[get(auth = "none")]
    #[headers("Accept: text/plain")]
    async fn linked(&self, #[url] link: &str) -> Result<Text>;

    /// A file somewhere.
    #[get("/files/{*path}")]
    async fn file(&self, path: &str, #[query(flatten)] filter: &Filter<'_>) -> Result<Raw>;

    #[get("/undocumented")]
    async fn undocumented(&self) -> Result<()>;

    /// Too many arguments for clippy, were they not for one request.
    #[get("/{a}/{b}/{c}/{d}")]
    async fn many(&self, a: u8, b: u8, c: u8, d: u8, #[query] e: u8, #[query] f: bool) -> Result<()>;

    /// Both.
    async fn both(&self, id: &str) -> Result<Option<String>> {
        self.add(id).await?;
        self.todo(id, None).await
    }

    /// Not a request.
    fn name(&self) -> String {
        "todo".to_owned()
    }
}

/// What to look for.
#[derive(Debug, Serialize)]
pub struct Filter<'a> {
    tag: &'a str,
}

/// Not between threads.
#[api_client(local, dyn)]
pub trait LocalApi {
    /// One.
    #[get("/local")]
    async fn one(&self) -> Result<()>;
}

/// A fake, as a unit test has it.
#[derive(Debug)]
pub struct Fake;

impl TodoApi for Fake {
    async fn todo(&self, id: &str, _: Option<bool>) -> Result<Option<String>> {
        Ok(Some(id.to_owned()))
    }

    async fn add(&self, _: &str) -> Result<()> {
        Ok(())
    }

    async fn linked(&self, link: &str) -> Result<Text> {
        Ok(Text(link.to_owned()))
    }

    async fn file(&self, path: &str, _: &Filter<'_>) -> Result<Raw> {
        Ok(Raw(path.to_owned().into()))
    }

    async fn undocumented(&self) -> Result<()> {
        Ok(())
    }

    async fn many(&self, _: u8, _: u8, _: u8, _: u8, _: u8, _: bool) -> Result<()> {
        Ok(())
    }
}

/// Everything by injection.
///
/// # Errors
///
/// A call failed.
pub async fn injected(api: &dyn DynTodoApi) -> Result<Option<String>> {
    let _: &dyn DynLocalApi = &LocalApiClient::new("https://todo.example.com")?;
    api.undocumented().await?;
    api.both("1").await
}

mod inner {
    use reauth::{Result, api_client};

    #[api_client(base_url = "https://todo.example.com", dyn)]
    pub(crate) trait Restricted {
        #[delete("/todo")]
        async fn clear(&self) -> Result<()>;
    }

    #[api_client(client = "Own", base_url = "https://todo.example.com", dyn, local)]
    trait Private {
        #[delete("/todo")]
        async fn clear(&self) -> Result<()>;
    }

    pub(crate) async fn clear() -> Result<()> {
        Own::new()?.clear().await
    }
}

/// The future borrows the client, and nothing else.
///
/// # Errors
///
/// The client could not be built.
pub fn elsewhere(auth0: Auth0) -> Result<impl Future<Output = Result<Option<String>>> + Send> {
    let client = TodoApiClient::new("https://todo.example.com", auth0)?;
    let _ = TodoApiClient::ENDPOINTS;
    let _ = client.name();
    Ok(async move {
        use inner::Restricted;
        inner::RestrictedClient::new()?.clear().await?;
        inner::clear().await?;
        let call = {
            let id = String::from("1");
            client.todo(&id, None)
        };
        call.await
    })
}

/// Compiles.
pub fn main() {
    let _ = elsewhere;
    let _ = injected;
}
