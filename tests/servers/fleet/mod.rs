//! A fleet of real processes on one real redis-server: how often they ask the token server, and what becomes of their
//! calls when the store is stopped, paused, flushed or full, and when one of them is killed.
//!
//! Bounds are those that are promised, and not what is usual (one token request). On a machine that is busy a step of the
//! store may take more than its second, and a process fetch its own: so each counts how often that [fails](failures), and
//! what is promised holds but for so many.
//!
//! A process of the fleet is this very program, started again for the one test in [`member`].

mod failures;
mod member;
mod outages;
mod rules;
mod tokens;
mod ways;

use std::process::Command;

use reauth::store::redis;
use reauth::testing::{Body, LoopbackServer, TokenServer};
use tokio::sync::{Mutex, MutexGuard};
use tokio::time::Duration;

use self::member::Member;
use crate::installed;
use crate::server::Server;

const AUDIENCE: &str = "https://todo.example.com";
/// A key that is in no dump, nor is anything else that says canary.
const KEY: &str = "Y2FuYXJ5LWtleS1vZi10aGUtZmxlZXQtMzItYnl0ZXM=";

/// One fleet at a time: a hundred processes are enough for a machine, and time is real.
static TURN: Mutex<()> = Mutex::const_new(());

/// The token server, the API and the store of a fleet.
struct World {
    _turn: MutexGuard<'static, ()>,
    tokens: TokenServer,
    api: LoopbackServer,
    redis: Redis,
}

impl World {
    async fn new(life: Duration) -> Self {
        let turn = TURN.lock().await;
        let tokens = TokenServer::builder()
            .client("canary-client-id", "canary-client-secret")
            .audience(AUDIENCE)
            .token_lifetime(life)
            .start()
            .await
            .unwrap();
        let verifier = tokens.verifier(AUDIENCE);
        let api = LoopbackServer::start(move |request| {
            let response = match verifier.verify(request.headers()) {
                Ok(_) => http::Response::new(Body::from("done")),
                Err(rejection) => rejection.into_response(),
            };
            async { Ok(response) }
        });
        Self {
            _turn: turn,
            tokens,
            api: api.await.unwrap(),
            redis: Redis::start().await,
        }
    }

    /// So many more processes.
    async fn members(&self, count: usize) -> Vec<Member> {
        let mut members: Vec<_> = (0..count).map(|_| Member::start(self)).collect();
        for member in &mut members {
            member.ready().await;
        }
        members
    }
}

/// All of them call at once; what each said of it.
async fn call(members: &mut [Member]) -> Vec<String> {
    for member in members.iter_mut() {
        member.begin_call().await;
    }
    let mut said = Vec::new();
    for member in members {
        said.push(member.answer().await);
    }
    said
}

/// All of them call, and none fails.
async fn all_call(members: &mut [Member]) {
    for said in call(members).await {
        assert_eq!(said, "done");
    }
}

/// How often the store failed any of them, so far.
async fn store_failures(members: &mut [Member]) -> usize {
    let mut failures = 0;
    for member in members {
        failures += member.store_failures().await;
    }
    failures
}

/// A server of this test's own, that keeps nothing on disk.
struct Redis(Server);

impl Redis {
    async fn start() -> Self {
        Self::with(&[]).await
    }

    /// With these settings too.
    async fn with(settings: &'static [&'static str]) -> Self {
        let program = installed::program("redis-server");
        let server = Server::start("redis", move |port, folder| {
            let mut command = Command::new(&program);
            command
                .args(settings)
                .args(["--bind", "127.0.0.1", "--save", "", "--appendonly", "no", "--port"])
                .arg(port.to_string())
                .arg("--dir")
                .arg(folder);
            command
        });
        Self(server.await)
    }

    fn url(&self) -> String {
        self.0.url().replace("http://", "redis://")
    }

    /// A command, from outside of the fleet.
    async fn ask<T: redis::FromRedisValue>(&self, words: &[&str]) -> T {
        let client = redis::Client::open(self.url()).unwrap();
        let mut connection = client.get_multiplexed_async_connection().await.unwrap();
        let mut command = redis::cmd(words[0]);
        command.arg(&words[1..]);
        command.query_async(&mut connection).await.unwrap()
    }
}
