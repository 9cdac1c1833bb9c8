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
pub struct Error(reauth::Error);

impl From<reauth::Error> for Error {
    fn from(error: reauth::Error) -> Self {
        Self(error)
    }
}

pub type Result<T> = std::result::Result<T, Error>;

mod core {}

#[api_client(auth = "auth0", retry = "constant(100ms,3)")]
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

    async fn provided(&self, request: &str) -> Result<usize> {
        Ok(request.len())
    }
}

fn main() {}
