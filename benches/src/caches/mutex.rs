//! The cache that services write by hand.

use http::HeaderValue;

use super::Cache;
use crate::contenders::{self, BoxError, Contender as _};

/// A mutex around the text of a token.
#[derive(Clone, Debug)]
pub struct Mutex(contenders::Mutex);

impl Cache for Mutex {
    const NAME: &'static str = "mutex around the token, by hand";

    async fn warm(url: &str) -> Result<Self, BoxError> {
        let client = contenders::Mutex::new(url)?;
        client.token().await?;
        Ok(Self(client))
    }

    async fn header(&self) -> Result<HeaderValue, BoxError> {
        let token = self.0.token().await?;
        Ok(HeaderValue::try_from(format!("Bearer {token}"))?)
    }
}
