//! A gateway that limits rates, and says when to come back.

use std::time::{Duration, SystemTime};

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
        let mut calls = 0;
        // On a slow machine it may take more than two.
        until("a call is too many", async || {
            items.add("limited", Text("an item".to_owned())).await.unwrap();
            calls += 1;
            (gateway.answered("POST /limited 429") > 0).then_some(())
        })
        .await;
        let saw = upstream.saw();
        assert_eq!(saw.len(), calls, "{}: each came once", gateway.name);
        let waited = saw.windows(2).map(|pair| pair[1].at - pair[0].at).max();
        assert!(waited >= Some(WAIT), "{}: {waited:?}", gateway.name);
    }
}

#[tokio::test]
async fn r23_a_wait_that_is_too_long_for_the_call_never_begins() {
    let (upstream, gateways) = world().await;
    for gateway in gateways {
        let (mut calls, mut before) = (0, SystemTime::now());
        let error = until("a call is too many", async || {
            (calls, before) = (calls + 1, SystemTime::now());
            gateway.items().hurried("limited").await.err()
        })
        .await;
        assert_eq!(error.status().map(|status| status.as_u16()), Some(429), "{error:?}");
        assert_eq!(error.stopped(), Some(&Stopped::Deadline { wait: WAIT }));
        assert!(error.retry_at().unwrap() >= before + WAIT);
        assert!(error.body().unwrap().starts_with(b"<html>"));
        assert_eq!(upstream.saw().len(), calls - 1, "{}", gateway.name);
    }
}

#[tokio::test]
async fn r25_a_503_with_retry_after_was_not_processed() {
    let (upstream, gateways) = world().await;
    for gateway in gateways {
        let error = gateway
            .items()
            .add_or_retry_once("maintenance", Text("an item".to_owned()))
            .await
            .unwrap_err();
        assert_eq!(
            error.stopped(),
            Some(&Stopped::RetriesSpent(1)),
            "{}: {error:?}",
            gateway.name
        );
        let waits: Vec<_> = error.attempts().iter().map(reauth::Attempt::waited).collect();
        assert_eq!(waits, [Duration::ZERO, WAIT]);
        until("it is logged", async || {
            (gateway.answered("POST /maintenance 503") == 2).then_some(())
        })
        .await;
    }
    assert!(upstream.saw().is_empty());
}
