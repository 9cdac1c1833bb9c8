//! Where requests may be sent on to: real sockets, since reqwest follows redirects, not we.

use bytes::Bytes;
use http::{Request, Response, StatusCode};
use parking_lot::Mutex;
use reauth::Auth0;
use reauth::testing::{Body, LoopbackServer};
use std::sync::Arc;

use crate::api::{Guarded, GuardedClient, Open, OpenClient};

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
