//! The `tower` layer.

use std::future::poll_fn;
use std::task::{Context, Poll};

use bytes::Bytes;
use http::{Request, Response};
use reauth::middleware::{AuthorizationLayer, AuthorizationService, Cloned, IfEmpty, Replay};
use reauth::testing::{Body, LoopbackServer, TokenServer};
use reauth::{ApiKey, Authorize, BoxError, OAuth2};
use tokio::task::JoinSet;
use tokio::time::Duration;
use tower_layer::Layer;
use tower_service::Service;

use super::{API, Bridge, TODO, auth0, get, ours, strict};
use crate::fake::{Fake, hanging, refused, respond, token, token_server};

type Guarded<R> = AuthorizationService<Bridge<Fake>, R>;

fn around<R: Clone>(api: &Fake, credential: impl Authorize, replay: R) -> Guarded<R> {
    let layer = AuthorizationLayer::new(API, credential).unwrap().replay(replay);
    layer.layer(Bridge(api.clone()))
}

/// Sends a request as tower has it: a service is polled until it is ready, and then called.
async fn send<S: Service<Request<B>>, B>(service: &mut S, request: Request<B>) -> Result<S::Response, S::Error> {
    poll_fn(|context| service.poll_ready(context)).await?;
    service.call(request).await
}

async fn status<R>(service: &Guarded<R>, request: Request<Bytes>) -> u16
where
    R: Replay<Bytes> + Clone + Send + 'static,
{
    send(&mut service.clone(), request).await.unwrap().status().as_u16()
}

#[tokio::test(start_paused = true)]
async fn r13_five_hundred_requests_rejected_with_one_token_make_one_refresh() {
    let tokens = token_server();
    let world = strict("Bearer t1");
    let service = around(&world.api, auth0(&tokens), Cloned);
    assert_eq!(status(&service, get(TODO)).await, 200);

    let hold = world.gate.hold();
    let mut in_flight = JoinSet::new();
    for _ in 0..500 {
        let service = service.clone();
        in_flight.spawn(async move { status(&service, get(TODO)).await });
    }
    hold.waiting(500).await;
    *world.accepted.lock() = "Bearer t2";
    drop(hold);
    assert!(in_flight.join_all().await.iter().all(|status| *status == 200));
    assert_eq!(tokens.len(), 2, "one refresh");
    assert_eq!(world.api.len(), 1 + 2 * 500, "each sent at most twice");
}

#[tokio::test(start_paused = true)]
async fn r14_an_api_that_rejects_every_token_is_not_asked_again_and_again() {
    let (tokens, api) = (token_server(), Fake::statuses(&[401]));
    let service = around(&api, auth0(&tokens), Cloned);
    for _ in 0..10 {
        assert_eq!(status(&service, get(TODO)).await, 401, "the answer as it came");
    }
    assert_eq!((api.len(), tokens.len()), (11, 2), "sent again once, with a new token");
}

#[tokio::test(start_paused = true)]
async fn r14_a_token_that_worked_is_replaced_at_once_up_to_five_times_in_a_row() {
    let (tokens, world) = (token_server(), strict("Bearer t1"));
    let service = around(&world.api, auth0(&tokens), Cloned);
    for accepted in [
        "Bearer t1",
        "Bearer t2",
        "Bearer t3",
        "Bearer t4",
        "Bearer t5",
        "Bearer t6",
    ] {
        *world.accepted.lock() = accepted;
        assert_eq!(status(&service, get(TODO)).await, 200, "{accepted}");
    }
    assert_eq!((world.api.len(), tokens.len()), (1 + 5 * 2, 6));
    *world.accepted.lock() = "Bearer t7";
    assert_eq!(status(&service, get(TODO)).await, 401, "then once a minute");
    assert_eq!(tokens.len(), 6);
    tokio::time::advance(Duration::from_secs(61)).await;
    assert_eq!(status(&service, get(TODO)).await, 200, "a minute later");
    assert_eq!(tokens.len(), 7);
}

#[tokio::test(start_paused = true)]
async fn r16_a_403_and_insufficient_scope_refresh_nothing_and_are_not_sent_again() {
    let insufficient = ("www-authenticate", r#"Bearer error="insufficient_scope""#);
    for (code, headers) in [(403, vec![]), (401, vec![insufficient])] {
        let api = Fake::new(move |_| {
            let response = respond(code, &headers, "");
            async move { Ok(response) }
        });
        let tokens = token_server();
        assert_eq!(status(&around(&api, auth0(&tokens), Cloned), get(TODO)).await, code);
        assert_eq!((api.len(), tokens.len()), (1, 1), "{code}");
    }
}

#[tokio::test(start_paused = true)]
async fn r26_a_request_that_is_sent_again_is_the_same_but_for_its_token() {
    let (tokens, world) = (token_server(), strict("Bearer t2"));
    let service = around(&world.api, auth0(&tokens), Cloned);
    let request = Request::put(format!("{TODO}?a=%20b"))
        .header("x-trace", "7")
        .body("body".into());
    assert_eq!(status(&service, request.unwrap()).await, 200);
    let sent = world.api.log();
    for (sent, token) in sent.iter().zip(["Bearer t1", "Bearer t2"]) {
        assert_eq!(
            (&*sent.method, &*sent.url),
            ("PUT", "https://api.example.com/todo?a=%20b")
        );
        assert_eq!(
            (&sent.headers["x-trace"], &sent.body[..]),
            (&"7".parse().unwrap(), &b"body"[..])
        );
        assert_eq!(sent.authorization.as_deref(), Some(token));
    }
    assert_eq!(sent.len(), 2);
}

#[tokio::test(start_paused = true)]
async fn r26_a_body_that_cannot_be_had_again_is_sent_once_and_the_next_request_has_the_newer_token() {
    let (tokens, world) = (token_server(), strict("Bearer t2"));
    let layer = AuthorizationLayer::new(API, auth0(&tokens)).unwrap();
    let mut service = layer.layer(Bridge(world.api.clone()));
    assert_eq!(send(&mut service, get(TODO)).await.unwrap().status(), 401);
    assert_eq!(send(&mut service, get(TODO)).await.unwrap().status(), 200);
    assert_eq!(world.api.authorizations(), ["Bearer t1", "Bearer t2"]);
}

#[tokio::test(start_paused = true)]
async fn r26_whether_a_body_is_had_again_is_for_its_type_to_say() {
    let requests = || {
        let bodies = [reqwest::Body::default(), "text".into(), reqwest::Body::from(hanging())];
        bodies.map(|body| Request::post(TODO).body(body).unwrap())
    };
    for (number, request) in requests().into_iter().enumerate() {
        let (tokens, world) = (token_server(), strict("Bearer t2"));
        let _ = send(&mut around(&world.api, auth0(&tokens), IfEmpty), request).await;
        assert_eq!(world.api.len(), [2, 1, 1][number], "{number}");
    }
    for (number, request) in requests().into_iter().enumerate() {
        let (tokens, world) = (token_server(), strict("Bearer t2"));
        let layer = AuthorizationLayer::new(API, auth0(&tokens)).unwrap();
        let layer = layer.replay_with(|body: &reqwest::Body| Some(Bytes::copy_from_slice(body.as_bytes()?).into()));
        let _ = send(&mut layer.layer(Bridge(world.api.clone())), request).await;
        assert_eq!(world.api.len(), [2, 2, 1][number], "{number}");
    }
}

#[test]
fn s01_credentials_travel_over_https_or_loopback() {
    let key = || ApiKey::new("key").in_header("x-api-key");
    let error = AuthorizationLayer::new("http://api.example.com", key()).unwrap_err();
    assert!(
        error.is_settings() && error.to_string().contains("over plain http"),
        "{error}"
    );
    assert!(AuthorizationLayer::new("http://127.0.0.1:8080", key()).is_ok());
    let builder = AuthorizationLayer::builder("http://api.example.com", key());
    assert!(builder.allow_http().build().is_ok());

    let error = AuthorizationLayer::new("api.example.com", ApiKey::new(""))
        .unwrap_err()
        .to_string();
    for part in ["is not an absolute URL", "the API key is empty"] {
        assert!(error.contains(part), "everything found: {error}");
    }
}

#[tokio::test(start_paused = true)]
async fn s03_a_request_to_another_origin_is_not_sent() {
    let (tokens, api) = (token_server(), Fake::statuses(&[200]));
    let mut service = around(&api, auth0(&tokens), Cloned);
    for elsewhere in ["https://evil.example/todo", "http://api.example.com/todo"] {
        let error = send(&mut service, get(elsewhere)).await.unwrap_err();
        assert!(
            ours(&error)
                .to_string()
                .starts_with("nothing was sent: the request is for "),
            "{error}"
        );
    }
    assert_eq!((api.len(), tokens.len()), (0, 0));
}

#[tokio::test(start_paused = true)]
async fn s07_there_is_exactly_one_authorization() {
    let (tokens, api) = (token_server(), Fake::statuses(&[200]));
    let service = around(&api, auth0(&tokens), Cloned);
    for _ in ["a fetched token", "a cached one"] {
        let mut request = get(TODO);
        for own in ["Basic b3du", "Bearer own"] {
            request.headers_mut().append("authorization", own.parse().unwrap());
        }
        status(&service, request).await;
    }
    for seen in api.log() {
        assert_eq!(seen.headers.get_all("authorization").iter().count(), 1);
        assert_eq!(seen.authorization.as_deref(), Some("Bearer t1"));
    }
}

#[tokio::test(start_paused = true)]
async fn s13_no_token_no_request_and_the_services_own_errors_stay_as_they_are() {
    let api = Fake::statuses(&[401]);
    let failing = Fake::statuses(&[503]);
    let error = send(&mut around(&api, auth0(&failing), Cloned), get(TODO))
        .await
        .unwrap_err();
    assert!(ours(&error).is_auth() && ours(&error).is_transient(), "{error}");
    assert_eq!(api.len(), 0);

    let same = Fake::new(|_| async { Ok(token("same")) });
    let error = send(&mut around(&api, auth0(&same), Cloned), get(TODO))
        .await
        .unwrap_err();
    assert!(error.to_string().contains("issued the very token again"), "{error}");
    assert_eq!(api.len(), 1, "not sent again without a newer token");

    let down = Fake::new(|_| async { Err(refused()) });
    let error = send(&mut around(&down, auth0(&token_server()), Cloned), get(TODO))
        .await
        .unwrap_err();
    assert!(error.is::<std::io::Error>(), "{error:?}");
}

#[tokio::test(start_paused = true)]
async fn an_unauthenticated_grpc_call_renews_the_token_for_the_next() {
    let api = Fake::new(|seen| async move {
        let good = seen.authorization.as_deref() == Some("Bearer t2");
        let headers = [
            ("content-type", "application/grpc"),
            ("grpc-status", if good { "0" } else { "16" }),
        ];
        Ok(respond(200, &headers, ""))
    });
    let tokens = token_server();
    let layer = AuthorizationLayer::new(API, auth0(&tokens)).unwrap();
    let mut service = layer.layer(Bridge(api.clone()));
    for expected in ["16", "0"] {
        let response = send(&mut service, get(TODO)).await.unwrap();
        assert_eq!(response.headers()["grpc-status"], expected);
    }
    assert_eq!((api.len(), tokens.len()), (2, 2));
}

/// A service that must be polled before each call, and whose clones must be polled themselves; as one with a limit.
struct OnlyWhenReady {
    inner: Bridge<Fake>,
    ready: bool,
}

impl Clone for OnlyWhenReady {
    fn clone(&self) -> Self {
        Self {
            inner: self.inner.clone(),
            ready: false,
        }
    }
}

impl Service<Request<Bytes>> for OnlyWhenReady {
    type Response = Response<reqwest::Body>;
    type Error = BoxError;
    type Future = <Bridge<Fake> as Service<Request<Bytes>>>::Future;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), BoxError>> {
        self.ready = true;
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request<Bytes>) -> Self::Future {
        assert!(std::mem::take(&mut self.ready), "called before it was ready");
        self.inner.call(request)
    }
}

#[tokio::test(start_paused = true)]
async fn the_service_that_is_ready_is_the_one_that_is_called_each_time() {
    let (tokens, world) = (token_server(), strict("Bearer t2"));
    let layer = AuthorizationLayer::new(API, auth0(&tokens)).unwrap().replay(Cloned);
    let inner = Bridge(world.api.clone());
    let mut service = layer.layer(OnlyWhenReady { inner, ready: false });
    for _ in 0..3 {
        assert_eq!(send(&mut service, get(TODO)).await.unwrap().status(), 200);
    }
    assert_eq!(world.api.len(), 4);
}

#[tokio::test(start_paused = true)]
async fn a_key_in_the_query_is_put_there() {
    let api = Fake::statuses(&[401]);
    let service = around(&api, ApiKey::new("a&b").in_query("key"), Cloned);
    status(&service, get("https://api.example.com/now/%2f?place=x")).await;
    let urls: Vec<_> = api.log().into_iter().map(|seen| seen.url).collect();
    assert_eq!(
        urls,
        ["https://api.example.com/now/%2f?place=x&key=a%26b"],
        "once: the next would be the same"
    );
}

#[tokio::test]
async fn a_token_bound_to_a_key_is_sent_with_its_proof_and_the_apis_nonce() {
    let tokens = TokenServer::builder().rfc6749().start().await.unwrap();
    let verifier = tokens.verifier(API);
    verifier.require_dpop_nonce("first");
    let api = LoopbackServer::start({
        let verifier = verifier.clone();
        move |request| {
            let answer = match verifier.verify_request(&request) {
                Ok(_) => Response::new(Body::from("an order")),
                Err(rejection) => rejection.into_response(),
            };
            async { Ok(answer) }
        }
    });
    let api = api.await.unwrap();
    let oauth2 = OAuth2::from_issuer(tokens.issuer(), tokens.client_id(), tokens.client_secret());
    let layer = AuthorizationLayer::new(api.url(), oauth2.resource(API).dpop().unwrap()).unwrap();
    let mut service = layer.replay(Cloned).layer(Bridge(reqwest::Client::new()));
    let url = format!("{}/order/1?full=true", api.url());
    assert_eq!(
        send(&mut service, get(&url)).await.unwrap().status(),
        200,
        "with the nonce"
    );
    tokens.rotate_key().await.unwrap();
    assert_eq!(
        send(&mut service, get(&url)).await.unwrap().status(),
        200,
        "with a newer token"
    );
    assert_eq!(tokens.token_requests(), 2);
}
