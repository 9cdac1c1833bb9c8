//! `OAuth2`: over real sockets, with a token server that checks what it is sent.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use futures_util::FutureExt as _;
use http::header::LOCATION;
use http::{Response, StatusCode};
use reauth::testing::{
    self, Body, ClientAuthentication as Sent, Failure, LoopbackServer, TokenServer, TokenServerBuilder,
};
use reauth::{
    Auth0, ClientAuthentication, OAuth2, OAuthErrorCode, PrivateKey, Result, Text, TokenCredential, TokenError,
    api_client,
};

use crate::fake::{Fake, refused, respond, token};

const API: &str = "https://orders.example.com";

#[api_client(auth = "oauth2", scope = "orders:read")]
trait Orders {
    #[get("/order")]
    async fn order(&self) -> Result<Text>;
}

/// An API that lets in who has a token for it.
pub(crate) async fn api(tokens: &TokenServer) -> LoopbackServer {
    let verifier = tokens.verifier(API);
    let answer = move |request: http::Request<bytes::Bytes>| {
        let answer = match verifier.verify_request(&request) {
            Ok(_) => Response::new(Body::from("an order")),
            Err(rejection) => rejection.into_response(),
        };
        async { Ok(answer) }
    };
    LoopbackServer::start(answer).await.unwrap()
}

fn server() -> TokenServerBuilder {
    TokenServer::builder()
        .rfc6749()
        .client("me & you", "s:e/canary r&t")
        .audience(API)
}

fn token_url(tokens: &TokenServer) -> String {
    format!("{}/oauth/token", tokens.url())
}

async fn call(oauth2: OAuth2, tokens: &TokenServer) -> Result<Text> {
    OrdersClient::new(api(tokens).await.url(), oauth2)?.order().await
}

#[tokio::test]
async fn a_secret_is_sent_in_http_basic_or_in_the_form() {
    for (authentication, sent) in [
        (ClientAuthentication::from("s:e/canary r&t"), Sent::Basic),
        (ClientAuthentication::basic("s:e/canary r&t"), Sent::Basic),
        (ClientAuthentication::post("s:e/canary r&t"), Sent::Post),
    ] {
        let tokens = server().start().await.unwrap();
        let oauth2 = OAuth2::new(token_url(&tokens), "me & you", authentication).resource(API);
        call(oauth2, &tokens).await.unwrap();
        let [asked] = &tokens.requests()[..] else {
            panic!("one request")
        };
        assert_eq!(asked.authentication, sent);
        assert_eq!(asked.client_id.as_deref(), Some("me & you"));
        assert_eq!(asked.scope.as_deref(), Some("orders:read"));
        assert_eq!(asked.resources, [API]);
    }
}

#[tokio::test]
async fn a_public_client_only_names_itself() {
    let tokens = server().public_client("me").start().await.unwrap();
    let oauth2 = OAuth2::new(token_url(&tokens), "me", ClientAuthentication::none()).resource(API);
    call(oauth2, &tokens).await.unwrap();
    assert_eq!(tokens.requests()[0].authentication, Sent::None);
}

#[tokio::test]
async fn every_resource_and_parameter_is_in_every_request() {
    let tokens = TokenServer::builder().rfc6749().start().await.unwrap();
    let oauth2 = OAuth2::new(token_url(&tokens), tokens.client_id(), tokens.client_secret())
        .audience(API)
        .resource("https://a.example.com")
        .resource("https://b.example.com")
        .parameter("tenant", "t 1");
    let api = api(&tokens).await;
    let client = OrdersClient::new(api.url(), oauth2).unwrap();
    client.order().await.unwrap();
    tokens.rotate_key().await.unwrap();
    client.order().await.unwrap();
    let asked = tokens.requests();
    assert_eq!(asked.len(), 2);
    for asked in asked {
        assert_eq!(asked.audience.as_deref(), Some(API));
        assert_eq!(asked.resources, ["https://a.example.com", "https://b.example.com"]);
        assert_eq!(asked.parameters, [("tenant".to_owned(), "t 1".to_owned())]);
    }
}

#[tokio::test]
async fn r17_each_resource_has_its_own_token() {
    let tokens = TokenServer::builder().rfc6749().start().await.unwrap();
    let api = Fake::statuses(&[200]);
    let oauth2 = OAuth2::new(token_url(&tokens), tokens.client_id(), tokens.client_secret());
    for resource in [
        "https://a.example.com",
        "https://b.example.com",
        "https://a.example.com",
    ] {
        let client = OrdersClient::builder(API, oauth2.clone().resource(resource));
        client.transport(api.clone()).build().unwrap().order().await.unwrap();
    }
    let sent = api.authorizations();
    assert_eq!(tokens.token_requests(), 2);
    assert!(sent[0] == sent[2] && sent[0] != sent[1]);
}

fn pem(label: &str, der: &[u8]) -> String {
    use base64::Engine as _;
    let digits = base64::prelude::BASE64_STANDARD.encode(der);
    let lines: Vec<_> = digits
        .as_bytes()
        .chunks(64)
        .map(|line| std::str::from_utf8(line).unwrap())
        .collect();
    format!("-----BEGIN {label}-----\n{}\n-----END {label}-----\n", lines.join("\n"))
}

/// A new key on the curve P-256.
pub(crate) fn ec_pem() -> String {
    use aws_lc_rs::encoding::{AsDer, EcPrivateKeyRfc5915Der};
    use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair};
    let pair = EcdsaKeyPair::generate(&ECDSA_P256_SHA256_FIXED_SIGNING).unwrap();
    let sec1: EcPrivateKeyRfc5915Der = pair.private_key().as_der().unwrap();
    pem("EC PRIVATE KEY", sec1.as_ref())
}

/// RSA and elliptic, in the formats that there are for them.
fn keys() -> [PrivateKey; 3] {
    use aws_lc_rs::encoding::AsDer;
    let rsa = aws_lc_rs::rsa::KeyPair::generate(aws_lc_rs::rsa::KeySize::Rsa2048).unwrap();
    let rsa: aws_lc_rs::encoding::Pkcs8V1Der = rsa.as_der().unwrap();
    [
        PrivateKey::from_pem(pem("PRIVATE KEY", rsa.as_ref())).unwrap(),
        PrivateKey::from_pem(ec_pem().replace('\n', "\\n"))
            .unwrap()
            .key_id("first"),
        PrivateKey::generate().unwrap(),
    ]
}

#[tokio::test]
async fn s15_a_private_key_signs_an_assertion_that_is_used_once() {
    for key in keys() {
        let tokens = server().client_key(&key.public_jwk()).start().await.unwrap();
        // Each attempt must have an assertion of its own: the kit takes none twice.
        let oauth2 = OAuth2::new(token_url(&tokens), "me & you", key).resource(API);
        let api = api(&tokens).await;
        let client = OrdersClient::new(api.url(), oauth2).unwrap();
        client.order().await.unwrap();
        tokens.rotate_key().await.unwrap();
        client.order().await.unwrap();
        assert_eq!(tokens.token_requests(), 2);
        assert_eq!(tokens.requests()[0].authentication, Sent::Assertion);
    }
}

#[tokio::test(start_paused = true)]
async fn s15_a_retry_has_an_assertion_of_its_own() {
    use crate::fake::{respond, token};
    let tokens = Fake::new(|seen| async move {
        Ok(match seen.number {
            0 => respond(503, &[], ""),
            _ => token("t"),
        })
    });
    let [_, key, _] = keys();
    let oauth2 = OAuth2::new("https://login.example.com/token?p=a", "me", key).transport(tokens.clone());
    let client = OrdersClient::builder(API, oauth2)
        .transport(Fake::statuses(&[200]))
        .build();
    client.unwrap().order().await.unwrap();
    let assertions: Vec<_> = tokens.log().iter().map(|seen| claims(&seen.body)).collect();
    assert_eq!(assertions.len(), 2);
    assert_ne!(assertions[0]["jti"], assertions[1]["jti"]);
    for claims in assertions {
        assert_eq!(claims["aud"], "https://login.example.com/token?p=a");
        assert_eq!((&claims["iss"], &claims["sub"]), (&"me".into(), &"me".into()));
        let life = claims["exp"].as_u64().unwrap() - claims["iat"].as_u64().unwrap();
        assert!(life <= 60, "{life}");
    }
    assert_eq!(tokens.log()[0].url, "https://login.example.com/token?p=a");
}

/// What the assertion in a form says.
fn claims(form: &[u8]) -> serde_json::Value {
    use base64::Engine as _;
    let form = String::from_utf8(form.to_vec()).unwrap();
    let assertion = form
        .split('&')
        .find_map(|field| field.strip_prefix("client_assertion="))
        .unwrap();
    let claims = assertion.split('.').nth(1).unwrap();
    serde_json::from_slice(&base64::prelude::BASE64_URL_SAFE_NO_PAD.decode(claims).unwrap()).unwrap()
}

#[tokio::test]
async fn an_assertion_is_for_the_issuer_unless_it_is_said_otherwise() {
    let [_, key, _] = keys();
    let tokens = server().client_key(&key.public_jwk()).start().await.unwrap();
    let oauth2 = || OAuth2::from_issuer(tokens.issuer(), "me & you", key.clone()).resource(API);
    call(oauth2(), &tokens).await.unwrap();
    call(oauth2().assertion_audience(token_url(&tokens)), &tokens)
        .await
        .unwrap();
    let elsewhere = oauth2().assertion_audience("https://evil.example");
    let error = call(elsewhere, &tokens).await.unwrap_err();
    let told = error.to_string();
    assert!(
        told.contains("invalid_client (\"The assertion is for someone else\")"),
        "{told}"
    );
    assert!(told.contains("whom the assertion is for"), "{told}");
}

/// Auth0's word for a proof that it does not believe.
#[tokio::test]
async fn access_denied_is_no_reason_to_look_for_a_secret_where_there_is_none() {
    let [_, key, _] = keys();
    for (authentication, look_at) in [
        (key.into(), "that the token server has the public key"),
        (ClientAuthentication::none(), "knows it as a public client"),
        (ClientAuthentication::post("canary"), "`client_secret`"),
    ] {
        let tokens = Fake::new(|_| async { Ok(respond(403, &[], r#"{"error":"access_denied"}"#)) });
        let oauth2 = OAuth2::new("https://login.example.com/token", "me", authentication).audience(API);
        let client = OrdersClient::builder(API, oauth2.transport(tokens))
            .transport(Fake::statuses(&[200]))
            .build();
        let told = client.unwrap().order().await.unwrap_err().to_string();
        assert!(told.contains(look_at), "{told}");
        assert_eq!(
            told.contains("client_secret"),
            look_at.contains("client_secret"),
            "{told}"
        );
        assert!(told.contains("authorized for `audience` and `scope`"), "{told}");
    }
}

#[test]
fn what_is_no_key_says_so_without_quoting_it() {
    for pem in [
        "canary",
        "-----BEGIN PRIVATE KEY-----\nY2FuYXJ5\n-----END PRIVATE KEY-----",
    ] {
        let error = PrivateKey::from_pem(pem).unwrap_err().to_string();
        assert!(error.starts_with("the private key cannot be used: "), "{error}");
        assert!(!error.contains("canary") && !error.contains("Y2FuYXJ5"), "{error}");
    }
    let [key, ..] = keys();
    assert_eq!(format!("{key:?}"), r#"PrivateKey { algorithm: "RS256", id: None, .. }"#);
    assert!(key.public_jwk().get("d").is_none());
}

#[tokio::test]
async fn discovery_finds_the_token_endpoint_by_both_conventions_and_with_a_path() {
    for (builder, expected) in [
        (server(), Sent::Basic),
        (server().path("/tenant"), Sent::Basic),
        // As Auth0 and OpenID Connect have it.
        (TokenServer::builder().client("me & you", "s:e/canary r&t"), Sent::Basic),
        (
            TokenServer::builder()
                .client("me & you", "s:e/canary r&t")
                .path("/tenant"),
            Sent::Basic,
        ),
    ] {
        let tokens = builder.start().await.unwrap();
        let oauth2 = OAuth2::from_issuer(tokens.issuer(), "me & you", "s:e/canary r&t").audience(API);
        call(oauth2, &tokens).await.unwrap();
        assert_eq!(tokens.requests()[0].authentication, expected, "{}", tokens.issuer());
    }
}

#[tokio::test]
async fn a_token_endpoint_that_moves_is_found_again_within_the_same_call() {
    let tokens = server().start().await.unwrap();
    let oauth2 = OAuth2::from_issuer(tokens.issuer(), "me & you", "s:e/canary r&t").resource(API);
    let api = api(&tokens).await;
    let client = OrdersClient::new(api.url(), oauth2).unwrap();
    client.order().await.unwrap();
    tokens.move_token_endpoint("/v2/token");
    tokens.rotate_key().await.unwrap();
    client.order().await.unwrap();
    assert_eq!(tokens.token_requests(), 2);
}

#[tokio::test]
async fn s01_a_document_of_another_issuer_is_not_believed() {
    let tokens = server().start().await.unwrap();
    let oauth2 = OAuth2::from_issuer(format!("{}/", tokens.issuer()), "me", "canary").resource(API);
    let error = call(oauth2, &tokens).await.unwrap_err();
    assert!(
        matches!(error.token_error(), Some(TokenError::Discovery { .. })),
        "{error:?}"
    );
    assert!(error.to_string().contains("write the issuer exactly so"), "{error}");
    assert_eq!(tokens.token_requests(), 0);
}

#[tokio::test]
async fn s02_discovery_follows_no_redirect_and_reads_no_endless_document() {
    for large in [false, true] {
        let asked = Arc::new(AtomicUsize::new(0));
        let counter = asked.clone();
        let issuer = LoopbackServer::start(move |_| {
            counter.fetch_add(1, Ordering::SeqCst);
            let mut response = Response::new(Body::from(vec![b' '; if large { 70_000 } else { 0 }]));
            if !large {
                *response.status_mut() = StatusCode::FOUND;
                response.headers_mut().insert(LOCATION, "/elsewhere".parse().unwrap());
            }
            async { Ok(response) }
        });
        let issuer = issuer.await.unwrap();
        let oauth2 = OAuth2::from_issuer(issuer.url(), "me", "canary");
        let client = OrdersClient::builder(API, oauth2)
            .transport(Fake::statuses(&[200]))
            .build();
        let error = client.unwrap().order().await.unwrap_err();
        assert_eq!(
            asked.load(Ordering::SeqCst),
            2,
            "one request for each convention: {error:?}"
        );
        let expected = if large {
            "larger than 64 KiB"
        } else {
            "redirects of a token request are not followed"
        };
        assert!(error.to_string().contains(expected), "{error}");
    }
}

#[tokio::test]
async fn r19_what_the_server_refuses_says_what_to_look_at() {
    let tokens = server().grant("orders:read").start().await.unwrap();
    let with = |secret: &str| OAuth2::new(token_url(&tokens), "me & you", secret);
    let wrong_secret = call(with("canary").resource(API), &tokens).await.unwrap_err();
    let wrong_resource = call(with("s:e/canary r&t").resource("https://other.example.com"), &tokens)
        .await
        .unwrap_err();
    for (error, expected, advice) in [
        (
            wrong_secret,
            OAuthErrorCode::InvalidClient,
            "check `client_id` and `client_secret`",
        ),
        (
            wrong_resource,
            OAuthErrorCode::InvalidTarget,
            "check `resource` and `audience`",
        ),
    ] {
        let Some(TokenError::Refused { code, .. }) = error.token_error() else {
            panic!("{error:?}")
        };
        assert_eq!(*code, expected);
        assert!(error.to_string().contains(advice), "{error}");
        assert!(!format!("{error:?}").contains("canary"));
    }
    assert_eq!(tokens.token_requests(), 2, "neither is tried again");
}

#[tokio::test]
async fn r08_a_server_that_fails_is_asked_again() {
    let tokens = server().start().await.unwrap();
    tokens.fail_next(2, &Failure::status(StatusCode::SERVICE_UNAVAILABLE));
    let oauth2 = OAuth2::new(token_url(&tokens), "me & you", "s:e/canary r&t").resource(API);
    call(oauth2, &tokens).await.unwrap();
    assert_eq!(tokens.token_requests(), 3);
}

#[tokio::test]
async fn s11_a_token_of_another_type_is_not_sent() {
    let answer = serde_json::json!({"access_token": "canary", "token_type": "DPoP", "expires_in": 60});
    let tokens = LoopbackServer::start(move |_| {
        let answer = testing::json(StatusCode::OK, &answer);
        async { Ok(answer) }
    });
    let tokens = tokens.await.unwrap();
    let api = Fake::statuses(&[200]);
    let oauth2 = OAuth2::new(tokens.url(), "me", "canary-secret");
    let bound = oauth2.clone().dpop().unwrap();
    let client = |oauth2| {
        OrdersClient::builder(API, oauth2)
            .transport(api.clone())
            .build()
            .unwrap()
    };
    let error = client(oauth2).order().await.unwrap_err();
    assert!(error.to_string().contains("its `token_type` is not Bearer"), "{error}");
    assert_eq!(api.len(), 0);
    client(bound).order().await.unwrap();
    assert_eq!(api.authorizations(), ["DPoP canary"]);
}

#[tokio::test]
async fn a_credential_authorizes_a_request_outside_of_a_client() {
    use reauth::Authorize;
    let tokens = server().start().await.unwrap();
    let oauth2 = OAuth2::new(token_url(&tokens), "me & you", "s:e/canary r&t").resource(API);
    let server = api(&tokens).await;
    let mut request = reqwest::Request::new(http::Method::GET, server.url().parse().unwrap());
    oauth2.authorize(&mut request).await.unwrap();
    let response = reqwest::Client::new().execute(request).await.unwrap();
    assert_eq!(response.status(), StatusCode::OK);
}

#[test]
fn settings_that_make_no_client_are_all_named() {
    let oauth2 = OAuth2::new("http://login.example.com/token", "", "").parameter("scope", "a");
    let error = OrdersClient::new(API, oauth2).unwrap_err().to_string();
    for part in [
        "over plain http",
        "the client id is empty",
        "the client secret is empty",
        "`scope` cannot be a parameter",
    ] {
        assert!(error.contains(part), "{error}");
    }
    let auth0 = Auth0::new("tenant.example.com", " ", " ").warm_up().now_or_never();
    let error = auth0.unwrap().unwrap_err().to_string();
    for part in ["the Auth0 client id is empty", "the Auth0 client secret is empty"] {
        assert!(error.contains(part), "{error}");
    }
}

#[tokio::test]
async fn it_is_operated_as_every_credential_with_tokens_is() {
    use reauth::TokenCredential;
    let tokens = server().start().await.unwrap();
    let oauth2 = OAuth2::new(token_url(&tokens), "me & you", "s:e/canary r&t").resource(API);
    oauth2.warm_up().await.unwrap();
    assert!(oauth2.status().unwrap().has_token());
    oauth2.invalidate();
    assert!(!oauth2.status().unwrap().has_token());
    oauth2.warm_up().await.unwrap();
    assert_eq!(tokens.token_requests(), 2);
}

#[tokio::test(start_paused = true)]
async fn r20_a_server_that_asks_to_be_left_alone_is() {
    use crate::fake::{respond, token};
    let tokens = Fake::new(|seen| async move {
        Ok(match seen.number {
            0 => respond(429, &[("retry-after", "20")], ""),
            _ => token("t"),
        })
    });
    let oauth2 = OAuth2::new("https://login.example.com/token", "me", "canary-secret").transport(tokens.clone());
    let client = OrdersClient::builder(API, oauth2)
        .transport(Fake::statuses(&[200]))
        .build();
    client.unwrap().order().await.unwrap();
    let times = tokens.times();
    assert!(times.len() == 2 && times[1] >= 20_000, "{times:?}");
}

/// Neither the other document nor the token endpoint is asked, and nobody asks again before the time has come.
#[tokio::test(start_paused = true)]
async fn r20_discovery_ends_where_the_server_asks_to_be_left_alone() {
    use crate::fake::{respond, token};
    let issuer = Fake::new(|seen| async move {
        let document = r#"{"issuer":"https://login.example.com","token_endpoint":"https://login.example.com/token"}"#;
        Ok(match seen.number {
            0 => respond(429, &[("retry-after", "60")], ""),
            1 => respond(200, &[], document),
            _ => token("t"),
        })
    });
    let oauth2 = OAuth2::from_issuer("https://login.example.com", "me", "canary-secret").transport(issuer.clone());
    let client = OrdersClient::builder(API, oauth2).transport(Fake::statuses(&[200]));
    let client = client.build().unwrap();
    for _ in 0..3 {
        let error = client.order().await.unwrap_err();
        assert!(error.retry_at().is_some(), "{error}");
        assert!(
            matches!(error.token_error(), Some(TokenError::RateLimited { .. })),
            "{error:?}"
        );
    }
    assert_eq!(issuer.times(), [0], "one request for three calls");
    tokio::time::advance(std::time::Duration::from_secs(67)).await;
    client.order().await.unwrap();
    let urls: Vec<_> = issuer.log().into_iter().map(|seen| seen.url).collect();
    let document = "https://login.example.com/.well-known/oauth-authorization-server";
    assert_eq!(urls, [document, document, "https://login.example.com/token"]);
}

#[tokio::test(start_paused = true)]
async fn r19_a_token_endpoint_that_has_moved_is_found_and_one_that_is_down_is_not_looked_for() {
    let (moved, down) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicBool::new(false)));
    let server = Fake::new({
        let (moved, down) = (moved.clone(), down.clone());
        move |seen| {
            let (moved, down) = (moved.load(Ordering::SeqCst), down.load(Ordering::SeqCst));
            async move {
                let here = if moved {
                    "https://b.example.com"
                } else {
                    "https://a.example.com"
                };
                if seen.url.contains("/.well-known/") {
                    let token_endpoint = format!("{here}/token");
                    let document =
                        serde_json::json!({"issuer": "https://x.example.com", "token_endpoint": token_endpoint});
                    return Ok(respond(if down { 500 } else { 200 }, &[], &document.to_string()));
                }
                if down || !seen.url.starts_with(here) {
                    return Err(refused());
                }
                Ok(token("t"))
            }
        }
    });
    let documents = || {
        server
            .log()
            .iter()
            .filter(|seen| seen.url.contains("/.well-known/"))
            .count()
    };
    let credential = OAuth2::from_issuer("https://x.example.com", "app", "canary-secret").transport(server.clone());
    let fetch = async || {
        credential.invalidate();
        credential.warm_up().await
    };
    fetch().await.unwrap();
    fetch().await.unwrap();
    assert_eq!(documents(), 1);
    moved.store(true, Ordering::SeqCst);
    fetch().await.unwrap();
    assert_eq!(documents(), 2);
    fetch().await.unwrap();
    assert_eq!(documents(), 2);

    down.store(true, Ordering::SeqCst);
    assert!(fetch().await.unwrap_err().is_connect());
    down.store(false, Ordering::SeqCst);
    let before = documents();
    fetch().await.unwrap();
    assert_eq!(documents(), before, "what it said before still stands");
    tokio::time::advance(std::time::Duration::from_secs(24 * 3600 - 60)).await;
    fetch().await.unwrap();
    assert_eq!(documents(), before);
    tokio::time::advance(std::time::Duration::from_secs(60)).await;
    fetch().await.unwrap();
    assert_eq!(documents(), before + 1, "once a day");
}

#[tokio::test(start_paused = true)]
async fn r19_a_token_endpoint_is_looked_for_once_in_a_fetch_and_where_it_has_not_moved_asked_no_more() {
    for moves in [false, true] {
        let documents = Arc::new(AtomicUsize::new(0));
        let server = Fake::new({
            let documents = documents.clone();
            move |seen| {
                let documents = documents.clone();
                async move {
                    if !seen.url.contains("/.well-known/") {
                        return Err(refused());
                    }
                    let number = documents.fetch_add(1, Ordering::SeqCst);
                    let host = if moves { number } else { 0 };
                    let token_endpoint = format!("https://{host}.example.com/token");
                    let document =
                        serde_json::json!({"issuer": "https://x.example.com", "token_endpoint": token_endpoint});
                    Ok(respond(200, &[], &document.to_string()))
                }
            }
        });
        let credential = OAuth2::from_issuer("https://x.example.com", "app", "canary-secret").transport(server.clone());
        assert!(credential.warm_up().await.unwrap_err().is_connect());
        assert_eq!(documents.load(Ordering::SeqCst), 2);
        let asked = server.log().iter().filter(|seen| seen.url.ends_with("/token")).count();
        assert_eq!(asked, if moves { 8 } else { 4 }, "with the retries of each");
    }
}

#[tokio::test]
async fn a_public_client_that_is_not_known_is_told_to_be_made_known_as_one() {
    let tokens = Fake::new(|_| async { Ok(respond(401, &[], r#"{"error":"invalid_client"}"#)) });
    let oauth2 = OAuth2::new("https://login.example.com/token", "me", ClientAuthentication::none()).transport(tokens);
    let told = oauth2.warm_up().await.unwrap_err().to_string();
    assert!(told.contains("the token server knows it as a public client"), "{told}");
    assert!(!told.contains("client_secret"), "{told}");
}

#[tokio::test]
async fn access_denied_without_an_audience_says_that_there_is_none() {
    for (audience, is_missing) in [(None, true), (Some("https://x"), false)] {
        let tokens = Fake::new(|_| async { Ok(respond(403, &[], r#"{"error":"access_denied"}"#)) });
        let mut oauth2 = OAuth2::new("https://login.example.com/token", "me", "canary").scope("read");
        if let Some(audience) = audience {
            oauth2 = oauth2.audience(audience);
        }
        let told = oauth2.transport(tokens).warm_up().await.unwrap_err().to_string();
        assert_eq!(told.contains("no `audience` is set"), is_missing, "{told}");
    }
}

/// Only a server that is busy says when to come back; others send the header with anything.
#[tokio::test]
async fn r20_a_refusal_is_no_rate_limit_whatever_else_it_says() {
    let tokens = Fake::new(|_| async {
        let body = r#"{"error":"invalid_client"}"#;
        Ok(respond(401, &[("retry-after", "3000")], body))
    });
    let oauth2 = OAuth2::new("https://login.example.com/token", "me", "canary").transport(tokens);
    let error = oauth2.warm_up().await.unwrap_err();
    assert!(
        matches!(
            error.token_error(),
            Some(TokenError::Refused {
                code: OAuthErrorCode::InvalidClient,
                ..
            })
        ),
        "{error}"
    );
    assert_eq!(error.retry_at(), None);
}
