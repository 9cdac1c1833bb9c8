//! What an operator asks of a credential.

use reauth::{Auth0, Cached, TokenCredential};
use tokio::time::{Duration, Instant, advance};

use crate::api::{Guarded, GuardedClient};
use crate::fake::{Fake, credential, respond, token_server};
use crate::sources::Counter;

/// The credential, with what `GuardedClient`'s attribute asks for.
fn guarded_credential(tokens: &Fake) -> Auth0 {
    credential(tokens)
        .audience("https://todo.example.com")
        .scope("todo:read-write")
}

#[tokio::test(start_paused = true)]
async fn a_credential_that_was_warmed_up_makes_the_first_call_wait_for_nothing() {
    let (tokens, api) = (token_server(), Fake::statuses(&[200]));
    let credential = guarded_credential(&tokens);
    credential.warm_up().await.unwrap();
    credential.warm_up().await.unwrap();
    assert_eq!(tokens.len(), 1, "there was one already");
    let client = GuardedClient::builder("https://api.example.com", credential).transport(api.clone());
    client.build().unwrap().item(1).await.unwrap();
    assert_eq!((tokens.len(), api.authorizations()), (1, vec!["Bearer t1".to_owned()]));
}

#[tokio::test(start_paused = true)]
async fn a_warm_up_that_fails_says_why() {
    let tokens = Fake::new(|_| async { Ok(respond(401, &[], r#"{"error":"invalid_client"}"#)) });
    let error = guarded_credential(&tokens).warm_up().await.unwrap_err();
    assert!(error.is_auth() && error.endpoint().is_none());
    assert_eq!(
        error.to_string(),
        "the token server at https://tenant.example.com answered 401 Unauthorized: invalid_client; check `client_id` \
         and `client_secret`"
    );

    let tokens = Fake::new(|_| async { Ok(respond(429, &[("retry-after", "120")], "")) });
    let start = Instant::now();
    let error = guarded_credential(&tokens).warm_up().await.unwrap_err();
    assert!(
        error.retry_at().is_some() && Instant::now() == start,
        "at once: {error}"
    );

    let error = Auth0::new("not a domain", "id", "canary-secret")
        .warm_up()
        .await
        .unwrap_err();
    assert!(error.is_settings(), "{error}");
}

#[tokio::test(start_paused = true)]
async fn a_status_tells_how_a_credential_is_doing_and_asks_nobody() {
    let tokens = Fake::new(|seen| async move {
        Ok(match seen.number {
            0 => respond(401, &[], r#"{"error":"invalid_client"}"#),
            _ => crate::fake::token("canary-token"),
        })
    });
    let credential = guarded_credential(&tokens);
    let status = credential.status().unwrap();
    assert!(!status.has_token() && status.expires_at().is_none() && status.last_error().is_none());
    assert_eq!(tokens.len(), 0);

    credential.warm_up().await.unwrap_err();
    let status = credential.status().unwrap();
    assert!(!status.has_token());
    assert!(status.last_error().unwrap().to_string().contains("invalid_client"));
    assert!(status.next_attempt_at().is_some());

    advance(Duration::from_secs(5)).await;
    credential.warm_up().await.unwrap();
    let status = credential.status().unwrap();
    assert!(status.has_token() && status.last_error().is_none());
    // The wall clock is real here, and takes its time.
    assert_eq!(status.expires_in().unwrap().as_secs().div_ceil(10), 360);
    assert!(!format!("{status:?}").contains("canary"));

    let other = credential.clone().audience("https://other.example.com");
    assert!(!other.status().unwrap().has_token(), "of another audience");
}

#[tokio::test(start_paused = true)]
async fn an_invalidated_token_is_replaced_by_the_next_call() {
    let (tokens, api) = (token_server(), Fake::statuses(&[200]));
    let credential = guarded_credential(&tokens);
    let client = GuardedClient::builder("https://api.example.com", credential.clone())
        .transport(api.clone())
        .build()
        .unwrap();
    client.item(1).await.unwrap();
    credential.invalidate();
    assert!(!credential.status().unwrap().has_token());
    client.item(1).await.unwrap();
    client.item(1).await.unwrap();
    assert_eq!(api.authorizations(), ["Bearer t1", "Bearer t2", "Bearer t2"]);
}

#[tokio::test(start_paused = true)]
async fn a_source_of_the_users_has_the_same() {
    let credential = Cached::new(Counter::default())
        .audience("https://a.example.com")
        .scope("read");
    credential.warm_up().await.unwrap();
    assert!(credential.status().unwrap().has_token());
    credential.invalidate();
    assert!(!credential.status().unwrap().has_token());
    let other = credential.clone().scope("write");
    other.warm_up().await.unwrap();
    assert!(other.status().unwrap().has_token() && !credential.status().unwrap().has_token());
}
