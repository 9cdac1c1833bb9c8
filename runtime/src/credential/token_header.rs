//! A token of the cache as the `Authorization` of a request (RFC 6750, section 2.1).

use http::HeaderMap;
use http::header::AUTHORIZATION;
use reqwest::Request;
use tokio::time::Instant;

use super::cache::TokenCache;
use crate::call::{Authorization, Authorized, Authorizer, Authorizing, Rejection};

impl Authorizer for TokenCache {
    fn authorize_at_once(&self, request: &mut Request, now: Instant) -> Option<Authorized> {
        self.at_hand_at(now).map(|token| send(token, request))
    }

    fn at_hand(&self) -> Option<Authorization> {
        self.at_hand()
    }

    fn authorize<'a>(&'a self, request: &'a mut Request, deadline: Instant) -> Authorizing<'a> {
        Box::pin(async move { self.authorization(deadline).await.map(|token| send(token, request)) })
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

fn send(token: Authorization, request: &mut Request) -> Authorized {
    request.headers_mut().insert(AUTHORIZATION, token.header.clone());
    Authorized::Token(token)
}
