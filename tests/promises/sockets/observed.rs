//! What the client sent, attempt by attempt, and what it heard of each: a layer around the transport sees both as the call
//! loop does, which a proxy cannot, since the client may have given up on what is still on its way.

use std::collections::HashMap;
use std::sync::Arc;

use http::header::AUTHORIZATION;
use parking_lot::Mutex;
use reauth::HttpService;
use reqwest::Request;
use tower_layer::{Layer, layer_fn};
use tower_service::Service;

#[derive(Clone, Default)]
pub(super) struct Observed(Arc<Mutex<Inner>>);

#[derive(Default)]
struct Inner {
    calls: HashMap<u32, Vec<Sent>>,
    /// Which call first came with an idempotency key.
    keys: HashMap<String, u32>,
    broken: Vec<String>,
}

/// One attempt.
struct Sent {
    token: Option<String>,
    key: Option<String>,
    status: Option<u16>,
}

impl Observed {
    /// What the builder of a client is given.
    pub(super) fn layer(
        &self,
    ) -> impl Layer<
        HttpService,
        Service: Service<Request, Response = reqwest::Response, Error: Into<reauth::BoxError>, Future: Send>
                     + Clone
                     + Send
                     + Sync
                     + 'static,
    > + Send
    + Sync
    + 'static {
        let observed = self.clone();
        layer_fn(move |transport: HttpService| {
            let observed = observed.clone();
            tower::service_fn(move |request: Request| {
                let (observed, mut transport) = (observed.clone(), transport.clone());
                async move {
                    let (call, attempt) = observed.sends(&request);
                    let answer = transport.call(request).await;
                    if let Ok(response) = &answer {
                        observed.hears(call, attempt, response.status().as_u16());
                    }
                    answer
                }
            })
        })
    }

    fn sends(&self, request: &Request) -> (u32, usize) {
        let text = |name: &str| Some(request.headers().get(name)?.to_str().ok()?.to_owned());
        let call = text("x-call").unwrap().parse().unwrap();
        let sent = Sent {
            token: text(AUTHORIZATION.as_str()),
            key: text("idempotency-key"),
            status: None,
        };
        let inner = &mut *self.0.lock();
        let before = inner.calls.entry(call).or_default();
        let rejected = |earlier: &Sent| earlier.status == Some(401) && earlier.token == sent.token;
        if before.iter().any(rejected) {
            inner
                .broken
                .push(format!("R15, R26: call {call} sent a token again that was rejected"));
        }
        if before.iter().any(|earlier| earlier.key != sent.key) {
            inner.broken.push(format!("R26: call {call} sent another key"));
        }
        if let Some(key) = &sent.key
            && *inner.keys.entry(key.clone()).or_insert(call) != call
        {
            inner.broken.push(format!("R26: call {call} sent another call's key"));
        }
        if (request.url().path() == "/health") != sent.token.is_none() {
            inner
                .broken
                .push(format!("S13: call {call} has a token that it should not, or none"));
        }
        before.push(sent);
        (call, before.len() - 1)
    }

    fn hears(&self, call: u32, attempt: usize, status: u16) {
        if let Some(sent) = self.0.lock().calls.get_mut(&call) {
            sent[attempt].status = Some(status);
        }
    }

    /// How many requests a call has sent.
    pub(super) fn sends_of(&self, call: u32) -> usize {
        self.0.lock().calls.get(&call).map_or(0, Vec::len)
    }

    /// How many requests all calls have sent, and how many were answered 401.
    pub(super) fn counts(&self) -> (u64, u64) {
        let inner = self.0.lock();
        let sent: Vec<_> = inner.calls.values().flatten().collect();
        let rejected = sent.iter().filter(|sent| sent.status == Some(401)).count();
        (sent.len() as u64, rejected as u64)
    }

    pub(super) fn take_broken(&self) -> Vec<String> {
        std::mem::take(&mut self.0.lock().broken)
    }
}
