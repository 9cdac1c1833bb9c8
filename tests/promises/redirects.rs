//! Where requests may be sent on to: real sockets, since reqwest follows redirects, not we.

use bytes::Bytes;
use http::{Request, Response, StatusCode};
use parking_lot::Mutex;
use reauth::testing::{Body, LoopbackServer};
use reauth::{Auth0, Result, Stopped, api_client};
use std::sync::Arc;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;

use crate::api::{Guarded, GuardedClient, Item, Open, OpenClient};
use crate::fake::{credential, token_server};

type Log = Arc<Mutex<Vec<Request<Bytes>>>>;

/// Redirects what comes to `path` on to `location`, answers everything else, and keeps what came.
async fn server(path: &'static str, status: StatusCode, location: String) -> (LoopbackServer, Log) {
    let log = Log::default();
    let server = LoopbackServer::start({
        let log = log.clone();
        move |request: Request<Bytes>| {
            let redirect = request.uri().path() == path;
            log.lock().push(request);
            let mut response = Response::new(Body::from(r#"{"id":1}"#));
            if redirect {
                *response.status_mut() = status;
                response.headers_mut().insert("location", location.parse().unwrap());
            }
            async move { Ok(response) }
        }
    });
    (server.await.unwrap(), log)
}

#[tokio::test]
async fn s02_a_307_does_not_forward_the_client_secret() {
    for status in [
        StatusCode::FOUND,
        StatusCode::TEMPORARY_REDIRECT,
        StatusCode::PERMANENT_REDIRECT,
    ] {
        let (elsewhere, secrets) = server("", status, String::new()).await;
        let (tokens, asked) = server("/oauth/token", status, format!("{}/steal", elsewhere.url())).await;
        let credential = Auth0::new(tokens.url(), "id", "canary-secret");
        let client = GuardedClient::new(elsewhere.url(), credential).unwrap();
        let error = client.item(1).await.unwrap_err();
        assert_eq!(
            (asked.lock().len(), secrets.lock().len()),
            (1, 0),
            "the secret went nowhere"
        );
        assert!(
            error
                .to_string()
                .contains("redirects of a token request are not followed"),
            "{error}"
        );
    }
}

/// What else a `Location` holds may be a secret of the server's.
#[tokio::test]
async fn s09_of_where_a_redirect_points_an_error_tells_the_origin_only() {
    let told = async |location: &str| {
        let (away, _) = server("/item/1", StatusCode::FOUND, location.to_owned()).await;
        let error = OpenClient::new(away.url()).unwrap().item(1).await.unwrap_err();
        assert!(!format!("{error}{error:?}").contains("canary"), "{error:?}");
        error.to_string()
    };
    let line = told("https://canary:canary@login.invalid/canary?state=canary#canary").await;
    assert!(
        line.contains("a redirect to https://login.invalid is not followed"),
        "{line}"
    );
    for none in ["mailto:canary@example.com", "https://[canary"] {
        assert_eq!(told(none).await, "GET /item/{id}: 302 Found");
    }
}

#[tokio::test]
async fn s03_an_api_request_follows_redirects_within_its_origin_only() {
    let (elsewhere, strangers) = server("", StatusCode::FOUND, String::new()).await;
    let (away, _) = server(
        "/item/1",
        StatusCode::TEMPORARY_REDIRECT,
        format!("{}/item/2", elsewhere.url()),
    )
    .await;
    let error = OpenClient::new(away.url()).unwrap().item(1).await.unwrap_err();
    assert_eq!(error.status().unwrap(), StatusCode::TEMPORARY_REDIRECT);
    assert_eq!(strangers.lock().len(), 0);
    assert!(
        error.to_string().ends_with(&format!(
            "307 Temporary Redirect; a redirect to {} is not followed, only those within the API's own origin are",
            elsewhere.url()
        )),
        "{error}"
    );
    assert!(!format!("{error:?}").contains("not sent again"), "{error:?}");

    let (within, log) = server("/item/1", StatusCode::TEMPORARY_REDIRECT, "/item/2".to_owned()).await;
    assert_eq!(OpenClient::new(within.url()).unwrap().item(1).await.unwrap().id, 1);
    let log = log.lock();
    assert_eq!(
        log.iter().map(|request| request.uri().path()).collect::<Vec<_>>(),
        ["/item/1", "/item/2"]
    );
    assert!(log.iter().all(|request| !request.headers().contains_key("referer")));
}

#[tokio::test]
async fn a_redirect_that_leads_to_itself_is_followed_ten_times() {
    let (round, log) = server("/item/1", StatusCode::TEMPORARY_REDIRECT, "/item/1".to_owned()).await;
    let error = OpenClient::new(round.url()).unwrap().item(1).await.unwrap_err();
    assert_eq!(error.status().unwrap(), StatusCode::TEMPORARY_REDIRECT);
    assert_eq!(log.lock().len(), 11);
}

/// Where orders are placed: `303` says that one is, and what comes after it answers a request for the receipt.
#[api_client(auth = "auth0", audience = "https://x", retry = "constant(1ms,3)")]
trait Orders {
    #[post("/order")]
    async fn place(&self, #[body] item: &Item) -> Result<Item>;

    #[post("/order", idempotency_key)]
    async fn place_keyed(&self, #[body] item: &Item) -> Result<Item>;
}

/// What the receipt is answered with.
type Receipt = fn() -> http::Result<Response<Body>>;

/// Answers `POST /order` with a redirect of this status to `location`, and a `GET` as `receipt` says; counts the orders.
async fn shop(status: u16, location: &'static str, receipt: Receipt) -> (LoopbackServer, Arc<Mutex<usize>>) {
    let orders = Arc::new(Mutex::new(0));
    let server = LoopbackServer::start({
        let orders = orders.clone();
        move |request: Request<Bytes>| {
            let answer = if request.uri().path() == "/order" && request.method() == http::Method::POST {
                *orders.lock() += 1;
                Response::builder()
                    .status(status)
                    .header("location", location)
                    .body(Body::from(""))
            } else {
                receipt()
            };
            async move { Ok(answer.unwrap()) }
        }
    });
    (server.await.unwrap(), orders)
}

#[tokio::test]
async fn r25_a_post_that_was_answered_with_a_redirect_is_not_sent_again_whatever_that_led_to() {
    let receipts: [(u16, Receipt); 3] = [
        (429, || Response::builder().status(429).body(Body::from(""))),
        (503, || {
            Response::builder()
                .status(503)
                .header("retry-after", "0")
                .body(Body::from(""))
        }),
        (401, || Response::builder().status(401).body(Body::from(""))),
    ];
    for redirect in [301, 302, 303] {
        // To the order itself, too: then the URL stays what it was.
        for location in ["/receipt", "/order"] {
            for (status, receipt) in receipts {
                let (shop, orders) = shop(redirect, location, receipt).await;
                let client = OrdersClient::new(shop.url(), credential(&token_server())).unwrap();
                let error = client.place(&Item { id: 1 }).await.unwrap_err();
                let seen = (error.status().unwrap().as_u16(), *orders.lock());
                assert_eq!(seen, (status, 1), "{redirect} to {location}");
                assert_eq!(error.stopped(), Some(&Stopped::NotIdempotent), "{error}");

                let users = reqwest::Client::new();
                let client = OrdersClient::builder(shop.url(), credential(&token_server())).http_client(users);
                client.build().unwrap().place(&Item { id: 1 }).await.unwrap_err();
                let by_url = *orders.lock() - 1;
                assert!(
                    by_url == 1 || location == "/order",
                    "through a client of the user's: {by_url}"
                );
            }
        }
    }
}

/// A layer around the transport sees what came of it, and the rules stay what they are.
#[tokio::test]
async fn r25_behind_a_layer_too_a_post_that_was_answered_with_a_redirect_is_not_sent_again() {
    let receipt: Receipt = || Response::builder().status(429).body(Body::from(""));
    let (shop, orders) = shop(303, "/order", receipt).await;
    let client = OrdersClient::builder(shop.url(), credential(&token_server()))
        .layer(tower::layer::util::Identity::new())
        .build();
    let error = client.unwrap().place(&Item { id: 1 }).await.unwrap_err();
    assert_eq!((error.status().unwrap().as_u16(), *orders.lock()), (429, 1));
    assert_eq!(error.stopped(), Some(&Stopped::NotIdempotent), "{error}");
}

#[tokio::test]
async fn r25_a_post_that_a_redirect_hands_on_or_that_has_a_key_is_sent_again() {
    let receipt: Receipt = || Response::builder().status(429).body(Body::from(""));
    let (handing_on, orders) = shop(307, "/order/1", receipt).await;
    let client = OrdersClient::new(handing_on.url(), credential(&token_server())).unwrap();
    client.place(&Item { id: 1 }).await.unwrap_err();
    assert_eq!(*orders.lock(), 4, "429 is the answer to the order");

    let (answering, orders) = shop(303, "/receipt", receipt).await;
    let client = OrdersClient::new(answering.url(), credential(&token_server())).unwrap();
    client.place_keyed(&Item { id: 1 }).await.unwrap_err();
    assert_eq!(*orders.lock(), 4, "a server knows it again");
}

#[tokio::test]
async fn r25_a_post_is_not_sent_again_where_its_redirect_leads_to_no_connection() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    // One connection, one redirect, and then nobody listens.
    let served = tokio::spawn(async move {
        let (mut stream, _) = listener.accept().await.unwrap();
        drop(listener);
        assert_ne!(stream.read(&mut [0; 4096]).await.unwrap(), 0);
        let head = "HTTP/1.1 303 See Other\r\nlocation: /receipt\r\ncontent-length: 0\r\nconnection: close\r\n\r\n";
        stream.write_all(head.as_bytes()).await.unwrap();
    });
    let client = OrdersClient::new(&url, credential(&token_server())).unwrap();
    let error = client.place(&Item { id: 1 }).await.unwrap_err();
    served.await.unwrap();
    assert_eq!(
        (error.attempts().len(), error.stopped()),
        (1, Some(&Stopped::NotIdempotent)),
        "{error}"
    );
    assert!(!error.is_connect());
}
