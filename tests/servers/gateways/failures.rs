//! Something behind the gateway is broken, and the answer is a page for people.

use bytes::Bytes;
use http::StatusCode;
use reauth::testing::{Body, Failure};
use reauth::{Error, Outcome, Raw, Stopped, Text};

use super::{Items as _, world};
use crate::server::until;

fn item() -> Text {
    Text("an item".to_owned())
}

/// The error has the gateway's page.
fn assert_page(error: &Error, status: u16) {
    assert_eq!(error.status().map(|status| status.as_u16()), Some(status), "{error:?}");
    assert_eq!(error.headers().unwrap()["content-type"], "text/html");
    let page = std::str::from_utf8(error.body().unwrap()).unwrap();
    assert!(page.contains("<html>") && page.contains(&status.to_string()), "{page}");
    assert!(error.json::<serde_json::Value>().is_err());
    assert!(error.is_transient());
    let reason = StatusCode::from_u16(status).unwrap().to_string();
    assert!(error.to_string().contains(&reason), "{error}");
    assert!(format!("{error:?}").contains("the server said: <html>"), "{error:?}");
}

#[tokio::test]
async fn r25_a_502_is_sent_again_only_where_it_may_be() {
    let (upstream, gateways) = world().await;
    for gateway in gateways {
        let crash = Failure::disconnect();

        upstream.fail_next(2, &crash);
        gateway.items().get("items").await.unwrap();
        assert_eq!(upstream.saw().len(), 3, "{}", gateway.name);

        upstream.fail_next(1, &crash);
        let error = gateway.items().add("items", item()).await.unwrap_err();
        assert_page(&error, 502);
        assert_eq!(error.stopped(), Some(&Stopped::NotIdempotent));
        assert_eq!(upstream.saw().len(), 1, "{}", gateway.name);

        upstream.fail_next(2, &crash);
        let Text(answer) = gateway.items().add_keyed("items", item()).await.unwrap();
        assert_eq!(answer, "an item");
        let saw = upstream.saw();
        let [first, second, third] = &saw[..] else {
            panic!("{}: {saw:?}", gateway.name)
        };
        assert!(first.idempotency_key.is_some());
        for seen in [second, third] {
            assert_eq!(
                (&seen.idempotency_key, &seen.body),
                (&first.idempotency_key, &first.body),
                "r26"
            );
        }
    }
}

#[tokio::test]
async fn an_upstream_that_is_not_there_is_a_502_or_503_after_all_retries() {
    let (upstream, gateways) = world().await;
    for (gateway, status) in gateways.into_iter().zip([502, 503]) {
        let error = gateway.items().get("gone").await.unwrap_err();
        assert_page(&error, status);
        assert_eq!(
            (error.attempts().len(), error.stopped()),
            (4, Some(&Stopped::RetriesSpent(3)))
        );
        let line = format!("GET /gone {status}");
        until("it is logged", async || (gateway.answered(&line) == 4).then_some(())).await;

        // Also where the request cannot have got anywhere: the gateway does not say so.
        let error = gateway.items().add("gone", Text(String::new())).await.unwrap_err();
        assert_page(&error, status);
        assert_eq!(
            (error.attempts().len(), error.stopped()),
            (1, Some(&Stopped::NotIdempotent))
        );
    }
    assert!(upstream.saw().is_empty());
}

/// haproxy does not answer for an upstream that crashed if the connection to the client was used before: then the client
/// is to find out for itself whether to send again (RFC 9110, section 9.2.2).
#[tokio::test]
async fn r25_a_connection_that_was_used_before_and_is_closed_is_no_reason_to_send_twice() {
    let (upstream, gateways) = world().await;
    for (gateway, outcome) in gateways
        .into_iter()
        .zip([Outcome::Status(StatusCode::BAD_GATEWAY), Outcome::Network])
    {
        let items = gateway.items();
        items.add("items", item()).await.unwrap();
        upstream.fail_next(1, &Failure::disconnect());
        let error = items.add("items", item()).await.unwrap_err();
        assert_eq!(error.attempts()[0].outcome(), outcome, "{}", gateway.name);
        assert_eq!(error.stopped(), Some(&Stopped::NotIdempotent));
        assert_eq!(upstream.saw().len(), 2);
    }
}

#[tokio::test]
async fn r25_a_504_may_have_been_processed() {
    let (upstream, gateways) = world().await;
    for gateway in gateways {
        let items = gateway.items();
        upstream.fail_next(1, &Failure::hang());
        items.get("slow").await.unwrap();
        assert_eq!(upstream.saw().len(), 2, "{}", gateway.name);

        upstream.fail_next(1, &Failure::hang());
        let error = items.add("slow", item()).await.unwrap_err();
        assert_page(&error, 504);
        assert_eq!(error.stopped(), Some(&Stopped::NotIdempotent));
        assert_eq!(upstream.saw().len(), 1, "{}", gateway.name);
    }
}

#[tokio::test]
async fn r25_a_connection_that_is_closed_without_an_answer() {
    let (_upstream, gateways) = world().await;
    for gateway in gateways {
        for (error, sends) in [
            (gateway.items().get("reset").await.unwrap_err(), 4),
            (gateway.items().add("reset", item()).await.unwrap_err(), 1),
        ] {
            assert_eq!(error.attempts().len(), sends, "{}: {error:?}", gateway.name);
            assert!(
                error
                    .attempts()
                    .iter()
                    .all(|attempt| attempt.outcome() == Outcome::Network),
                "{error:?}"
            );
            assert!(error.is_transient() && error.status().is_none());
        }
        let lines = async || {
            let log = gateway.server.log();
            let count = |verb| log.lines().filter(|line| line.starts_with(verb)).count();
            ((count("GET /reset"), count("POST /reset")) == (4, 1)).then_some(())
        };
        until("it is logged", lines).await;
    }
}

#[tokio::test]
async fn a_body_that_breaks_off_is_no_answer() {
    let (upstream, gateways) = world().await;
    for gateway in gateways {
        let cut = Failure::respond(http::Response::new(Body::cut_after(r#"["a", "#)));
        upstream.fail_next(1, &cut);
        let error = gateway.items().list("items").await.unwrap_err();
        assert!(error.body_error().is_some(), "{}: {error:?}", gateway.name);
        assert!(error.is_transient());
        assert_eq!(upstream.saw().len(), 1);
    }
}

#[tokio::test]
async fn a_page_in_place_of_json_says_so() {
    let (_upstream, gateways) = world().await;
    for gateway in gateways {
        let error = gateway.items().list("page").await.unwrap_err();
        assert!(error.is_decode() && !error.is_transient());
        assert!(
            error.to_string().contains("expected JSON, the server sent text/html"),
            "{error}"
        );
        assert!(format!("{error:?}").contains("Sign in to the network"), "{error:?}");
        until("it is logged", async || {
            (gateway.answered("GET /page 200") == 1).then_some(())
        })
        .await;
    }
}

/// The gateway answers when it has read the head. nginx reads on until the body is sent; haproxy closes the connection at
/// once, and then it is chance whether its answer still gets through.
#[tokio::test]
async fn a_413_that_comes_before_the_body_is_sent_is_the_answer() {
    let (upstream, gateways) = world().await;
    for gateway in gateways {
        let file = Raw(Bytes::from(vec![b'x'; 16 << 20]));
        let error = gateway.items().upload("items", file).await.unwrap_err();
        let [attempt] = error.attempts() else {
            panic!("{error:?}")
        };
        match attempt.outcome() {
            Outcome::Status(status) => assert_eq!(status, StatusCode::PAYLOAD_TOO_LARGE),
            outcome => assert_eq!((outcome, gateway.name), (Outcome::Network, "haproxy"), "{error:?}"),
        }
        until("it is logged", async || {
            (gateway.answered("POST /items 413") == 1).then_some(())
        })
        .await;
    }
    assert!(upstream.saw().is_empty());
}

/// nginx closes each connection after a few requests.
#[tokio::test]
async fn r25_connections_that_a_gateway_closes_cost_no_call_and_double_none() {
    const CALLS: usize = 100;
    let (upstream, gateways) = world().await;
    for gateway in gateways {
        let mut calls = tokio::task::JoinSet::new();
        for number in 0..CALLS {
            let items = gateway.items().clone();
            calls.spawn(async move { items.add("items", Text(number.to_string())).await });
        }
        for call in calls.join_all().await {
            call.unwrap();
        }
        let items = gateway.items();
        for number in CALLS..2 * CALLS {
            items.add("items", Text(number.to_string())).await.unwrap();
        }
        let mut numbers: Vec<_> = upstream.saw().into_iter().map(|seen| seen.body).collect();
        numbers.sort();
        numbers.dedup();
        assert_eq!(numbers.len(), 2 * CALLS, "{}", gateway.name);
    }
}
