//! Links that a server gave: where they may lead, and what they carry there.

use std::sync::Arc;

use bytes::Bytes;
use http::{Request, Response, StatusCode};
use parking_lot::Mutex;
use reauth::testing::{Body, LoopbackServer, TokenServer};
use reauth::{Auth0, Result, Text, api_client};

#[api_client(auth = "auth0", audience = "https://files.example.com")]
trait Links {
    #[get]
    async fn next(&self, #[url] link: &str, #[query] size: Option<u32>) -> Result<Text>;

    #[get(auth = "none")]
    async fn anywhere(&self, #[url] link: &str) -> Result<Text>;

    #[get("/files/{*path}")]
    #[headers("Accept: text/plain")]
    async fn file(&self, path: &str) -> Result<Text>;
}

type Log = Arc<Mutex<Vec<Request<Bytes>>>>;

/// Sends on what comes to `/away`, answers everything else, and keeps what came.
async fn server(away: String) -> (LoopbackServer, Log) {
    let log = Log::default();
    let server = LoopbackServer::start({
        let log = log.clone();
        move |request: Request<Bytes>| {
            let mut response = Response::new(Body::from("here"));
            if request.uri().path() == "/away" {
                *response.status_mut() = StatusCode::FOUND;
                response.headers_mut().insert("location", away.parse().unwrap());
            }
            log.lock().push(request);
            async move { Ok(response) }
        }
    });
    (server.await.unwrap(), log)
}

/// What was asked for, and whether a credential came with it.
fn seen(log: &Log) -> Vec<(String, bool)> {
    let seen = |request: &Request<Bytes>| {
        (
            request.uri().to_string(),
            request.headers().contains_key("authorization"),
        )
    };
    log.lock().iter().map(seen).collect()
}

async fn client(api: &LoopbackServer) -> (TokenServer, LinksClient) {
    let tokens = TokenServer::start().await.unwrap();
    let credential = Auth0::new(tokens.url(), tokens.client_id(), tokens.client_secret());
    let client = LinksClient::new(format!("{}/v1", api.url()), credential).unwrap();
    (tokens, client)
}

#[tokio::test]
async fn a_link_arrives_byte_for_byte_and_with_the_token() {
    let (api, log) = server(String::new()).await;
    let (_tokens, client) = client(&api).await;
    let link = format!("{}/v1/a%2fb//c;d/?cursor=%2b+x&&sig=A/b==#part", api.url());
    client.next(&link, None).await.unwrap();
    client.next(&link, Some(5)).await.unwrap();
    client.next("items?page=2", None).await.unwrap();
    let expected = [
        "/v1/a%2fb//c;d/?cursor=%2b+x&&sig=A/b==",
        "/v1/a%2fb//c;d/?cursor=%2b+x&&sig=A/b==&size=5",
        "/v1/items?page=2",
    ];
    assert_eq!(seen(&log), expected.map(|uri| (uri.to_owned(), true)));
}

#[tokio::test]
async fn s04_a_link_to_another_origin_is_an_error_before_a_token_is_fetched() {
    let (api, log) = server(String::new()).await;
    let (elsewhere, strangers) = server(String::new()).await;
    let (tokens, client) = client(&api).await;
    let error = client.next(elsewhere.url(), None).await.unwrap_err();
    let expected = format!(
        "GET {{link}}: `link` leads to {}, and the API is at {}: ",
        elsewhere.url(),
        api.url()
    );
    assert!(error.to_string().starts_with(&expected), "{error}");
    assert_eq!(
        (seen(&log).len(), seen(&strangers).len(), tokens.token_requests()),
        (0, 0, 0)
    );
}

#[tokio::test]
async fn s03_s04_a_method_without_a_credential_may_follow_it_but_no_redirect_leaves_where_it_led() {
    let (api, log) = server(String::new()).await;
    let (elsewhere, strangers) = server(format!("{}/v1/back", api.url())).await;
    let (_tokens, client) = client(&api).await;
    client.anywhere(&format!("{}/x", elsewhere.url())).await.unwrap();
    let error = client.anywhere(&format!("{}/away", elsewhere.url())).await.unwrap_err();
    assert_eq!(error.status().unwrap(), StatusCode::FOUND);
    assert_eq!(seen(&strangers), ["/x", "/away"].map(|uri| (uri.to_owned(), false)));
    assert_eq!(seen(&log), []);
}

#[tokio::test]
async fn an_error_names_the_origin_that_a_link_led_to() {
    let (api, _log) = server(String::new()).await;
    let (_tokens, client) = client(&api).await;
    let error = client.anywhere("http://127.0.0.1:1/?canary").await.unwrap_err();
    assert!(
        error.is_connect() && error.to_string().contains("http://127.0.0.1:1:"),
        "{error}"
    );
    assert!(!format!("{error} {error:?}").contains("canary"));
}

#[tokio::test]
async fn a_rest_keeps_its_slashes_and_constant_headers_are_sent() {
    let (api, log) = server(String::new()).await;
    let (_tokens, client) = client(&api).await;
    client.file("a b/c?d/e").await.unwrap();
    assert_eq!(seen(&log), [("/v1/files/a%20b/c%3Fd/e".to_owned(), true)]);
    let log = log.lock();
    let accepted: Vec<_> = log[0].headers().get_all("accept").iter().collect();
    assert_eq!(accepted, ["text/plain"]);
}
