//! hyper with its pool of connections, and nothing around it: the floor that reqwest stands on, and we with it.

use bytes::Bytes;
use http::header::AUTHORIZATION;
use http::uri::{Authority, Scheme};
use http::{HeaderValue, Request, Uri};
use http_body_util::{BodyExt as _, Empty};
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;

use super::{BoxError, Contender, TOKEN};
use crate::todo::Todo;

/// hyper alone.
#[derive(Clone, Debug)]
pub(super) struct Hyper {
    http: Client<HttpConnector, Empty<Bytes>>,
    server: Authority,
    authorization: HeaderValue,
}

impl Hyper {
    async fn todo(&self, id: &str) -> Result<Todo, BoxError> {
        let url = Uri::builder()
            .scheme(Scheme::HTTP)
            .authority(self.server.clone())
            .path_and_query(format!("/todo/{id}"))
            .build()?;
        let request = Request::get(url).header(AUTHORIZATION, self.authorization.clone());
        let response = self.http.request(request.body(Empty::new())?).await?;
        let body = response.into_body().collect().await?.to_bytes();
        Ok(serde_json::from_slice(&body)?)
    }
}

impl Contender for Hyper {
    const NAME: &'static str = "hyper alone";
    const HAS_TOKENS: bool = false;

    fn new(url: &str) -> Result<Self, BoxError> {
        let url: Uri = url.parse()?;
        Ok(Self {
            http: Client::builder(TokioExecutor::new()).build_http(),
            server: url.into_parts().authority.ok_or("a URL without a server")?,
            authorization: format!("Bearer {TOKEN}").parse()?,
        })
    }

    async fn todo(&self, id: &str) -> Result<Todo, BoxError> {
        self.todo(id).await
    }
}
