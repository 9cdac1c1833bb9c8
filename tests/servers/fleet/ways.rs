//! The ways to a Redis, as the `redis` crate has them: by a user with minimal permissions, over TLS, through a cluster, and by what
//! Sentinel says. On each of them two caches share one token, and another after its rejection.

use std::fs;
use std::path::Path;
use std::process::Command;
use std::sync::Arc;

use reauth::store::{EncryptedStore, RedisStore, StoreKey, TokenStore, redis};
use reauth::testing::TokenServer;
use reauth::{Auth0, TokenCredential};
use redis::cluster::ClusterClient;
use redis::sentinel::{SentinelClient, SentinelServerType};
use redis::{Client, TlsCertificates};
use tokio::sync::Mutex;

use super::failures::Failures;
use super::{AUDIENCE, KEY, Redis};
use crate::installed;
use crate::server::{Server, until};

/// Two caches, each with a way of its own. Where this machine was so busy that a step took too long, once more.
async fn share<S: TokenStore>(way: impl Fn() -> S) {
    let failures = Failures::default();
    let _guard = failures.listen();
    for _ in 0..3 {
        let before = failures.count();
        if share_once(&way, || failures.count() > before).await {
            return;
        }
    }
    panic!("the token store is unavailable");
}

/// `false` where the store failed.
async fn share_once<S: TokenStore>(way: impl Fn() -> S, has_failed: impl Fn() -> bool) -> bool {
    let server = TokenServer::builder().audience(AUDIENCE).start().await.unwrap();
    let caches = [0, 1].map(|_| {
        let store = EncryptedStore::new(way(), StoreKey::from_base64(KEY).unwrap());
        let auth0 = Auth0::new(server.url(), server.client_id(), server.client_secret());
        let auth0 = auth0.audience(AUDIENCE).store(store);
        auth0.tokens().unwrap()
    });
    for requests in [1, 2] {
        for tokens in &caches {
            let token = tokens.token().await.unwrap();
            if has_failed() {
                return false;
            }
            assert_eq!(server.token_requests(), requests);
            tokens.accepted(&token);
        }
        // The newest is rejected; so is the other's, which is the same.
        for tokens in &caches {
            let token = tokens.token().await.unwrap();
            assert!(tokens.rejected(&token).is_replaced());
        }
    }
    !has_failed()
}

/// What a user of Redis is given.
pub(super) fn rules_of_the_documentation() -> &'static str {
    let text = include_str!("../../../runtime/src/store/store.md");
    let (_, rules) = text
        .split_once("a user of its own where others use that Redis too: `")
        .unwrap();
    rules.split_once('`').unwrap().0
}

#[tokio::test]
async fn a_redis_user_needs_no_more_permissions_than_the_documentation_says() {
    let redis = Redis::start().await;
    let rules: Vec<_> = rules_of_the_documentation().split_whitespace().collect();
    let user = ["ACL", "SETUSER", "reauth", "on", ">canary-password"];
    let _: () = redis.ask(&[&user[..], &rules].concat()).await;
    let url = redis.url().replace("redis://", "redis://reauth:canary-password@");
    share(|| RedisStore::open(&url).unwrap()).await;
    // And it is that user which asks.
    let _: () = redis.ask(&["ACL", "SETUSER", "default", "off"]).await;
    share(|| RedisStore::open(&url).unwrap().prefix("reauth:again").unwrap()).await;
}

#[tokio::test]
async fn a_redis_with_tls_is_asked_over_tls() {
    let program = installed::program("redis-server");
    let server = Server::start("redis-tls", move |port, folder| {
        certificate(folder);
        let mut command = Command::new(&program);
        command
            .current_dir(folder)
            .args(["--bind", "127.0.0.1", "--save", "", "--port", "0"]);
        command.args([
            "--tls-cert-file",
            "cert.pem",
            "--tls-key-file",
            "key.pem",
            "--tls-ca-cert-file",
            "cert.pem",
        ]);
        command
            .args(["--tls-auth-clients", "no", "--tls-port"])
            .arg(port.to_string());
        command
    })
    .await;
    let url = server.url().replace("http://", "rediss://");
    let certificate = fs::read(server.folder().join("cert.pem")).unwrap();
    let way = |root_cert: Option<Vec<u8>>| {
        let certificates = TlsCertificates {
            client_tls: None,
            root_cert,
        };
        let client = Client::build_with_tls(&*url, certificates).unwrap();
        RedisStore::connected_by(move || {
            let client = client.clone();
            async move { client.get_multiplexed_async_connection().await }
        })
    };
    share(|| way(Some(certificate.clone()))).await;
    // A certificate of nobody's is refused: `open` goes by those of the system.
    let refused = TokenStore::get(&RedisStore::open(&url).unwrap(), "name").await;
    let refused = refused.unwrap_err().to_string().to_lowercase();
    assert!(
        refused.contains("certificate") || refused.contains("unknownissuer"),
        "{refused}"
    );
}

/// One that nobody has signed, for `127.0.0.1`.
fn certificate(folder: &Path) {
    if folder.join("cert.pem").exists() {
        return;
    }
    let mut command = Command::new(installed::program("openssl"));
    command
        .current_dir(folder)
        .args(["req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2"]);
    command.args(["-subj", "/CN=redis", "-addext", "subjectAltName=IP:127.0.0.1"]);
    command.args([
        "-addext",
        "basicConstraints=critical,CA:FALSE",
        "-keyout",
        "key.pem",
        "-out",
        "cert.pem",
    ]);
    let made = command.output().unwrap();
    assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
}

#[tokio::test]
async fn a_cluster_is_one_store() {
    let redis = Redis::with(&["--cluster-enabled", "yes"]).await;
    let _: () = redis.ask(&["CLUSTER", "ADDSLOTSRANGE", "0", "16383"]).await;
    until("the cluster is one", async || {
        let info: String = redis.ask(&["CLUSTER", "INFO"]).await;
        info.contains("cluster_state:ok").then_some(())
    })
    .await;
    let client = ClusterClient::new([redis.url()]).unwrap();
    let connections = [
        client.get_async_connection().await.unwrap(),
        client.get_async_connection().await.unwrap(),
    ];
    let next = std::cell::Cell::new(0);
    share(|| RedisStore::new(connections[next.replace(next.get() + 1)].clone())).await;
}

#[tokio::test]
async fn sentinel_says_where_the_master_is() {
    let redis = Redis::start().await;
    let master = redis.url().rsplit(':').next().unwrap().to_owned();
    let program = installed::program("redis-server");
    let sentinel = Server::start("sentinel", move |port, folder| {
        let settings = format!("bind 127.0.0.1\nport {port}\nsentinel monitor tokens 127.0.0.1 {master} 1\n");
        fs::write(folder.join("sentinel.conf"), settings).unwrap();
        let mut command = Command::new(&program);
        command.current_dir(folder).args(["sentinel.conf", "--sentinel"]);
        command
    })
    .await;
    let url = sentinel.url().replace("http://", "redis://");
    until("Sentinel knows the master", async || {
        let client = SentinelClient::build(vec![&*url], "tokens", None, SentinelServerType::Master);
        client.unwrap().get_async_connection().await.ok()
    })
    .await;
    share(|| {
        let client = SentinelClient::build(vec![&*url], "tokens", None, SentinelServerType::Master).unwrap();
        let client = Arc::new(Mutex::new(client));
        RedisStore::connected_by(move || {
            let client = client.clone();
            async move { client.lock().await.get_async_connection().await }
        })
    })
    .await;
    let leases: Vec<String> = redis.ask(&["KEYS", "reauth:*"]).await;
    assert!(!leases.is_empty(), "it is the master that has them");
}
