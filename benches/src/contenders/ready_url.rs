//! reqwest by somebody who measures: the base URL is parsed and the header made once, and nothing is looked up that is
//! known, nor kept that is not needed again.

use http::header::AUTHORIZATION;
use http::{HeaderValue, Method};
use reqwest::{Request, Url};

use super::{BoxError, Contender, TOKEN};
use crate::todo::Todo;

/// reqwest, and what can be made once is made once.
#[derive(Clone, Debug)]
pub(super) struct ReadyUrl {
    http: reqwest::Client,
    url: Url,
    authorization: HeaderValue,
}

impl ReadyUrl {
    async fn todo(&self, id: &str) -> Result<Todo, BoxError> {
        let mut url = self.url.clone();
        url.set_path(&format!("/todo/{id}"));
        let mut request = Request::new(Method::GET, url);
        request.headers_mut().insert(AUTHORIZATION, self.authorization.clone());
        let response = self.http.execute(request).await?.error_for_status()?;
        Ok(serde_json::from_slice(&response.bytes().await?)?)
    }
}

impl Contender for ReadyUrl {
    const NAME: &'static str = "reqwest, all made once, no proxies or retries";
    const HAS_TOKENS: bool = false;

    fn new(url: &str) -> Result<Self, BoxError> {
        Ok(Self {
            http: reqwest::Client::builder()
                .no_proxy()
                .retry(reqwest::retry::never().max_retries_per_request(0))
                .build()?,
            url: url.parse()?,
            authorization: format!("Bearer {TOKEN}").parse()?,
        })
    }

    async fn todo(&self, id: &str) -> Result<Todo, BoxError> {
        self.todo(id).await
    }
}
