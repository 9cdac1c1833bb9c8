//! nginx and haproxy as gateways: what they answer when something behind them is wrong, and what we make of it.
//!
//! Both are set up alike (`nginx.conf`, `haproxy.cfg`): a path leads to an [`upstream`], or to one kind of trouble. Each
//! test goes through both, since they differ in how they say it.

mod failures;
mod limits;
mod tokens;
mod upstream;

use std::fs;
use std::process::Command;

use reauth::{Raw, Result, Text, api_client};

use self::upstream::Upstream;
use crate::installed;
use crate::server::Server;

/// The API, through a gateway.
#[api_client(retry = "constant(50ms,3)")]
trait Items {
    #[get("/{place}")]
    async fn get(&self, place: &str) -> Result<Text>;

    #[get("/{place}")]
    async fn list(&self, place: &str) -> Result<Vec<String>>;

    #[post("/{place}")]
    async fn add(&self, place: &str, #[body] item: Text) -> Result<Text>;

    #[post("/{place}", retry = "constant(50ms,1)")]
    async fn add_or_retry_once(&self, place: &str, #[body] item: Text) -> Result<Text>;

    #[post("/{place}", idempotency_key)]
    async fn add_keyed(&self, place: &str, #[body] item: Text) -> Result<Text>;

    #[post("/{place}")]
    async fn upload(&self, place: &str, #[body] file: Raw) -> Result<Text>;

    #[get("/{place}", timeout = "1s")]
    async fn hurried(&self, place: &str) -> Result<Text>;
}

struct Gateway {
    name: &'static str,
    server: Server,
}

impl Gateway {
    /// Both, each before this upstream: `HOST:PORT`.
    async fn both(upstream: &str) -> [Self; 2] {
        [Self::nginx(upstream).await, Self::haproxy(upstream).await]
    }

    async fn nginx(upstream: &str) -> Self {
        let settings = include_str!("nginx.conf");
        Self::start("nginx", &["-e", "stderr", "-c"], settings, upstream).await
    }

    async fn haproxy(upstream: &str) -> Self {
        let settings = include_str!("haproxy.cfg");
        Self::start("haproxy", &["-db", "-f"], settings, upstream).await
    }

    async fn start(
        name: &'static str,
        arguments: &'static [&'static str],
        settings: &'static str,
        upstream: &str,
    ) -> Self {
        let program = installed::program(name);
        let upstream = upstream.to_owned();
        let server = Server::start(name, move |port, folder| {
            let settings = settings
                .replace("%port%", &port.to_string())
                .replace("%folder%", folder.to_str().unwrap())
                .replace("%upstream%", &upstream);
            let file = folder.join("settings");
            fs::write(&file, settings).unwrap();
            let mut command = Command::new(&program);
            command.args(arguments).arg(file);
            command
        });
        Self {
            name,
            server: server.await,
        }
    }

    fn items(&self) -> ItemsClient {
        ItemsClient::new(self.server.url()).unwrap()
    }

    /// How often the gateway answered so, by its own log: `GET /items 200`.
    fn answered(&self, line: &str) -> usize {
        self.server.log().lines().filter(|&logged| logged == line).count()
    }
}

/// An upstream with both gateways before it.
async fn world() -> (Upstream, [Gateway; 2]) {
    let upstream = Upstream::start().await;
    let gateways = Gateway::both(&upstream.address()).await;
    (upstream, gateways)
}
