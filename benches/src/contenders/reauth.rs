//! The trait, annotated: with a token cache, retry, time limits and telemetry.

use reauth::{Auth0, Result, api_client};

use super::{BoxError, Contender};
use crate::todo::Todo;

#[api_client(auth = "auth0", retry = "constant(100ms,3)")]
trait TodoApi {
    #[get("/todo/{id}")]
    async fn todo(&self, id: &str) -> Result<Todo>;
}

/// The generated client.
#[derive(Clone, Debug)]
pub struct Reauth(TodoApiClient);

impl Contender for Reauth {
    const NAME: &'static str = "reauth";
    const HAS_TOKENS: bool = true;

    fn new(url: &str) -> std::result::Result<Self, BoxError> {
        let auth0 = Auth0::new(url, "id", "secret");
        Ok(Self(TodoApiClient::new(url, auth0)?))
    }

    async fn todo(&self, id: &str) -> std::result::Result<Todo, BoxError> {
        Ok(self.0.todo(id).await?)
    }
}
