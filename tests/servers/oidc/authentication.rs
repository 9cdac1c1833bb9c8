//! How a client proves who it is, and how it and the provider find each other.

use reauth::{ClientAuthentication, OAuthErrorCode, PrivateKey, TokenError};
use serde_json::{Value, json};

use super::{OPAQUE, Orders as _, Provider, SECRET, client};

/// A client that signs.
fn signing(key: &PrivateKey, algorithm: &str) -> Value {
    let mut client = client("private_key_jwt");
    client.as_object_mut().unwrap().remove("client_secret");
    client["token_endpoint_auth_signing_alg"] = algorithm.into();
    client["jwks"] = json!({ "keys": [key.public_jwk()] });
    client
}

fn rsa() -> PrivateKey {
    use aws_lc_rs::encoding::AsDer;
    use base64::Engine as _;
    let pair = aws_lc_rs::rsa::KeyPair::generate(aws_lc_rs::rsa::KeySize::Rsa2048).unwrap();
    let der: aws_lc_rs::encoding::Pkcs8V1Der = pair.as_der().unwrap();
    let digits = base64::prelude::BASE64_STANDARD.encode(der.as_ref());
    PrivateKey::from_pem(format!(
        "-----BEGIN PRIVATE KEY-----\n{digits}\n-----END PRIVATE KEY-----\n"
    ))
    .unwrap()
}

/// One call, to a provider that knows the way in which the client is registered, and the form. What it saw is one request,
/// which it granted, with this proof: a secret in HTTP Basic, one in the form, an assertion signed so.
async fn let_in(
    registered: Value,
    authentication: impl Into<ClientAuthentication>,
    (basic, post, assertion): (bool, bool, Option<&str>),
) {
    let method = &registered["token_endpoint_auth_method"];
    let settings = json!({
        "clients": [registered], "methods": [method, "client_secret_post"], "nonces": false, "lifetime": 3600,
    });
    let provider = Provider::with(settings).await;
    let order = provider
        .orders(provider.credential(authentication))
        .order("opaque")
        .await
        .unwrap();
    assert_eq!(
        (order.client.as_str(), order.scope.as_str()),
        ("me & you", "orders:read")
    );
    assert_eq!((order.scheme.as_str(), order.audience.as_str()), ("Bearer", OPAQUE));
    let seen = provider.seen().await;
    let [asked] = &seen.token_requests[..] else {
        panic!("{seen:?}")
    };
    assert_eq!(
        (asked.basic, asked.post, asked.assertion.as_deref()),
        (basic, post, assertion)
    );
    assert_eq!(asked.client.as_deref(), Some("me & you"));
    assert_eq!(asked.grant.as_deref(), Some("client_credentials"));
    assert_eq!(asked.resource.as_deref(), Some(OPAQUE));
    assert_eq!(asked.scope.as_deref(), Some("orders:read"));
    assert_eq!((asked.status, asked.has_proof), (200, false));
}

#[tokio::test]
async fn client_secret_basic_with_a_secret_of_any_characters() {
    let authentication = ClientAuthentication::basic(SECRET);
    let_in(client("client_secret_basic"), authentication, (true, false, None)).await;
}

#[tokio::test]
async fn client_secret_post_with_a_secret_of_any_characters() {
    let authentication = ClientAuthentication::post(SECRET);
    let_in(client("client_secret_post"), authentication, (false, true, None)).await;
}

#[tokio::test]
async fn a_secret_alone_is_sent_as_discovery_says() {
    let_in(client("client_secret_basic"), SECRET, (true, false, None)).await;
    let_in(client("client_secret_post"), SECRET, (false, true, None)).await;
}

#[tokio::test]
async fn s15_private_key_jwt_with_rs256() {
    let key = rsa();
    let_in(signing(&key, "RS256"), key, (false, false, Some("RS256"))).await;
}

#[tokio::test]
async fn s15_private_key_jwt_with_es256() {
    let key = PrivateKey::generate().unwrap().key_id("first");
    let_in(signing(&key, "ES256"), key, (false, false, Some("ES256"))).await;
}

/// The provider remembers every assertion and takes none twice.
#[tokio::test]
async fn s15_every_token_has_an_assertion_of_its_own() {
    let key = PrivateKey::generate().unwrap();
    let provider = Provider::start(signing(&key, "ES256")).await;
    for _ in 0..3 {
        let credential = provider.credential(key.clone());
        provider.orders(credential).order("opaque").await.unwrap();
    }
    let seen = provider.seen().await;
    assert_eq!((seen.token_requests.len(), seen.api.tokens), (3, 3));
}

#[tokio::test]
async fn r19_who_is_not_believed_learns_what_to_look_at_and_asks_once() {
    let key = PrivateKey::generate().unwrap();
    for (registered, authentication, advice) in [
        (
            client("client_secret_basic"),
            ClientAuthentication::basic("canary"),
            "check `client_id` and `client_secret`",
        ),
        (
            client("client_secret_basic"),
            ClientAuthentication::none(),
            "that the token server knows it as a public client",
        ),
        (
            signing(&PrivateKey::generate().unwrap(), "ES256"),
            key.into(),
            "that the token server has the public key",
        ),
    ] {
        let provider = Provider::start(registered).await;
        let error = provider
            .orders(provider.credential(authentication))
            .order("opaque")
            .await
            .unwrap_err();
        let Some(TokenError::Refused { code, .. }) = error.token_error() else {
            panic!("{error:?}")
        };
        assert_eq!(*code, OAuthErrorCode::InvalidClient);
        assert!(error.to_string().contains(advice), "{error}");
        assert!(!format!("{error:?}").contains("canary"));
        let seen = provider.seen().await;
        assert_eq!((seen.token_requests.len(), seen.api.tokens), (1, 0));
        assert_eq!(seen.token_requests[0].error.as_deref(), Some("invalid_client"));
    }
}

#[tokio::test]
async fn s15_an_assertion_for_somebody_else_is_refused() {
    let key = PrivateKey::generate().unwrap();
    let provider = Provider::start(signing(&key, "ES256")).await;
    let elsewhere = provider
        .credential(key.clone())
        .assertion_audience("https://evil.example");
    let error = provider.orders(elsewhere).order("opaque").await.unwrap_err();
    assert!(error.to_string().contains("whom the assertion is for"), "{error}");
    let token_url = format!("{}/token", provider.server.url());
    let by_token_url = provider.credential(key).assertion_audience(token_url);
    provider.orders(by_token_url).order("opaque").await.unwrap();
    let statuses: Vec<_> = provider
        .seen()
        .await
        .token_requests
        .iter()
        .map(|asked| asked.status)
        .collect();
    assert_eq!(statuses, [401, 200]);
}

/// The provider calls itself by an address, and not by this name.
#[tokio::test]
async fn s01_a_document_of_another_issuer_is_not_believed() {
    let provider = Provider::start(client("client_secret_basic")).await;
    let by_name = provider.server.url().replace("127.0.0.1", "localhost");
    for issuer in [by_name, provider.server.url() + "/"] {
        let oauth2 = reauth::OAuth2::from_issuer(issuer, "me & you", "canary").resource(OPAQUE);
        let error = provider.orders(oauth2).order("opaque").await.unwrap_err();
        assert!(
            matches!(error.token_error(), Some(TokenError::Discovery { .. })),
            "{error:?}"
        );
        assert!(error.to_string().contains(&provider.server.url()), "{error}");
    }
    assert_eq!(provider.seen().await.token_requests.len(), 0, "nobody sent it a secret");
}
