//! What becomes of connections, and what is refused. What the scripts do is tested on a real server, by
//! `tests/servers/fleet/`.

use std::collections::VecDeque;
use std::io;
use std::sync::atomic::{AtomicUsize, Ordering};

use redis::{ErrorKind, Pipeline, RedisFuture, ServerErrorKind};
use tokio::time::sleep;

use super::*;

/// What a connection does with one step.
#[derive(Clone, Copy, Debug)]
enum Does {
    /// It answers that nothing is there.
    Answer,
    Hang,
    /// It answers after so long that there is no connection.
    Close(Duration),
    /// It answers that it may not.
    Refuse,
}

/// A way to a server: each step that comes takes the next of these.
#[derive(Clone, Default)]
struct Way {
    does: Arc<Mutex<VecDeque<Does>>>,
    connections: Arc<AtomicUsize>,
}

impl Way {
    fn store(&self) -> RedisStore<Self> {
        let way = self.clone();
        RedisStore::connected_by(move || {
            way.connections.fetch_add(1, Ordering::Relaxed);
            let connection = way.clone();
            async { Ok(connection) }
        })
    }

    fn next(&self, does: Does) {
        self.does.lock().push_back(does);
    }
}

impl ConnectionLike for Way {
    fn req_packed_command<'a>(&'a mut self, _: &'a Cmd) -> RedisFuture<'a, Value> {
        let does = self.does.lock().pop_front().unwrap();
        Box::pin(async move {
            match does {
                Does::Answer => Ok(Value::Nil),
                Does::Hang => std::future::pending().await,
                Does::Close(after) => {
                    sleep(after).await;
                    Err(io::Error::from(io::ErrorKind::BrokenPipe).into())
                }
                Does::Refuse => Err((ErrorKind::Server(ServerErrorKind::NoPerm), "not that").into()),
            }
        })
    }

    fn req_packed_commands<'a>(&'a mut self, _: &'a Pipeline, _: usize, _: usize) -> RedisFuture<'a, Vec<Value>> {
        unreachable!("steps are single commands")
    }

    fn get_db(&self) -> i64 {
        0
    }
}

#[tokio::test(start_paused = true)]
async fn a_connection_is_made_anew_after_it_failed_and_not_because_the_one_before_fails_later() {
    let way = Way::default();
    let store = way.store();
    let made = || way.connections.load(Ordering::Relaxed);
    for does in [Does::Hang, Does::Close(Duration::from_millis(500)), Does::Answer] {
        way.next(does);
    }
    let late = store.get("name");
    let next = async {
        assert!(store.get("name").await.is_err(), "it was closed");
        assert_eq!(made(), 1);
        store.get("name").await.unwrap();
        assert_eq!(made(), 2);
    };
    // The first step is under way all the while, and ends after all others.
    let (mut late, mut next) = (std::pin::pin!(late), std::pin::pin!(next));
    let mut is_done = false;
    let late = std::future::poll_fn(|context| {
        let late = late.as_mut().poll(context);
        is_done = is_done || next.as_mut().poll(context).is_ready();
        late
    })
    .await;
    assert!(late.unwrap_err().to_string().contains("no answer within"));
    assert!(is_done);
    way.next(Does::Answer);
    store.get("name").await.unwrap();
    assert_eq!(made(), 2, "the second is as good as before");
}

#[tokio::test(start_paused = true)]
async fn a_connection_over_which_a_server_says_no_is_kept() {
    let way = Way::default();
    let store = way.store();
    way.next(Does::Refuse);
    way.next(Does::Answer);
    assert!(store.get("name").await.is_err());
    store.get("name").await.unwrap();
    assert_eq!(way.connections.load(Ordering::Relaxed), 1);
}

#[test]
fn a_url_that_cannot_be_used_says_why_and_not_what_it_is() {
    for (url, why) in [
        ("canary", "did not parse"),
        ("http://user:canary@localhost", "did not parse"),
        ("redis://user:canary@localhost/canary", "Invalid database number"),
        ("redis://user:canary@0.0.0.0", "wildcard"),
    ] {
        let error = RedisStore::open(url).unwrap_err().to_string();
        assert!(error.contains(why) && error.contains("redis://HOST:PORT"), "{error}");
        assert!(!error.contains("canary"), "{error}");
    }
}

/// Where this is built beside something that has the feature, there is nothing to see.
#[test]
fn tls_without_its_feature_says_which_one_it_is() {
    if let Err(error) = RedisStore::open("rediss://user:canary@localhost") {
        let error = error.to_string();
        assert!(
            error.contains("tokio-rustls-comp") && !error.contains("canary"),
            "{error}"
        );
    }
}

#[test]
fn a_prefix_with_a_brace_is_refused() {
    let store = || RedisStore::open("redis://localhost").unwrap();
    assert!(store().prefix("todo:tokens").is_ok());
    for prefix in ["a{}", "{a}", "a{", "}"] {
        let error = store().prefix(prefix).unwrap_err().to_string();
        assert!(error.contains("brace") && error.contains(prefix), "{error}");
    }
}
