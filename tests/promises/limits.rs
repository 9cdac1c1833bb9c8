//! What limits a call: its own options, the client's retry budget, and what a server asks for.

use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::Poll;

use futures_util::future::join_all;
use reauth::{
    Authorize, Backoff, BoxError, CallOptions, Error, Outcome, PageNumber, Pages, Result, RetryBudget, Stopped, Text,
    api_client,
};
use tokio::net::TcpListener;
use tokio::sync::Barrier;
use tokio::time::{Duration, Instant, advance, sleep};

use crate::api::{GuardedClient, Item, Open, OpenClient};
use crate::fake::{Fake, credential, dripping, hanging, respond, streamed, token_server};

#[api_client(auth = "auth0", audience = "https://todo.example.com", retry = "constant(100ms,3)")]
#[headers("X-Constant: trait")]
trait Limited {
    #[get("/text")]
    async fn text(&self, #[header("X-Argument")] argument: &str) -> Result<Text>;

    #[get("/slow", auth = "none", timeout = "2h")]
    async fn slow(&self) -> Result<Text>;

    #[post("/order", auth = "none")]
    async fn order(&self, #[body] item: &Item) -> Result<Text>;

    #[post("/order", auth = "none", idempotency_key = "X-Once")]
    async fn order_once(&self, #[body] item: &Item) -> Result<Text>;

    #[get("/pages", auth = "none")]
    async fn pages(&self) -> Result<Pages<Vec<u32>, PageNumber>>;
}

fn limited(fake: &Fake) -> LimitedClient {
    LimitedClient::builder("https://api.example.com", credential(&token_server()))
        .transport(fake.clone())
        .build()
        .unwrap()
}

fn open(fake: &Fake, budget: RetryBudget) -> OpenClient {
    OpenClient::builder("https://api.example.com/v1")
        .transport(fake.clone())
        .retry_budget(budget)
        .build()
        .unwrap()
}

/// How many of them the budget refused.
fn refused<T>(results: &[Result<T>]) -> usize {
    let stopped = results.iter().filter_map(|result| result.as_ref().err()?.stopped());
    stopped.filter(|stopped| **stopped == Stopped::BudgetSpent).count()
}

#[tokio::test(start_paused = true)]
async fn r24_by_default_a_client_retries_a_fifth_of_its_calls_and_ten_a_second() {
    let fake = Fake::statuses(&[503]);
    let client = open(&fake, RetryBudget::default());
    let results = join_all((0..200).map(|_| client.item(1))).await;
    assert_eq!(fake.len(), 200 + 40 + 100, "over ten seconds");
    assert_eq!(refused(&results), 200);

    let unlimited = Fake::statuses(&[503]);
    let client = open(&unlimited, RetryBudget::UNLIMITED);
    join_all((0..200).map(|_| client.item(1))).await;
    assert_eq!(unlimited.len(), 800);
}

#[tokio::test(start_paused = true)]
async fn r24_an_empty_budget_lets_first_attempts_through_and_fills_again() {
    let fake = Fake::statuses(&[503]);
    let client = open(&fake, RetryBudget::new().percent(20).per_second(0));
    for _ in 0..4 {
        let error = client.item(1).await.unwrap_err();
        assert_eq!(
            (error.attempts().len(), error.stopped()),
            (1, Some(&Stopped::BudgetSpent))
        );
        assert_eq!(error.status().unwrap(), 503, "the answer is intact");
        assert!(
            error
                .to_string()
                .ends_with("retry budget is spent: too many of its calls are retries"),
            "{error}"
        );
    }
    assert_eq!(
        client.clone().item(1).await.unwrap_err().attempts().len(),
        2,
        "the fifth, on a clone"
    );
    sleep(Duration::from_secs(10)).await;
    assert_eq!(
        client.item(1).await.unwrap_err().attempts().len(),
        1,
        "those were too long ago"
    );
    for _ in 0..3 {
        client.text().await.unwrap_err();
    }
    for attempts in [1, 1, 1, 2] {
        assert_eq!(
            client.item(1).await.unwrap_err().attempts().len(),
            attempts,
            "what is not retried fills nothing"
        );
    }
}

#[tokio::test(start_paused = true)]
async fn r24_a_newer_token_is_no_retry() {
    let api = Fake::statuses(&[401, 200]);
    let client = GuardedClient::builder("https://api.example.com", credential(&token_server()))
        .transport(api.clone())
        .retry_budget(RetryBudget::new().percent(0).per_second(0))
        .build()
        .unwrap();
    crate::api::Guarded::item(&client, 1).await.unwrap();
    assert_eq!(api.authorizations(), ["Bearer t1", "Bearer t2"]);
}

/// On threads, and with all first attempts under way before one of them fails.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn r24_it_is_exact_under_threads() {
    const CALLS: usize = 500;
    let all_sent = Arc::new(Barrier::new(CALLS));
    let fake = Fake::new(move |seen| {
        let all_sent = all_sent.clone();
        async move {
            if seen.number < CALLS {
                all_sent.wait().await;
            }
            Ok(respond(503, &[], ""))
        }
    });
    let client = open(&fake, RetryBudget::new().percent(20).per_second(0));
    let at_once = CallOptions::new().retry(Backoff::constant(Duration::ZERO, 3));
    let client = client.with(at_once);
    let calls: Vec<_> = (0..CALLS)
        .map(|_| {
            let client = client.clone();
            tokio::spawn(async move { client.item(1).await })
        })
        .collect();
    let results: Vec<_> = join_all(calls).await.into_iter().map(|call| call.unwrap()).collect();
    assert_eq!(fake.len(), CALLS + CALLS / 5);
    assert!(refused(&results) >= CALLS - CALLS / 5, "{}", refused(&results));
}

#[tokio::test(start_paused = true)]
async fn s14_a_server_that_asks_for_an_hour_is_left_alone() {
    let fake = Fake::new(|_| async { Ok(respond(503, &[("retry-after", "3600")], "maintenance")) });
    let start = Instant::now();
    let error = limited(&fake).slow().await.unwrap_err();
    assert_eq!((fake.len(), Instant::now()), (1, start), "neither early nor late");
    let wait = Duration::from_secs(3600);
    assert_eq!(error.stopped(), Some(&Stopped::AskedToWait { wait }));
    assert_eq!(error.body().unwrap(), b"maintenance");
    assert!(error.retry_at().unwrap() > std::time::SystemTime::now() + wait / 2);
}

#[tokio::test(start_paused = true)]
async fn s14_a_server_that_asks_for_a_minute_is_waited_for() {
    let fake = Fake::new(|seen| async move {
        Ok(match seen.number {
            0 => respond(429, &[("retry-after", "60"), ("retry-after-ms", "59500")], ""),
            1 => respond(429, &[("x-ratelimit-remaining", "0"), ("x-ratelimit-reset", "30")], ""),
            _ => respond(200, &[], "done"),
        })
    });
    limited(&fake).slow().await.unwrap();
    assert_eq!(fake.times(), [0, 59_500, 89_500]);
}

#[tokio::test(start_paused = true)]
async fn s14_a_call_that_waits_for_a_server_holds_up_no_other() {
    let fake = Fake::new(|seen| async move {
        Ok(match seen.number {
            0 => respond(429, &[("retry-after", "60")], ""),
            // To the token of the call that waits, and of all others.
            2 => respond(401, &[], ""),
            _ => respond(200, &[], "done"),
        })
    });
    let client = limited(&fake);
    let waits = client.with(CallOptions::new().timeout(Duration::from_secs(3600)));
    let others = async {
        sleep(Duration::from_secs(1)).await;
        client.slow().await.unwrap();
        client.text("").await.unwrap();
        assert_eq!(fake.times(), [0, 1_000, 1_000, 1_000]);
    };
    let (waited, ()) = tokio::join!(waits.text(""), others);
    waited.unwrap();
    assert_eq!(fake.times()[4..], [60_000]);
    assert_eq!(fake.authorizations()[4], "Bearer t2", "the token of now");
}

#[tokio::test(start_paused = true)]
async fn r22_a_time_limit_beyond_all_reckoning_is_none() {
    let slow = Fake::new(|_| async {
        sleep(Duration::from_secs(3600)).await;
        Ok(respond(200, &[], "done"))
    });
    let never = CallOptions::new().timeout(Duration::MAX).attempt_timeout(Duration::MAX);
    limited(&slow).with(never).text("").await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn r23_a_call_has_time_limits_of_its_own() {
    let hangs = Fake::new(|_| std::future::pending());
    let client = limited(&hangs);
    let start = Instant::now();
    let limit = Duration::from_millis(700);
    let hurried = client.with(CallOptions::new().timeout(limit).retry(Backoff::NONE));
    let error = hurried.text("").await.unwrap_err();
    assert_eq!((Instant::now() - start, error.is_timeout()), (limit, true));
    assert!(error.to_string().contains("within its time limit of 700ms"), "{error}");

    let body = Fake::new(|_| async { Ok(streamed(hanging())) });
    let error = limited(&body)
        .with(CallOptions::new().timeout(limit))
        .text("")
        .await
        .unwrap_err();
    assert!(error.to_string().contains("within its time limit of 700ms"), "{error}");

    let start = Instant::now();
    let attempt = CallOptions::new().attempt_timeout(Duration::from_secs(1));
    let once = Backoff::constant(Duration::from_secs(2), 1);
    // The second `with` adds to the first.
    let client = client.with(attempt).with(CallOptions::new().retry(once));
    let error = client.slow().await.unwrap_err();
    assert_eq!(
        Instant::now() - start,
        Duration::from_secs(4),
        "1 s, a wait of 2 s, 1 s"
    );
    assert_eq!(error.attempts()[1].outcome(), Outcome::Timeout);
}

#[tokio::test(start_paused = true)]
async fn a_call_has_headers_of_its_own_on_each_of_its_attempts() {
    let fake = Fake::statuses(&[503, 200]);
    let client = limited(&fake);
    let options = CallOptions::new()
        .header("X-Constant", "mine")
        .header("x-argument", "mine too")
        .header("X-Trace", "1")
        .header("X-Trace", "2");
    client.with(options).text("argument").await.unwrap();
    client.text("argument").await.unwrap();
    for seen in &fake.log()[..2] {
        let sent = |name| seen.headers.get_all(name).iter().collect::<Vec<_>>();
        assert_eq!(sent("x-constant"), ["mine"]);
        assert_eq!(sent("x-argument"), ["mine too"]);
        assert_eq!(sent("x-trace"), ["2"]);
        assert_eq!(seen.authorization.as_deref(), Some("Bearer t1"));
    }
    let other = &fake.log()[2].headers;
    assert_eq!(
        (other["x-constant"].as_bytes(), other.get("x-trace")),
        (&b"trait"[..], None)
    );
}

#[tokio::test(start_paused = true)]
async fn s07_no_option_sets_what_is_the_clients() {
    let fake = Fake::statuses(&[200]);
    let client = limited(&fake);
    let names = [
        "Authorization",
        "host",
        "Content-Length",
        "Transfer-Encoding",
        "Proxy-Authorization",
        "Connection",
        "Expect",
        "Keep-Alive",
        "TE",
        "Trailer",
        "Upgrade",
    ];
    let said = |error: Error| error.argument_error().unwrap().to_string();
    for name in names {
        let error = client
            .with(CallOptions::new().header(name, "x"))
            .text("")
            .await
            .unwrap_err();
        let expected = format!(
            "`header` cannot set `{}`, which is the client's own",
            name.to_lowercase()
        );
        assert_eq!(said(error), expected);
    }
    for options in [
        CallOptions::new().header("X-A", "a\r\nAuthorization: b"),
        CallOptions::new().header("X-A", "a\0b"),
        CallOptions::new().header("X A", "a"),
        CallOptions::new().header("", "a"),
        CallOptions::new().idempotency_key("a\nb"),
        CallOptions::new().idempotency_key(""),
    ] {
        let shown = format!("{options:?}");
        let error = client
            .with(options)
            .with(CallOptions::new())
            .text("")
            .await
            .unwrap_err();
        assert!(said(error).starts_with(['`']), "{shown}");
    }
    assert_eq!(fake.len(), 0, "nothing is sent");
}

#[tokio::test(start_paused = true)]
async fn s08_options_show_names_only() {
    let options = CallOptions::new().header("X-Trace", "canary").idempotency_key("canary");
    let client = limited(&Fake::statuses(&[200])).with(options.clone());
    let shown = format!("{options:?} {client:?}");
    assert!(shown.contains("x-trace") && !shown.contains("canary"), "{shown}");
}

#[tokio::test(start_paused = true)]
async fn r26_a_call_can_have_a_key_of_its_own() {
    let fake = Fake::statuses(&[500, 503, 200]);
    let client = limited(&fake);
    let key = |key| CallOptions::new().idempotency_key(key);
    client.with(key("order-7")).order(&Item { id: 7 }).await.unwrap();
    let keys: Vec<_> = fake.log().into_iter().map(|seen| seen.idempotency_key).collect();
    assert_eq!(keys, vec![Some("order-7".to_owned()); 3]);

    let fake = Fake::statuses(&[500, 200]);
    let client = limited(&fake);
    client.with(key("order-8")).order_once(&Item { id: 8 }).await.unwrap();
    assert!(fake.log().iter().all(|seen| seen.headers["x-once"] == "order-8"));
    assert_eq!((fake.len(), &fake.log()[0].idempotency_key), (2, &None));
}

#[tokio::test(start_paused = true)]
async fn every_page_has_the_options_of_its_call() {
    let fake = Fake::new(|seen| async move {
        if seen.number == 1 {
            return Ok(respond(503, &[], ""));
        }
        Ok(respond(200, &[], if seen.number < 3 { "[1]" } else { "[]" }))
    });
    let client = limited(&fake);
    let options = CallOptions::new()
        .header("X-Trace", "1")
        .retry(Backoff::constant(Duration::from_secs(1), 1));
    let mut pages = client.with(options).pages().await.unwrap();
    while pages.try_next().await.unwrap().is_some() {}
    assert!(fake.log().iter().all(|seen| seen.headers["x-trace"] == "1"));
    assert_eq!(fake.times(), [0, 0, 1000, 1000]);
}

#[tokio::test]
async fn a_connection_that_is_not_made_ends_at_its_limit() {
    // It accepts, and says nothing: TLS is part of making a connection.
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let client = OpenClient::builder(format!("https://{}", listener.local_addr().unwrap()))
        .connect_timeout(Duration::from_millis(20))
        .build()
        .unwrap()
        .with(CallOptions::new().retry(Backoff::NONE));
    let start = Instant::now();
    let error = client.item(1).await.unwrap_err();
    assert!(
        error.is_connect() && start.elapsed() < Duration::from_secs(4),
        "{error:?}"
    );
}

#[tokio::test]
async fn a_connect_timeout_beside_a_transport_is_a_mistake() {
    let builder = || OpenClient::builder("https://api.example.com").connect_timeout(Duration::from_secs(1));
    builder().build().unwrap();
    for builder in [
        builder().http_client(reqwest::Client::new()),
        builder().transport(Fake::statuses(&[200])),
    ] {
        let error = builder.build().unwrap_err();
        assert!(
            error.is_settings() && error.to_string().contains("`connect_timeout` is for"),
            "{error}"
        );
    }
}

/// Counts what is alive of the requests that were sent.
struct Alive(Arc<AtomicUsize>);

impl Alive {
    fn new(count: &Arc<AtomicUsize>) -> Self {
        count.fetch_add(1, Ordering::SeqCst);
        Self(count.clone())
    }
}

impl Drop for Alive {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::SeqCst);
    }
}

/// A body that never ends, and is alive.
struct Endless(Alive);

impl http_body::Body for Endless {
    type Data = bytes::Bytes;
    type Error = std::io::Error;

    fn poll_frame(
        self: std::pin::Pin<&mut Self>,
        _: &mut std::task::Context<'_>,
    ) -> Poll<Option<std::result::Result<http_body::Frame<bytes::Bytes>, std::io::Error>>> {
        let _ = &self.0;
        Poll::Pending
    }
}

/// Through a token, two retries with their waits, a body that is drained, a 401, and a body that is read.
#[tokio::test(start_paused = true)]
async fn r28_a_call_can_be_dropped_wherever_it_waits() {
    let tasks = || tokio::runtime::Handle::current().metrics().num_alive_tasks();
    let before = tasks();
    let mut polls = 0;
    loop {
        polls += 1;
        let alive = Arc::new(AtomicUsize::new(0));
        let fake = Fake::new({
            let alive = alive.clone();
            move |seen| {
                let response = Alive::new(&alive);
                let body = Alive::new(&alive);
                async move {
                    sleep(Duration::from_millis(10)).await;
                    drop(response);
                    let status = [503, 401, 500, 200][seen.number];
                    let mut answer = http::Response::new(match status {
                        200 => "done".into(),
                        _ => reqwest::Body::wrap(Endless(body)),
                    });
                    *answer.status_mut() = http::StatusCode::from_u16(status).unwrap();
                    Ok(answer.into())
                }
            }
        });
        let client = limited(&fake);
        let mut polled = 0;
        let done = {
            let mut call = pin!(client.text(""));
            std::future::poll_fn(|context| match call.as_mut().poll(context) {
                Poll::Ready(result) => Poll::Ready(Some(result)),
                Poll::Pending => {
                    polled += 1;
                    if polled == polls {
                        Poll::Ready(None)
                    } else {
                        Poll::Pending
                    }
                }
            })
            .await
        };
        let sent = fake.len();
        assert_eq!(alive.load(Ordering::SeqCst), 0, "dropped at poll {polls}");
        // What was left of the call would go on now; and the token's fetch, which is everybody's, ends.
        sleep(Duration::from_secs(60)).await;
        assert_eq!(fake.len(), sent, "dropped at poll {polls}");
        drop(client);
        sleep(Duration::from_secs(1)).await;
        assert_eq!(tasks(), before, "dropped at poll {polls}");
        if let Some(result) = done {
            result.unwrap();
            assert_eq!(sent, 4);
            break;
        }
    }
    assert!(polls > 8, "it waited at {polls} places");
}

#[api_client(retry = "constant(100ms,1)", timeout = "1h", attempt_timeout = "5s")]
trait Patient {
    #[get("/text", retry = "none")]
    async fn text(&self) -> Result<Text>;

    #[get("/text")]
    async fn retried(&self) -> Result<Text>;

    #[get(auth = "none")]
    async fn elsewhere(&self, #[url] link: &str) -> Result<Text>;
}

#[tokio::test(start_paused = true)]
async fn an_errors_body_that_hangs_holds_the_call_no_longer_than_an_attempt() {
    let fake = Fake::new(|_| async {
        let response = http::Response::builder().status(500);
        let body = dripping();
        Ok(response.body(body).unwrap().into())
    });
    let client = PatientClient::builder("https://api.example.com").transport(fake);
    let start = Instant::now();
    let error = client.build().unwrap().text().await.unwrap_err();
    assert_eq!(Instant::now() - start, Duration::from_secs(5));
    assert_eq!(error.status().unwrap().as_u16(), 500);
    assert!(error.body().unwrap().len() >= 4, "what has come is kept");
}

#[tokio::test(start_paused = true)]
async fn r24_the_budget_is_the_apis_and_no_other_origins() {
    let fake = Fake::statuses(&[503]);
    let client = PatientClient::builder("https://api.example.com")
        .transport(fake.clone())
        .retry_budget(RetryBudget::new().percent(0).per_second(0));
    let client = client.build().unwrap();
    client.retried().await.unwrap_err();
    assert_eq!(fake.len(), 1);
    client.elsewhere("https://elsewhere.example.com/").await.unwrap_err();
    assert_eq!(fake.len(), 3);
}

/// Signs a request when the call has no time left.
struct Late;

impl Authorize for Late {
    async fn authorize(&self, _: &mut reqwest::Request) -> std::result::Result<(), BoxError> {
        advance(Duration::from_secs(1)).await;
        Ok(())
    }
}

#[api_client(auth = "Late", timeout = "1s", circuit_breaker = "100%, 1/10s, 5s")]
trait SignedLate {
    #[get("/text")]
    async fn text(&self) -> Result<Text>;
}

#[tokio::test(start_paused = true)]
async fn r23_nothing_is_sent_when_the_deadline_has_passed_and_the_api_is_not_blamed_for_it() {
    let fake = Fake::statuses(&[200]);
    let client = SignedLateClient::builder("https://api.example.com", Late).transport(fake.clone());
    let client = client.build().unwrap();
    for _ in 0..3 {
        let error = client.text().await.unwrap_err();
        assert!(error.is_timeout() && !error.is_circuit_open(), "{error}");
        assert_eq!(error.attempts().len(), 0);
    }
    assert_eq!(fake.len(), 0);
}
