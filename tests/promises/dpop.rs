//! `DPoP`: tokens that are bound to a key, with servers that check every proof and ask for nonces.

use http::{Response, StatusCode};
use reauth::testing::{Body, LoopbackServer, TokenServer, Verifier};
use reauth::{OAuth2, Result, Stopped, Text, TokenCredential as _, TokenError, api_client};

use crate::oauth2;

const API: &str = "https://orders.example.com";

#[api_client(auth = "oauth2")]
trait Orders {
    #[get("/order/{id}?full=true")]
    async fn order(&self, id: &str) -> Result<Text>;

    #[post("/order", reauth = "none")]
    async fn add(&self) -> Result<Text>;
}

struct World {
    tokens: TokenServer,
    verifier: Verifier,
    api: LoopbackServer,
    client: OrdersClient,
}

async fn world() -> World {
    let tokens = TokenServer::builder().rfc6749().start().await.unwrap();
    let verifier = tokens.verifier(API);
    let api = LoopbackServer::start({
        let verifier = verifier.clone();
        move |request| {
            let answer = match verifier.verify_request(&request) {
                Ok(claims) if claims.cnf.is_some() => Response::new(Body::from("an order")),
                Ok(_) => panic!("a token that is not bound"),
                Err(rejection) => rejection.into_response(),
            };
            async { Ok(answer) }
        }
    });
    let api = api.await.unwrap();
    let oauth2 = OAuth2::from_issuer(tokens.issuer(), tokens.client_id(), tokens.client_secret())
        .resource(API)
        .dpop()
        .unwrap();
    let client = OrdersClient::new(api.url(), oauth2).unwrap();
    World {
        tokens,
        verifier,
        api,
        client,
    }
}

#[tokio::test]
async fn each_request_has_a_proof_of_its_own() {
    let world = world().await;
    for id in ["1", "2", "a b/c"] {
        world.client.order(id).await.unwrap();
    }
    world.client.add().await.unwrap();
    assert_eq!(world.tokens.token_requests(), 1);
    assert!(world.tokens.requests()[0].has_proof);
}

#[tokio::test]
async fn the_token_servers_nonce_is_in_the_next_proof_within_the_same_fetch() {
    let world = world().await;
    world.tokens.require_dpop_nonce("first");
    world.client.order("1").await.unwrap();
    assert_eq!(world.tokens.token_requests(), 2, "one without, one with it");
    world.tokens.rotate_key().await.unwrap();
    world.client.order("1").await.unwrap();
    assert_eq!(world.tokens.token_requests(), 3, "it is remembered");
    world.tokens.require_dpop_nonce("second");
    world.tokens.rotate_key().await.unwrap();
    world.client.order("1").await.unwrap();
    assert_eq!(world.tokens.token_requests(), 5);
}

#[tokio::test]
async fn the_apis_nonce_is_in_the_next_proof_within_the_same_call_and_no_token_is_fetched_for_it() {
    let world = world().await;
    world.verifier.require_dpop_nonce("first");
    world.client.order("1").await.unwrap();
    // Neither a retry nor `reauth` is spent on it: this one has none.
    world.verifier.require_dpop_nonce("second");
    world.client.add().await.unwrap();
    assert_eq!(world.tokens.token_requests(), 1);
}

#[tokio::test]
async fn r13_a_rejected_token_is_replaced_also_after_a_nonce() {
    let world = world().await;
    world.client.order("1").await.unwrap();
    world.verifier.require_dpop_nonce("first");
    world.tokens.rotate_key().await.unwrap();
    world.client.order("1").await.unwrap();
    assert_eq!(world.tokens.token_requests(), 2);
}

#[tokio::test]
async fn a_token_server_that_refuses_its_own_nonces_is_asked_twice_and_for_another_reason_once() {
    use crate::fake::{Fake, respond};
    for (status, code, asked) in [
        (400, "use_dpop_nonce", 2),
        (400, "invalid_grant", 1),
        (401, "use_dpop_nonce", 1),
    ] {
        let tokens = Fake::new(move |seen| async move {
            let nonce = seen.number.to_string();
            let body = serde_json::json!({ "error": code }).to_string();
            // Should it be asked for ever, the test is not.
            let status = if seen.number < 9 { status } else { 500 };
            Ok(respond(status, &[("dpop-nonce", &nonce)], &body))
        });
        let oauth2 = OAuth2::new("https://login.example.com/token", "me", "canary-secret").transport(tokens.clone());
        oauth2.dpop().unwrap().warm_up().await.unwrap_err();
        assert_eq!(tokens.len(), asked, "{status} {code}");
    }
}

#[tokio::test]
async fn a_server_that_refuses_its_own_nonces_is_asked_once() {
    use crate::fake::Fake;
    let tokens = Fake::new(|_| async {
        let body = r#"{"access_token":"canary-token","token_type":"DPoP","expires_in":3600}"#;
        Ok(crate::fake::respond(200, &[], body))
    });
    let api = Fake::new(|seen| async move {
        let nonce = seen.number.to_string();
        let headers = [
            ("www-authenticate", "DPoP error=\"use_dpop_nonce\""),
            ("dpop-nonce", &nonce),
        ];
        Ok(crate::fake::respond(401, &headers, ""))
    });
    let oauth2 = OAuth2::new("https://login.example.com/token", "me", "canary-secret").transport(tokens.clone());
    let client = OrdersClient::builder(API, oauth2.dpop().unwrap())
        .transport(api.clone())
        .build();
    let error = client.unwrap().order("1").await.unwrap_err();
    assert_eq!(error.stopped(), Some(&Stopped::NonceRefused));
    assert_eq!((api.len(), tokens.len()), (2, 1));
}

/// A server may send its next nonce with any answer (RFC 9449, section 8.2), and asks for one in so many words.
#[tokio::test]
async fn r13_a_rejected_token_is_replaced_whatever_nonce_comes_with_the_answer() {
    use crate::fake::{Fake, respond};
    let tokens = Fake::new(|seen| async move {
        let token = format!("canary-{}", seen.number);
        let body = serde_json::json!({"access_token": token, "token_type": "DPoP", "expires_in": 3600});
        Ok(respond(200, &[], &body.to_string()))
    });
    for (challenge, nonce) in [
        ("DPoP error=\"invalid_token\"", Some("n")),
        ("DPoP error=\"use_dpop_nonce\"", None),
    ] {
        let api = Fake::new(move |seen| async move {
            let mut headers = vec![("www-authenticate", challenge)];
            headers.extend(nonce.map(|nonce| ("dpop-nonce", nonce)));
            let status = if seen.number == 0 { 401 } else { 200 };
            Ok(respond(status, &headers, ""))
        });
        let oauth2 = OAuth2::new("https://login.example.com/token", "me", "canary-secret").transport(tokens.clone());
        let client = OrdersClient::builder(API, oauth2.dpop().unwrap())
            .transport(api.clone())
            .build();
        client.unwrap().order("1").await.unwrap();
        let [first, second] = &api.authorizations()[..] else {
            panic!("two requests")
        };
        assert_ne!(first, second, "{challenge}");
    }
}

#[tokio::test]
async fn s11_a_token_that_is_not_bound_is_not_sent() {
    use crate::fake::{Fake, token_server};
    let api = Fake::statuses(&[200]);
    let oauth2 = OAuth2::new("https://login.example.com/token", "me", "canary-secret").transport(token_server());
    let client = OrdersClient::builder(API, oauth2.dpop().unwrap())
        .transport(api.clone())
        .build();
    let error = client.unwrap().order("1").await.unwrap_err();
    assert!(matches!(error.token_error(), Some(TokenError::Unacceptable { .. })));
    assert!(error.to_string().contains("its `token_type` is not DPoP"), "{error}");
    assert_eq!(api.len(), 0);
}

/// What the kit checks, checked: a proof for something else is worth nothing.
#[tokio::test]
async fn a_copied_token_is_worth_nothing() {
    let world = world().await;
    let seen = std::sync::Arc::new(parking_lot::Mutex::new(None));
    let spy = LoopbackServer::start({
        let seen = seen.clone();
        move |request| {
            *seen.lock() = Some(request.headers().clone());
            async { Ok(Response::new(Body::from(""))) }
        }
    });
    let spy = spy.await.unwrap();
    let oauth2 = OAuth2::from_issuer(
        world.tokens.issuer(),
        world.tokens.client_id(),
        world.tokens.client_secret(),
    );
    let oauth2 = oauth2.resource(API).dpop().unwrap();
    OrdersClient::new(spy.url(), oauth2).unwrap().order("1").await.unwrap();
    let stolen = seen.lock().take().unwrap();
    let status = |headers: http::HeaderMap| {
        let url = format!("{}/order/1", world.api.url());
        async move {
            let request = reqwest::Client::new().get(url).headers(headers);
            let response = request.send().await.unwrap();
            let challenge = response.headers()["www-authenticate"].to_str().unwrap().to_owned();
            (response.status(), challenge)
        }
    };
    let only = |names: &[&str]| {
        let kept = stolen.iter().filter(|(name, _)| names.contains(&name.as_str()));
        kept.map(|(name, value)| (name.clone(), value.clone())).collect()
    };
    for (headers, reason) in [
        (only(&["authorization", "dpop"]), "The proof is for another request"),
        (only(&["authorization"]), "without a proof"),
    ] {
        let (status, challenge) = status(headers).await;
        assert_eq!(status, StatusCode::UNAUTHORIZED);
        assert!(challenge.contains(reason), "{challenge}");
    }
    let mut as_bearer: http::HeaderMap = only(&["authorization"]);
    let token = as_bearer["authorization"].to_str().unwrap().replace("DPoP ", "Bearer ");
    as_bearer.insert("authorization", token.parse().unwrap());
    assert!(status(as_bearer).await.1.contains("bound to a key"));
}

/// A refresh token in the settings is bound to a key as well, which has to be there too.
#[tokio::test]
async fn the_key_may_come_with_the_settings() {
    let tokens = TokenServer::builder().rfc6749().start().await.unwrap();
    let pem = oauth2::ec_pem();
    let with_key = |key: &str| {
        let settings = serde_json::json!({
            "issuer": tokens.issuer(), "client_id": tokens.client_id(), "client_secret": tokens.client_secret(),
            "resource": API, "dpop_private_key": key,
        });
        serde_json::from_value::<OAuth2>(settings)
    };
    let verifier = &tokens.verifier(API);
    let bound_to = async |key: &str| {
        let oauth2 = with_key(key).unwrap();
        let mut request = reqwest::Request::new(http::Method::GET, "http://127.0.0.1/".parse().unwrap());
        reauth::Authorize::authorize(&oauth2, &mut request).await.unwrap();
        let mut seen = http::Request::new(());
        *seen.headers_mut() = request.headers().clone();
        seen.headers_mut().insert("host", "127.0.0.1".parse().unwrap());
        let claims = verifier.verify_request(&seen).unwrap_or_else(|no| panic!("{no:?}"));
        claims.cnf.unwrap().jkt
    };
    let first = bound_to(&pem).await;
    assert_eq!(bound_to(&pem.replace('\n', "\\n")).await, first, "one key");
    assert_ne!(bound_to(&oauth2::ec_pem()).await, first);
}
