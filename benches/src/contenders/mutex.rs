//! reqwest, a mutex around the token, and a loop for the 401: what services write by hand.

use std::sync::Arc;

use reqwest::StatusCode;

use super::token::Token;
use super::{BoxError, Contender};
use crate::todo::Todo;

/// The client that this library is for.
#[derive(Clone, Debug)]
pub struct Mutex {
    http: reqwest::Client,
    url: String,
    token: Arc<tokio::sync::Mutex<Option<Token>>>,
}

impl Mutex {
    /// The cached token, or a new one.
    ///
    /// # Errors
    /// Where none could be fetched.
    pub async fn token(&self) -> reqwest::Result<String> {
        let mut token = self.token.lock().await;
        match &*token {
            Some(token) if token.is_fresh() => Ok(token.text.clone()),
            _ => {
                let fetched = Token::fetch(&self.http, &self.url).await?;
                let text = fetched.text.clone();
                *token = Some(fetched);
                Ok(text)
            }
        }
    }

    async fn todo(&self, id: &str) -> reqwest::Result<Todo> {
        let mut first = true;
        loop {
            let token = self.token().await?;
            let request = self.http.get(format!("{}/todo/{id}", self.url));
            let response = request.bearer_auth(token).send().await?;
            if first && response.status() == StatusCode::UNAUTHORIZED {
                first = false;
                *self.token.lock().await = None;
                continue;
            }
            return response.error_for_status()?.json().await;
        }
    }
}

impl Contender for Mutex {
    const NAME: &'static str = "reqwest, mutex around the token, 401 loop";
    const HAS_TOKENS: bool = true;

    fn new(url: &str) -> Result<Self, BoxError> {
        Ok(Self {
            http: reqwest::Client::new(),
            url: url.to_owned(),
            token: Arc::default(),
        })
    }

    async fn todo(&self, id: &str) -> Result<Todo, BoxError> {
        Ok(self.todo(id).await?)
    }
}
