//! The user's own types and arguments are called as ours.
#![allow(dead_code)]

use reauth::api_client;

pub struct Send;
pub struct Sync;
pub struct Future;
pub struct Client;
pub struct Endpoint;
pub struct Duration;
pub struct Clone;
pub struct Debug;
pub struct Box;
pub struct Pin;
pub struct BoxFuture;
pub struct Implementor;
pub struct Error(reauth::Error);

impl From<reauth::Error> for Error {
    fn from(error: reauth::Error) -> Self {
        Self(error)
    }
}

pub type Result<T> = std::result::Result<T, Error>;

mod core {}

#[api_client(auth = "auth0", retry = "constant(100ms,3)", dyn)]
#[headers("X-Client: 1", "X-Request: 2")]
pub trait Api {
    #[get("/{request}/{match}/{self_}")]
    async fn names(
        &self,
        request: &str,
        r#match: &str,
        self_: &str,
        #[query] query: &str,
        #[query] client: &str,
        #[header("X-Header")] header: &str,
        #[header("X-Segment")] segment: u8,
        #[query] literal: bool,
        #[query] send: bool,
        #[query] endpoint_names: bool,
    ) -> Result<()>;

    #[get("/{*segments}")]
    async fn boxed(
        &self,
        segments: &str,
        #[query] life0: &str,
        #[query] life1: &str,
        #[query] call: &str,
        #[query] argument1: &str,
        #[query] private: &str,
        #[query] r#dyn: &str,
        #[query(flatten)] fields: &[(&str, u8)],
    ) -> Result<()>;

    #[get]
    async fn boxed_boxed(&self, #[url] url: &str) -> Result<()>;

    #[get("/lifetimes")]
    async fn lifetimes<'life0, 'call>(&self, #[query] a: &'life0 str, #[query] b: &'call str, #[query] c: &str)
    -> Result<()>;

    fn types(&self, _: Implementor, _: Box, _: Pin, _: BoxFuture) {}

    #[post("/")]
    async fn r#type(&self, #[body] body: &str) -> Result<()>;

    #[get("/")]
    async fn request(&self) -> Result<()>;

    #[get("/")]
    async fn client(&self) -> Result<()>;

    #[get("/")]
    async fn new(&self) -> Result<()>;

    #[get("/")]
    async fn builder(&self, #[query] base_url: &str, #[query] credential: &str) -> Result<()>;

    #[get("/")]
    async fn with(&self, #[query] options: &str) -> Result<()>;

    async fn provided(&self, request: &str) -> Result<usize> {
        Ok(request.len())
    }
}

mod local {
    use super::Result;

    /// Raw, and with the names of what is emitted.
    #[reauth::api_client(dyn, local)]
    pub trait r#Trait<Implementor: Clone, T>
    where
        T: super::Marker,
    {
        #[get("/{client}")]
        async fn client(&self, client: &str) -> Result<()>;

        fn parameter(&self) -> Option<(Implementor, T)> {
            None
        }
    }
}

pub trait Marker {}

async fn object(api: &dyn DynApi, other: &dyn local::DynTrait<u8, Marked>) -> Result<()> {
    api.boxed("a/b", "", "", "", "", "", "", &[]).await?;
    api.boxed_boxed("https://api.example.com").await?;
    api.r#type("").await?;
    api.request().await?;
    other.client("").await
}

/// The client's own method of this name does not stand in the way.
async fn client(api: &ApiClient) -> Result<()> {
    api.with("options").await
}

pub struct Marked;
impl Marker for Marked {}

fn main() {
    let _ = (object, client);
}
