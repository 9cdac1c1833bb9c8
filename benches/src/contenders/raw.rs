//! reqwest as people write it, with a token that somebody else fetched.

use super::{BoxError, Contender, TOKEN};
use crate::todo::Todo;

/// reqwest, and a header.
#[derive(Clone, Debug)]
pub struct Raw {
    http: reqwest::Client,
    url: String,
    authorization: String,
}

impl Raw {
    async fn todo(&self, id: &str) -> reqwest::Result<Todo> {
        self.http
            .get(format!("{}/todo/{id}", self.url))
            .header("authorization", &self.authorization)
            .send()
            .await?
            .json()
            .await
    }
}

impl Contender for Raw {
    const NAME: &'static str = "raw reqwest, fixed header";
    const HAS_TOKENS: bool = false;

    fn new(url: &str) -> Result<Self, BoxError> {
        Ok(Self {
            http: reqwest::Client::new(),
            url: url.to_owned(),
            authorization: format!("Bearer {TOKEN}"),
        })
    }

    async fn todo(&self, id: &str) -> Result<Todo, BoxError> {
        Ok(self.todo(id).await?)
    }
}
