//! The cache of a credential, as whoever sends requests without the macro asks it.

use http::HeaderValue;
use reauth::{Auth0, TokenCredential as _, Tokens};

use super::Cache;
use crate::contenders::BoxError;

/// A credential's tokens.
#[derive(Clone, Debug)]
pub struct Reauth(Tokens);

impl Cache for Reauth {
    const NAME: &'static str = "reauth";

    async fn warm(url: &str) -> Result<Self, BoxError> {
        let tokens = Auth0::new(url, "id", "secret").tokens()?;
        tokens.warm_up().await?;
        Ok(Self(tokens))
    }

    async fn header(&self) -> Result<HeaderValue, BoxError> {
        Ok(self.0.token().await?.header())
    }
}
