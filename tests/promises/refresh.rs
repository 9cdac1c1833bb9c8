//! The refresh token grant with a server that takes each refresh token once: the newest is never lost.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use http::StatusCode;
use parking_lot::Mutex;
use reauth::testing::{Failure, LoopbackServer, TokenServer};
use reauth::{ClientAuthentication, OAuth2, OAuthErrorCode, Result, Text, TokenCredential, TokenError, api_client};
use secrecy::ExposeSecret;
use tokio::sync::Notify;
use tokio::time::{Duration, Instant};

use crate::fake::{Fake, MARK, respond};
use crate::oauth2;

#[api_client(auth = "oauth2", audience = "https://orders.example.com")]
trait Orders {
    #[get("/order")]
    async fn order(&self) -> Result<Text>;
}

#[api_client(auth = "oauth2", audience = "https://stock.example.com")]
trait Stock {
    #[get("/stock")]
    async fn stock(&self) -> Result<Text>;
}

/// What was stored, newest last.
#[derive(Clone, Default)]
struct Stored(Arc<Mutex<Vec<String>>>);

impl Stored {
    fn all(&self) -> Vec<String> {
        self.0.lock().clone()
    }
}

async fn server() -> TokenServer {
    let builder = TokenServer::builder().rfc6749().public_client("app");
    builder.refresh_token("canary-rt").start().await.unwrap()
}

fn credential(tokens: &TokenServer) -> OAuth2 {
    OAuth2::from_issuer(tokens.issuer(), "app", ClientAuthentication::none()).refresh_token("canary-rt")
}

fn storing(credential: OAuth2, stored: &Stored) -> OAuth2 {
    let stored = stored.clone();
    credential.store_refresh_token(move |token| {
        stored.0.lock().push(token.expose_secret().to_owned());
        async { Ok(()) }
    })
}

async fn client(credential: OAuth2, tokens: &TokenServer) -> (OrdersClient, LoopbackServer) {
    let api = oauth2::api(tokens).await;
    (OrdersClient::new(api.url(), credential).unwrap(), api)
}

#[tokio::test]
async fn each_refresh_uses_the_newest_token_and_stores_the_next() {
    let (tokens, stored) = (server().await, Stored::default());
    let (client, _api) = client(storing(credential(&tokens), &stored), &tokens).await;
    for _ in 0..3 {
        client.order().await.unwrap();
        tokens.rotate_key().await.unwrap();
    }
    assert_eq!(stored.all(), ["canary-rt-1", "canary-rt-2", "canary-rt-3"]);
    let asked = tokens.requests();
    assert!(
        asked
            .iter()
            .all(|asked| asked.grant_type.as_deref() == Some("refresh_token"))
    );
    assert_eq!(asked.len(), 3);
}

#[tokio::test]
async fn two_apis_that_need_tokens_at_once_use_one_refresh_token_after_the_other() {
    let tokens = server().await;
    let credential = credential(&tokens);
    let api = Fake::statuses(&[200]);
    let (orders, stock) = OrdersClient::builder("https://x.example.com", credential)
        .transport(api.clone())
        .and::<StockClient>()
        .build()
        .unwrap();
    let (first, second) = tokio::join!(orders.order(), stock.stock());
    first.unwrap();
    second.unwrap();
    assert_eq!(tokens.token_requests(), 2);
    assert_eq!(
        tokens.refresh_token().as_deref(),
        Some("canary-rt-2"),
        "neither was used twice"
    );
}

#[tokio::test]
async fn the_new_token_survives_a_caller_that_goes_away_and_a_credential_that_is_dropped() {
    let (tokens, stored) = (server().await, Stored::default());
    let (client, _api) = client(storing(credential(&tokens), &stored), &tokens).await;
    let hold = tokens.hold();
    let call = tokio::spawn(async move { client.order().await });
    hold.waiting(1).await;
    call.abort();
    assert!(
        call.await.unwrap_err().is_cancelled(),
        "and with it went the last handle"
    );
    drop(hold);
    while stored.all().is_empty() {
        tokio::task::yield_now().await;
    }
    assert_eq!(stored.all(), ["canary-rt-1"]);
}

#[tokio::test]
async fn the_new_token_is_kept_where_the_access_token_is_no_good() {
    let tokens = Fake::new(|seen| async move {
        let form = String::from_utf8(seen.body).unwrap();
        assert!(
            form.contains(&format!("refresh_token=canary-rt{}", seen.number)),
            "{form}"
        );
        let token_type = if seen.number == 0 { "mac" } else { "Bearer" };
        let next = seen.number + 1;
        let answer = serde_json::json!({"access_token": "canary-token", "token_type": token_type, "refresh_token": format!("canary-rt{next}")});
        Ok(respond(200, &[], &answer.to_string()))
    });
    let credential = OAuth2::new("https://login.example.com/token", "app", "canary-secret")
        .transport(tokens.clone())
        .refresh_token("canary-rt0");
    let client = OrdersClient::builder("https://x.example.com", credential).transport(Fake::statuses(&[200]));
    let client = client.build().unwrap();
    client.order().await.unwrap_err();
    tokio::time::pause();
    tokio::time::advance(Duration::from_secs(60)).await;
    client.order().await.unwrap();
    assert_eq!(tokens.len(), 2);
}

#[tokio::test]
async fn the_token_is_stored_before_the_access_token_is_used_and_again_where_that_failed() {
    let tokens = server().await;
    let (begun, go) = (Arc::new(Notify::new()), Arc::new(Notify::new()));
    let attempts = Arc::new(Mutex::new(Vec::new()));
    let credential = credential(&tokens).store_refresh_token({
        let (begun, go, attempts) = (begun.clone(), go.clone(), attempts.clone());
        move |token| {
            let number = {
                let mut attempts = attempts.lock();
                attempts.push(token.expose_secret().to_owned());
                attempts.len()
            };
            let (begun, go) = (begun.clone(), go.clone());
            async move {
                if number > 1 {
                    return Ok(());
                }
                begun.notify_one();
                go.notified().await;
                Err("the disk is full".into())
            }
        }
    });
    let api = Fake::statuses(&[200, 401, 200]);
    let client = OrdersClient::builder("https://x.example.com", credential)
        .transport(api.clone())
        .build()
        .unwrap();
    let call = tokio::spawn({
        let client = client.clone();
        async move { client.order().await }
    });
    begun.notified().await;
    assert_eq!(api.len(), 0, "not while it is being stored");
    go.notify_one();
    call.await.unwrap().unwrap();
    client.order().await.unwrap();
    let attempts = attempts.lock();
    assert_eq!(
        (attempts[0].as_str(), attempts.last().unwrap().as_str()),
        ("canary-rt-1", "canary-rt-2")
    );
}

/// Takes `canary-rt0`, `canary-rt1`, … in this order, and each once; how long it takes is by the request's number.
fn rotating(takes: impl Fn(usize) -> Duration + Send + Sync + 'static) -> Fake {
    Fake::new(move |seen| {
        let (number, takes) = (seen.number, takes(seen.number));
        let form = String::from_utf8(seen.body).unwrap();
        assert!(
            form.contains(&format!("refresh_token=canary-rt{number}")),
            "{number}: {form}"
        );
        async move {
            tokio::time::sleep(takes).await;
            let answer = serde_json::json!({
                "access_token": format!("{MARK}t{number}"), "token_type": "Bearer", "expires_in": 3600,
                "refresh_token": format!("canary-rt{}", number + 1),
            });
            Ok(respond(200, &[], &answer.to_string()))
        }
    })
}

fn virtual_credential(tokens: &Fake) -> OAuth2 {
    OAuth2::new("https://login.example.com/token", "app", "canary-secret")
        .audience("https://orders.example.com")
        .transport(tokens.clone())
        .refresh_token("canary-rt0")
}

fn virtual_client(credential: &OAuth2, api: &Fake) -> OrdersClient {
    let client = OrdersClient::builder("https://x.example.com", credential.clone());
    client.transport(api.clone()).build().unwrap()
}

#[tokio::test(start_paused = true)]
async fn r18_a_store_that_hangs_or_panics_fails_no_call() {
    for hangs in [true, false] {
        let tokens = rotating(|_| Duration::ZERO);
        let works = Arc::new(AtomicBool::new(false));
        let stored = Stored::default();
        let credential = virtual_credential(&tokens).store_refresh_token({
            let (works, stored) = (works.clone(), stored.clone());
            move |token| {
                let works = works.load(Ordering::SeqCst);
                assert!(works || hangs, "a test's panic");
                let stored = stored.clone();
                async move {
                    if !works {
                        std::future::pending::<()>().await;
                    }
                    stored.0.lock().push(token.expose_secret().to_owned());
                    Ok(())
                }
            }
        });
        let client = virtual_client(&credential, &Fake::statuses(&[200, 401, 200]));
        assert!(!credential.status().unwrap().has_unstored_refresh_token());
        for _ in 0..3 {
            let start = Instant::now();
            client.order().await.unwrap();
            assert!(start.elapsed() <= Duration::from_secs(3), "{:?}", start.elapsed());
            assert!(credential.status().unwrap().has_unstored_refresh_token());
        }
        assert_eq!(tokens.len(), 2);
        // In the background, and only the newest.
        works.store(true, Ordering::SeqCst);
        tokio::time::sleep(Duration::from_secs(64)).await;
        assert_eq!(stored.all(), ["canary-rt2"]);
        assert!(!credential.status().unwrap().has_unstored_refresh_token());
    }
}

#[tokio::test(start_paused = true)]
async fn r18_an_answer_that_comes_after_the_load_timeout_is_used_and_its_refresh_token_not_lost() {
    let tokens = rotating(|number| Duration::from_secs(if number == 0 { 29 } else { 7 }));
    let api = Fake::statuses(&[200, 200, 401, 200]);
    let client = virtual_client(&virtual_credential(&tokens), &api);
    let start = Instant::now();
    for seconds in [10, 20] {
        let error = client.order().await.unwrap_err();
        assert!(
            matches!(error.token_error(), Some(TokenError::Timeout { .. })),
            "{error}"
        );
        assert_eq!(start.elapsed().as_secs(), seconds, "nobody waits longer");
    }
    client.order().await.unwrap();
    assert_eq!(start.elapsed().as_secs(), 29);
    client.order().await.unwrap();
    assert_eq!(tokens.len(), 1, "what came late was used");
    client.order().await.unwrap();
    assert_eq!(
        (tokens.len(), api.authorizations().last().unwrap().as_str()),
        (2, "Bearer t1")
    );
}

#[tokio::test(start_paused = true)]
async fn r02_refreshes_do_not_queue_up_while_the_token_server_hangs() {
    let hangs_until = Instant::now() + Duration::from_secs(300);
    let tokens = Fake::new(move |_| async move {
        tokio::time::sleep_until(hangs_until).await;
        let answer = serde_json::json!({"access_token": "canary", "token_type": "Bearer"});
        Ok(respond(200, &[], &answer.to_string()))
    });
    let api = Fake::statuses(&[200]);
    let credential = virtual_credential(&tokens);
    let orders = virtual_client(&credential, &api);
    let stock = StockClient::builder("https://x.example.com", credential).transport(api.clone());
    let stock = stock.build().unwrap();
    while Instant::now() < hangs_until - Duration::from_secs(10) {
        let (first, second) = tokio::join!(orders.order(), stock.stock());
        first.unwrap_err();
        second.unwrap_err();
        tokio::time::sleep(Duration::from_secs(1)).await;
    }
    tokio::time::sleep(Duration::from_secs(100)).await;
    orders.order().await.unwrap();
    stock.stock().await.unwrap();
    let asked = tokens.times();
    let afterwards = asked.iter().filter(|at| **at >= 290_000).count();
    assert!(
        afterwards <= 2,
        "one for each API, and none for those who gave up: {asked:?}"
    );
    assert!(asked.len() <= 12, "one exchange at a time: {asked:?}");
}

#[tokio::test(start_paused = true)]
async fn r18_a_token_server_that_takes_seven_seconds_each_time_is_good_enough() {
    let tokens = Fake::new(|_| async {
        tokio::time::sleep(Duration::from_secs(7)).await;
        let answer = serde_json::json!({"access_token": "canary", "token_type": "Bearer"});
        Ok(respond(200, &[], &answer.to_string()))
    });
    let credential = OAuth2::new("https://login.example.com/token", "app", "canary-secret").transport(tokens.clone());
    virtual_client(&credential, &Fake::statuses(&[200]))
        .order()
        .await
        .unwrap();
    assert_eq!(tokens.len(), 1);
}

#[tokio::test]
async fn r25_a_refresh_that_the_server_may_have_seen_is_not_sent_again() {
    let tokens = server().await;
    tokens.fail_next(1, &Failure::disconnect());
    let (client, _api) = client(credential(&tokens), &tokens).await;
    assert!(matches!(
        client.order().await.unwrap_err().token_error(),
        Some(TokenError::Unreachable { .. })
    ));
    assert_eq!(tokens.token_requests(), 1);

    let busy = Failure::status(StatusCode::SERVICE_UNAVAILABLE).retry_after(Duration::ZERO);
    tokens.fail_next(1, &busy);
    client.order().await.unwrap();
    assert_eq!(tokens.refresh_token().as_deref(), Some("canary-rt-1"));
}

#[tokio::test]
async fn a_refresh_token_that_is_no_good_says_to_sign_in_anew() {
    let tokens = server().await;
    let (client, _api) = client(credential(&tokens).refresh_token("canary"), &tokens).await;
    let error = client.order().await.unwrap_err();
    let Some(TokenError::Refused { code, .. }) = error.token_error() else {
        panic!("{error:?}")
    };
    assert_eq!(*code, OAuthErrorCode::InvalidGrant);
    assert!(error.to_string().contains("sign in anew"), "{error}");
    assert!(!format!("{error:?}").contains("canary"));
}

#[tokio::test]
async fn what_is_said_to_a_clone_later_begins_no_refresh_token_anew() {
    type Later = fn(OAuth2) -> OAuth2;
    let later: [(&str, Later); 5] = [
        ("allow_http", OAuth2::allow_http),
        ("assertion_audience", |oauth2| oauth2.assertion_audience("a")),
        ("transport", |oauth2| oauth2.transport(reqwest::Client::new())),
        ("dpop_with", |oauth2| oauth2.dpop().unwrap()),
        ("resource", |oauth2| oauth2.resource("https://x.example.com")),
    ];
    for (name, later) in later {
        let (tokens, stored) = (server().await, Stored::default());
        let credential = storing(credential(&tokens), &stored);
        credential.warm_up().await.unwrap();
        let clone = later(credential.clone());
        // Whether the access token is one that the clone takes is another matter.
        let _ = clone.warm_up().await;
        credential.invalidate();
        credential
            .warm_up()
            .await
            .unwrap_or_else(|error| panic!("{name}: {error}"));
        assert_eq!(stored.all(), ["canary-rt-1", "canary-rt-2", "canary-rt-3"], "{name}");
    }
}

#[tokio::test]
async fn another_refresh_token_is_another_matter() {
    let tokens = server().await;
    credential(&tokens).warm_up().await.unwrap();
    let newest = tokens.refresh_token().unwrap();
    let other = credential(&tokens).refresh_token(newest);
    other.warm_up().await.unwrap();
    assert_eq!(tokens.refresh_token().as_deref(), Some("canary-rt-2"));
}

#[tokio::test]
async fn a_store_that_comes_after_the_first_token_request_is_a_mistake() {
    let (tokens, stored) = (server().await, Stored::default());
    let credential = credential(&tokens);
    credential.warm_up().await.unwrap();
    let error = storing(credential.clone(), &stored).warm_up().await.unwrap_err();
    assert!(
        error.is_settings() && error.to_string().contains("in use before `store_refresh_token`"),
        "{error}"
    );
    credential.invalidate();
    credential.warm_up().await.unwrap();
}

#[test]
fn a_store_without_a_token_is_a_mistake() {
    let credential = OAuth2::new("https://login.example.com/token", "app", "canary-secret");
    let error = OrdersClient::new("https://x.example.com", storing(credential, &Stored::default())).unwrap_err();
    assert!(
        error.to_string().contains("no `refresh_token` to begin with"),
        "{error}"
    );
}

#[tokio::test(start_paused = true)]
async fn a_client_that_may_not_refresh_is_told_what_to_allow() {
    for code in ["unauthorized_client", "unsupported_grant_type"] {
        let tokens = Fake::new(move |_| async move {
            let body = serde_json::json!({ "error": code }).to_string();
            Ok(respond(400, &[], &body))
        });
        let client = virtual_client(&virtual_credential(&tokens), &Fake::statuses(&[200]));
        let told = client.order().await.unwrap_err().to_string();
        assert!(told.contains("allow the client the refresh-token grant"), "{told}");
    }
}
