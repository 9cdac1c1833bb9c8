//! How often a fleet asks the token server, and what it leaves in the store.

use http::StatusCode;
use reauth::testing::Failure;
use tokio::time::{Duration, Instant, sleep, sleep_until};

use super::{World, all_call, store_failures};
use crate::server::until;

const HOUR: Duration = Duration::from_secs(3600);
const FLEET: usize = 100;

#[tokio::test]
async fn r01_a_hundred_processes_make_one_token_request_and_one_more_when_it_is_revoked() {
    let world = World::new(HOUR).await;
    let mut fleet = world.members(FLEET).await;
    all_call(&mut fleet).await;
    let mut later = world.members(5).await;
    all_call(&mut later).await;
    let later = store_failures(&mut later).await;
    let cold = world.tokens.token_requests();
    world.tokens.rotate_key().await.unwrap();
    all_call(&mut fleet).await;
    let revoked = world.tokens.token_requests() - cold;
    println!("{FLEET} processes: {cold} token requests, and {revoked} after it was revoked");
    let failures = store_failures(&mut fleet).await + later;
    assert!(cold <= 3 + failures, "{cold}, and {failures} failures");
    assert!(revoked <= 2 + failures, "{revoked}, and {failures} failures");
}

#[tokio::test]
async fn r07_a_hundred_processes_make_at_most_three_token_requests_in_a_life() {
    // A second in which this machine stands still is a small part of it.
    const LIFE: Duration = Duration::from_secs(30);
    let world = World::new(LIFE).await;
    let mut fleet = world.members(FLEET).await;
    let began = Instant::now();
    let mut calls = 0;
    while began.elapsed() < LIFE {
        all_call(&mut fleet).await;
        calls += FLEET;
        sleep(Duration::from_millis(100)).await; // The machine has other things to do, tokens to fetch among them.
    }
    let requests = world.tokens.token_requests();
    let failures = store_failures(&mut fleet).await;
    println!("{FLEET} processes, {calls} calls, one life: {requests} token requests, {failures} failures");
    assert!(requests >= 2, "it was renewed");
    assert!(requests <= 3 + failures, "{requests}, and {failures} failures");
}

#[tokio::test]
async fn r03_a_lease_holder_that_is_killed_in_mid_fetch_is_replaced_within_its_lease() {
    const LEASE: Duration = Duration::from_secs(4);
    let world = World::new(HOUR).await;
    let mut fleet = world.members(20).await;
    let mut holder = world.members(1).await.remove(0);
    let hold = world.tokens.hold();
    holder.begin_call().await;
    hold.waiting(1).await;
    let killed = Instant::now();
    holder.kill().await;
    hold.release();
    all_call(&mut fleet).await;
    let took = killed.elapsed();
    println!("recovered after {took:?}");
    // And what a call takes on this machine, with everything else that it does.
    assert!(took < LEASE + Duration::from_secs(4), "{took:?}");
    let requests = world.tokens.token_requests();
    let failures = store_failures(&mut fleet).await;
    assert!(
        requests <= 3 + failures,
        "its own, and one for all others: {requests}, and {failures} failures"
    );
}

#[tokio::test]
async fn r20_a_fleet_leaves_the_token_server_alone_for_as_long_as_it_told_one_of_them() {
    const PAUSE: Duration = Duration::from_secs(5);
    let world = World::new(HOUR).await;
    let mut fleet = world.members(20).await;
    let busy = Failure::status(StatusCode::TOO_MANY_REQUESTS).retry_after(PAUSE);
    world.tokens.fail_next(1, &busy);
    let began = Instant::now();
    for member in &mut fleet {
        member.begin_call().await;
    }
    let mut soonest = None;
    for member in &mut fleet {
        assert_eq!(member.answer().await, "done");
        soonest.get_or_insert_with(|| began.elapsed());
    }
    let requests = world.tokens.token_requests();
    let failures = store_failures(&mut fleet).await;
    println!("told to wait for {PAUSE:?}: {requests} token requests, the first call after {soonest:?}");
    assert!(requests <= 2 + failures, "{requests}, and {failures} failures");
    assert!(soonest > Some(PAUSE) || failures > 0, "{soonest:?}");
}

#[tokio::test]
async fn r01_a_token_server_that_is_slow_is_asked_once_since_the_lease_is_renewed() {
    let world = World::new(HOUR).await;
    let mut fleet = world.members(20).await;
    let hold = world.tokens.hold();
    for member in &mut fleet {
        member.begin_call().await;
    }
    hold.waiting(1).await;
    let asked = Instant::now();
    // Longer than a lease is granted for, and not as long as anybody waits for one.
    sleep_until(asked + Duration::from_secs(5)).await;
    let leases: Vec<String> = world.redis.ask(&["KEYS", "*:lease"]).await;
    hold.release();
    for member in &mut fleet {
        assert_eq!(member.answer().await, "done");
    }
    let requests = world.tokens.token_requests();
    let failures = store_failures(&mut fleet).await;
    println!("a token server that takes 5 s: {requests} token requests");
    assert!(requests <= 1 + failures, "{requests}, and {failures} failures");
    assert!(leases.len() == 1 || failures > 0, "{leases:?}");
}

#[tokio::test]
async fn s08_what_is_in_redis_tells_nothing() {
    let world = World::new(HOUR).await;
    all_call(&mut world.members(2).await).await;
    // A call does not wait for all that is told to the others.
    let key = until("the token is there, and the lease is gone", async || {
        let keys: Vec<String> = world.redis.ask(&["KEYS", "*"]).await;
        match &*keys {
            [key] if !key.ends_with(":lease") => Some(key.clone()),
            _ => None,
        }
    })
    .await;
    let dumped: Vec<u8> = world.redis.ask(&["DUMP", &key]).await;
    let value: Vec<u8> = world.redis.ask(&["GET", &key]).await;
    let life: i64 = world.redis.ask(&["TTL", &key]).await;
    assert!((3_500..=3_600).contains(&life), "it expires with its token: {life} s");
    assert!(value.len() > 500, "a whole token, and more");
    let all = [key.as_bytes(), &dumped, &value].concat();
    for word in ["canary", "Bearer", "eyJ", "todo", "127.0.0.1", "oauth"] {
        assert!(
            !all.windows(word.len()).any(|part| part == word.as_bytes()),
            "{word} in {key}"
        );
    }
}
