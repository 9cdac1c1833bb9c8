//! reqwest-middleware with reqwest-retry, and a middleware for the token, which its users write themselves.

use std::sync::Arc;

use async_trait::async_trait;
use http::header::AUTHORIZATION;
use http::{Extensions, HeaderValue};
use reqwest::{Request, Response, StatusCode};
use reqwest_middleware::{ClientBuilder, ClientWithMiddleware, Error, Next, Result};
use reqwest_retry::RetryTransientMiddleware;
use reqwest_retry::policies::ExponentialBackoff;
use tokio::sync::Mutex;

use super::token::Token;
use super::{BoxError, Contender};
use crate::todo::Todo;

/// A client in a stack of middleware.
#[derive(Clone, Debug)]
pub(super) struct Middleware {
    http: ClientWithMiddleware,
    url: String,
}

impl Middleware {
    async fn todo(&self, id: &str) -> Result<Todo> {
        let request = self.http.get(format!("{}/todo/{id}", self.url));
        Ok(request.send().await?.error_for_status()?.json().await?)
    }
}

/// Puts the token on each request, and another where it is refused.
struct Authorization {
    http: reqwest::Client,
    url: String,
    token: Mutex<Option<Token>>,
}

impl Authorization {
    /// The cached token, or a new one: not `refused`.
    async fn token(&self, refused: Option<&str>) -> Result<String> {
        let mut token = self.token.lock().await;
        match &*token {
            Some(token) if token.is_fresh() && refused != Some(&token.text) => Ok(token.text.clone()),
            _ => {
                let fetched = Token::fetch(&self.http, &self.url).await?;
                let text = fetched.text.clone();
                *token = Some(fetched);
                Ok(text)
            }
        }
    }
}

#[async_trait]
impl reqwest_middleware::Middleware for Authorization {
    async fn handle(&self, mut request: Request, extensions: &mut Extensions, next: Next<'_>) -> Result<Response> {
        let token = self.token(None).await?;
        request.headers_mut().insert(AUTHORIZATION, bearer(&token)?);
        let again = request.try_clone();
        let response = next.clone().run(request, extensions).await?;
        match again {
            Some(mut again) if response.status() == StatusCode::UNAUTHORIZED => {
                let token = self.token(Some(&token)).await?;
                again.headers_mut().insert(AUTHORIZATION, bearer(&token)?);
                next.run(again, extensions).await
            }
            _ => Ok(response),
        }
    }
}

fn bearer(token: &str) -> Result<HeaderValue> {
    HeaderValue::try_from(format!("Bearer {token}")).map_err(Error::middleware)
}

impl Contender for Middleware {
    const NAME: &'static str = "reqwest-middleware, -retry, token by hand";
    const HAS_TOKENS: bool = true;

    fn new(url: &str) -> std::result::Result<Self, BoxError> {
        let http = reqwest::Client::new();
        let backoff = ExponentialBackoff::builder().build_with_max_retries(3);
        let authorization = Authorization {
            http: http.clone(),
            url: url.to_owned(),
            token: Mutex::default(),
        };
        let http = ClientBuilder::new(http)
            .with(RetryTransientMiddleware::new_with_policy(backoff))
            .with_arc(Arc::new(authorization))
            .build();
        let url = url.to_owned();
        Ok(Self { http, url })
    }

    async fn todo(&self, id: &str) -> std::result::Result<Todo, BoxError> {
        Ok(self.todo(id).await?)
    }
}
