//! `tower` layers around whatever sends the requests.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::{Context, Poll};

use http::HeaderValue;
use reauth::{BoxError, Outcome};
use reqwest::Request;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;
use tokio::time::{Duration, sleep};
use tower::limit::GlobalConcurrencyLimitLayer;
use tower::timeout::TimeoutLayer;
use tower::util::MapRequestLayer;
use tower::{Layer, Service, ServiceBuilder};

use crate::api::{Guarded, GuardedClient, Open, OpenClient};
use crate::fake::{Fake, MARK, credential, respond, token_server};

/// Adds a word to the header that says which layers a request went through.
fn mark(word: &'static str) -> MapRequestLayer<impl Fn(Request) -> Request + Clone> {
    MapRequestLayer::new(move |mut request: Request| {
        let through = request.headers().get("through");
        let through = through.map_or(String::new(), |through| format!("{} ", through.to_str().unwrap()));
        let value = HeaderValue::from_str(&format!("{through}{word}")).unwrap();
        request.headers_mut().insert("through", value);
        request
    })
}

#[tokio::test(start_paused = true)]
async fn each_attempt_goes_through_the_layers_in_the_order_in_which_they_were_given() {
    let fake = Fake::statuses(&[503, 200]);
    let client = OpenClient::builder("https://api.example.com")
        .layer(mark("first"))
        .layer(ServiceBuilder::new().layer(mark("second")).layer(mark("third")))
        .transport(fake.clone())
        .layer(mark("fourth"))
        .build()
        .unwrap();
    client.item(1).await.unwrap();
    let through: Vec<_> = fake
        .log()
        .into_iter()
        .map(|seen| seen.headers["through"].clone())
        .collect();
    assert_eq!(through, ["first second third fourth"; 2]);
}

#[tokio::test(start_paused = true)]
async fn a_layer_sees_the_credential_of_the_api_and_never_a_token_request() {
    let tokens = token_server();
    let seen = Arc::new(AtomicUsize::new(0));
    let counts = MapRequestLayer::new({
        let seen = seen.clone();
        move |request: Request| {
            assert_eq!(request.headers()["authorization"], format!("Bearer {MARK}t1"));
            seen.fetch_add(1, Ordering::SeqCst);
            request
        }
    });
    let client = GuardedClient::builder("https://api.example.com", credential(&tokens))
        .transport(Fake::statuses(&[200]))
        .layer(counts)
        .build()
        .unwrap();
    client.item(1).await.unwrap();
    assert_eq!((seen.load(Ordering::SeqCst), tokens.len()), (1, 1));
}

#[tokio::test]
async fn layers_go_around_our_own_client_and_around_the_users() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let base_url = format!("http://{}", listener.local_addr().unwrap());
    let server = tokio::spawn(async move {
        let mut heads = Vec::new();
        for _ in 0..2 {
            let (mut connection, _) = listener.accept().await.unwrap();
            let mut head = vec![0; 4096];
            let length = connection.read(&mut head).await.unwrap();
            heads.push(String::from_utf8_lossy(&head[..length]).into_owned());
            let answer = b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\nconnection: close\r\n\r\nok";
            connection.write_all(answer).await.unwrap();
        }
        heads
    });
    let ours = OpenClient::builder(&base_url).layer(mark("ours")).build().unwrap();
    assert_eq!(&*ours.text().await.unwrap(), "ok");
    let http = reqwest::Client::builder().user_agent("theirs/1").build().unwrap();
    let theirs = OpenClient::builder(&base_url).http_client(http).layer(mark("theirs"));
    assert_eq!(&*theirs.build().unwrap().text().await.unwrap(), "ok");
    let heads = server.await.unwrap();
    assert!(
        heads[0].contains("through: ours") && heads[1].contains("through: theirs"),
        "{heads:?}"
    );
    assert!(heads[1].contains("user-agent: theirs/1"), "{heads:?}");
}

#[tokio::test(start_paused = true)]
async fn a_layer_that_is_not_ready_is_waited_for_and_its_state_is_shared() {
    let fake = Fake::new(|_| async {
        sleep(Duration::from_secs(1)).await;
        Ok(respond(200, &[], r#"{"id":1}"#))
    });
    let (one, other) = OpenClient::builder("https://api.example.com")
        .transport(fake.clone())
        .layer(GlobalConcurrencyLimitLayer::new(2))
        .layer(mark("inside"))
        .and::<OpenClient>()
        .build()
        .unwrap();
    let calls = [&one, &other, &one, &other].map(|client| client.item(1));
    for answer in futures_util::future::join_all(calls).await {
        answer.unwrap();
    }
    assert_eq!(fake.times(), [0, 0, 1000, 1000]);
}

#[tokio::test(start_paused = true)]
async fn what_fails_in_a_layer_is_retried_and_its_error_is_kept() {
    let fake = Fake::new(|_| std::future::pending());
    let client = OpenClient::builder("https://api.example.com")
        .transport(fake.clone())
        .layer(TimeoutLayer::new(Duration::from_secs(1)))
        .build()
        .unwrap();
    let error = client.item(1).await.unwrap_err();
    assert_eq!(fake.times(), [0, 1100, 2200, 3300]);
    assert!(error.is_timeout());
    assert_eq!(error.attempts()[0].outcome(), Outcome::Timeout);

    let client = OpenClient::builder("https://api.example.com")
        .transport(Fake::new(|_| async { Err("the layer's own words".into()) }))
        .layer(TimeoutLayer::new(Duration::from_secs(1)))
        .build()
        .unwrap();
    let error = client.item(1).await.unwrap_err();
    assert_eq!(error.transport_error().unwrap().to_string(), "the layer's own words");
}

/// Asks for the contract: ready before each call, and called once.
#[derive(Clone)]
struct Strict<S> {
    inner: S,
    is_ready: bool,
}

struct StrictLayer;

impl<S> Layer<S> for StrictLayer {
    type Service = Strict<S>;

    fn layer(&self, inner: S) -> Strict<S> {
        Strict { inner, is_ready: false }
    }
}

impl<S: Service<Request, Error = BoxError>> Service<Request> for Strict<S> {
    type Response = S::Response;
    type Error = BoxError;
    type Future = S::Future;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), BoxError>> {
        self.is_ready = true;
        self.inner.poll_ready(context)
    }

    fn call(&mut self, request: Request) -> S::Future {
        assert!(std::mem::take(&mut self.is_ready), "called before it was ready");
        self.inner.call(request)
    }
}

#[tokio::test(start_paused = true)]
async fn a_service_is_asked_whether_it_is_ready_before_each_request() {
    let fake = Fake::statuses(&[503, 503, 200]);
    let client = OpenClient::builder("https://api.example.com")
        .transport(Strict {
            inner: fake.clone(),
            is_ready: false,
        })
        .layer(StrictLayer)
        .build()
        .unwrap();
    client.item(1).await.unwrap();
    assert_eq!(fake.len(), 3);
}
