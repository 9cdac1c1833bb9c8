//! What is behind a gateway: it answers everything with what it was sent, and takes down what came.

use std::sync::Arc;
use std::time::Instant;

use bytes::Bytes;
use http::{Request, Response};
use parking_lot::Mutex;
use reauth::testing::{Body, Failure, Failures, LoopbackServer};

pub(super) struct Upstream {
    server: LoopbackServer,
    shared: Arc<Shared>,
}

#[derive(Default)]
struct Shared {
    failures: Failures,
    seen: Mutex<Vec<Seen>>,
}

/// One request.
#[derive(Clone, Debug)]
pub(super) struct Seen {
    pub(super) at: Instant,
    pub(super) idempotency_key: Option<String>,
    pub(super) body: Bytes,
}

impl Upstream {
    pub(super) async fn start() -> Self {
        let shared = Arc::new(Shared::default());
        let handler = shared.clone();
        let server = LoopbackServer::start(move |request| {
            let shared = handler.clone();
            async move {
                shared.see(&request);
                match shared.failures.take() {
                    Some(failure) => failure.reply().await,
                    None => Ok(Response::new(Body::from(request.into_body()))),
                }
            }
        });
        Self {
            server: server.await.unwrap(),
            shared,
        }
    }

    /// `HOST:PORT`
    pub(super) fn address(&self) -> String {
        self.server.address().to_string()
    }

    pub(super) fn fail_next(&self, count: usize, failure: &Failure) {
        self.shared.failures.add(count, failure);
    }

    /// What came since this was last asked.
    pub(super) fn saw(&self) -> Vec<Seen> {
        std::mem::take(&mut *self.shared.seen.lock())
    }
}

impl Shared {
    fn see(&self, request: &Request<Bytes>) {
        let key = request.headers().get("idempotency-key");
        self.seen.lock().push(Seen {
            at: Instant::now(),
            idempotency_key: key.map(|key| key.to_str().unwrap().to_owned()),
            body: request.body().clone(),
        });
    }
}
