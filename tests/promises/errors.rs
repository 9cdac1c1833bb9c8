//! What an error says: what failed, for which endpoint, after which attempts, and what to do.

use http::StatusCode;
use reauth::testing::{Body, Failure, LoopbackServer, TokenServer};
use reauth::{Auth0, Auth0Settings, Error, Outcome};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;

use crate::api::{Guarded, GuardedClient, Open, OpenClient};
use crate::fake::{Fake, credential, refused, respond, token_server};

/// A port of loopback on which nobody listens.
async fn nobody() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    format!("http://{}", listener.local_addr().unwrap())
}

async fn failing_with(tokens: &TokenServer) -> Error {
    let client = GuardedClient::new(
        nobody().await,
        Auth0::new(tokens.url(), tokens.client_id(), "canary-secret"),
    );
    client.unwrap().item(1).await.unwrap_err()
}

#[test]
fn a_base_url_that_is_none_and_a_domain_that_is_none_are_reported_at_once() {
    let error = GuardedClient::new("todo", Auth0::new("not a domain", "id", "canary-secret")).unwrap_err();
    assert!(error.is_settings());
    assert_eq!(
        error.to_string(),
        "the base URL `todo` is not an absolute URL (relative URL without a base): write it as in `https://todo`; \
         the Auth0 domain `not a domain` is not a host name: write it as in `tenant.eu.auth0.com`"
    );
}

#[test]
fn s01_a_credential_does_not_travel_over_plain_http() {
    let auth0 = || Auth0::new("tenant.eu.auth0.com", "id", "canary-secret");
    let error = GuardedClient::new("http://todo.example.com", auth0()).unwrap_err();
    assert!(
        error
            .to_string()
            .contains("would carry credentials over plain http: write `https://`"),
        "{error}"
    );
    let error = GuardedClient::new("https://x", Auth0::new("http://tenant", "id", "canary-secret")).unwrap_err();
    assert!(error.to_string().contains("plain http"), "{error}");

    GuardedClient::new("http://127.0.0.1:1", auth0()).unwrap();
    GuardedClient::new("http://localhost:1", auth0()).unwrap();
    GuardedClient::builder("http://todo.example.com", auth0())
        .allow_http()
        .build()
        .unwrap();
    GuardedClient::new(
        "https://x",
        Auth0::new("http://tenant", "id", "canary-secret").allow_http(),
    )
    .unwrap();
    OpenClient::new("http://todo.example.com").unwrap();
}

#[tokio::test]
async fn s13_an_unreachable_token_server() {
    let api = Fake::statuses(&[200]);
    let domain = nobody().await;
    let credential = Auth0::new(&domain, "id", "canary-secret");
    let client = GuardedClient::builder("https://api.example.com", credential)
        .transport(api.clone())
        .build()
        .unwrap();
    let error = client.item(1).await.unwrap_err();
    let line = error.to_string();
    assert!(
        line.starts_with(&format!(
            "GET /item/{{id}}: no token, so nothing was sent: the token server cannot be reached: no connection could be made to {domain}: "
        )),
        "{line}"
    );
    assert!(
        line.contains("Connection refused") && line.ends_with("after 4 attempts"),
        "{line}"
    );
    assert!(error.is_auth() && error.is_connect() && error.is_transient());
    assert_eq!(api.len(), 0);
    let told = format!("{error:?}");
    assert!(
        told.contains("\n  not sent: nothing is sent without its token"),
        "{told}"
    );
    assert!(!told.contains("again"), "{told}");
}

#[tokio::test]
async fn r19_invalid_client_is_not_retried_and_says_what_to_check() {
    let tokens = TokenServer::start().await.unwrap();
    let refusal = Failure::oauth(StatusCode::UNAUTHORIZED, "invalid_client", "Unknown client");
    tokens.fail_next(1, &refusal);
    let error = failing_with(&tokens).await;
    assert_eq!(tokens.token_requests(), 1);
    let line = error.to_string();
    assert!(
        line.contains(
            "answered 401 Unauthorized: invalid_client (\"Unknown client\"); check `client_id` and `client_secret`"
        ),
        "{line}"
    );
    assert!(error.is_auth() && !error.is_transient());
}

#[tokio::test]
async fn a_wrong_secret_in_auth0s_own_words() {
    let tokens = TokenServer::start().await.unwrap();
    let line = failing_with(&tokens).await.to_string();
    assert!(
        line.contains("access_denied (\"Unauthorized\"); check `client_id` and `client_secret`"),
        "{line}"
    );
}

#[tokio::test]
async fn a_token_response_that_is_not_json() {
    let page = LoopbackServer::start(|_| async { Ok(http::Response::new(Body::from("<html>canary</html>"))) });
    let page = page.await.unwrap();
    let client = GuardedClient::new(nobody().await, Auth0::new(page.url(), "id", "canary-secret")).unwrap();
    let error = client.item(1).await.unwrap_err();
    let line = error.to_string();
    assert!(
        line.contains(&format!(
            "the token response of {} cannot be read: it is not JSON; check that the domain, issuer or token URL is a \
             token server's",
            page.url()
        )),
        "{line}"
    );
    assert!(
        !format!("{error:?}").contains("canary"),
        "S9: a token response is not quoted"
    );
}

#[tokio::test]
async fn an_api_that_cannot_be_reached_after_all_attempts() {
    let url = nobody().await;
    let error = OpenClient::new(&url).unwrap().item(1).await.unwrap_err();
    assert!(error.is_connect() && error.is_transient() && !error.is_auth());
    assert!(
        error.transport_error().unwrap().is::<reqwest::Error>(),
        "typed, for those who know more"
    );
    let line = error.to_string();
    assert!(
        line.starts_with(&format!("GET /item/{{id}}: no connection could be made to {url}: ")),
        "{line}"
    );
    assert!(
        line.ends_with("after 4 attempts; not sent again: all 3 retries are spent"),
        "{line}"
    );
}

/// Real sockets: the server promises more bytes than it sends.
#[tokio::test]
async fn a_truncated_body_says_how_far_it_came_and_keeps_it() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let server = tokio::spawn(async move {
        let (mut stream, _) = listener.accept().await.unwrap();
        assert_ne!(stream.read(&mut [0; 4096]).await.unwrap(), 0);
        stream
            .write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\n{\"id\":")
            .await
            .unwrap();
    });
    let error = OpenClient::new(url).unwrap().item(1).await.unwrap_err();
    server.await.unwrap();
    assert!(
        error.to_string().contains("the body broke off after 6 bytes"),
        "{error}"
    );
    assert_eq!(
        (error.status().unwrap(), error.body().unwrap()),
        (StatusCode::OK, &b"{\"id\":"[..])
    );
    assert!(error.is_transient());
}

#[tokio::test(start_paused = true)]
async fn the_debug_form_tells_the_whole_history() {
    let api = Fake::new(|seen| async move {
        match seen.number {
            0 => Ok(respond(401, &[], "")),
            1 => Ok(respond(503, &[], "")),
            2 => Err(refused()),
            _ => Ok(respond(422, &[], r#"{"code":"bad_item"}"#)),
        }
    });
    let client = GuardedClient::builder("https://api.example.com", credential(&token_server()))
        .transport(api)
        .build();
    let error = client.unwrap().item(1).await.unwrap_err();
    assert_eq!(
        error.to_string(),
        "GET /item/{id}: 422 Unprocessable Entity after 4 attempts"
    );
    assert_eq!(
        format!("{error:?}"),
        "GET /item/{id}: 422 Unprocessable Entity after 4 attempts
  method: Guarded::item
  attempt 1 at 0ms: 401 Unauthorized
  attempt 2 at 0ms, re-authorized: 503 Service Unavailable
  attempt 3 at 100ms, after a wait of 100ms: no connection
  attempt 4 at 200ms, after a wait of 100ms: 422 Unprocessable Entity
  not sent again: a 422 is final, unless `retry_on` names it
  the server said: {\"code\":\"bad_item\"}"
    );
    assert_eq!(error.json::<serde_json::Value>().unwrap()["code"], "bad_item");
}

#[test]
fn any_error_type_with_a_from_will_do() {
    #[derive(Debug)]
    struct Mine(String);
    impl From<Error> for Mine {
        fn from(error: Error) -> Self {
            Self(error.to_string())
        }
    }
    type Fallible<T> = Result<T, Mine>;

    #[reauth::api_client]
    trait Api {
        #[get("/{id}")]
        async fn get(&self, id: &str) -> Fallible<u8>;
    }
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    let error = runtime
        .block_on(ApiClient::new("https://x").unwrap().get(".."))
        .unwrap_err();
    assert!(error.0.contains("`id` cannot be a path parameter"));
}

#[test]
fn settings_from_json_as_in_the_seed() {
    let settings: Auth0Settings = serde_json::from_str(
        r#"{
            "auth0": {"domain": "tenant.eu.auth0.com", "client_id": "a", "client_secret": "canary", "scope": "x"},
            "api": {"base_url": "https://todo.example.com"}
        }"#,
    )
    .unwrap();
    assert!(!format!("{settings:?}").contains("canary"));
    GuardedClient::new(settings.base_url, settings.auth0).unwrap();
}

#[tokio::test(start_paused = true)]
async fn every_request_is_in_the_history_also_the_one_that_was_answered() {
    let api = Fake::new(|seen| async move {
        Ok(match seen.number {
            0 => respond(503, &[], ""),
            _ => respond(200, &[], "<html>"),
        })
    });
    let client = OpenClient::builder("https://api.example.com")
        .transport(api)
        .build()
        .unwrap();
    let error = client.item(1).await.unwrap_err();
    let outcomes: Vec<_> = error.attempts().iter().map(reauth::Attempt::outcome).collect();
    assert_eq!(
        outcomes,
        [503, 200].map(|status| Outcome::Status(StatusCode::from_u16(status).unwrap()))
    );
}

#[tokio::test(start_paused = true)]
async fn anyhow_tells_what_came_of_each_attempt() {
    let client = OpenClient::builder("https://api.example.com")
        .transport(Fake::new(|seen| async move {
            Ok(match seen.number {
                0 => respond(503, &[], ""),
                _ => respond(200, &[], "<html>"),
            })
        }))
        .build();
    let error = anyhow::Error::from(client.unwrap().item(1).await.unwrap_err());
    assert_eq!(
        format!("{error:#}"),
        "GET /item/{id}: expected JSON, and the body is none (nor has it a `Content-Type`; text is a `reauth::Text`): \
         expected value at line 1 column 1 after 2 attempts: \
         attempt 1 at 0ms: 503 Service Unavailable; attempt 2 at 100ms, after a wait of 100ms: 200 OK"
    );
    assert!(error.downcast_ref::<Error>().unwrap().is_decode());
}

#[tokio::test(start_paused = true)]
async fn whatever_is_said_fits_one_line() {
    let api = Fake::new(|_| async { Err("it broke\r\nin two\u{7}".into()) });
    let client = OpenClient::builder("https://api.example.com").transport(api).build();
    let error = client.unwrap().item(1).await.unwrap_err();
    assert!(error.to_string().contains(r"it broke\r\nin two\u{7}"), "{error}");
    assert!(!format!("{error:?}").contains('\r'), "{error:?}");
}

#[tokio::test(start_paused = true)]
async fn the_debug_form_says_when_to_come_back() {
    let api = Fake::new(|_| async { Ok(respond(503, &[("retry-after", "Fri, 31 Dec 9999 23:59:59 GMT")], "")) });
    let client = OpenClient::builder("https://api.example.com").transport(api).build();
    let error = client.unwrap().item(1).await.unwrap_err();
    assert!(
        format!("{error:?}").contains("\n  not before: Fri, 31 Dec 9999 23:59:59 GMT"),
        "{error:?}"
    );
}

#[test]
fn an_error_is_no_larger_than_two_words_and_goes_anywhere() {
    const fn goes_anywhere<T: std::error::Error + Send + Sync + 'static>() {}
    const { goes_anywhere::<Error>() };
    const { assert!(size_of::<Error>() <= 16) };
}

/// As `anyhow` and others print it: `Display` of the error and of each of its sources.
#[tokio::test]
async fn no_cause_is_told_twice() {
    let tokens = Auth0::new(nobody().await, "id", "canary-secret");
    let unreachable = GuardedClient::new("https://x", tokens)
        .unwrap()
        .item(1)
        .await
        .unwrap_err();
    let fake = Fake::new(|_| async { Ok(respond(200, &[], "<html>")) });
    let client = OpenClient::builder("https://api.example.com")
        .transport(fake)
        .build()
        .unwrap();
    let garbage = client.item(1).await.unwrap_err();
    for error in [unreachable, garbage] {
        let mut lines = vec![error.to_string()];
        let mut source = std::error::Error::source(&error);
        while let Some(cause) = source {
            assert!(
                !lines.iter().any(|line| line.contains(&cause.to_string())),
                "{lines:?}: {cause}"
            );
            lines.push(cause.to_string());
            source = cause.source();
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_challenge_is_in_the_debug_form() {
    let challenge = r#"Bearer error="insufficient_scope", scope="admin""#;
    let api = Fake::new(move |_| async move { Ok(respond(403, &[("www-authenticate", challenge)], "")) });
    let client = GuardedClient::builder("https://api.example.com", credential(&token_server()))
        .transport(api)
        .build();
    let error = client.unwrap().item(1).await.unwrap_err();
    assert!(
        format!("{error:?}").contains(&format!("the server asks for: {challenge}")),
        "{error:?}"
    );
}

#[test]
fn outside_of_a_runtime_there_is_an_error_and_no_panic() {
    let client = OpenClient::new("https://x").unwrap();
    let mut call = Box::pin(client.item(1));
    let mut context = std::task::Context::from_waker(std::task::Waker::noop());
    match call.as_mut().poll(&mut context) {
        std::task::Poll::Ready(Err(error)) => assert!(error.to_string().contains("outside of one"), "{error}"),
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_domain_that_is_a_token_url_says_what_to_write() {
    let error = GuardedClient::new(
        "https://x",
        Auth0::new("https://tenant.eu.auth0.com/oauth/token", "id", "canary-secret"),
    );
    let line = error.unwrap_err().to_string();
    assert!(
        line.contains("has a path: write it without, as in `tenant.eu.auth0.com`"),
        "{line}"
    );
}

#[tokio::test]
async fn an_audience_that_is_missing_everywhere_is_named() {
    #[reauth::api_client(auth = "auth0")]
    trait Api {
        #[get("/")]
        async fn get(&self) -> reauth::Result<()>;
    }
    let tokens = TokenServer::start().await.unwrap();
    let auth0 = Auth0::new(tokens.url(), tokens.client_id(), tokens.client_secret());
    let error = ApiClient::new("http://127.0.0.1:1", auth0)
        .unwrap()
        .get()
        .await
        .unwrap_err();
    assert!(error.to_string().contains("no `audience` is set"), "{error}");
}
