//! What a token is for, and how it dies while it is cached: revoked, its key gone, its provider started again.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use reauth::{Authorize as _, Basic, Form, OAuth2, OAuthErrorCode, Result, TokenError, api_client};
use serde::Serialize;
use serde_json::json;
use tokio::task::JoinSet;

use super::{Control as _, JWT, OPAQUE, Orders as _, OrdersClient, Provider, SECRET, client};
use crate::server::until;

const CALLS: usize = 50;

/// RFC 7009, at the provider.
#[api_client(auth = "basic")]
trait Revocation {
    #[post("/token/revocation")]
    async fn revoke(&self, #[body] token: Form<&Revoked>) -> Result<()>;
}

#[derive(Serialize)]
struct Revoked {
    token: String,
}

/// The token that this credential would send now.
async fn token(oauth2: &OAuth2) -> String {
    let mut request = reqwest::Request::new(http::Method::GET, "http://127.0.0.1/".parse().unwrap());
    oauth2.authorize(&mut request).await.unwrap();
    let header = request.headers()["authorization"].to_str().unwrap();
    header.split_once(' ').unwrap().1.to_owned()
}

/// As the client that the token was given to; nobody else may.
async fn revoke(provider: &Provider, token: String) {
    let basic = Basic::new("me%20%26%20you", "s%3Ae%2Fc%20r%26t%2B%25%3D");
    let revocation = RevocationClient::new(provider.server.url(), basic).unwrap();
    revocation.revoke(Form(&Revoked { token })).await.unwrap();
}

/// Calls at once, all of which succeed.
async fn calls(orders: &OrdersClient, kind: &'static str) {
    let mut calls = JoinSet::new();
    for _ in 0..CALLS {
        let orders = orders.clone();
        calls.spawn(async move {
            orders
                .order(kind)
                .await
                .map(|order| assert_eq!(order.client, "me & you"))
        });
    }
    for call in calls.join_all().await {
        call.unwrap();
    }
}

#[tokio::test]
async fn r17_each_resource_has_a_token_of_its_own() {
    let provider = Provider::start(client("client_secret_basic")).await;
    let oauth2 = OAuth2::from_issuer(provider.server.url(), "me & you", SECRET);
    let [opaque, jwt] = [OPAQUE, JWT].map(|resource| provider.orders(oauth2.clone().resource(resource)));
    for _ in 0..2 {
        assert_eq!(opaque.order("opaque").await.unwrap().audience, OPAQUE);
        assert_eq!(jwt.order("jwt").await.unwrap().audience, JWT);
    }
    let seen = provider.seen().await;
    let resources: Vec<_> = seen
        .token_requests
        .iter()
        .map(|asked| asked.resource.as_deref().unwrap())
        .collect();
    assert_eq!(resources, [OPAQUE, JWT]);
    assert_eq!(seen.api.tokens, 2);
}

#[tokio::test]
async fn r19_a_resource_that_the_provider_does_not_know_is_named_in_the_error() {
    let provider = Provider::start(client("client_secret_basic")).await;
    let oauth2 = OAuth2::from_issuer(provider.server.url(), "me & you", SECRET).resource("https://other.example.com");
    let error = provider.orders(oauth2).order("opaque").await.unwrap_err();
    let Some(TokenError::Refused { code, .. }) = error.token_error() else {
        panic!("{error:?}")
    };
    assert_eq!(*code, OAuthErrorCode::InvalidTarget);
    assert!(error.to_string().contains("check `resource`"), "{error}");
    assert_eq!(
        provider.seen().await.token_requests[0].error.as_deref(),
        Some("invalid_target")
    );
}

#[tokio::test]
async fn r13_a_token_that_is_revoked_while_it_is_cached_is_replaced_once() {
    let provider = Provider::start(client("client_secret_basic")).await;
    // As in the attribute, so that a token asked for outside of a call is the same.
    let oauth2 = provider.credential(SECRET).scope("orders:read");
    let orders = provider.orders(oauth2.clone());
    calls(&orders, "opaque").await;
    assert_eq!(provider.seen().await.token_requests.len(), 1, "r01");
    revoke(&provider, token(&oauth2).await).await;
    calls(&orders, "opaque").await;
    let seen = provider.seen().await;
    assert_eq!((seen.token_requests.len(), seen.api.tokens), (2, 2));
    assert_eq!(seen.answered(200), 2 * CALLS);
    assert!((1..=CALLS).contains(&seen.answered(401)), "{}", seen.answered(401));
}

#[tokio::test]
async fn r13_a_key_that_is_replaced_costs_one_refresh() {
    let provider = Provider::start(client("client_secret_basic")).await;
    let oauth2 = OAuth2::from_issuer(provider.server.url(), "me & you", SECRET).resource(JWT);
    let orders = provider.orders(oauth2);
    calls(&orders, "jwt").await;
    provider.control.rotate_keys().await.unwrap();
    calls(&orders, "jwt").await;
    let seen = provider.seen().await;
    assert_eq!((seen.token_requests.len(), seen.api.tokens), (2, 2));
    assert_eq!(seen.answered(200), 2 * CALLS);
    assert!((1..=CALLS).contains(&seen.answered(401)), "{}", seen.answered(401));
}

/// Tokens, keys and connections are gone with it.
#[tokio::test]
async fn r19_a_provider_that_is_restarted_in_the_middle_of_a_run_costs_no_call() {
    let mut provider = Provider::start(client("client_secret_basic")).await;
    let orders = provider.orders(provider.credential(SECRET));
    let stop = Arc::new(AtomicBool::new(false));
    let mut runs = JoinSet::new();
    for _ in 0..8 {
        let (orders, stop) = (orders.clone(), stop.clone());
        runs.spawn(async move {
            while !stop.load(Ordering::Relaxed) {
                orders.patient("opaque").await?;
            }
            Ok::<_, reauth::Error>(())
        });
    }
    until("calls are under way", async || {
        (provider.seen().await.answered(200) > 50).then_some(())
    })
    .await;
    provider.server.restart().await;
    let again = until("calls succeed again", async || {
        Some(provider.seen().await).filter(|seen| seen.answered(200) > 50)
    });
    let again = again.await;
    stop.store(true, Ordering::Relaxed);
    for run in runs.join_all().await {
        run.unwrap();
    }
    assert_eq!(again.token_requests.len(), 1, "one refresh: {:?}", again.token_requests);
    assert!((1..=8).contains(&again.answered(401)), "{}", again.answered(401));
    assert_eq!(again.api.tokens, 2, "the one that died, and the new one");
}

/// The provider counts in whole seconds, so that a token dies up to one second before its time.
#[tokio::test]
async fn r09_a_token_is_replaced_before_it_expires() {
    let provider = Provider::with(json!({
        "clients": [client("client_secret_basic")], "nonces": false, "lifetime": 12,
    }));
    let provider = provider.await;
    let oauth2 = provider.credential(SECRET).scope("orders:read");
    let orders = provider.orders(oauth2.clone());
    let first = token(&oauth2).await;
    until("the second token", async || {
        orders.order("opaque").await.unwrap();
        (token(&oauth2).await != first).then_some(())
    })
    .await;
    orders.order("opaque").await.unwrap();
    let seen = provider.seen().await;
    assert_eq!((seen.token_requests.len(), seen.api.tokens), (2, 2));
    assert_eq!(seen.answered(401), 0);
}
