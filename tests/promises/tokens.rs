//! Tokens as calls meet them: one fetch for all, a rejection that names its token, and nothing sent without one.

use std::sync::Arc;

use parking_lot::Mutex;
use reauth::testing::Gate;
use reauth::{CallOptions, OAuthErrorCode, Result, Stopped, TokenError};
use tokio::sync::Semaphore;
use tokio::task::{JoinSet, yield_now};
use tokio::time::{Duration, advance};

use crate::api::{Guarded, GuardedClient, Item};
use crate::fake::{Fake, broken, credential, dripping, refused, respond, streamed, token, token_server};

fn guarded(tokens: &Fake, api: &Fake) -> GuardedClient {
    GuardedClient::builder("https://api.example.com", credential(tokens))
        .transport(api.clone())
        .build()
        .unwrap()
}

/// An API that accepts one token at a time; which one can be changed.
fn strict_api(accepted: &Arc<Mutex<String>>) -> Fake {
    let accepted = accepted.clone();
    Fake::new(move |seen| {
        let good = seen.authorization.as_deref() == Some(&**accepted.lock());
        async move {
            Ok(if good {
                respond(200, &[], r#"{"id":1}"#)
            } else {
                respond(401, &[], "")
            })
        }
    })
}

fn calls(client: &GuardedClient, count: usize) -> JoinSet<Result<Item>> {
    let mut calls = JoinSet::new();
    for _ in 0..count {
        let client = client.clone();
        calls.spawn(async move { client.item(1).await });
    }
    calls
}

#[tokio::test(start_paused = true)]
async fn r01_a_thousand_calls_and_a_cold_cache_make_one_token_request() {
    let (tokens, api) = (token_server(), Fake::statuses(&[200]));
    for result in calls(&guarded(&tokens, &api), 1_000).join_all().await {
        result.unwrap();
    }
    assert_eq!((tokens.len(), api.len()), (1, 1_000));
}

#[tokio::test(start_paused = true)]
async fn r02_s13_while_the_token_server_fails_nothing_is_sent_and_all_get_that_error() {
    let (tokens, api) = (Fake::statuses(&[503]), Fake::statuses(&[200]));
    let errors: Vec<_> = calls(&guarded(&tokens, &api), 1_000)
        .join_all()
        .await
        .into_iter()
        .map(|result| result.unwrap_err())
        .collect();
    assert_eq!(tokens.times(), [0, 100, 200, 300], "one request and its own retries");
    assert_eq!(api.len(), 0, "no token, no request");
    assert_eq!(errors.len(), 1_000);
    for error in errors {
        assert!(error.is_auth() && error.is_transient());
        assert_eq!(error.stopped(), Some(&Stopped::NoToken));
        assert!(error.to_string().contains("503 Service Unavailable"), "{error}");
    }
}

#[tokio::test(start_paused = true)]
async fn r13_five_hundred_requests_rejected_with_one_token_make_one_refresh() {
    let tokens = token_server();
    let accepted = Arc::new(Mutex::new("Bearer t1".to_owned()));
    let gate = Gate::default();
    let api = {
        let (accepted, gate) = (accepted.clone(), gate.clone());
        Fake::new(move |seen| {
            let (accepted, gate) = (accepted.clone(), gate.clone());
            async move {
                gate.pass().await;
                let good = seen.authorization.as_deref() == Some(&**accepted.lock());
                Ok(if good {
                    respond(200, &[], r#"{"id":1}"#)
                } else {
                    respond(401, &[], "")
                })
            }
        })
    };
    let client = guarded(&tokens, &api);
    client.item(1).await.unwrap();

    let hold = gate.hold();
    let in_flight = calls(&client, 500);
    hold.waiting(500).await;
    "Bearer t2".clone_into(&mut accepted.lock());
    drop(hold);
    for result in in_flight.join_all().await {
        result.unwrap();
    }
    assert_eq!(tokens.len(), 2, "one refresh");
    assert_eq!(api.len(), 1 + 2 * 500, "each sent at most twice");
}

#[tokio::test(start_paused = true)]
async fn r13_a_late_401_for_an_older_token_refreshes_nothing() {
    let tokens = token_server();
    let late = Arc::new(Semaphore::new(0));
    let api = {
        let late = late.clone();
        Fake::new(move |seen| {
            let late = late.clone();
            async move {
                if seen.number == 0 {
                    drop(late.acquire().await);
                }
                let good = seen.authorization.as_deref() == Some("Bearer t2");
                Ok(if good {
                    respond(200, &[], r#"{"id":1}"#)
                } else {
                    respond(401, &[], "")
                })
            }
        })
    };
    let client = guarded(&tokens, &api);
    let slow = calls(&client, 1);
    while api.len() < 1 {
        yield_now().await;
    }
    client.item(1).await.unwrap();
    assert_eq!(tokens.len(), 2);
    late.add_permits(1);
    slow.join_all().await.remove(0).unwrap();
    assert_eq!(tokens.len(), 2, "the late 401 was for the first token");
    assert_eq!(
        api.authorizations(),
        ["Bearer t1", "Bearer t1", "Bearer t2", "Bearer t2"]
    );
}

#[tokio::test(start_paused = true)]
async fn r14_an_api_that_rejects_every_token_is_told_apart_from_an_old_token() {
    let (tokens, api) = (token_server(), Fake::statuses(&[401]));
    let client = guarded(&tokens, &api);
    let error = client.item(1).await.unwrap_err();
    assert_eq!((api.len(), tokens.len()), (2, 2), "sent again once, with a new token");
    assert!(matches!(error.stopped(), Some(Stopped::ReauthSpent(1))), "{error}");
    for _ in 0..10 {
        let error = client.item(1).await.unwrap_err();
        assert!(
            matches!(error.stopped(), Some(Stopped::FreshTokenRejected { .. })),
            "{error}"
        );
        assert_eq!(error.status().unwrap(), 401);
    }
    assert_eq!((api.len(), tokens.len()), (12, 2), "no refresh for any of them");
}

/// Five are replaced at once; of the sixth the error says why it is not, and that audience and issuer are right.
#[tokio::test(start_paused = true)]
async fn r14_a_token_that_works_elsewhere_and_is_replaced_too_often_is_told_as_that() {
    let tokens = token_server();
    let api = Fake::new(|seen| async move {
        Ok(if seen.url.ends_with("/item/1") {
            respond(200, &[], r#"{"id":1}"#)
        } else {
            respond(401, &[], "")
        })
    });
    let client = guarded(&tokens, &api);
    client.item(1).await.unwrap();
    for _ in 0..5 {
        let error = client.item(2).await.unwrap_err();
        assert!(matches!(error.stopped(), Some(Stopped::ReauthSpent(1))), "{error}");
        client.item(1).await.unwrap();
    }
    let error = client.item(2).await.unwrap_err();
    assert!(
        matches!(error.stopped(), Some(Stopped::ReplacedTooOften { .. })),
        "{error}"
    );
    let line = error.to_string();
    assert!(!line.contains("audience"), "{line}");
    assert!(
        line.ends_with(
            "not sent again: tokens that work for other requests were replaced too often (check which endpoint \
             rejects them); the next one is fetched in 60s at the earliest"
        ),
        "{line}"
    );
    assert_eq!(tokens.len(), 6);
}

/// The API said so of an attempt that is over: what this call ended with is no matter of time.
#[tokio::test(start_paused = true)]
async fn r20_what_an_earlier_attempt_was_asked_to_wait_is_not_told_of_the_call() {
    let api = || Fake::new(|_| async { Ok(respond(401, &[("retry-after", "30")], "")) });
    let refuses = Fake::new(|seen| async move {
        Ok(match seen.number {
            0 => token("t1"),
            _ => respond(400, &[], r#"{"error":"invalid_request"}"#),
        })
    });
    let error = guarded(&refuses, &api()).item(1).await.unwrap_err();
    assert!(
        matches!(error.token_error(), Some(TokenError::Refused { .. })),
        "{error}"
    );
    assert_eq!(error.retry_at(), None);

    let hangs = Fake::new(|seen| async move {
        if seen.number > 0 {
            std::future::pending::<()>().await;
        }
        Ok(token("t1"))
    });
    let hurried = CallOptions::new().timeout(Duration::from_secs(5));
    let error = guarded(&hangs, &api()).with(hurried).item(1).await.unwrap_err();
    assert!(error.is_timeout(), "{error}");
    assert_eq!((error.attempts().len(), error.retry_at()), (1, None));
}

#[tokio::test(start_paused = true)]
async fn r15_a_token_server_that_issues_the_rejected_token_again_is_an_error_that_says_so() {
    let tokens = Fake::new(|_| async { Ok(token("same")) });
    let api = Fake::statuses(&[401]);
    let error = guarded(&tokens, &api).item(1).await.unwrap_err();
    assert!(
        error
            .to_string()
            .contains("issued the very token again that the API had rejected"),
        "{error}"
    );
    assert_eq!((api.len(), tokens.len()), (1, 2));
}

#[tokio::test(start_paused = true)]
async fn r16_a_403_and_insufficient_scope_refresh_nothing_and_are_not_sent_again() {
    let insufficient = [(
        "www-authenticate",
        r#"Bearer error="insufficient_scope", scope="admin""#,
    )];
    for (status, headers) in [(403, &[][..]), (403, &insufficient[..]), (401, &insufficient[..])] {
        let (status, headers) = (status, headers.to_vec());
        let api = Fake::new(move |_| {
            let response = respond(status, &headers, "");
            async move { Ok(response) }
        });
        let tokens = token_server();
        let error = guarded(&tokens, &api).item(1).await.unwrap_err();
        assert_eq!(error.status().unwrap(), status);
        assert_eq!((api.len(), tokens.len()), (1, 1), "{status}");
    }
}

#[tokio::test(start_paused = true)]
async fn reauth_follows_its_schedule_or_none() {
    let (tokens, api) = (token_server(), Fake::statuses(&[401]));
    let error = guarded(&tokens, &api).item_with_schedule(1).await.unwrap_err();
    assert_eq!(api.times(), [0, 100, 200, 300], "constant(100ms,3)");
    assert_eq!(error.stopped(), Some(&Stopped::ReauthSpent(3)));
    assert_eq!(
        tokens.len(),
        2,
        "R14: the second token never worked, so it is not replaced at once"
    );

    let (tokens, api) = (token_server(), Fake::statuses(&[401]));
    guarded(&tokens, &api).item_without_reauth(1).await.unwrap_err();
    assert_eq!((api.len(), tokens.len()), (1, 1));
}

#[tokio::test(start_paused = true)]
async fn r09_r10_an_expired_token_is_not_sent() {
    let tokens = token_server();
    let api = Fake::statuses(&[200]);
    let client = guarded(&tokens, &api);
    client.item(1).await.unwrap();
    advance(Duration::from_secs(3600 - 30)).await;
    client.item(1).await.unwrap();
    assert_eq!(api.authorizations(), ["Bearer t1", "Bearer t2"]);
}

#[tokio::test(start_paused = true)]
async fn r08_a_token_server_that_is_down_fails_no_call_while_the_token_is_valid() {
    let tokens = Fake::new(|seen| async move {
        if seen.number == 0 {
            Ok(token("t1"))
        } else {
            Err(refused())
        }
    });
    let api = Fake::statuses(&[200]);
    let client = guarded(&tokens, &api);
    for _ in 0..3569 {
        client.item(1).await.unwrap();
        advance(Duration::from_secs(1)).await;
    }
    assert!(tokens.len() > 1, "it was asked");
    advance(Duration::from_secs(2)).await;
    assert!(
        client.item(1).await.unwrap_err().is_connect(),
        "in the margin there is nothing to send"
    );
}

#[tokio::test(start_paused = true)]
async fn a_scope_and_audience_in_the_attribute_win_over_the_settings() {
    let (tokens, api) = (token_server(), Fake::statuses(&[200]));
    let credential = credential(&tokens)
        .audience("https://other")
        .scope("other")
        .organization("org_a");
    let client = GuardedClient::builder("https://api.example.com", credential)
        .transport(api)
        .build()
        .unwrap();
    client.item(1).await.unwrap();
    let body = String::from_utf8(tokens.log()[0].body.clone()).unwrap();
    assert_eq!(
        body,
        "grant_type=client_credentials&client_id=client%20id&client_secret=canary-secret\
         &audience=https%3A%2F%2Ftodo.example.com&scope=todo%3Aread-write&organization=org_a"
    );
}

#[tokio::test(start_paused = true)]
async fn clients_of_one_credential_share_its_tokens() {
    let (tokens, api) = (token_server(), Fake::statuses(&[200]));
    let credential = credential(&tokens);
    for _ in 0..3 {
        let client = GuardedClient::builder("https://api.example.com", credential.clone()).transport(api.clone());
        client.build().unwrap().item(1).await.unwrap();
    }
    assert_eq!(tokens.len(), 1);
}

#[tokio::test(start_paused = true)]
async fn a_method_without_auth_asks_for_no_token() {
    let (tokens, api) = (token_server(), Fake::statuses(&[200]));
    guarded(&tokens, &api).health().await.unwrap();
    assert_eq!((tokens.len(), api.authorizations()), (0, vec![String::new()]));
}

#[tokio::test(start_paused = true)]
async fn a_call_sends_the_new_header_after_a_refresh_and_not_the_one_it_was_built_with() {
    let accepted = Arc::new(Mutex::new("Bearer t2".to_owned()));
    let (tokens, api) = (token_server(), strict_api(&accepted));
    guarded(&tokens, &api).item(1).await.unwrap();
    assert_eq!(api.authorizations(), ["Bearer t1", "Bearer t2"]);
}

#[tokio::test(start_paused = true)]
async fn a_token_response_that_breaks_off_is_asked_for_again() {
    let tokens = Fake::new(|seen| async move {
        if seen.number < 2 {
            let broken = http::Response::new(broken());
            return Ok(broken.into());
        }
        Ok(token("t1"))
    });
    let api = Fake::statuses(&[200]);
    guarded(&tokens, &api).item(1).await.unwrap();
    assert_eq!((tokens.times(), api.len()), (vec![0, 100, 200], 1));

    let tokens = Fake::new(|_| async { Ok(streamed(broken())) });
    let error = guarded(&tokens, &api).item(1).await.unwrap_err();
    assert!(error.is_auth() && error.is_transient(), "{error}");
    assert_eq!((tokens.len(), api.len()), (4, 1), "no token, no request");
}

#[tokio::test(start_paused = true)]
async fn s10_an_error_page_that_is_too_large_still_says_its_status() {
    let page: &str = Box::leak("x".repeat(70 * 1024).into_boxed_str());
    let tokens = Fake::new(move |_| async move { Ok(respond(503, &[], page)) });
    let error = guarded(&tokens, &Fake::statuses(&[200])).item(1).await.unwrap_err();
    assert!(
        error.to_string().contains("503 Service Unavailable") && error.is_transient(),
        "{error}"
    );
}

#[tokio::test(start_paused = true)]
async fn r18_a_token_server_that_hangs_is_named_and_the_load_timeout_too() {
    let (tokens, api) = (Fake::new(|_| std::future::pending()), Fake::statuses(&[200]));
    let error = guarded(&tokens, &api).item(1).await.unwrap_err();
    assert!(
        error
            .to_string()
            .contains("the token server at https://tenant.example.com did not answer within 10s"),
        "{error}"
    );
}

#[tokio::test(start_paused = true)]
async fn r18_a_token_response_of_one_byte_a_second_fails_at_10_s() {
    let tokens = Fake::new(|_| async { Ok(streamed(dripping())) });
    let start = tokio::time::Instant::now();
    let error = guarded(&tokens, &Fake::statuses(&[200])).item(1).await.unwrap_err();
    assert_eq!(start.elapsed().as_secs(), 10);
    assert!(error.is_timeout() && error.is_auth(), "{error}");
}

#[tokio::test(start_paused = true)]
async fn r23_a_deadline_that_passes_while_a_call_waits_for_its_token_says_so() {
    let (tokens, api) = (Fake::new(|_| std::future::pending()), Fake::statuses(&[200]));
    let error = guarded(&tokens, &api).hurried(1).await.unwrap_err();
    assert!(
        error
            .to_string()
            .ends_with("limit of 250ms: it still waited for a token from https://tenant.example.com"),
        "{error}"
    );
    assert!(error.is_timeout() && error.is_auth());
}

/// GitHub and Slack answer so.
#[tokio::test(start_paused = true)]
async fn r19_a_refusal_that_calls_itself_a_success_is_told_as_what_it_is() {
    let tokens = Fake::new(|_| async {
        let answer = r#"{"error":"invalid_client","error_description":["not", "a text"]}"#;
        Ok(respond(200, &[], answer))
    });
    let error = guarded(&tokens, &Fake::statuses(&[200])).item(1).await.unwrap_err();
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
    assert_eq!(tokens.len(), 1);
}
