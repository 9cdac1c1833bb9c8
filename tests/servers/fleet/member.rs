//! One process of the fleet, from both sides: what it does, and how a test leads it.
//!
//! It makes a call for each `call` that it is sent, or says how often the store failed it and what it knows of
//! it; and answers each line with one.

use std::env;
use std::process::Stdio;

use reauth::store::{EncryptedStore, RedisStore, StoreKey};
use reauth::{Auth0, Result, Text, api_client};
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader, Lines};
use tokio::process::{Child, ChildStdin, ChildStdout, Command};
use tokio::time::{Duration, timeout};

use super::failures::Failures;
use super::{AUDIENCE, KEY, World};

/// What a line of ours begins with, among those of the test harness.
const MARK: &str = "fleet: ";
/// For whatever a member says, on a machine that has a hundred of them to run.
const PATIENCE: Duration = Duration::from_secs(60);
const SETTINGS: &str = "REAUTH_TEST_FLEET";

#[api_client(auth = "auth0", timeout = "30s")]
trait Todos {
    #[get("/todo")]
    async fn todos(&self) -> Result<Text>;
}

/// A child process, which ends with this.
pub(super) struct Member {
    child: Child,
    calls: ChildStdin,
    said: Lines<BufReader<ChildStdout>>,
}

impl Member {
    pub(super) fn start(world: &World) -> Self {
        let settings = [world.tokens.url(), world.api.url(), &world.redis.url()].join(" ");
        let mut child = Command::new(env::current_exe().unwrap())
            .args([
                "--exact",
                "fleet::member::is_one_of_a_fleet",
                "--ignored",
                "--nocapture",
            ])
            .env(SETTINGS, settings)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .unwrap();
        let calls = child.stdin.take().unwrap();
        let said = BufReader::new(child.stdout.take().unwrap()).lines();
        Self { child, calls, said }
    }

    /// It has said that it is there.
    pub(super) async fn ready(&mut self) {
        assert_eq!(self.answer().await, "ready");
    }

    pub(super) async fn begin_call(&mut self) {
        self.calls.write_all(b"call\n").await.unwrap();
    }

    /// Whether it leaves the store alone, after a failure.
    pub(super) async fn is_resting(&mut self) -> bool {
        self.store().await.0.contains("is_resting: true")
    }

    /// How often the store failed it.
    pub(super) async fn store_failures(&mut self) -> usize {
        self.store().await.1
    }

    async fn store(&mut self) -> (String, usize) {
        self.calls.write_all(b"store\n").await.unwrap();
        let answer = self.answer().await;
        let (failures, store) = answer.split_once(' ').unwrap();
        (store.to_owned(), failures.parse().unwrap())
    }

    /// What it says of its call: `done`, or the error.
    pub(super) async fn answer(&mut self) -> String {
        let answer = async {
            loop {
                let line = self
                    .said
                    .next_line()
                    .await
                    .unwrap()
                    .expect("it goes on until it is ended");
                if let Some((_, said)) = line.split_once(MARK) {
                    return said.to_owned();
                }
            }
        };
        timeout(PATIENCE, answer).await.expect("it says something")
    }

    /// As `kill -9`.
    pub(super) async fn kill(mut self) {
        self.child.kill().await.unwrap();
    }
}

#[tokio::test]
#[ignore = "a process of the fleet, which the tests here start"]
async fn is_one_of_a_fleet() {
    let settings = env::var(SETTINGS).expect("the tests here start it");
    let [tokens, api, redis] = settings.split(' ').collect::<Vec<_>>().try_into().unwrap();
    let failures = Failures::default();
    let _guard = failures.listen();
    let key = StoreKey::from_base64(KEY).unwrap();
    let store = EncryptedStore::new(RedisStore::open(redis).unwrap(), key);
    let auth0 = Auth0::new(tokens, "canary-client-id", "canary-client-secret")
        .audience(AUDIENCE)
        .store(store.clone());
    let api = TodosClient::new(api, auth0).unwrap();
    println!("{MARK}ready");
    let mut calls = BufReader::new(tokio::io::stdin()).lines();
    while let Some(line) = calls.next_line().await.unwrap() {
        if line == "store" {
            println!("{MARK}{} {store:?}", failures.count());
            continue;
        }
        match api.todos().await {
            Ok(text) => println!("{MARK}{}", text.0),
            Err(error) => println!("{MARK}{error:#}"),
        }
    }
}
