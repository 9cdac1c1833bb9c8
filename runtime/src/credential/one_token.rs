//! The simplest source there is, for tests: the same token whenever it is asked.

use std::pin::Pin;

use super::{Fetch, Token, Wanted};
use crate::error::TokenError;

pub(super) struct OneToken;

impl Fetch for OneToken {
    fn fetch(&self, _: Wanted) -> Pin<Box<dyn Future<Output = Result<Token, TokenError>> + Send + '_>> {
        Box::pin(async { Token::bearer("t1") })
    }
}
