//! What went wrong elsewhere and must not here.
//!
//! | there | what went wrong | the test |
//! | --- | --- | --- |
//! | auth0/auth0.net | a token and its expiry were read apart | [`a_token_never_has_the_expiry_of_another`] |
//! | jdx/mise#10246 | the old header was sent again after a refresh | [`after_a_refresh_the_old_header_is_not_sent_again`] |
//! | anthropics/anthropic-sdk-python#1841 | a refresh under way undid an invalidation | [`a_refresh_under_way_does_not_undo_a_rejection`] |
//! | ktorio/ktor, KTOR-8285 | one caller's cancellation reached the others | [`a_cancelled_caller_cancels_no_other`] |
//! | googleapis/google-cloud-rust#5809 | a failed early refresh evicted a valid token | [`a_failed_early_refresh_does_not_evict_a_valid_token`] |
//! | googleapis/google-cloud-rust#4541, #5864 | a failed refresh was the last one | [`a_failed_refresh_is_not_the_last_one`] |
//! | geelen/mcp-remote#338 | 13,750 token requests in 30 s | [`rejections_are_no_storm_of_token_requests`], [`failures_are_no_storm_of_token_requests`] |
//! | `DuendeSoftware/support`#1396 | the cache key had no scopes | [`two_scopes_do_not_share_a_token`] |
//! | `DuendeSoftware/foss`#287 | a sliding expiry fetched every 5 minutes | [`a_token_that_is_seldom_used_is_not_fetched_again`] |
//! | authlib/authlib#783 | `audience` was dropped from the second fetch | [`the_second_fetch_asks_for_the_same_as_the_first`] |
//! | many | a 307 took the client secret elsewhere | [`s02_a_307_does_not_forward_the_client_secret`](crate::redirects) |
//! | Azure/azure-sdk-for-rust#5074 | the secret was printed and the rest was not | [`s08_what_is_secret_is_not_printed_and_what_is_not_is`](crate::secrets) |
//! | many | `Instant` plus a huge `Retry-After` panicked | [`a_huge_retry_after_does_not_panic`] |
//! | XAMPPRocky/octocrab#842 | a retry lost the body | [`a_retry_does_not_lose_the_body`] |
//! | TrueLayer/reqwest-middleware#44 | a body that cannot be cloned failed the first send | [`a_body_that_cannot_be_cloned_is_sent`] |
//! | KittyCAD/kittycad.rs#1042 | a replayed POST billed four jobs | [`a_post_is_not_replayed`] |

use std::future::pending;
use std::time::Duration;

use reauth::testing::Gate;
use reauth::{ByteStream, Result, Stopped, Text, api_client};
use tokio::time::{Instant, advance, sleep};

use crate::api::{Guarded, GuardedClient, Item, Open, OpenClient};
use crate::fake::{Fake, MARK, credential, refused, respond, token, token_server};

fn guarded(tokens: &Fake, api: &Fake) -> GuardedClient {
    let builder = GuardedClient::builder("https://api.example.com", credential(tokens));
    builder.transport(api.clone()).build().unwrap()
}

fn open(api: &Fake) -> OpenClient {
    let builder = OpenClient::builder("https://api.example.com");
    builder.transport(api.clone()).build().unwrap()
}

fn lasting(name: &str, seconds: u64) -> reqwest::Response {
    let body = format!(r#"{{"access_token":"{MARK}{name}","token_type":"Bearer","expires_in":{seconds}}}"#);
    respond(200, &[], &body)
}

/// An API that lets in whoever has this token.
fn accepting(accepted: &'static str) -> Fake {
    Fake::new(move |seen| async move {
        let status = if seen.authorization.unwrap().ends_with(accepted) {
            200
        } else {
            401
        };
        Ok(respond(status, &[], r#"{"id":1}"#))
    })
}

/// Lets the tasks in the background get on.
async fn settle() {
    sleep(Duration::from_millis(1)).await;
}

/// Lives of a minute and of an hour in turn: a token that had the expiry of the one before it would be sent for too
/// long, or replaced too soon.
#[tokio::test(start_paused = true)]
async fn a_token_never_has_the_expiry_of_another() {
    let tokens = Fake::new(|seen| async move {
        let seconds = if seen.number.is_multiple_of(2) { 60 } else { 3600 };
        Ok(lasting(&format!("t{}", seen.number), seconds))
    });
    let api = Fake::statuses(&[200]);
    let client = guarded(&tokens, &api);
    for _ in 0..2 * 1800 {
        client.item(1).await.unwrap();
        advance(Duration::from_secs(2)).await;
    }
    let fetches = tokens.log();
    for sent in api.log() {
        let number: usize = sent.authorization.unwrap()["Bearer t".len()..].parse().unwrap();
        let age = sent.at.checked_sub(fetches[number].at).unwrap();
        let limit = Duration::from_secs(if number.is_multiple_of(2) { 54 } else { 3570 });
        assert!(age < limit, "t{number} was sent {age:?} after it was asked for");
    }
    assert!((4..=6).contains(&fetches.len()), "{} fetches", fetches.len());
}

#[tokio::test(start_paused = true)]
async fn after_a_refresh_the_old_header_is_not_sent_again() {
    let (tokens, api) = (token_server(), accepting("t2"));
    guarded(&tokens, &api).item(1).await.unwrap();
    assert_eq!(api.authorizations(), ["Bearer t1", "Bearer t2"]);
}

/// The early refresh asks before the rejection, and is answered after it, with the very token that was rejected.
#[tokio::test(start_paused = true)]
async fn a_refresh_under_way_does_not_undo_a_rejection() {
    let gate = Gate::default();
    let tokens = {
        let gate = gate.clone();
        Fake::new(move |seen| {
            let gate = gate.clone();
            async move {
                gate.pass().await;
                Ok(token(if seen.number < 2 { "t1" } else { "t2" }))
            }
        })
    };
    let api = Fake::new(|seen| async move {
        let status = if seen.number > 1 && seen.authorization.unwrap().ends_with("t1") {
            401
        } else {
            200
        };
        Ok(respond(status, &[], r#"{"id":1}"#))
    });
    let client = guarded(&tokens, &api);
    client.item(1).await.unwrap();
    advance(Duration::from_secs(3000)).await;
    let hold = gate.hold();
    client.item(1).await.unwrap();
    hold.waiting(1).await;
    let rejected = tokio::spawn({
        let client = client.clone();
        async move { client.item(1).await }
    });
    settle().await;
    assert_eq!(
        (tokens.len(), api.len()),
        (2, 3),
        "the refresh is under way, and the API has rejected the token"
    );
    drop(hold);
    rejected.await.unwrap().unwrap();
    assert_eq!(
        api.authorizations(),
        ["Bearer t1", "Bearer t1", "Bearer t1", "Bearer t2"]
    );
    assert_eq!(tokens.len(), 3);
}

#[tokio::test(start_paused = true)]
async fn a_cancelled_caller_cancels_no_other() {
    let gate = Gate::default();
    let hold = gate.hold();
    let tokens = Fake::new(move |_| {
        let gate = gate.clone();
        async move {
            gate.pass().await;
            Ok(token("t1"))
        }
    });
    let api = Fake::statuses(&[200]);
    let client = guarded(&tokens, &api);
    let call = || {
        let client = client.clone();
        tokio::spawn(async move { client.item(1).await })
    };
    let first = call();
    hold.waiting(1).await;
    let others: Vec<_> = (0..10).map(|_| call()).collect();
    settle().await;
    first.abort();
    others[5].abort();
    settle().await;
    drop(hold);
    for (number, other) in others.into_iter().enumerate().filter(|(number, _)| *number != 5) {
        other
            .await
            .unwrap()
            .unwrap_or_else(|error| panic!("caller {number}: {error}"));
    }
    assert_eq!((tokens.len(), api.len()), (1, 9));
}

#[tokio::test(start_paused = true)]
async fn a_failed_early_refresh_does_not_evict_a_valid_token() {
    for fails in [respond_503 as fn() -> _, respond_400] {
        let tokens = Fake::new(move |seen| async move { if seen.number == 0 { Ok(token("t1")) } else { Ok(fails()) } });
        let api = Fake::statuses(&[200]);
        let client = guarded(&tokens, &api);
        client.item(1).await.unwrap();
        advance(Duration::from_secs(3000)).await;
        for _ in 0..500 {
            client.item(1).await.unwrap();
            advance(Duration::from_secs(1)).await;
        }
        assert!(tokens.len() > 2, "it was refreshed early, and failed");
        assert!(api.authorizations().iter().all(|sent| sent == "Bearer t1"));
    }
}

fn respond_503() -> reqwest::Response {
    respond(503, &[], "")
}

fn respond_400() -> reqwest::Response {
    respond(400, &[], r#"{"error":"invalid_client"}"#)
}

/// Down for longer than any pause between two attempts, then back, without a caller having failed.
#[tokio::test(start_paused = true)]
async fn a_failed_refresh_is_not_the_last_one() {
    let tokens = Fake::new(|seen| async move {
        match seen.at.as_secs() {
            1..3300 => Err(refused()),
            _ => Ok(token(&format!("t{}", seen.number + 1))),
        }
    });
    let api = Fake::statuses(&[200]);
    let client = guarded(&tokens, &api);
    for _ in 0..700 {
        client.item(1).await.unwrap();
        advance(Duration::from_secs(5)).await;
    }
    let newest = api.authorizations().pop().unwrap();
    assert_ne!(newest, "Bearer t1", "it was renewed once the server was back");
}

/// Three thousand calls in 30 s, each rejected, whatever token it has.
#[tokio::test(start_paused = true)]
async fn rejections_are_no_storm_of_token_requests() {
    let (tokens, api) = (token_server(), Fake::statuses(&[401]));
    let client = guarded(&tokens, &api);
    for _ in 0..3_000 {
        client.item(1).await.unwrap_err();
        advance(Duration::from_millis(10)).await;
    }
    assert!(
        (4..=7).contains(&tokens.len()),
        "after 0, 1, 3, 7 and 15 s: {:?}",
        tokens.times()
    );
}

/// As many calls, while there is no token to be had: one token request and its three retries for each second.
#[tokio::test(start_paused = true)]
async fn failures_are_no_storm_of_token_requests() {
    for (fails, most) in [(respond_400 as fn() -> _, 31), (respond_503, 4 * 62)] {
        let tokens = Fake::new(move |_| async move { Ok(fails()) });
        let client = guarded(&tokens, &Fake::statuses(&[200]));
        let start = Instant::now();
        while start.elapsed() < Duration::from_secs(30) {
            client.item(1).await.unwrap_err();
            advance(Duration::from_millis(10)).await;
        }
        assert!(tokens.len() <= most, "{} requests", tokens.len());
    }
}

#[api_client(auth = "auth0", audience = "https://todo.example.com", scope = "todo:write")]
trait Writing {
    #[get("/item")]
    async fn item(&self) -> Result<Text>;
}

#[tokio::test(start_paused = true)]
async fn two_scopes_do_not_share_a_token() {
    let (tokens, api) = (token_server(), Fake::statuses(&[200]));
    let credential = credential(&tokens);
    let reading = GuardedClient::builder("https://api.example.com", credential.clone()).transport(api.clone());
    let writing = WritingClient::builder("https://api.example.com", credential).transport(api.clone());
    let (reading, writing) = (reading.build().unwrap(), writing.build().unwrap());
    for _ in 0..2 {
        reading.item(1).await.unwrap();
        writing.item().await.unwrap();
    }
    assert_eq!(
        api.authorizations(),
        ["Bearer t1", "Bearer t2", "Bearer t1", "Bearer t2"]
    );
    let scopes: Vec<_> = tokens
        .log()
        .iter()
        .map(|seen| field(seen.body.clone(), "scope"))
        .collect();
    assert_eq!(scopes, ["todo%3Aread-write", "todo%3Awrite"]);
}

fn field(form: Vec<u8>, name: &str) -> String {
    let form = String::from_utf8(form).unwrap();
    let value = form
        .split('&')
        .find_map(|pair| pair.strip_prefix(name)?.strip_prefix('='));
    value.unwrap_or_else(|| panic!("no `{name}`")).to_owned()
}

/// Used once in ten minutes, for as long as it lives.
#[tokio::test(start_paused = true)]
async fn a_token_that_is_seldom_used_is_not_fetched_again() {
    let tokens = Fake::new(|seen| async move { Ok(lasting(&format!("t{}", seen.number), 24 * 3600)) });
    let client = guarded(&tokens, &Fake::statuses(&[200]));
    for _ in 0..16 * 6 {
        client.item(1).await.unwrap();
        advance(Duration::from_secs(600)).await;
    }
    assert_eq!(tokens.len(), 1, "{:?}", tokens.times());
}

/// The first, one after a rejection, one after its expiry.
#[tokio::test(start_paused = true)]
async fn the_second_fetch_asks_for_the_same_as_the_first() {
    let tokens = token_server();
    let api = accepting("t2");
    let credential = credential(&tokens).organization("org_a");
    let builder = GuardedClient::builder("https://api.example.com", credential.clone());
    let client = builder.transport(api).build().unwrap();
    client.item(1).await.unwrap();
    advance(Duration::from_secs(3600)).await;
    client.item(1).await.unwrap_err();
    let asked: Vec<_> = tokens.log().into_iter().map(|seen| (seen.url, seen.body)).collect();
    assert!(asked.len() >= 3);
    assert!(
        asked.iter().all(|request| *request == asked[0]),
        "{} fetches",
        asked.len()
    );
    for name in ["audience", "scope", "organization"] {
        field(asked[0].1.clone(), name);
    }
}

#[tokio::test(start_paused = true)]
async fn a_huge_retry_after_does_not_panic() {
    for huge in ["18446744073709551615", "Fri, 31 Dec 9999 23:59:59 GMT"] {
        let busy = Fake::new(move |_| async move { Ok(respond(503, &[("retry-after", huge)], "")) });
        let error = open(&busy).item(1).await.unwrap_err();
        assert_eq!((busy.len(), error.status().unwrap().as_u16()), (1, 503), "{huge}");

        let tokens = Fake::new(move |_| async move { Ok(respond(429, &[("retry-after", huge)], "")) });
        let error = guarded(&tokens, &Fake::statuses(&[200])).item(1).await.unwrap_err();
        assert_eq!((tokens.len(), error.stopped()), (1, Some(&Stopped::NoToken)), "{huge}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_retry_does_not_lose_the_body() {
    let api = Fake::statuses(&[503, 401, 500, 200]);
    guarded(&token_server(), &api).add(&Item { id: 1 }).await.unwrap();
    assert_eq!(api.len(), 4);
    for seen in api.log() {
        assert_eq!(seen.body, br#"{"id":1}"#, "attempt {}", seen.number);
        assert_eq!(
            seen.headers["content-type"], "application/json",
            "attempt {}",
            seen.number
        );
    }
}

#[api_client(retry = "constant(100ms,3)")]
trait Uploads {
    #[put("/file")]
    async fn upload(&self, #[body] file: ByteStream) -> Result<()>;
}

/// On a method with retries, and with a credential's chance of a second send.
#[tokio::test(start_paused = true)]
async fn a_body_that_cannot_be_cloned_is_sent() {
    let api = Fake::statuses(&[200]);
    let client = UploadsClient::builder("https://api.example.com").transport(api.clone());
    let file = ByteStream::new(futures_util::stream::iter([Ok::<_, std::io::Error>("a file")]));
    client.build().unwrap().upload(file).await.unwrap();
    assert_eq!(api.len(), 1);
}

/// Four ways in which a job may have been begun although nothing says so.
#[tokio::test(start_paused = true)]
async fn a_post_is_not_replayed() {
    let job = Item { id: 1 };
    for (name, fails) in [
        ("a gateway gives up", Fake::statuses(&[504])),
        ("the server breaks", Fake::statuses(&[500])),
        (
            "the connection breaks",
            Fake::new(|_| async { Err("broken pipe".into()) }),
        ),
        ("no answer comes", Fake::new(|_| pending())),
    ] {
        open(&fails).add(&job).await.unwrap_err();
        assert_eq!(fails.len(), 1, "{name}");
    }
}
