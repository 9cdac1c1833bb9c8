//! One credential for several tenants and APIs: a token for each, and nobody waits for another's.

use reauth::Auth0;
use tokio::time::{Duration, Instant, advance};

use crate::api::{Guarded, GuardedClient};
use crate::fake::{Fake, credential, token, token_server};

fn tenant(credential: &Auth0, organization: &str, api: &Fake) -> GuardedClient {
    GuardedClient::builder("https://api.example.com", credential.clone().organization(organization))
        .transport(api.clone())
        .build()
        .unwrap()
}

/// Issues a token that is named after the organization.
fn token_server_of_organizations() -> Fake {
    Fake::new(|seen| async move {
        let body = String::from_utf8(seen.body).unwrap();
        let organization = body.split("organization=").nth(1).unwrap();
        if organization == "slow" {
            std::future::pending::<()>().await;
        }
        Ok(token(organization))
    })
}

#[tokio::test(start_paused = true)]
async fn r17_tenants_of_one_credential_have_a_token_each() {
    let (tokens, api) = (token_server_of_organizations(), Fake::statuses(&[200]));
    let credential = credential(&tokens);
    for _ in 0..3 {
        // A client for each call, as a service does that learns the tenant from a request.
        for organization in ["org_a", "org_b"] {
            tenant(&credential, organization, &api).item(1).await.unwrap();
        }
    }
    assert_eq!(tokens.len(), 2);
    assert_eq!(api.authorizations()[..2], ["Bearer org_a", "Bearer org_b"]);
}

#[tokio::test(start_paused = true)]
async fn r17_a_slow_tenant_delays_no_other() {
    let (tokens, api) = (token_server_of_organizations(), Fake::statuses(&[200]));
    let credential = credential(&tokens);
    let slow = tenant(&credential, "slow", &api);
    let waiting = tokio::spawn(async move { slow.item(1).await });
    let start = Instant::now();
    for number in 0..2_000 {
        let organization = format!("org_{number}");
        tenant(&credential, &organization, &api).item(1).await.unwrap();
    }
    assert_eq!(Instant::now(), start, "no time passed");
    assert!(waiting.await.unwrap().unwrap_err().is_timeout());
}

#[tokio::test(start_paused = true)]
async fn r17_a_tenant_that_was_evicted_fetches_anew() {
    let (tokens, api) = (token_server_of_organizations(), Fake::statuses(&[200]));
    let credential = credential(&tokens);
    for number in 0..1_025 {
        tenant(&credential, &format!("org_{number}"), &api)
            .item(1)
            .await
            .unwrap();
    }
    tenant(&credential, "org_1024", &api).item(1).await.unwrap();
    assert_eq!(tokens.len(), 1_025, "the newest is there");
    tenant(&credential, "org_0", &api).item(1).await.unwrap();
    assert_eq!(tokens.len(), 1_026, "the oldest had to go");
}

/// authlib#783: the audience was sent with the first token request only.
#[tokio::test(start_paused = true)]
async fn every_fetch_asks_for_the_same_audience_scope_and_organization() {
    let (tokens, api) = (token_server(), Fake::statuses(&[200]));
    let client = tenant(&credential(&tokens), "org_a", &api);
    for _ in 0..3 {
        client.item(1).await.unwrap();
        advance(Duration::from_secs(3600)).await;
    }
    let bodies: Vec<_> = tokens.log().into_iter().map(|seen| seen.body).collect();
    assert_eq!(bodies.len(), 3);
    assert!(String::from_utf8_lossy(&bodies[0]).contains("audience=https%3A%2F%2Ftodo.example.com"));
    assert!(bodies.iter().all(|body| *body == bodies[0]));
}
