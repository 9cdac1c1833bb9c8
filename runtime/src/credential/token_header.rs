//! A token of the cache as the `Authorization` of a request (RFC 6750, section 2.1).

use std::sync::Arc;

use http::HeaderMap;
use http::header::AUTHORIZATION;
use reqwest::Request;
use tokio::time::Instant;

use super::cache::TokenCache;
use crate::call::{Authorization, Authorized, Authorizer, Authorizing, Rejection};

impl Authorizer for TokenCache {
    fn authorize_at_once(&self, request: &mut Request, now: Instant) -> Option<Authorized> {
        let token = self.at_hand_at(now)?;
        put(&token, request);
        Some(Authorized::Token(token))
    }

    fn at_hand(&self) -> Option<Arc<Authorization>> {
        self.at_hand()
    }

    fn authorize<'a>(&'a self, request: &'a mut Request, deadline: Instant) -> Authorizing<'a> {
        Box::pin(async move {
            let token = self.authorization(deadline).await?;
            put(&token, request);
            Ok(Authorized::Token(token))
        })
    }

    fn accepted(&self, token: &Authorization) {
        self.accepted(token);
    }

    fn rejected(&self, authorized: &Authorized, _: &HeaderMap) -> Rejection {
        match authorized {
            Authorized::Token(token) => self.rejected(token),
            Authorized::Other(_) => Rejection::Fixed,
        }
    }

    fn server(&self) -> &str {
        self.server()
    }
}

/// Inlined, as is the look into the cache, since nearly every call goes through here.
#[inline]
fn put(token: &Authorization, request: &mut Request) {
    request.headers_mut().insert(AUTHORIZATION, token.header.clone());
}

#[cfg(test)]
#[cfg(not(reauth_loom))]
mod tests {
    use super::*;
    use crate::credential::one_token::OneToken;

    /// Without a future, which would take a box.
    #[tokio::test(start_paused = true)]
    async fn r05_a_token_that_is_there_is_put_on_a_request_at_once() {
        let cache = TokenCache::new(OneToken, String::new(), None);
        let mut request = Request::new(http::Method::GET, "https://x.example".parse().unwrap());
        assert!(cache.authorize_at_once(&mut request, Instant::now()).is_none());
        assert!(Authorizer::at_hand(&cache).is_none());
        cache.warm_up().await.unwrap();
        assert!(matches!(
            cache.authorize_at_once(&mut request, Instant::now()),
            Some(Authorized::Token(_))
        ));
        assert_eq!(request.headers()[AUTHORIZATION], "Bearer t1");
        assert_eq!(Authorizer::at_hand(&cache).unwrap().header, "Bearer t1");
    }
}
