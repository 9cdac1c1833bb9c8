//! The middleware of reqwest-middleware.

use async_trait::async_trait;
use http::Extensions;
use reauth::middleware::AuthorizationMiddleware;
use reauth::reqwest_middleware::{ClientBuilder, ClientWithMiddleware, Error, Middleware, Next};
use reauth::testing::{Body, LoopbackServer};
use reauth::{ApiKey, Authorize, Bearer, BoxError};
use tokio::task::JoinSet;
use tower_service::Service;

use super::{API, TODO, auth0, strict};
use crate::fake::{Fake, hanging, respond, token_server};

/// Answers in place of a server.
struct Answers(Fake);

#[async_trait]
impl Middleware for Answers {
    async fn handle(
        &self,
        request: reqwest::Request,
        _: &mut Extensions,
        _: Next<'_>,
    ) -> reauth::reqwest_middleware::Result<reqwest::Response> {
        let answer = self.0.clone().call(request).await;
        answer.map_err(|error| Error::middleware(std::io::Error::other(error)))
    }
}

fn client(api: &Fake, credential: impl Authorize) -> ClientWithMiddleware {
    ClientBuilder::new(reqwest::Client::new())
        .with(AuthorizationMiddleware::new(API, credential).unwrap())
        .with(Answers(api.clone()))
        .build()
}

async fn status(client: &ClientWithMiddleware) -> u16 {
    client.get(TODO).send().await.unwrap().status().as_u16()
}

/// The error of ours in what a client failed with.
fn ours(error: &Error) -> &reauth::Error {
    let Error::Middleware(error) = error else {
        panic!("{error}");
    };
    error.downcast_ref().unwrap()
}

#[tokio::test(start_paused = true)]
async fn r13_five_hundred_requests_rejected_with_one_token_make_one_refresh() {
    let tokens = token_server();
    let world = strict("Bearer t1");
    let client = client(&world.api, auth0(&tokens));
    assert_eq!(status(&client).await, 200);

    let hold = world.gate.hold();
    let mut in_flight = JoinSet::new();
    for _ in 0..500 {
        let client = client.clone();
        in_flight.spawn(async move { status(&client).await });
    }
    hold.waiting(500).await;
    *world.accepted.lock() = "Bearer t2";
    drop(hold);
    assert!(in_flight.join_all().await.iter().all(|status| *status == 200));
    assert_eq!(tokens.len(), 2, "one refresh");
    assert_eq!(world.api.len(), 1 + 2 * 500, "each sent at most twice");
}

#[tokio::test(start_paused = true)]
async fn r14_r16_what_a_newer_token_does_not_mend_is_the_answer() {
    for (code, sends, fetches) in [(401, 3, 2), (403, 2, 1)] {
        let (tokens, api) = (
            token_server(),
            Fake::new(move |_| async move { Ok(respond(code, &[], "why")) }),
        );
        let client = client(&api, auth0(&tokens));
        for _ in 0..2 {
            let answer = client.get(TODO).send().await.unwrap();
            assert_eq!(answer.status(), code);
            assert_eq!(answer.text().await.unwrap(), "why", "unread");
        }
        assert_eq!((api.len(), tokens.len()), (sends, fetches), "{code}");
    }
}

/// reqwest-middleware#44: its retries refuse a body that cannot be cloned.
#[tokio::test(start_paused = true)]
async fn r26_a_body_that_is_a_stream_is_sent_once_and_not_refused() {
    let (tokens, world) = (token_server(), strict("Bearer t2"));
    let client = client(&world.api, auth0(&tokens));
    let post = || client.post(TODO).body(reqwest::Body::from(hanging())).send();
    assert_eq!(post().await.unwrap().status(), 401);
    assert_eq!(post().await.unwrap().status(), 200, "with the newer token");
    assert_eq!(world.api.authorizations(), ["Bearer t1", "Bearer t2"]);
}

#[tokio::test(start_paused = true)]
async fn r26_a_request_that_is_sent_again_has_the_same_body() {
    let (tokens, world) = (token_server(), strict("Bearer t2"));
    let answer = client(&world.api, auth0(&tokens)).post(TODO).body("body").send().await;
    assert_eq!(answer.unwrap().status(), 200);
    let bodies: Vec<_> = world.api.log().into_iter().map(|seen| seen.body).collect();
    assert_eq!(bodies, [b"body", b"body"]);
}

#[tokio::test(start_paused = true)]
async fn s01_s03_s13_a_request_goes_to_its_api_with_its_token_or_not_at_all() {
    let error = AuthorizationMiddleware::new("http://api.example.com", Bearer::new("t")).unwrap_err();
    assert!(error.to_string().contains("over plain http"), "{error}");

    let (tokens, api) = (Fake::statuses(&[503]), Fake::statuses(&[200]));
    let client = client(&api, auth0(&tokens));
    let error = client
        .get("https://evil.example/canary?canary")
        .send()
        .await
        .unwrap_err();
    assert_eq!(
        ours(&error).to_string(),
        "nothing was sent: the request is for https://evil.example, and its credential for https://api.example.com: send \
         it through another client, or build another authorization for it"
    );
    assert_eq!(tokens.len(), 0);
    let error = client.get(TODO).send().await.unwrap_err();
    assert!(ours(&error).token_error().is_some(), "{error}");
    assert_eq!(api.len(), 0);
}

#[tokio::test(start_paused = true)]
async fn s07_there_is_exactly_one_authorization() {
    let (tokens, api) = (token_server(), Fake::statuses(&[200]));
    let request = client(&api, auth0(&tokens)).get(TODO).bearer_auth("own");
    request.header("authorization", "Basic b3du").send().await.unwrap();
    assert_eq!(api.log()[0].headers.get_all("authorization").iter().count(), 1);
    assert_eq!(api.authorizations(), ["Bearer t1"]);
}

/// A credential that signs the body, and again after a 401.
struct Signed;

impl Authorize for Signed {
    async fn authorize(&self, request: &mut reqwest::Request) -> Result<(), BoxError> {
        let length = request.body().and_then(reqwest::Body::as_bytes).map_or(0, <[u8]>::len);
        request
            .headers_mut()
            .insert("authorization", format!("Length canary-{length}").parse()?);
        Ok(())
    }

    fn is_renewed_after(&self, _: &http::HeaderMap) -> bool {
        true
    }
}

#[tokio::test(start_paused = true)]
async fn a_credential_of_ones_own_sees_the_whole_request() {
    let api = Fake::statuses(&[401, 200]);
    let answer = client(&api, Signed).post(TODO).body("body").send().await.unwrap();
    assert_eq!(
        (answer.status().as_u16(), api.authorizations()),
        (200, vec!["Length canary-4".to_owned(); 2])
    );
}

#[tokio::test]
async fn s09_a_key_in_the_query_does_not_come_with_an_error() {
    let nobody = "http://127.0.0.1:1";
    let key = ApiKey::new("canary").in_query("key");
    let client = ClientBuilder::new(reqwest::Client::new())
        .with(AuthorizationMiddleware::new(nobody, key).unwrap())
        .build();
    let error = client.get(format!("{nobody}/now")).send().await.unwrap_err();
    assert!(error.is_connect(), "{error}");
    assert!(!format!("{error} {error:?}").contains("canary"), "{error:?}");
}

#[tokio::test]
async fn s03_a_401_from_where_a_redirect_led_to_rejects_no_token() {
    let elsewhere = LoopbackServer::start(|request| async move {
        assert!(!request.headers().contains_key("authorization"));
        Ok(http::Response::builder().status(401).body(Body::default()).unwrap())
    });
    let elsewhere = elsewhere.await.unwrap();
    let location = format!("{}/", elsewhere.url());
    let api = LoopbackServer::start(move |_| {
        let moved = http::Response::builder().status(302).header("location", &location);
        let moved = moved.body(Body::default()).unwrap();
        async move { Ok(moved) }
    });
    let api = api.await.unwrap();
    let tokens = token_server();
    let client = ClientBuilder::new(reqwest::Client::new())
        .with(AuthorizationMiddleware::new(api.url(), auth0(&tokens)).unwrap())
        .build();
    for _ in 0..3 {
        assert_eq!(client.get(api.url()).send().await.unwrap().status(), 401);
    }
    assert_eq!(tokens.len(), 1);
}
