//! The call loop: when it sends again, with what, and when it stops.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use reauth::{Outcome, Stopped};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;
use tokio::time::{Duration, Instant, sleep};

use crate::api::{Guarded, GuardedClient, Item, Open, OpenClient};
use crate::fake::{Fake, credential, hanging, refused, respond, streamed, token_server};

fn open(fake: &Fake) -> OpenClient {
    OpenClient::builder("https://api.example.com/v1")
        .transport(fake.clone())
        .build()
        .unwrap()
}

#[tokio::test(start_paused = true)]
async fn r21_constant_100ms_3_sends_at_0_100_200_and_300_ms() {
    let fake = Fake::statuses(&[503]);
    let error = open(&fake).item(1).await.unwrap_err();
    assert_eq!(fake.times(), [0, 100, 200, 300]);
    assert_eq!(error.stopped(), Some(&Stopped::RetriesSpent(3)));
    assert_eq!(error.attempts().len(), 4);
    assert_eq!(error.attempts()[2].started(), Duration::from_millis(200));
    assert_eq!(error.attempts()[2].waited(), Duration::from_millis(100));
}

#[tokio::test(start_paused = true)]
async fn r21_a_retry_that_succeeds_is_the_result() {
    let fake = Fake::statuses(&[503, 500, 200]);
    assert_eq!(open(&fake).item(1).await.unwrap(), Item { id: 1 });
    assert_eq!(fake.times(), [0, 100, 200]);
}

#[tokio::test(start_paused = true)]
async fn retry_after_outlasts_the_schedule() {
    let fake = Fake::new(|seen| async move {
        Ok(match seen.number {
            0 => respond(503, &[("retry-after", "2")], ""),
            _ => respond(200, &[], r#"{"id":1}"#),
        })
    });
    open(&fake).item(1).await.unwrap();
    assert_eq!(fake.times(), [0, 2000]);
}

#[tokio::test(start_paused = true)]
async fn r23_a_wait_that_would_cross_the_deadline_never_begins() {
    let fake = Fake::new(|_| async { Ok(respond(503, &[("retry-after", "60")], r#"{"code":"maintenance"}"#)) });
    let start = Instant::now();
    let error = open(&fake).item(1).await.unwrap_err();
    assert_eq!(Instant::now(), start, "it returned at once");
    assert_eq!(
        error.stopped(),
        Some(&Stopped::Deadline {
            wait: Duration::from_secs(60)
        })
    );
    assert_eq!(error.status().unwrap(), 503);
    assert_eq!(
        error.json::<serde_json::Value>().unwrap()["code"],
        "maintenance",
        "the response is intact"
    );
    assert!(error.retry_at().is_some());
}

#[tokio::test(start_paused = true)]
async fn r23_a_call_ends_at_its_deadline_whatever_hangs() {
    let limit = Duration::from_millis(250);

    let head = Fake::new(|_| std::future::pending());
    let start = Instant::now();
    let error = open(&head).hurried().await.unwrap_err();
    assert_eq!(
        (Instant::now() - start, error.is_timeout()),
        (limit, true),
        "the response head hangs"
    );

    let body = Fake::new(|_| async { Ok(streamed(hanging())) });
    let start = Instant::now();
    let error = open(&body).hurried().await.unwrap_err();
    assert_eq!(
        (Instant::now() - start, error.is_timeout()),
        (limit, true),
        "the body hangs"
    );
    assert_eq!(error.status().unwrap(), 200);

    let tokens = Fake::new(|_| std::future::pending());
    let api = Fake::statuses(&[200]);
    let client = GuardedClient::builder("https://api.example.com", credential(&tokens))
        .transport(api.clone())
        .build();
    let start = Instant::now();
    let error = client.unwrap().item(1).await.unwrap_err();
    assert!(error.is_timeout() && error.is_auth(), "the token hangs: {error}");
    assert_eq!((Instant::now() - start, api.len()), (Duration::from_secs(10), 0));
}

#[tokio::test(start_paused = true)]
async fn an_attempt_has_a_time_limit_of_its_own() {
    let fake = Fake::new(|seen| async move {
        if seen.number == 0 {
            sleep(Duration::from_secs(5)).await;
        }
        Ok(respond(200, &[], "late"))
    });
    assert_eq!(&*open(&fake).impatient().await.unwrap(), "late");
    assert_eq!(fake.times(), [0, 1100]);
}

#[tokio::test(start_paused = true)]
async fn r25_a_post_without_a_key_is_not_sent_twice_where_it_may_have_been_processed() {
    let item = Item { id: 1 };

    let fake = Fake::statuses(&[500, 200]);
    let error = open(&fake).add(&item).await.unwrap_err();
    assert_eq!((fake.len(), error.stopped()), (1, Some(&Stopped::NotIdempotent)));

    let broken = Fake::new(|_| async { Err("broken pipe".into()) });
    let error = open(&broken).add(&item).await.unwrap_err();
    assert_eq!((broken.len(), error.attempts()[0].outcome()), (1, Outcome::Network));

    let unreachable = Fake::new(|seen| async move {
        if seen.number < 2 {
            Err(refused())
        } else {
            Ok(respond(201, &[], r#"{"id":1}"#))
        }
    });
    open(&unreachable).add(&item).await.unwrap();
    assert_eq!(unreachable.len(), 3, "nobody was there to process it");
}

#[tokio::test(start_paused = true)]
async fn r26_every_attempt_carries_the_same_body_and_key_and_the_current_token() {
    let tokens = token_server();
    let api = Fake::new(|seen| async move {
        Ok(match seen.number {
            0 => respond(503, &[], ""),
            1 => respond(401, &[], ""),
            2 => respond(500, &[], ""),
            _ => respond(200, &[], r#"{"id":7}"#),
        })
    });
    let client = GuardedClient::builder("https://api.example.com", credential(&tokens))
        .transport(api.clone())
        .build();
    client.unwrap().add(&Item { id: 7 }).await.unwrap();

    let log = api.log();
    assert_eq!(
        api.authorizations(),
        ["Bearer t1", "Bearer t1", "Bearer t2", "Bearer t2"]
    );
    assert_eq!(
        api.times(),
        [0, 100, 100, 200],
        "the re-authorized send is at once and spends no retry"
    );
    assert!(log.iter().all(|seen| seen.body == br#"{"id":7}"#));
    let key = log[0].idempotency_key.clone().unwrap();
    assert_eq!(key.len(), 36);
    assert!(log.iter().all(|seen| seen.idempotency_key.as_ref() == Some(&key)));
}

#[tokio::test(start_paused = true)]
async fn r26_two_calls_have_two_keys() {
    let fake = Fake::statuses(&[200]);
    let client = open(&fake);
    for _ in 0..2 {
        client.add_keyed(&Item { id: 1 }, Some("trace")).await.unwrap();
    }
    let log = fake.log();
    assert_ne!(log[0].idempotency_key, log[1].idempotency_key);
}

/// A server that counts connections, and answers the requests of each with these responses in turn.
async fn counting_server(responses: &'static [(&'static str, usize)]) -> (String, Arc<AtomicUsize>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let connections = Arc::new(AtomicUsize::new(0));
    tokio::spawn({
        let connections = connections.clone();
        async move {
            while let Ok((mut stream, _)) = listener.accept().await {
                connections.fetch_add(1, Ordering::SeqCst);
                tokio::spawn(async move {
                    for (status, spaces) in responses {
                        if stream.read(&mut [0; 4096]).await.unwrap() == 0 {
                            return;
                        }
                        let head = format!("HTTP/1.1 {status}\r\ntransfer-encoding: chunked\r\n\r\n");
                        let body = format!("{:x}\r\n{{\"id\":1}}{}\r\n0\r\n\r\n", spaces + 8, " ".repeat(*spaces));
                        stream.write_all(head.as_bytes()).await.unwrap();
                        stream.write_all(body.as_bytes()).await.unwrap();
                    }
                });
            }
        }
    });
    (url, connections)
}

#[tokio::test]
async fn r26_the_connection_of_a_failed_attempt_is_used_again() {
    let (url, connections) = counting_server(&[("503 Unavailable", 32 * 1024), ("200 OK", 0)]).await;
    assert_eq!(OpenClient::new(url).unwrap().item(1).await.unwrap(), Item { id: 1 });
    assert_eq!(connections.load(Ordering::SeqCst), 1);
}

#[tokio::test]
async fn r26_a_body_that_nobody_wants_does_not_cost_its_connection() {
    let (url, connections) =
        counting_server(&[("200 OK", 32 * 1024), ("404 Not Found", 32 * 1024), ("200 OK", 0)]).await;
    let client = OpenClient::new(url).unwrap();
    client.remove(1).await.unwrap();
    assert_eq!(client.maybe(1).await.unwrap(), None);
    client.item(1).await.unwrap();
    assert_eq!(connections.load(Ordering::SeqCst), 1);
}

#[tokio::test(start_paused = true)]
async fn r28_a_dropped_call_sends_nothing_more() {
    let fake = Fake::statuses(&[503]);
    let client = open(&fake);
    let call = tokio::time::timeout(Duration::from_millis(150), client.item(1)).await;
    assert!(call.is_err());
    sleep(Duration::from_secs(60)).await;
    assert_eq!(fake.times(), [0, 100]);
}

#[tokio::test(start_paused = true)]
async fn arguments_need_not_be_send_and_the_future_borrows_only_the_client() {
    fn is_send<T: Send>(value: T) -> T {
        value
    }
    let fake = Fake::statuses(&[200]);
    let client = open(&fake);
    let call = {
        let item = Item { id: 1 };
        let trace = String::from("t");
        is_send(client.add_keyed(&item, Some(&trace)))
    };
    call.await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn paths_queries_and_verbs_arrive_as_written() {
    let fake = Fake::statuses(&[200]);
    let client = open(&fake);
    client.purge(2, "a b").await.unwrap();
    let _ = client.items(&["x", "ä&"], Some(10)).await;
    let _ = client.items(&[], None).await;
    let seen: Vec<_> = fake.log().into_iter().map(|seen| (seen.method, seen.url)).collect();
    let expected = [
        ("PURGE", "https://api.example.com/v1/v2/a%20b.json"),
        (
            "GET",
            "https://api.example.com/v1/items?tag=x&tag=%C3%A4%26&page%5Bsize%5D=10",
        ),
        ("GET", "https://api.example.com/v1/items"),
    ];
    assert_eq!(seen, expected.map(|(method, url)| (method.to_owned(), url.to_owned())));
}

#[tokio::test(start_paused = true)]
async fn s05_a_refused_argument_ends_the_call_before_anything_is_sent() {
    let fake = Fake::statuses(&[200]);
    let error = open(&fake).purge(2, "..").await.unwrap_err();
    assert_eq!(fake.len(), 0);
    assert!(
        error.to_string().contains("`name` cannot be a path parameter"),
        "{error}"
    );
    let error = open(&fake)
        .add_keyed(&Item { id: 1 }, Some("a\r\nb"))
        .await
        .unwrap_err();
    assert_eq!(fake.len(), 0);
    assert!(error.to_string().contains("`x-trace` cannot be a header"), "{error}");
}
