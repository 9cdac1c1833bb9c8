//! A gateway that limits rates, and says when to come back.

use std::time::Duration;

use reauth::{Stopped, Text};

use super::{Items as _, world};
use crate::server::until;

/// What both gateways ask for.
const WAIT: Duration = Duration::from_secs(1);

/// A 429 was not processed, so that also a POST is sent again.
#[tokio::test]
async fn r22_retry_after_is_waited_for() {
    let (upstream, gateways) = world().await;
    for gateway in gateways {
        let items = gateway.items();
        for number in ["1", "2"] {
            items.add("limited", Text(number.to_owned())).await.unwrap();
        }
        let saw = upstream.saw();
        let [first, second] = &saw[..] else {
            panic!("{}: {saw:?}", gateway.name)
        };
        assert_eq!((&first.body[..], &second.body[..]), (&b"1"[..], &b"2"[..]));
        assert!(
            second.at - first.at >= WAIT,
            "{}: {:?}",
            gateway.name,
            second.at - first.at
        );
        let counts = async || {
            let counts = [200, 429].map(|status| gateway.answered(&format!("POST /limited {status}")));
            (counts == [2, 1]).then_some(())
        };
        until("it is logged", counts).await;
    }
}

#[tokio::test]
async fn r23_a_wait_that_is_too_long_for_the_call_never_begins() {
    let (upstream, gateways) = world().await;
    for gateway in gateways {
        let items = gateway.items();
        items.hurried("limited").await.unwrap();
        let now = std::time::SystemTime::now();
        let error = items.hurried("limited").await.unwrap_err();
        assert_eq!(error.status().map(|status| status.as_u16()), Some(429), "{error:?}");
        assert_eq!(error.stopped(), Some(&Stopped::Deadline { wait: WAIT }));
        assert!(error.retry_at().unwrap() >= now + WAIT);
        assert!(error.body().unwrap().starts_with(b"<html>"));
        assert_eq!(upstream.saw().len(), 1);
    }
}

#[tokio::test]
async fn r25_a_503_with_retry_after_was_not_processed() {
    let (upstream, gateways) = world().await;
    for gateway in gateways {
        let error = gateway
            .items()
            .add("maintenance", Text("an item".to_owned()))
            .await
            .unwrap_err();
        assert_eq!(
            error.stopped(),
            Some(&Stopped::RetriesSpent(3)),
            "{}: {error:?}",
            gateway.name
        );
        let waits: Vec<_> = error.attempts().iter().map(reauth::Attempt::waited).collect();
        assert_eq!(waits, [Duration::ZERO, WAIT, WAIT, WAIT]);
        until("it is logged", async || {
            (gateway.answered("POST /maintenance 503") == 4).then_some(())
        })
        .await;
    }
    assert!(upstream.saw().is_empty());
}
