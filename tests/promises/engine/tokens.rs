//! Tokens by themselves.

use std::time::SystemTime;

use reauth::{AccessToken, Auth0, OAuth2, Rejected, TokenCredential};
use secrecy::ExposeSecret;
use tokio::task::JoinSet;
use tokio::time::{Duration, advance};

use super::auth0;
use crate::fake::{Fake, MARK, respond, token_server};

/// The header with this token of the token server's.
fn bearer(token: &str) -> String {
    format!("Bearer {MARK}{token}")
}

#[tokio::test(start_paused = true)]
async fn r01_a_thousand_who_ask_for_a_token_make_one_token_request() {
    let tokens = token_server();
    let credential = auth0(&tokens);
    let mut asking = JoinSet::new();
    for _ in 0..1_000 {
        let credential = credential.clone();
        asking.spawn(async move { credential.token().await.unwrap() });
    }
    for token in asking.join_all().await {
        assert_eq!(token.header(), bearer("t1"));
    }
    assert_eq!(tokens.len(), 1);
}

#[tokio::test(start_paused = true)]
async fn r13_a_token_that_is_rejected_five_hundred_times_is_replaced_once() {
    let tokens = token_server();
    let credential = auth0(&tokens);
    let first: AccessToken = credential.token().await.unwrap();
    credential.accepted(&first);
    for _ in 0..500 {
        assert_eq!(credential.rejected(&first), Rejected::Replaced);
    }
    let second = credential.token().await.unwrap();
    assert_eq!(second.header(), bearer("t2"));
    assert!(credential.rejected(&first).is_replaced(), "late");
    assert_eq!(credential.token().await.unwrap().header(), bearer("t2"));
    assert_eq!(tokens.len(), 2);
}

#[tokio::test(start_paused = true)]
async fn r14_a_fresh_token_that_never_worked_is_kept_and_one_that_did_is_not() {
    let tokens = token_server();
    let handle = auth0(&tokens).tokens().unwrap();
    let first = handle.token().await.unwrap();
    assert!(handle.rejected(&first).is_replaced());
    let second = handle.token().await.unwrap();
    let Rejected::Kept { replaced_in } = handle.rejected(&second) else {
        panic!("nothing has ever succeeded");
    };
    assert_eq!(handle.token().await.unwrap().header(), bearer("t2"));
    advance(replaced_in).await;
    assert!(handle.rejected(&second).is_replaced());

    let third = handle.token().await.unwrap();
    handle.accepted(&third);
    assert!(handle.rejected(&third).is_replaced(), "it worked once");
    assert_eq!(handle.token().await.unwrap().header(), bearer("t4"));
}

#[tokio::test(start_paused = true)]
async fn r17_a_token_knows_which_of_a_credentials_tokens_it_is() {
    let tokens = token_server();
    let one = auth0(&tokens);
    let other = one.clone().audience("https://other.example");
    let (of_one, of_other) = (one.token().await.unwrap(), other.token().await.unwrap());
    assert!(one.rejected(&of_other).is_replaced(), "told by the wrong handle");
    assert_eq!(one.token().await.unwrap().header(), of_one.header());
    assert_ne!(other.token().await.unwrap().header(), of_other.header());
}

#[tokio::test(start_paused = true)]
async fn r09_a_token_says_when_it_expires_and_is_not_given_out_at_its_end() {
    let tokens = token_server();
    let handle = auth0(&tokens).tokens().unwrap();
    let before = SystemTime::now();
    let first = handle.token().await.unwrap();
    let life = first.expires_at().unwrap().duration_since(before).unwrap();
    assert!((3600..3610).contains(&life.as_secs()), "{life:?}");
    advance(Duration::from_secs(3600 - 30)).await;
    let second = handle.token().await.unwrap();
    assert_eq!(second.header(), bearer("t2"));
}

#[tokio::test(start_paused = true)]
async fn s13_without_a_token_there_is_an_error_that_says_why() {
    let refusing = Fake::new(|_| async { Ok(respond(401, &[], r#"{"error":"invalid_client"}"#)) });
    let error = auth0(&refusing).token().await.unwrap_err();
    assert!(error.is_auth() && error.token_error().is_some(), "{error}");
    let error = Auth0::new("not a domain", "id", "secret").token().await.unwrap_err();
    assert!(error.is_settings(), "{error}");
}

#[tokio::test(start_paused = true)]
async fn s12_a_token_is_not_printed_and_its_header_is_sensitive() {
    let canary = Fake::new(|_| async { Ok(crate::fake::token("canary-token")) });
    let credential = auth0(&canary);
    let token = credential.token().await.unwrap();
    assert_eq!(token.expose_secret(), "canary-token");
    let printed = format!("{token:?} {:?} {:?}", token.header(), credential.tokens().unwrap());
    assert!(!printed.contains("canary"), "{printed}");
}

#[tokio::test]
async fn a_token_that_is_bound_to_a_key_is_not_given_out_alone() {
    let oauth2 = OAuth2::new("https://login.example.com/token", "id", "secret")
        .dpop()
        .unwrap();
    let tokens = oauth2.tokens().unwrap();
    let error = tokens.token().await.unwrap_err();
    assert!(
        error.is_settings() && error.to_string().contains("`reauth::middleware`"),
        "{error}"
    );
}

#[test]
fn outside_of_a_runtime_there_is_an_error_and_no_panic() {
    let oauth2 = OAuth2::new("https://login.example.com/token", "id", "secret");
    let tokens = oauth2.tokens().unwrap();
    let asked = futures_util::FutureExt::now_or_never(async move { tokens.token().await });
    assert!(asked.unwrap().unwrap_err().is_auth());
}
