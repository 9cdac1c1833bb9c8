//! What an operator asks of a credential.

use reauth::{Auth0, Bearer, Cached, OAuth2, Rejected, Token, TokenCredential, Tokens};
use secrecy::ExposeSecret;
use tokio::time::{Duration, Instant, advance};

use crate::api::{Guarded, GuardedClient};
use crate::fake::{Fake, credential, respond, token_server};
use crate::fixed::WithBearerClient;
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
async fn the_tokens_of_a_generated_client_are_those_that_its_attribute_asks_for() {
    // At Auth0 a request without an audience is refused, and this credential has none of its own.
    let tokens = Fake::new(|seen| async move {
        let form = String::from_utf8(seen.body).unwrap();
        Ok(if form.contains("audience=https%3A%2F%2Ftodo.example.com") {
            crate::fake::token("canary")
        } else {
            respond(403, &[], r#"{"error":"access_denied"}"#)
        })
    });
    let (api, credential) = (Fake::statuses(&[200]), credential(&tokens));
    let guarded = credential.tokens_for::<GuardedClient>().unwrap();
    guarded.warm_up().await.unwrap();
    assert!(guarded.status().has_token() && guarded.token().await.unwrap().header() == "Bearer canary");
    assert!(!credential.status().unwrap().has_token(), "its own settings are others");

    let client = GuardedClient::builder("https://api.example.com", credential.clone()).transport(api.clone());
    let client = client.build().unwrap();
    client.item(1).await.unwrap();
    assert_eq!(tokens.len(), 1, "the client has the same");
    guarded.invalidate();
    client.item(1).await.unwrap();
    assert_eq!(tokens.len(), 2);

    let error = Auth0::new("not a domain", "id", "secret").tokens_for::<GuardedClient>();
    assert!(error.unwrap_err().is_settings());
}

#[tokio::test(start_paused = true)]
async fn one_list_has_the_tokens_of_every_credential_also_where_they_are_bound_to_a_key() {
    let tokens = Fake::new(|_| async {
        let token = r#"{"access_token":"canary","token_type":"DPoP","expires_in":3600}"#;
        Ok(respond(200, &[], token))
    });
    let bound = OAuth2::new("https://login.example.com/token", "id", "canary");
    let bound = bound.transport(tokens.clone()).dpop().unwrap();
    let all = [
        guarded_credential(&token_server()).tokens().unwrap(),
        Cached::new(Counter::default()).tokens().unwrap(),
        bound.tokens().unwrap(),
    ];
    let ready = |tokens: &Tokens| tokens.status().has_token();
    assert!(!all.iter().any(ready));
    for tokens in &all {
        tokens.warm_up().await.unwrap();
    }
    assert!(all.iter().all(ready));
    all.iter().for_each(Tokens::invalidate);
    assert!(!all.iter().any(ready));
    let shown = format!("{all:?}");
    assert!(
        shown.contains("https://login.example.com") && !shown.contains("canary"),
        "{shown}"
    );
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
async fn a_bearer_token_is_operated_too_whether_it_is_fetched_or_fixed() {
    let fetched = Bearer::fetched(async || Ok(Token::bearer("fetched")?.expires_in(Duration::from_secs(60))));
    assert!(!fetched.status().unwrap().has_token());
    // A closure knows of no audience.
    fetched
        .tokens_for::<WithBearerClient>()
        .unwrap()
        .warm_up()
        .await
        .unwrap();
    let status = fetched.status().unwrap();
    assert!(status.has_token() && status.expires_at().is_some());
    let token = fetched.token().await.unwrap();
    assert_eq!(token.header(), "Bearer fetched");
    fetched.accepted(&token);
    assert!(fetched.rejected(&token).is_replaced());
    assert!(!fetched.status().unwrap().has_token());
    fetched.invalidate();

    let fixed = Bearer::new("canary");
    fixed.warm_up().await.unwrap();
    fixed.invalidate();
    let status = fixed.status().unwrap();
    assert!(status.has_token() && status.expires_at().is_none() && status.last_error().is_none());
    let token = fixed.token().await.unwrap();
    assert_eq!(
        (token.header(), token.expires_at()),
        ("Bearer canary".parse().unwrap(), None)
    );
    assert_eq!(token.expose_secret(), "canary");
    assert_eq!(fixed.rejected(&token), Rejected::Fixed);
    fixed.accepted(&token);
    assert!(!format!("{token:?} {:?}", fixed.tokens().unwrap()).contains("canary"));
    assert!(Bearer::new("not a token").warm_up().await.unwrap_err().is_settings());
}

#[tokio::test(start_paused = true)]
async fn r14_a_token_that_never_worked_is_kept_for_a_second_and_one_that_was_accepted_is_replaced() {
    for works in [false, true] {
        let credential = Cached::new(Counter::default());
        let first = credential.token().await.unwrap();
        assert!(credential.rejected(&first).is_replaced());
        let second = credential.token().await.unwrap();
        if works {
            credential.accepted(&second);
        }
        let rejected = credential.rejected(&second);
        assert_eq!(rejected.is_replaced(), works, "{rejected:?}");
    }
    let fixed = Bearer::new("canary");
    let token = fixed.token().await.unwrap();
    assert!(!fixed.rejected(&token).is_replaced());
}

#[tokio::test(start_paused = true)]
async fn a_token_that_nobody_used_for_so_long_is_fetched_anew_where_that_is_asked_for() {
    let kept = Cached::new(Counter::default());
    let idle = kept.clone().idle_expiry(Duration::from_secs(60));
    let header = async |credential: &Cached<Counter>| credential.token().await.unwrap().header();
    let (of_kept, of_idle) = (header(&kept).await, header(&idle).await);
    advance(Duration::from_secs(61)).await;
    assert_eq!(header(&kept).await, of_kept);
    assert_ne!(header(&idle).await, of_idle);
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
