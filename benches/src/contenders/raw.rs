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
    fn through(http: reqwest::Client, url: &str) -> Self {
        Self {
            http,
            url: url.to_owned(),
            authorization: format!("Bearer {TOKEN}"),
        }
    }

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
        Ok(Self::through(reqwest::Client::new(), url))
    }

    async fn todo(&self, id: &str) -> Result<Todo, BoxError> {
        Ok(self.todo(id).await?)
    }
}

/// The same without a look for proxies, which reqwest has for `http` alone: what is left is what a call by https pays too.
#[derive(Clone, Debug)]
pub(super) struct WithoutProxies(Raw);

impl Contender for WithoutProxies {
    const NAME: &'static str = "raw reqwest, fixed header, no proxies";
    const HAS_TOKENS: bool = false;

    fn new(url: &str) -> Result<Self, BoxError> {
        let http = reqwest::Client::builder().no_proxy().build()?;
        Ok(Self(Raw::through(http, url)))
    }

    async fn todo(&self, id: &str) -> Result<Todo, BoxError> {
        Ok(self.0.todo(id).await?)
    }
}
