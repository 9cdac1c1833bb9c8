//! Twenty processes, one token: they share it in a Redis of this example's own.
//!
//! `cargo run -p reauth-examples --features redis --example fleet`, with `redis-server` or `valkey-server` installed. It
//! listens on loopback, keeps nothing on disk, and is ended with this.
//!
//! Each process is this program, started again. What a service of yours takes from here is in [`member`]: a key, a store,
//! and `.store(…)`.

use std::env;
use std::error::Error;
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use reauth::store::{EncryptedStore, RedisStore, StoreKey};
use reauth::testing::{Body, LoopbackServer, TokenServer};
use reauth::{Auth0, Result, Text, api_client, http};
use tokio::task::JoinSet;

const AUDIENCE: &str = "https://todo.example.com";
const FLEET: usize = 20;
const CALLS: usize = 5;
/// In a deployment: `openssl rand -base64 32`, kept beside the client secret.
const KEY: &str = "ZXhhbXBsZS1rZXktb2YtYS1mbGVldCwtMzItYnl0ZXM=";
/// How a process is told that it is one of the fleet, and where everything is.
const SETTINGS: &str = "FLEET_EXAMPLE";

type Failure = Box<dyn Error + Send + Sync>;

/// A service.
#[api_client(auth = "auth0", retry = "constant(100ms,3)")]
trait TodoApi {
    /// What there is to do.
    #[get("/todo")]
    async fn todos(&self) -> Result<Text>;
}

#[tokio::main]
async fn main() -> std::result::Result<(), Failure> {
    match env::var(SETTINGS) {
        Ok(settings) => member(&settings).await,
        Err(_) => fleet().await,
    }
}

/// One process of the fleet.
async fn member(settings: &str) -> std::result::Result<(), Failure> {
    let [tokens, client_id, client_secret, api, redis] = settings.split(' ').collect::<Vec<_>>()[..] else {
        return Err("this is started by the example itself".into());
    };
    let store = EncryptedStore::new(RedisStore::open(redis)?, StoreKey::from_base64(KEY)?);
    let auth0 = Auth0::new(tokens, client_id, client_secret)
        .audience(AUDIENCE)
        .store(store);
    let api = TodoApiClient::new(api, auth0)?;
    for _ in 0..CALLS {
        api.todos().await?;
    }
    Ok(())
}

async fn fleet() -> std::result::Result<(), Failure> {
    let redis = Redis::start()?;
    let tokens = TokenServer::builder().audience(AUDIENCE).start().await?;
    let verifier = tokens.verifier(AUDIENCE);
    let api = LoopbackServer::start(move |request| {
        let response = match verifier.verify(request.headers()) {
            Ok(_) => http::Response::new(Body::from("water the plants")),
            Err(rejection) => rejection.into_response(),
        };
        async { Ok(response) }
    })
    .await?;
    let settings = [
        tokens.url(),
        tokens.client_id(),
        tokens.client_secret(),
        api.url(),
        &redis.url,
    ]
    .join(" ");

    println!("{FLEET} processes with cold caches, {CALLS} calls each");
    let took = run(FLEET, &settings).await?;
    println!(
        "└ token requests: {}; no call failed, {} ms\n",
        tokens.token_requests(),
        took.as_millis()
    );

    println!("{FLEET} more, later");
    let took = run(FLEET, &settings).await?;
    println!(
        "└ token requests: still {}; no call failed, {} ms\n",
        tokens.token_requests(),
        took.as_millis()
    );

    println!("redis-server is stopped; 3 more");
    drop(redis);
    let took = run(3, &settings).await?;
    println!(
        "└ token requests: {}, as each makes its own; no call failed, {} ms",
        tokens.token_requests(),
        took.as_millis()
    );
    Ok(())
}

/// So many processes at once, to their end.
async fn run(processes: usize, settings: &str) -> std::result::Result<Duration, Failure> {
    let began = Instant::now();
    let mut fleet = JoinSet::new();
    for _ in 0..processes {
        let mut child = tokio::process::Command::new(env::current_exe()?)
            .env(SETTINGS, settings)
            .kill_on_drop(true)
            .spawn()?;
        fleet.spawn(async move { child.wait().await });
    }
    while let Some(ended) = fleet.join_next().await {
        if !ended??.success() {
            return Err("a call of one process failed; its error is above".into());
        }
    }
    Ok(began.elapsed())
}

/// A server of our own, ended with this.
struct Redis {
    server: Child,
    url: String,
}

impl Redis {
    fn start() -> std::result::Result<Self, Failure> {
        let port = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?.local_addr()?.port();
        let start = |program: &str| {
            Command::new(program)
                .args(["--bind", "127.0.0.1", "--save", "", "--appendonly", "no", "--port"])
                .arg(port.to_string())
                .current_dir(env::temp_dir())
                .stdout(Stdio::null())
                .spawn()
        };
        let server = start("redis-server").or_else(|_| start("valkey-server")).map_err(|_| {
            "this example needs a Redis or Valkey of its own: install `redis-server` (Debian, Ubuntu: `apt-get install \
             redis-server`; macOS: `brew install redis`) and run it again; it is started on a free port, and ended"
        })?;
        let url = format!("redis://127.0.0.1:{port}");
        let redis = Self { server, url };
        let limit = Instant::now() + Duration::from_secs(10);
        while TcpStream::connect((Ipv4Addr::LOCALHOST, port)).is_err() {
            if Instant::now() > limit {
                return Err("redis-server does not answer".into());
            }
            std::thread::sleep(Duration::from_millis(10));
        }
        Ok(redis)
    }
}

impl Drop for Redis {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.server.kill();
        let _ = self.server.wait();
    }
}
