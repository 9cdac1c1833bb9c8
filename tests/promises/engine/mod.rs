//! The engine without the macro: tokens by themselves, and credentials around somebody else's client.

mod layer;
mod middleware;
mod tokens;

use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use bytes::Bytes;
use http::{Request, Response};
use parking_lot::Mutex;
use reauth::testing::Gate;
use reauth::{Auth0, BoxError};
use tower_service::Service;

use crate::fake::{Fake, credential, respond};

const API: &str = "https://api.example.com";
const TODO: &str = "https://api.example.com/todo";

/// A credential whose tokens are for the API.
fn auth0(tokens: &Fake) -> Auth0 {
    credential(tokens).audience(API)
}

/// Somebody's service for HTTP requests: what a fake or reqwest's client makes of them.
#[derive(Clone)]
struct Bridge<S>(S);

impl<S, B> Service<Request<B>> for Bridge<S>
where
    S: Service<reqwest::Request, Response = reqwest::Response>,
    S::Error: Into<BoxError>,
    S::Future: Send + 'static,
    B: Into<reqwest::Body>,
{
    type Response = Response<reqwest::Body>;
    type Error = BoxError;
    type Future = Pin<Box<dyn Future<Output = Result<Self::Response, BoxError>> + Send>>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), BoxError>> {
        self.0.poll_ready(context).map_err(Into::into)
    }

    fn call(&mut self, request: Request<B>) -> Self::Future {
        let sent = reqwest::Request::try_from(request).map(|request| self.0.call(request));
        Box::pin(async move { Ok(sent?.await.map_err(Into::into)?.into()) })
    }
}

/// An API that takes one token at a time, and answers when its gate opens.
struct Strict {
    api: Fake,
    gate: Gate,
    accepted: Arc<Mutex<&'static str>>,
}

fn strict(accepted: &'static str) -> Strict {
    let (accepted, gate) = (Arc::new(Mutex::new(accepted)), Gate::default());
    let api = {
        let (accepted, gate) = (accepted.clone(), gate.clone());
        Fake::new(move |seen| {
            let (accepted, gate) = (accepted.clone(), gate.clone());
            async move {
                gate.pass().await;
                let good = seen.authorization.as_deref() == Some(*accepted.lock());
                Ok(respond(if good { 200 } else { 401 }, &[], ""))
            }
        })
    };
    Strict { api, gate, accepted }
}

fn get(url: &str) -> Request<Bytes> {
    Request::get(url).body(Bytes::new()).unwrap()
}

/// The error of ours in what a stack failed with.
fn ours(error: &BoxError) -> &reauth::Error {
    error.downcast_ref().unwrap()
}
