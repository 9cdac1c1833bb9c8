//! A token server that asks to be left alone (429), and one that says its quota is used up.

use std::time::SystemTime;

use reauth::{Stopped, TokenError};
use tokio::time::{Duration, Instant, advance};

use crate::api::{Guarded, GuardedClient};
use crate::fake::{Fake, credential, respond, token};

const HOUR: Duration = Duration::from_secs(3600);

/// Answers 429 with these headers as often, and then with tokens.
fn limited(times: usize, headers: Vec<(&'static str, String)>) -> Fake {
    Fake::new(move |seen| {
        let headers: Vec<_> = headers.iter().map(|(name, value)| (*name, value.as_str())).collect();
        let body = r#"{"error":"too_many_requests","error_description":"Rate limit exceeded"}"#;
        let response = if seen.number < times {
            respond(429, &headers, body)
        } else {
            token(&format!("t{}", seen.number + 1))
        };
        async move { Ok(response) }
    })
}

fn guarded(tokens: &Fake, api: &Fake) -> GuardedClient {
    GuardedClient::builder("https://api.example.com", credential(tokens))
        .transport(api.clone())
        .build()
        .unwrap()
}

fn seconds_until(time: SystemTime) -> u64 {
    // The wall clock is real here, and takes its time.
    (time + Duration::from_secs(1))
        .duration_since(SystemTime::now())
        .unwrap()
        .as_secs()
}

#[tokio::test(start_paused = true)]
async fn r20_a_call_whose_deadline_comes_first_fails_at_once_and_says_when_to_come_back() {
    let tokens = limited(1, vec![("retry-after", "120".to_owned())]);
    let api = Fake::statuses(&[200]);
    let client = guarded(&tokens, &api);
    let start = Instant::now();
    for _ in 0..100 {
        let error = client.item(1).await.unwrap_err();
        let wait = seconds_until(error.retry_at().unwrap());
        assert!((120..=133).contains(&wait), "{wait}");
        assert!(matches!(error.token_error(), Some(TokenError::RateLimited { .. })));
        assert!(error.is_auth() && error.is_transient());
        assert_eq!(error.stopped(), Some(&Stopped::NoToken));
        let text = error.to_string();
        assert!(
            text.contains("answered 429 Too Many Requests (\"Rate limit exceeded\"), and is not asked again before "),
            "{text}"
        );
    }
    assert_eq!(Instant::now(), start, "nobody waited");
    assert_eq!((tokens.len(), api.len()), (1, 0), "and nobody asked");
    advance(Duration::from_secs(119)).await;
    client.hurried(1).await.unwrap_err();
    assert_eq!(tokens.len(), 1);
    advance(Duration::from_secs(14)).await;
    client.item(1).await.unwrap();
    assert_eq!(tokens.len(), 2);
}

#[tokio::test(start_paused = true)]
async fn r20_a_call_whose_deadline_comes_later_waits_for_the_reset() {
    let tokens = limited(2, vec![("retry-after", "5".to_owned())]);
    let api = Fake::statuses(&[200]);
    let client = guarded(&tokens, &api);
    let mut calls = tokio::task::JoinSet::new();
    for _ in 0..100 {
        let client = client.clone();
        calls.spawn(async move { client.item(1).await });
    }
    for result in calls.join_all().await {
        result.unwrap();
    }
    let times = tokens.times();
    assert_eq!(
        times.len(),
        3,
        "one request at each reset, not its own retries: {times:?}"
    );
    // The server's time is in whole seconds of the wall clock, which is real here.
    assert!((4_990..=5_600).contains(&times[1]), "{times:?}");
    assert!((9_980..=11_200).contains(&times[2]), "{times:?}");
}

#[tokio::test(start_paused = true)]
async fn r20_a_429_without_a_time_is_asked_again_after_1_s_2_s_and_so_on() {
    let tokens = limited(3, Vec::new());
    let client = guarded(&tokens, &Fake::statuses(&[200]));
    client.item(1).await.unwrap();
    let times = tokens.times();
    for (number, (at_least, at_most)) in [(1_000, 1_110), (3_000, 3_330), (7_000, 7_770)].into_iter().enumerate() {
        assert!((at_least..=at_most).contains(&times[number + 1]), "{times:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn r20_a_server_in_maintenance_is_left_alone_as_long_as_it_asks() {
    let tokens = Fake::new(|seen| async move {
        Ok(if seen.number < 1 {
            respond(503, &[("retry-after", "120")], r#"{"error":"temporarily_unavailable"}"#)
        } else {
            token("t")
        })
    });
    let client = guarded(&tokens, &Fake::statuses(&[200]));
    for _ in 0..100 {
        let error = client.item(1).await.unwrap_err();
        assert!(seconds_until(error.retry_at().unwrap()) >= 120);
        assert!(
            error
                .to_string()
                .contains("answered 503 Service Unavailable, and is not asked again"),
            "{error}"
        );
    }
    assert_eq!(tokens.len(), 1);
    advance(Duration::from_secs(133)).await;
    client.item(1).await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn r20_auth0s_reset_is_heeded_where_there_is_no_retry_after() {
    let now = SystemTime::now()
        .duration_since(SystemTime::UNIX_EPOCH)
        .unwrap()
        .as_secs();
    let reset = vec![
        ("x-ratelimit-remaining", "0".to_owned()),
        ("x-ratelimit-reset", (now + 300).to_string()),
    ];
    let quota = vec![("auth0-client-quota-limit", "b=per_hour;q=10;r=0;t=300".to_owned())];
    for headers in [reset, quota] {
        let tokens = limited(1, headers);
        let client = guarded(&tokens, &Fake::statuses(&[200]));
        let error = client.item(1).await.unwrap_err();
        let wait = seconds_until(error.retry_at().unwrap());
        assert!((298..=331).contains(&wait), "{wait}");
        advance(Duration::from_secs(295)).await;
        client.hurried(1).await.unwrap_err();
        assert_eq!(tokens.len(), 1);
    }
}

/// `Instant` plus a huge `Retry-After` panics.
#[tokio::test(start_paused = true)]
async fn r20_a_nonsensical_time_neither_panics_nor_holds_for_ever() {
    for retry_after in [
        "18446744073709551615",
        "-1",
        "soon",
        "Fri, 31 Dec 9999 23:59:59 GMT",
        "Sun, 06 Nov 1994 08:49:37 GMT",
    ] {
        let tokens = limited(1, vec![("retry-after", retry_after.to_owned())]);
        let client = guarded(&tokens, &Fake::statuses(&[200]));
        drop(client.hurried(1).await);
        advance(HOUR + Duration::from_secs(31)).await;
        client.item(1).await.unwrap();
    }
}

#[tokio::test(start_paused = true)]
async fn r20_a_valid_token_goes_on_being_used_while_the_token_server_rests() {
    let tokens = Fake::new(|seen| async move {
        Ok(if seen.number == 0 {
            token("t1")
        } else {
            respond(429, &[("retry-after", "1200")], "")
        })
    });
    let api = Fake::statuses(&[200]);
    let client = guarded(&tokens, &api);
    for _ in 0..3_560 {
        client.item(1).await.unwrap();
        advance(Duration::from_secs(1)).await;
    }
    assert!(api.authorizations().iter().all(|header| header == "Bearer t1"));
    assert_eq!(
        tokens.len(),
        2,
        "the early refresh, from 70 % on, was asked to wait: {:?}",
        tokens.times()
    );
}

#[tokio::test(start_paused = true)]
async fn r20_a_success_that_used_up_the_quota_puts_the_early_refresh_off() {
    let tokens = Fake::new(|seen| async move {
        let body = format!(
            r#"{{"access_token":"canary~t{}","token_type":"Bearer","expires_in":3600}}"#,
            seen.number + 1
        );
        let quota = [(
            "auth0-client-quota-limit",
            "b=per_hour;q=10;r=0;t=3300,b=per_day;q=50;r=9;t=80000",
        )];
        Ok(respond(200, &quota, &body))
    });
    let client = guarded(&tokens, &Fake::statuses(&[200]));
    for _ in 0..3_300 {
        client.item(1).await.unwrap();
        advance(Duration::from_secs(1)).await;
    }
    assert_eq!(tokens.len(), 1);
    for _ in 0..35 {
        client.item(1).await.unwrap();
        advance(Duration::from_secs(1)).await;
    }
    assert_eq!(tokens.len(), 2, "after the reset, before the token is over");
}

#[tokio::test(start_paused = true)]
async fn r20_one_key_that_is_limited_limits_no_other() {
    let tokens = Fake::new(|seen| async move {
        let is_a = String::from_utf8_lossy(&seen.body).contains("organization=org_a");
        Ok(if is_a {
            respond(429, &[("retry-after", "120")], "")
        } else {
            token("b")
        })
    });
    let api = Fake::statuses(&[200]);
    let of = |organization: &str| {
        let credential = credential(&tokens).organization(organization);
        GuardedClient::builder("https://api.example.com", credential)
            .transport(api.clone())
            .build()
            .unwrap()
    };
    assert!(of("org_a").item(1).await.unwrap_err().retry_at().is_some());
    of("org_b").item(1).await.unwrap();
}
