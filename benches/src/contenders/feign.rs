//! feignhttp: an annotated trait too, with a token that somebody else fetched.

use std::sync::Arc;

use feignhttp::{Context, FeignClientBuilder, feign};

use super::{BoxError, Contender, TOKEN};
use crate::todo::Todo;

/// What is the same in every call.
#[derive(Context)]
struct Settings {
    #[url_path]
    server: String,
    #[param]
    token: String,
}

#[feign(url = "http://{server}", headers = "Authorization: Bearer {token}")]
trait TodoApi {
    #[get("/todo/{id}")]
    async fn todo(&self, #[path] id: &str) -> feignhttp::Result<Todo>;
}

/// A generated client.
#[derive(Clone)]
pub(super) struct Feign(Arc<TodoApi>);

impl Contender for Feign {
    const NAME: &'static str = "feignhttp";
    const HAS_TOKENS: bool = false;

    fn new(url: &str) -> Result<Self, BoxError> {
        let settings = Settings {
            server: url.trim_start_matches("http://").to_owned(),
            token: TOKEN.to_owned(),
        };
        let api = TodoApi::builder().context(settings).build()?;
        Ok(Self(Arc::new(api)))
    }

    async fn todo(&self, id: &str) -> Result<Todo, BoxError> {
        Ok(self.0.todo(id).await?)
    }
}
