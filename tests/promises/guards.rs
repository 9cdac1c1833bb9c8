//! `circuit_breaker`, `concurrency`, `rate` and `hedge`, as calls meet them.

use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::task::{Context, Poll};

use reauth::testing::Gate;
use reauth::{ByteStream, Outcome, Result, RetryBudget, Stopped, Text, api_client};
use tokio::task::JoinSet;
use tokio::time::{Duration, Instant, advance, sleep, timeout};

use crate::api::Item;
use crate::fake::{Fake, credential, refused, respond, token, token_server};

/// Opens where half of four requests fail.
#[api_client(circuit_breaker = "50%, 4/10s, 5s")]
trait Breaking {
    #[get("/item/{id}")]
    async fn item(&self, id: u32) -> Result<Item>;

    #[get("/item/{id}", retry = "constant(100ms,9)")]
    async fn retried(&self, id: u32) -> Result<Item>;

    #[get("/item/{id}", retry = "constant(6s,9)")]
    async fn retried_late(&self, id: u32) -> Result<Item>;

    #[get("/item/{id}", attempt_timeout = "1s")]
    async fn impatient(&self, id: u32) -> Result<Item>;

    #[get("/item/{id}", timeout = "1s")]
    async fn hurried(&self, id: u32) -> Result<Item>;

    #[get("/item/{id}", hedge = "1s")]
    async fn hedged(&self, id: u32) -> Result<Item>;

    #[get(
        "/item/{id}",
        timeout = "2s",
        attempt_timeout = "1500ms",
        retry = "constant(100ms,1)"
    )]
    async fn short_of_time(&self, id: u32) -> Result<Item>;

    #[get(auth = "none")]
    async fn elsewhere(&self, #[url] link: &str) -> Result<Item>;
}

/// The same, with a queue in front.
#[api_client(circuit_breaker = "50%, 4/10s, 5s", concurrency = 1, rate = "5/s")]
trait BreakingNarrow {
    #[get("/item/{id}")]
    async fn item(&self, id: u32) -> Result<Item>;
}

/// The same, with a credential.
#[api_client(auth = "auth0", audience = "https://x", circuit_breaker = "50%, 4/10s, 5s")]
trait BreakingGuarded {
    #[get("/item/{id}", reauth = "none")]
    async fn item(&self, id: u32) -> Result<Item>;
}

#[api_client(concurrency = 2)]
trait Narrow {
    #[get("/item/{id}")]
    async fn item(&self, id: u32) -> Result<Item>;

    #[get("/item/{id}", timeout = "3s")]
    async fn hurried(&self, id: u32) -> Result<Item>;

    #[get("/stream")]
    async fn stream(&self) -> Result<ByteStream>;
}

#[api_client(rate = "2/s", retry = "constant(10ms,3)")]
trait Slow {
    #[get("/item/{id}")]
    async fn item(&self, id: u32) -> Result<Item>;

    #[get("/item/{id}", timeout = "1s")]
    async fn hurried(&self, id: u32) -> Result<Item>;
}

#[api_client(auth = "auth0", audience = "https://x", rate = "1/5s", attempt_timeout = "2s")]
trait SlowGuarded {
    #[get("/item/{id}")]
    async fn item(&self, id: u32) -> Result<Item>;

    #[get("/item/{id}", auth = "none")]
    async fn open(&self, id: u32) -> Result<Item>;
}

#[api_client(hedge = "2s", timeout = "20s")]
trait Hedged {
    #[get("/item/{id}")]
    async fn item(&self, id: u32) -> Result<Item>;

    #[get("/item/{id}", hedge = "none")]
    async fn alone(&self, id: u32) -> Result<Item>;

    #[post("/item")]
    async fn add(&self, #[body] item: &Item) -> Result<Item>;

    #[post("/item", idempotency_key, hedge = "2s")]
    async fn add_keyed(&self, #[body] item: &Item) -> Result<Item>;

    #[put("/stream", hedge = "2s")]
    async fn upload(&self, #[body] stream: ByteStream) -> Result<Text>;

    #[get("/item/{id}", retry = "constant(100ms,1)")]
    async fn retried(&self, id: u32) -> Result<Item>;
}

#[api_client(auth = "auth0", audience = "https://x", hedge = "2s")]
trait HedgedGuarded {
    #[get("/item/{id}")]
    async fn item(&self, id: u32) -> Result<Item>;
}

macro_rules! client {
    ($client:ident, $fake:expr) => {
        $client::builder("https://api.example.com")
            .transport($fake.clone())
            .build()
            .unwrap()
    };
}

const SECOND: Duration = Duration::from_secs(1);

/// Down for a number of requests, and then well.
fn down_for(requests: usize) -> Fake {
    Fake::new(move |seen| async move {
        let status = if seen.number < requests { 503 } else { 200 };
        Ok(respond(status, &[], r#"{"id":1}"#))
    })
}

/// Lets nothing through that is not well, which opens after four requests.
async fn opened(fake: &Fake) -> BreakingClient {
    let client = client!(BreakingClient, fake);
    for _ in 0..4 {
        assert_eq!(client.item(1).await.unwrap_err().status().unwrap(), 503);
    }
    client
}

#[tokio::test(start_paused = true)]
async fn an_api_that_is_down_is_left_alone_and_the_error_says_until_when() {
    let fake = down_for(4);
    let client = opened(&fake).await;
    let start = Instant::now();
    let error = client.clone().item(1).await.unwrap_err();
    assert_eq!(
        (fake.len(), Instant::now()),
        (4, start),
        "nothing was sent, and nothing waited for"
    );
    assert_eq!(
        error.to_string(),
        "GET /item/{id}: nothing was sent: the circuit breaker is open, as too many requests failed; it lets one through in \
         5s"
    );
    assert!(error.is_circuit_open() && error.is_transient() && error.attempts().is_empty());
    assert!(error.retry_at().is_some());
    assert_eq!(error.stopped(), Some(&Stopped::CircuitOpen { retry_in: 5 * SECOND }));

    advance(5 * SECOND).await;
    client.item(1).await.unwrap();
    client.item(1).await.unwrap();
    assert_eq!(fake.len(), 6, "it is closed");
}

#[tokio::test(start_paused = true)]
async fn nobody_queues_for_an_api_that_is_left_alone() {
    let fake = Fake::new(|seen| async move {
        if seen.number >= 4 {
            sleep(2 * SECOND).await;
        }
        Ok(respond(503, &[], ""))
    });
    let client = client!(BreakingNarrowClient, fake);
    for _ in 0..4 {
        client.item(1).await.unwrap_err();
    }
    advance(5 * SECOND).await;
    let probe = tokio::spawn({
        let client = client.clone();
        async move { client.item(1).await }
    });
    tokio::task::yield_now().await;
    let start = Instant::now();
    for _ in 0..9 {
        assert!(client.item(1).await.unwrap_err().is_circuit_open());
    }
    assert_eq!((Instant::now(), fake.len()), (start, 5), "with the one place taken");
    probe.await.unwrap().unwrap_err();
}

#[tokio::test(start_paused = true)]
async fn nobody_asks_for_a_token_that_cannot_be_sent() {
    let tokens = Fake::new(|_| async {
        let body = r#"{"access_token":"canary","token_type":"Bearer","expires_in":2}"#;
        Ok(respond(200, &[], body))
    });
    let api = Fake::statuses(&[503]);
    let client = BreakingGuardedClient::builder("https://api.example.com", credential(&tokens)).transport(api.clone());
    let client = client.build().unwrap();
    for _ in 0..4 {
        client.item(1).await.unwrap_err();
    }
    // The token's life is over.
    advance(4 * SECOND).await;
    assert!(client.item(1).await.unwrap_err().is_circuit_open());
    assert_eq!((tokens.len(), api.len()), (1, 4));
    advance(SECOND).await;
    client.item(1).await.unwrap_err();
    assert_eq!((tokens.len(), api.len()), (2, 5));
}

#[tokio::test(start_paused = true)]
async fn while_one_attempt_finds_out_the_others_fail_and_r28_its_turn_is_freed_with_it() {
    let gate = Gate::default();
    let fake = Fake::new({
        let gate = gate.clone();
        move |seen| {
            let gate = gate.clone();
            async move {
                gate.pass().await;
                let status = if seen.number < 4 { 503 } else { 200 };
                Ok(respond(status, &[], r#"{"id":1}"#))
            }
        }
    });
    let client = opened(&fake).await;
    advance(5 * SECOND).await;
    let hold = gate.hold();
    let probe = tokio::spawn({
        let client = client.clone();
        // It would be hedged, were it not the only one that may go out.
        async move { client.hedged(1).await }
    });
    hold.waiting(1).await;
    sleep(2 * SECOND).await;
    let error = client.item(1).await.unwrap_err();
    assert_eq!(error.stopped(), Some(&Stopped::CircuitOpen { retry_in: 3 * SECOND }));
    assert_eq!((fake.len(), error.retry_at().is_some()), (5, true));

    probe.abort();
    assert!(probe.await.unwrap_err().is_cancelled());
    drop(hold);
    client.item(1).await.unwrap();
    client.item(1).await.unwrap();
    assert_eq!(fake.len(), 7);
}

#[tokio::test(start_paused = true)]
async fn a_call_whose_next_attempt_would_not_be_let_through_keeps_its_response() {
    let fake = Fake::new(|_| async { Ok(respond(503, &[], r#"{"code":"down"}"#)) });
    let error = client!(BreakingClient, fake).retried(1).await.unwrap_err();
    assert_eq!(
        (fake.len(), error.attempts().len(), error.status().unwrap().as_u16()),
        (4, 4, 503)
    );
    assert_eq!(error.json::<serde_json::Value>().unwrap()["code"], "down");
    assert!(error.is_circuit_open() && error.retry_at().is_some());
    assert!(
        error.to_string().ends_with(
            "after 4 attempts; not sent again: the circuit breaker is open, as too many requests failed; it lets one \
             through in 5s"
        ),
        "{error}"
    );

    let fake = down_for(4);
    client!(BreakingClient, fake).retried_late(1).await.unwrap();
    assert_eq!(
        fake.times(),
        [0, 6000, 12_000, 18_000, 24_000],
        "a wait that is long enough is waited"
    );
}

/// It was closed when the wait began.
#[tokio::test(start_paused = true)]
async fn a_call_that_waits_while_others_open_it_sends_nothing_more() {
    let fake = Fake::statuses(&[503]);
    let client = client!(BreakingClient, fake);
    let waits = tokio::spawn({
        let client = client.clone();
        async move { client.retried(1).await }
    });
    sleep(SECOND / 20).await;
    for _ in 0..3 {
        client.item(1).await.unwrap_err();
    }
    let error = waits.await.unwrap().unwrap_err();
    assert!(error.is_circuit_open(), "{error}");
    assert_eq!((error.attempts().len(), fake.len()), (1, 4));
}

#[tokio::test(start_paused = true)]
async fn what_succeeds_counts_too_and_closes_it_for_all() {
    let fake = Fake::statuses(&[200, 200, 200, 200, 200, 503, 503, 503, 503, 200]);
    let client = client!(BreakingClient, fake);
    for number in 0..10 {
        let failed = client.item(1).await.is_err();
        assert_eq!(failed, (5..9).contains(&number), "four of nine are fewer than half");
    }
    assert_eq!(fake.len(), 10);

    let fake = Fake::new(|seen| async move {
        sleep(SECOND / 10).await;
        Ok(respond(if seen.number < 4 { 503 } else { 200 }, &[], r#"{"id":1}"#))
    });
    let client = opened(&fake).await;
    advance(5 * SECOND).await;
    client.item(1).await.unwrap();
    let (first, second) = tokio::join!(client.item(1), client.item(1));
    first.unwrap();
    second.unwrap();
}

#[tokio::test(start_paused = true)]
async fn what_counts_as_a_failure_is_what_says_that_the_api_is_not_well() {
    /// Whether four of these open it.
    async fn opens(fake: Fake) -> bool {
        let client = client!(BreakingClient, fake);
        for _ in 0..4 {
            client.impatient(1).await.unwrap_err();
        }
        client.item(1).await.unwrap_err().is_circuit_open()
    }
    for status in [500, 502, 503, 504, 408, 429] {
        let statuses: &'static [u16] = Box::leak(Box::new([status]));
        assert!(opens(Fake::statuses(statuses)).await, "{status}");
    }
    for status in [400, 401, 403, 404, 409, 422] {
        let statuses: &'static [u16] = Box::leak(Box::new([status]));
        assert!(!opens(Fake::statuses(statuses)).await, "{status}");
    }
    assert!(opens(Fake::new(|_| async { Err(refused()) })).await, "no connection");
    assert!(
        opens(Fake::new(|_| async { Err("it broke".into()) })).await,
        "a broken one"
    );
    assert!(opens(Fake::new(|_| std::future::pending())).await, "no answer");
    assert!(
        !opens(Fake::new(|_| async { Ok(respond(200, &[], "no JSON")) })).await,
        "an answer that is not understood"
    );

    let silent = Fake::new(|_| std::future::pending());
    let client = client!(BreakingClient, silent);
    for _ in 0..4 {
        assert!(client.hurried(1).await.unwrap_err().is_timeout());
    }
    assert!(
        client.item(1).await.unwrap_err().is_circuit_open(),
        "the call's own deadline"
    );

    // Of a call's 2 s its second attempt has 400 ms.
    let silent = Fake::new(|_| std::future::pending());
    let client = client!(BreakingClient, silent);
    for _ in 0..3 {
        assert!(client.short_of_time(1).await.unwrap_err().is_timeout());
    }
    assert_eq!(silent.len(), 6);
    assert!(
        timeout(SECOND, client.item(1)).await.is_err(),
        "what had no time left tells nothing of the API: three of four attempts that count are too few"
    );

    let silent = Fake::new(|_| std::future::pending());
    let client = client!(BreakingClient, silent);
    for _ in 0..9 {
        assert!(timeout(SECOND, client.item(1)).await.is_err());
    }
    assert_eq!(silent.len(), 9, "what was dropped tells nothing");
}

#[tokio::test(start_paused = true)]
async fn clients_have_breakers_of_their_own_and_other_origins_none() {
    let fake = Fake::new(|seen| async move {
        let status = if seen.url.contains("/item/") { 503 } else { 200 };
        Ok(respond(status, &[], r#"{"id":1}"#))
    });
    let (one, other) = BreakingClient::builder("https://api.example.com")
        .transport(fake.clone())
        .and::<BreakingClient>()
        .build()
        .unwrap();
    for _ in 0..4 {
        one.item(1).await.unwrap_err();
    }
    assert!(one.item(1).await.unwrap_err().is_circuit_open());
    assert_eq!(other.item(1).await.unwrap_err().status().unwrap(), 503);
    one.elsewhere("https://cdn.example.com/x").await.unwrap();

    let (one, _) = BreakingClient::builder("https://api.example.com")
        .transport(fake.clone())
        .and::<BreakingClient>()
        .build()
        .unwrap();
    for _ in 0..9 {
        one.elsewhere("https://cdn.example.com/item/").await.unwrap_err();
    }
    assert_eq!(
        one.item(1).await.unwrap_err().status().unwrap(),
        503,
        "another's failures"
    );
}

#[tokio::test(start_paused = true)]
async fn as_many_calls_as_there_are_places_and_the_others_in_their_order() {
    let fake = Fake::new(|_| async {
        sleep(SECOND).await;
        Ok(respond(200, &[], r#"{"id":1}"#))
    });
    let client = client!(NarrowClient, fake);
    let mut calls = JoinSet::new();
    for id in 0..5 {
        let client = client.clone();
        calls.spawn(async move { client.item(id).await.unwrap() });
        tokio::task::yield_now().await;
    }
    calls.join_all().await;
    assert_eq!(fake.times(), [0, 0, 1000, 1000, 2000]);
    let urls: Vec<_> = fake.log().into_iter().map(|seen| seen.url).collect();
    assert!(urls.is_sorted(), "{urls:?}");
}

#[tokio::test(start_paused = true)]
async fn r28_a_place_is_free_when_the_method_returns_or_its_future_is_dropped() {
    let fake = Fake::new(|seen| async move {
        if seen.url.contains("/stream") {
            return Ok(crate::fake::streamed(crate::fake::hanging()));
        }
        if seen.number < 4 {
            std::future::pending::<()>().await;
        }
        Ok(respond(200, &[], r#"{"id":1}"#))
    });
    let client = client!(NarrowClient, fake);
    let streams = [client.stream().await.unwrap(), client.stream().await.unwrap()];
    for _ in 0..2 {
        assert!(timeout(SECOND, client.item(1)).await.is_err(), "it hangs");
    }
    let hang = tokio::spawn({
        let client = client.clone();
        async move { client.stream().await }
    });
    hang.await.unwrap().unwrap();
    client.item(1).await.unwrap();
    drop(streams);
}

#[tokio::test(start_paused = true)]
async fn r23_a_call_waits_for_a_place_until_its_deadline_and_says_so() {
    let fake = Fake::new(|_| std::future::pending());
    let client = client!(NarrowClient, fake);
    let held: Vec<_> = (0..2)
        .map(|_| {
            let client = client.clone();
            tokio::spawn(async move { client.item(1).await })
        })
        .collect();
    tokio::task::yield_now().await;
    let start = Instant::now();
    let error = client.hurried(1).await.unwrap_err();
    assert_eq!((Instant::now() - start, fake.len()), (3 * SECOND, 2));
    assert_eq!(
        error.to_string(),
        "GET /item/{id}: nothing was sent: `concurrency` allows 2 calls at once, and none of them ended in time"
    );
    assert!(error.is_limited() && error.is_timeout() && error.is_transient());
    for call in held {
        call.abort();
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn there_are_never_more_calls_than_places_under_threads() {
    let (now, most) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
    let fake = Fake::new({
        let most = most.clone();
        move |_| {
            let (now, most) = (now.clone(), most.clone());
            async move {
                most.fetch_max(now.fetch_add(1, Ordering::SeqCst) + 1, Ordering::SeqCst);
                tokio::task::yield_now().await;
                now.fetch_sub(1, Ordering::SeqCst);
                Ok(respond(200, &[], r#"{"id":1}"#))
            }
        }
    });
    let client = client!(NarrowClient, fake);
    let mut calls = JoinSet::new();
    for id in 0..200 {
        let client = client.clone();
        calls.spawn(async move { client.item(id).await.unwrap() });
    }
    calls.join_all().await;
    assert_eq!((most.load(Ordering::SeqCst), fake.len()), (2, 200));
}

#[tokio::test(start_paused = true)]
async fn no_more_calls_begin_in_any_window_than_the_rate_says_and_retries_do_not_count() {
    let fake = Fake::new(|seen| async move {
        let status = if seen.number == 0 { 503 } else { 200 };
        Ok(respond(status, &[], r#"{"id":1}"#))
    });
    let client = client!(SlowClient, fake);
    for _ in 0..5 {
        client.item(1).await.unwrap();
    }
    assert_eq!(fake.times(), [0, 10, 10, 1000, 1010, 2000]);
}

#[tokio::test(start_paused = true)]
async fn r23_a_call_whose_turn_is_beyond_its_deadline_fails_at_once_and_says_when() {
    let fake = Fake::statuses(&[200]);
    let client = client!(SlowClient, fake);
    client.item(1).await.unwrap();
    client.item(1).await.unwrap();
    let start = Instant::now();
    let error = client.hurried(1).await.unwrap_err();
    assert_eq!((Instant::now(), fake.len()), (start, 2));
    assert_eq!(error.stopped(), Some(&Stopped::RateLimit { retry_in: SECOND }));
    assert!(error.is_limited() && error.is_transient() && !error.is_timeout());
    assert!(error.retry_at().is_some());
    assert_eq!(
        error.to_string(),
        "GET /item/{id}: nothing was sent: by `rate` its turn comes in 1s, after the call's deadline"
    );
    advance(Duration::from_millis(1)).await;
    client.hurried(1).await.unwrap();
    assert_eq!(fake.times(), [0, 0, 1000]);
}

/// When each attempt of a call began and when the call ended, in seconds after the call's start. It begins behind another
/// one, and the API answers none but that.
async fn behind_another(call: impl AsyncFnOnce(SlowGuardedClient) -> Result<Item>) -> (Vec<u64>, u64) {
    let tokens = Fake::new(|_| async {
        sleep(2 * SECOND).await;
        Ok(token("t1"))
    });
    let api = Fake::new(|seen| async move {
        if seen.number > 0 {
            std::future::pending::<()>().await;
        }
        Ok(respond(200, &[], r#"{"id":1}"#))
    });
    let client = SlowGuardedClient::builder("https://api.example.com", credential(&tokens)).transport(api);
    let client = client.build().unwrap();
    client.open(1).await.unwrap();
    let start = Instant::now();
    let error = call(client).await.unwrap_err();
    let began = error.attempts().iter().map(|attempt| attempt.started().as_secs());
    (began.collect(), (Instant::now() - start).as_secs())
}

/// Not by the clock that was read before it waited.
#[tokio::test(start_paused = true)]
async fn an_attempt_and_its_time_limit_begin_with_its_turn() {
    let attempts = behind_another(async |client| client.open(1).await);
    assert_eq!(attempts.await, (vec![5], 7));
}

#[tokio::test(start_paused = true)]
async fn an_attempt_and_its_time_limit_begin_when_its_token_is_there() {
    let attempts = behind_another(async |client| client.item(1).await);
    assert_eq!(attempts.await, (vec![7], 9));
}

/// Says when it is dropped, and whether it was over then.
struct Dropped(Arc<AtomicUsize>);

impl Drop for Dropped {
    fn drop(&mut self) {
        self.0.fetch_add(1, Ordering::SeqCst);
    }
}

/// The first requests hang, and the others are answered at once.
fn hangs(first: usize, cancelled: &Arc<AtomicUsize>) -> Fake {
    let cancelled = cancelled.clone();
    Fake::new(move |seen| {
        let dropped = Dropped(cancelled.clone());
        async move {
            if seen.number < first {
                std::future::pending::<()>().await;
            }
            std::mem::forget(dropped);
            Ok(respond(200, &[], r#"{"id":1}"#))
        }
    })
}

#[tokio::test(start_paused = true)]
async fn a_request_that_hangs_is_sent_once_more_beside_it_and_r28_the_loser_is_cancelled() {
    let cancelled = Arc::default();
    let fake = hangs(1, &cancelled);
    let client = client!(HedgedClient, fake);
    client.item(1).await.unwrap();
    assert_eq!(fake.times(), [0, 2000]);
    assert_eq!(cancelled.load(Ordering::SeqCst), 1);
    client.item(1).await.unwrap();
    assert_eq!(fake.len(), 3, "no second one where the first is answered");

    let both = hangs(9, &Arc::default());
    let client = client!(HedgedClient, both);
    assert!(timeout(3 * SECOND, client.item(1)).await.is_err());
    sleep(60 * SECOND).await;
    assert_eq!(both.len(), 2, "a call that is dropped sends nothing more");
}

#[tokio::test(start_paused = true)]
async fn r25_what_may_not_be_sent_twice_is_not() {
    for call in 0..3 {
        let fake = hangs(9, &Arc::default());
        let client = client!(HedgedClient, fake);
        let stream = ByteStream::from_reader(&b"once"[..]);
        match call {
            0 => drop(client.add(&Item { id: 1 }).await.unwrap_err()),
            1 => drop(client.upload(stream).await.unwrap_err()),
            _ => drop(client.alone(1).await.unwrap_err()),
        }
        assert_eq!(fake.len(), 1);
    }
    let fake = hangs(1, &Arc::default());
    client!(HedgedClient, fake).add_keyed(&Item { id: 1 }).await.unwrap();
    let [first, second] = &fake.log()[..] else { panic!() };
    assert_eq!(first.idempotency_key, second.idempotency_key);
    assert_eq!(first.body, second.body);
}

#[tokio::test(start_paused = true)]
async fn r24_a_second_request_takes_a_retry_from_the_budget_and_is_left_out_where_there_is_none() {
    let fake = hangs(2, &Arc::default());
    let client = HedgedClient::builder("https://api.example.com").transport(fake.clone());
    let none = RetryBudget::new().percent(0).per_second(0);
    let client = client.retry_budget(none).build().unwrap();
    client.item(1).await.unwrap_err();
    assert_eq!(fake.len(), 1);

    let fake = hangs(2, &Arc::default());
    let client = HedgedClient::builder("https://api.example.com").transport(fake.clone());
    let all = RetryBudget::new().percent(100).per_second(0);
    let client = client.retry_budget(all).build().unwrap();
    client.item(1).await.unwrap_err();
    assert_eq!(fake.len(), 2);
}

#[tokio::test(start_paused = true)]
async fn both_requests_of_an_attempt_are_in_its_history_in_their_order() {
    let history = |fake: Fake| async move {
        let error = client!(HedgedClient, fake).item(1).await.unwrap_err();
        let attempts = error.attempts().iter();
        attempts
            .map(|attempt| (attempt.started().as_millis(), attempt.hedged(), attempt.outcome()))
            .collect::<Vec<_>>()
    };
    let answers = |first: (u64, u16), second: (u64, u16)| {
        Fake::new(move |seen| async move {
            let (seconds, status) = if seen.number == 0 { first } else { second };
            sleep(Duration::from_secs(seconds)).await;
            Ok(respond(status, &[], ""))
        })
    };
    let status = |code: u16| Outcome::Status(http::StatusCode::from_u16(code).unwrap());
    for (fake, expected) in [
        (answers((9, 200), (1, 404)), [Outcome::Overtaken, status(404)]),
        (answers((5, 404), (9, 200)), [status(404), Outcome::Overtaken]),
        (answers((3, 503), (2, 404)), [status(503), status(404)]),
        (answers((9, 500), (1, 503)), [status(500), status(503)]),
        (answers((99, 200), (99, 200)), [Outcome::Timeout, Outcome::Timeout]),
    ] {
        assert_eq!(
            history(fake).await,
            [(0, false, expected[0]), (2000, true, expected[1])]
        );
    }
}

#[tokio::test(start_paused = true)]
async fn a_retry_hedges_too_and_they_stay_within_max_sends() {
    let fake = Fake::new(|_| std::future::pending());
    let error = client!(HedgedClient, fake).retried(1).await.unwrap_err();
    assert_eq!(fake.times(), [0, 2000, 10_100, 12_100]);
    assert_eq!(error.attempts().len(), 4);
    assert_eq!(error.endpoint().unwrap().max_sends(), 4);
}

#[tokio::test(start_paused = true)]
async fn r23_s14_a_hedge_keeps_what_the_server_said_and_when_it_asked_to_be_called() {
    // The first is answered while the second hangs until time is up.
    let fake = Fake::new(|seen| async move {
        match seen.number % 2 {
            0 => sleep(3 * SECOND).await,
            _ => std::future::pending().await,
        }
        Ok(respond(503, &[("retry-after", "30")], r#"{"code":"down"}"#))
    });
    let error = client!(HedgedClient, fake).item(1).await.unwrap_err();
    assert_eq!(error.status().unwrap().as_u16(), 503);
    assert_eq!(error.json::<serde_json::Value>().unwrap()["code"], "down");
    assert!(error.retry_at().is_some());
    let outcomes: Vec<_> = error.attempts().iter().map(reauth::Attempt::outcome).collect();
    assert!(
        matches!(outcomes[..], [Outcome::Status(_), Outcome::Timeout]),
        "{outcomes:?}"
    );

    // Both are answered, and the one that loses asks for more.
    let fake = Fake::new(|seen| async move {
        sleep(3 * SECOND).await;
        Ok(match seen.number {
            0 => respond(503, &[("retry-after", "5")], ""),
            1 => respond(503, &[], ""),
            _ => respond(200, &[], r#"{"id":1}"#),
        })
    });
    client!(HedgedClient, fake).retried(1).await.unwrap();
    assert_eq!(fake.times()[..3], [0, 2000, 10_000]);
}

/// A body that says when its end is read.
struct Told(Arc<AtomicBool>);

impl http_body::Body for Told {
    type Data = bytes::Bytes;
    type Error = std::convert::Infallible;

    fn poll_frame(
        self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<std::result::Result<http_body::Frame<bytes::Bytes>, Self::Error>>> {
        self.0.store(true, Ordering::SeqCst);
        Poll::Ready(None)
    }
}

#[tokio::test(start_paused = true)]
async fn r26_what_the_request_that_lost_was_answered_with_is_read_so_that_its_connection_is_used_again() {
    let read = Arc::new(AtomicBool::new(false));
    let fake = Fake::new({
        let read = read.clone();
        move |seen| {
            let read = read.clone();
            async move {
                if seen.number > 0 {
                    sleep(2 * SECOND).await;
                    return Ok(respond(200, &[], r#"{"id":1}"#));
                }
                sleep(3 * SECOND).await;
                let body = reqwest::Body::wrap(Told(read));
                Ok(http::Response::builder().status(503).body(body).unwrap().into())
            }
        }
    });
    client!(HedgedClient, fake).item(1).await.unwrap();
    assert_eq!(fake.len(), 2);
    assert!(read.load(Ordering::SeqCst));
}

#[tokio::test(start_paused = true)]
async fn a_request_beside_another_waits_for_nothing_and_goes_to_no_api_that_is_left_alone() {
    let fake = Fake::new(|seen| async move {
        if seen.number == 0 {
            sleep(SECOND / 2).await;
        } else {
            std::future::pending::<()>().await;
        }
        Ok(respond(503, &[], ""))
    });
    let error = client!(HedgedClient, fake).retried(1).await.unwrap_err();
    let second = error.attempts().iter().rev().find(|attempt| attempt.hedged()).unwrap();
    assert_eq!(second.waited(), Duration::ZERO);

    let fake = Fake::new(|seen| async move {
        if seen.number == 0 {
            std::future::pending::<()>().await;
        }
        Ok(respond(503, &[], ""))
    });
    let client = client!(BreakingClient, fake);
    let hangs = tokio::spawn({
        let client = client.clone();
        async move { client.hedged(1).await }
    });
    tokio::task::yield_now().await;
    for _ in 0..4 {
        client.item(1).await.unwrap_err();
    }
    sleep(2 * SECOND).await;
    assert_eq!(fake.len(), 5, "the second was not sent");
    hangs.abort();
}

#[tokio::test(start_paused = true)]
async fn the_second_request_carries_the_token_that_is_current_then() {
    // Good for two seconds, of which the last half is not used.
    let tokens = Fake::new(|seen| async move {
        let mut response = token(&format!("t{}", seen.number + 1));
        if seen.number == 0 {
            let body = r#"{"access_token":"canary~t1","token_type":"Bearer","expires_in":2}"#;
            response = respond(200, &[], body);
        }
        Ok(response)
    });
    let api = hangs(1, &Arc::default());
    let client = HedgedGuardedClient::builder("https://api.example.com", credential(&tokens)).transport(api.clone());
    client.build().unwrap().item(1).await.unwrap();
    assert_eq!(api.authorizations(), ["Bearer t1", "Bearer t2"]);
}

#[tokio::test(start_paused = true)]
async fn r13_a_rejection_is_that_of_the_token_which_the_answered_request_carried() {
    let tokens = token_server();
    let api = Fake::new(|seen| async move {
        match seen.number {
            0 => std::future::pending().await,
            1 => Ok(respond(401, &[], "")),
            _ => Ok(respond(200, &[], r#"{"id":1}"#)),
        }
    });
    let client = HedgedGuardedClient::builder("https://api.example.com", credential(&tokens)).transport(api.clone());
    client.build().unwrap().item(1).await.unwrap();
    assert_eq!(api.authorizations(), ["Bearer t1", "Bearer t1", "Bearer t2"]);
    assert_eq!((tokens.len(), api.times()), (2, vec![0, 2000, 2000]));
}
