//! The server: todos for whoever has its token, and the token.
//!
//! It prints its URL, and ends when its standard input does: with whoever started it.

use std::collections::HashMap;
use std::io::{self, Read as _};
use std::sync::Arc;
use std::time::Duration;

use http::header::AUTHORIZATION;
use http::{Method, Request, StatusCode};
use parking_lot::Mutex;
use reauth::testing::{LoopbackServer, Reply, json};
use reauth_benches::contenders::{BoxError, TOKEN};
use reauth_benches::figures::Seen;
use reauth_benches::sockets;
use serde_json::json;

pub(crate) fn serve() -> Result<(), BoxError> {
    sockets::allow_many()?;
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(1)
        .enable_all()
        .build()?;
    let state = Arc::new(Mutex::new(State::default()));
    let answer = move |request: Request<bytes::Bytes>| answer(Arc::clone(&state), request);
    let server = runtime.block_on(LoopbackServer::start(answer))?;
    println!("{}", server.url());
    io::stdin().read_to_end(&mut Vec::new())?;
    Ok(())
}

/// What it remembers.
#[derive(Default)]
struct State {
    /// The number of the token that is good: each is issued again until it is revoked. Until the first is, the one of
    /// those who never fetch one is good too.
    token: u64,
    seen: Seen,
    sends: HashMap<String, u64>,
}

impl State {
    fn token(&self) -> String {
        format!("{:05}.{}", self.token, &TOKEN["fixed.".len()..])
    }

    fn is_good(&self, token: &str) -> bool {
        token == self.token() || (self.token == 0 && token == TOKEN)
    }

    /// Begins to count.
    fn revoke(&mut self) {
        self.token += 1;
        self.seen = Seen::default();
        self.sends.clear();
    }

    /// Only then: counting would make the server slower, which each contender would be slower for.
    fn count_send(&mut self, path: &str) {
        if self.token > 0 {
            let sends = self.sends.entry(path.to_owned()).or_default();
            *sends += 1;
            self.seen.most_sends = self.seen.most_sends.max(*sends);
        }
    }
}

async fn answer(state: Arc<Mutex<State>>, request: Request<bytes::Bytes>) -> Reply {
    let path = request.uri().path();
    match (request.method(), path) {
        (&Method::POST, "/oauth/token") => {
            // As far away as a token server is.
            tokio::time::sleep(Duration::from_millis(50)).await;
            let mut state = state.lock();
            state.seen.token_requests += 1;
            let token = json!({"access_token": state.token(), "token_type": "Bearer", "expires_in": 86_400});
            Ok(json(StatusCode::OK, &token))
        }
        (_, "/revoke") => {
            state.lock().revoke();
            Ok(json(StatusCode::OK, &json!({})))
        }
        (_, "/seen") => Ok(json(StatusCode::OK, &state.lock().seen)),
        (_, "/todo/held") => {
            state.lock().seen.held += 1;
            std::future::pending().await
        }
        _ => {
            let mut state = state.lock();
            state.count_send(path);
            let authorization = request.headers().get(AUTHORIZATION);
            let token = authorization.and_then(|value| value.to_str().ok()?.strip_prefix("Bearer "));
            if token.is_some_and(|token| state.is_good(token)) {
                let todo = json!({"id": "42", "description": "write a bench", "completed": false});
                Ok(json(StatusCode::OK, &todo))
            } else {
                Ok(json(StatusCode::UNAUTHORIZED, &json!({})))
            }
        }
    }
}
