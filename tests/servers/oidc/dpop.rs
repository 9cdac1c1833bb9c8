//! `DPoP` (RFC 9449), with a provider and an API that check every proof, take none twice, and ask for nonces.

use reauth::OAuth2;
use serde_json::json;

use super::{Control as _, Orders as _, Provider, SECRET, client};

async fn start(nonces: bool) -> (Provider, OAuth2) {
    let mut client = client("client_secret_basic");
    client["dpop_bound_access_tokens"] = true.into();
    let settings = json!({ "clients": [client], "nonces": nonces, "lifetime": 3600 });
    let provider = Provider::with(settings).await;
    let oauth2 = provider.credential(SECRET).dpop().unwrap();
    (provider, oauth2)
}

#[tokio::test]
async fn every_request_has_a_proof_that_others_believe() {
    let (provider, oauth2) = start(false).await;
    let orders = provider.orders(oauth2);
    for kind in ["opaque", "opaque"] {
        assert_eq!(orders.order(kind).await.unwrap().scheme, "DPoP");
        assert_eq!(orders.add(kind).await.unwrap().scheme, "DPoP");
    }
    let seen = provider.seen().await;
    assert_eq!(seen.token_requests.len(), 1);
    assert!(seen.token_requests[0].has_proof);
    assert_eq!((seen.answered(200), seen.answered(401)), (4, 0));
}

#[tokio::test]
async fn nonces_of_provider_and_api_are_in_the_next_proof_within_the_same_call() {
    let (provider, oauth2) = start(true).await;
    let orders = provider.orders(oauth2);
    // It has neither `retry` nor `reauth`: a nonce costs none of them.
    orders.add("opaque").await.unwrap();
    let seen = provider.seen().await;
    let asked: Vec<_> = seen
        .token_requests
        .iter()
        .map(|asked| (asked.status, asked.error.as_deref()))
        .collect();
    assert_eq!(asked, [(400, Some("use_dpop_nonce")), (200, None)]);
    assert_eq!((seen.answered(401), seen.answered(200)), (1, 1));

    orders.add("opaque").await.unwrap();
    provider.control.renew_nonce().await.unwrap();
    orders.add("opaque").await.unwrap();
    let seen = provider.seen().await;
    assert_eq!(seen.token_requests.len(), 2, "no token was fetched for it");
    assert_eq!((seen.answered(401), seen.answered(200)), (2, 3));
}

/// Token, nonces and keys of the old one are worth nothing to the new one.
#[tokio::test]
async fn r19_a_restarted_provider_asks_for_nonces_of_its_own() {
    let (mut provider, oauth2) = start(true).await;
    let orders = provider.orders(oauth2);
    orders.order("opaque").await.unwrap();
    provider.server.restart().await;
    orders.order("opaque").await.unwrap();
    let seen = provider.seen().await;
    let asked: Vec<_> = seen
        .token_requests
        .iter()
        .map(|asked| (asked.status, asked.error.as_deref()))
        .collect();
    assert_eq!(asked, [(400, Some("use_dpop_nonce")), (200, None)]);
    assert_eq!(seen.answered(200), 1);
}

/// What the two check, checked.
#[tokio::test]
async fn a_token_that_is_not_bound_is_not_given_out() {
    let (provider, _) = start(false).await;
    let error = provider
        .orders(provider.credential(SECRET))
        .order("opaque")
        .await
        .unwrap_err();
    assert!(error.to_string().contains("invalid_grant"), "{error}");
    let seen = provider.seen().await;
    assert_eq!((seen.token_requests.len(), seen.api.tokens), (1, 0));
}
