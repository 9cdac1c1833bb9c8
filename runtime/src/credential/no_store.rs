//! What stands for shared tokens without the feature `store`: a store of which there is no value.

use std::pin::Pin;

use super::startup::StartupJitter;
use super::{Fetch, Token, Wanted};
use crate::error::TokenError;

/// A store of shared tokens.
#[derive(Clone)]
pub(in crate::credential) enum EncryptedStore {}

impl EncryptedStore {
    pub(in crate::credential) fn share(&self, _: impl Fetch, _: String, _: &Identity, _: StartupJitter) -> Shared {
        match *self {}
    }
}

/// A source whose tokens are shared.
pub(in crate::credential) enum Shared {}

impl Fetch for Shared {
    fn fetch(&self, _: Wanted) -> Pin<Box<dyn Future<Output = Result<Token, TokenError>> + Send + '_>> {
        match *self {}
    }
}

/// Whose token it is.
pub(crate) struct Identity;

impl Identity {
    pub(in crate::credential) fn new(_: &str) -> Self {
        Self
    }

    pub(in crate::credential) fn with(self, _: &str, _: &str) -> Self {
        self
    }

    pub(in crate::credential) fn with_scopes(self, _: &str) -> Self {
        self
    }
}
