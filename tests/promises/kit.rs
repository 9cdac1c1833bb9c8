//! The test kit, as its users meet it: a service is shown to re-authorize without a socket, and a test that is wrong is
//! told how.

use std::time::Duration;

use http::StatusCode;
use reauth::testing::{Answer, Body, Failure, FakeTransport, TokenServer, json};
use reauth::{Auth0, OAuth2, Outcome, Stopped};
use tokio::time::{Instant, advance};

use crate::api::{Guarded, GuardedClient, Item, Open, OpenClient};

const HOUR: Duration = Duration::from_secs(3600);
const AUDIENCE: &str = "https://todo.example.com";

/// An API without a socket that takes the tokens of this server.
fn guarded_api(tokens: &TokenServer) -> FakeTransport {
    let verifier = tokens.verifier(AUDIENCE).scope("todo:read-write");
    FakeTransport::from_fn(move |request| {
        let response = match verifier.verify(&request.headers) {
            Ok(_) => json(StatusCode::OK, &Item { id: 1 }),
            Err(rejection) => rejection.into_response(),
        };
        async { response }
    })
}

#[tokio::test(start_paused = true)]
async fn a_service_is_shown_to_reauthorize_without_a_socket() {
    let tokens = FakeTransport::new();
    tokens
        .route("POST https://tenant.example.com/oauth/token")
        .answer(Answer::token("canary-stale", HOUR))
        .answer(Answer::token("canary-fresh", HOUR));
    let api = FakeTransport::of(GuardedClient::ENDPOINTS);
    let item = json(StatusCode::OK, &Item { id: 1 });
    api.route("Guarded::item")
        .with_bearer("canary-stale")
        .answer(StatusCode::UNAUTHORIZED);
    api.route("GET /item/{id}").with_bearer("canary-fresh").answer(item);

    let auth0 = Auth0::new("tenant.example.com", "client id", "canary-secret").transport(tokens.clone());
    let client = GuardedClient::builder("https://api.example.com", auth0).transport(api.clone());
    assert_eq!(client.build().unwrap().item(1).await.unwrap(), Item { id: 1 });
    api.verify();
    tokens.verify();
}

#[tokio::test(start_paused = true)]
async fn tokens_that_are_really_signed_expire_rotate_and_are_revoked_without_a_socket() {
    let tokens = TokenServer::builder().token_lifetime(HOUR).start().await.unwrap();
    let auth0 = Auth0::new(tokens.url(), tokens.client_id(), tokens.client_secret()).transport(tokens.transport());
    let server = tokens.verifier(AUDIENCE);
    let oauth2 =
        OAuth2::from_issuer(tokens.issuer(), tokens.client_id(), tokens.client_secret()).transport(tokens.transport());
    let start = Instant::now();
    let api = guarded_api(&tokens);
    let client = GuardedClient::builder("https://api.example.com", auth0)
        .transport(api.clone())
        .build()
        .unwrap();
    client.item(1).await.unwrap();
    advance(HOUR).await;
    client.item(1).await.unwrap();
    assert_eq!((tokens.token_requests(), api.requests().len()), (2, 2), "it expired");
    tokens.rotate_key().await.unwrap();
    client.item(1).await.unwrap();
    assert_eq!(
        (tokens.token_requests(), api.requests().len()),
        (3, 4),
        "its key was gone"
    );
    tokens.revoke_all();
    client.item(1).await.unwrap();
    assert_eq!(
        (tokens.token_requests(), api.requests().len()),
        (4, 6),
        "it was revoked"
    );
    assert_eq!(start.elapsed(), HOUR, "no time was waited");

    // Discovery too.
    use reauth::TokenCredential as _;
    let token = oauth2.audience(AUDIENCE).token().await.unwrap();
    let headers = http::HeaderMap::from_iter([(http::header::AUTHORIZATION, token.header())]);
    assert_eq!(server.verify(&headers).unwrap().azp, tokens.client_id());
}

#[tokio::test(start_paused = true)]
async fn retries_waits_and_time_limits_take_no_time_in_a_fake() {
    let api = FakeTransport::of(OpenClient::ENDPOINTS).base_path("/v1");
    let items = api
        .route("GET /item/{id}")
        .answer(Answer::refused())
        .answer(Failure::disconnect())
        .answer(Failure::status(StatusCode::SERVICE_UNAVAILABLE).retry_after(Duration::from_secs(2)))
        .answer(http::Response::new(Body::drip(r#"{"id":1}"#, Duration::from_secs(1))));
    api.route("GET /text").answer(Failure::hang());
    let client = OpenClient::builder("https://api.example.com/v1")
        .transport(api.clone())
        .build()
        .unwrap();
    let start = Instant::now();
    client.item(1).await.unwrap();
    assert_eq!(
        start.elapsed(),
        Duration::from_millis(10_200),
        "two retries, a wait, and eight bytes"
    );
    let times: Vec<_> = items.requests().iter().map(|request| request.at.as_millis()).collect();
    assert_eq!(times, [0, 100, 200, 2200]);
    assert!(client.hurried().await.unwrap_err().is_timeout());
    assert_eq!(start.elapsed(), Duration::from_millis(10_450));
    api.verify();
}

#[tokio::test(start_paused = true)]
async fn what_comes_unexpectedly_is_said_in_the_error_and_again_in_the_end() {
    let api = FakeTransport::of(OpenClient::ENDPOINTS);
    api.route("DELETE /item/1").answer(StatusCode::NO_CONTENT);
    let client = OpenClient::builder("https://api.example.com")
        .transport(api.clone())
        .build()
        .unwrap();
    let error = client.remove(2).await.unwrap_err();
    let outcomes: Vec<_> = error.attempts().iter().map(reauth::Attempt::outcome).collect();
    assert_eq!(outcomes, [Outcome::Unsent], "it is not sent again");
    assert_eq!(error.stopped(), Some(&Stopped::NotRetryable));
    assert!(!error.is_transient());
    let said = "`DELETE /item/2` (`Open::remove`): nearest is `DELETE /item/1` (route 1), but its path is another";
    let line = error.to_string();
    assert!(
        line.contains(&format!(
            "nothing was sent to https://api.example.com: unexpected request {said}. Routes: 1. `DELETE /item/1`"
        )),
        "{line}"
    );
    let report = api.check().unwrap_err().to_string();
    assert!(report.contains(&format!("\n- {said}\n")), "{report}");
}

#[tokio::test(start_paused = true)]
async fn a_token_request_that_is_unexpected_is_told_too() {
    let (tokens, api) = (FakeTransport::new(), FakeTransport::of(GuardedClient::ENDPOINTS));
    tokens.route("POST /oauth/tokens").always(Answer::token("canary", HOUR));
    let auth0 = Auth0::new("tenant.example.com", "client id", "canary-secret").transport(tokens.clone());
    let client = GuardedClient::builder("https://api.example.com", auth0)
        .transport(api.clone())
        .build()
        .unwrap();
    let line = client.item(1).await.unwrap_err().to_string();
    let said =
        "unexpected request `POST /oauth/token`: nearest is `POST /oauth/tokens` (route 1), but its path is another";
    assert!(line.contains(said), "{line}");
    tokens.check().unwrap_err();
}
