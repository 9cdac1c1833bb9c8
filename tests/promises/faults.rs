//! What a token server, or what stands at its place, may do: a call fails with what went wrong, and once it is over the
//! same client goes on.

use std::future::pending;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;

use reauth::testing::{Body, LoopbackServer};
use reauth::{BoxError, Stopped};
use tokio::time::advance;

use crate::api::{Guarded, GuardedClient};
use crate::fake::{Fake, broken, credential, dripping, hanging, refused, respond, streamed, token};

fn guarded(tokens: &Fake, api: &Fake) -> GuardedClient {
    let builder = GuardedClient::builder("https://api.example.com", credential(tokens));
    builder.transport(api.clone()).build().unwrap()
}

const FAULTS: usize = 16;

async fn fault(number: usize) -> Result<reqwest::Response, BoxError> {
    match number {
        0 => Err(refused()),
        1 => Err("broken pipe".into()),
        2 => pending().await,
        3 => Ok(respond(500, &[], "")),
        4 => Ok(respond(429, &[], "")),
        5 => Ok(respond(429, &[("retry-after", "3600")], "")),
        6 => Ok(respond(400, &[], r#"{"error":"invalid_client"}"#)),
        7 => Ok(respond(403, &[], "<html>a firewall</html>")),
        8 => Ok(respond(302, &[("location", "https://elsewhere.example.com")], "")),
        9 => Ok(respond(200, &[], "<html>a portal</html>")),
        10 => Ok(respond(200, &[], r#"{"access_token":"","token_type":"Bearer"}"#)),
        11 => Ok(respond(200, &[], r#"{"access_token":"canary","token_type":"mac"}"#)),
        12 => Ok(respond(200, &[], &" ".repeat(65 * 1024))),
        13 => Ok(streamed(hanging())),
        14 => Ok(streamed(broken())),
        _ => Ok(streamed(dripping())),
    }
}

#[tokio::test(start_paused = true)]
async fn r19_after_any_fault_calls_succeed_again_without_another_client() {
    for number in 0..FAULTS {
        let over = Arc::new(AtomicBool::new(false));
        let tokens = {
            let over = over.clone();
            Fake::new(move |_| {
                let over = over.clone();
                async move {
                    if over.load(Ordering::SeqCst) {
                        return Ok(token("t1"));
                    }
                    fault(number).await
                }
            })
        };
        let api = Fake::statuses(&[200]);
        let client = guarded(&tokens, &api);
        for _ in 0..3 {
            let error = client.item(1).await.unwrap_err();
            assert_eq!(
                (error.stopped(), api.len()),
                (Some(&Stopped::NoToken), 0),
                "fault {number}: {error}"
            );
        }
        over.store(true, Ordering::SeqCst);
        let wait = if number == 5 { 3631 } else { 70 };
        advance(Duration::from_secs(wait)).await;
        client
            .item(1)
            .await
            .unwrap_or_else(|error| panic!("fault {number}: {error}"));
    }
}

#[tokio::test(start_paused = true)]
async fn s10_a_token_response_is_read_up_to_64_kib() {
    for (length, fits) in [(64 * 1024, true), (64 * 1024 + 1, false)] {
        let tokens = Fake::new(move |_| async move {
            let token = r#"{"access_token":"canary","token_type":"Bearer"}"#;
            Ok(respond(
                200,
                &[],
                &(token.to_owned() + &" ".repeat(length - token.len())),
            ))
        });
        let answer = guarded(&tokens, &Fake::statuses(&[200])).item(1).await;
        assert_eq!(answer.is_ok(), fits, "{length} bytes");
        if let Err(error) = answer {
            assert!(error.to_string().contains("larger than 64 KiB"), "{error}");
        }
    }
}

#[tokio::test(start_paused = true)]
async fn s11_a_token_of_16_kib_is_the_longest_and_none_with_other_characters_is_sent() {
    let long = "canary".repeat(16 * 1024 / 6 + 1);
    for (value, fits) in [
        (&long[..16 * 1024], true),
        (&long[..=16 * 1024], false),
        ("canary-._~+/9=", true),
        ("", false),
        ("canary token", false),
        ("canary\\u000atoken", false),
        ("canaryé", false),
        ("canary\\u0000", false),
        ("=canary", false),
    ] {
        let answer: &str = format!(r#"{{"access_token":"{value}","token_type":"bearer"}}"#).leak();
        let tokens = Fake::new(move |_| async move { Ok(respond(200, &[], answer)) });
        let api = Fake::statuses(&[200]);
        let sent = guarded(&tokens, &api).item(1).await;
        assert_eq!(
            (sent.is_ok(), api.len()),
            (fits, usize::from(fits)),
            "{} bytes, {value:.20}",
            value.len()
        );
    }
}

/// RFC 9728's `resource_metadata`, Azure's `authorization_uri`, a registry's `realm`: somebody else's words.
#[tokio::test]
async fn s16_nothing_that_a_challenge_names_is_fetched() {
    let asked = Arc::new(AtomicUsize::new(0));
    let counter = asked.clone();
    let named = LoopbackServer::start(move |_| {
        counter.fetch_add(1, Ordering::SeqCst);
        async {
            Ok(http::Response::new(Body::from(
                r#"{"access_token":"canary","token_type":"Bearer"}"#,
            )))
        }
    });
    let named = named.await.unwrap();
    let url = named.url().to_owned();
    let api = Fake::new(move |_| {
        let challenge = format!(
            r#"Bearer realm="{url}", authorization_uri="{url}", resource_metadata="{url}", error="invalid_token", error_uri="{url}""#
        );
        async move {
            Ok(respond(
                401,
                &[("www-authenticate", &challenge), ("link", "</x>; rel=token")],
                "",
            ))
        }
    });
    let tokens = Fake::new(|_| async { Ok(token("t1")) });
    guarded(&tokens, &api).item(1).await.unwrap_err();
    assert_eq!(asked.load(Ordering::SeqCst), 0);
    assert!(
        tokens
            .log()
            .iter()
            .all(|seen| seen.url == "https://tenant.example.com/oauth/token")
    );
}
