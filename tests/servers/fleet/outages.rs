//! Whatever becomes of redis-server: no call fails.
//!
//! In each, the fleet has to have a new token while the store is unavailable, since the old one is revoked: else nobody would
//! ask for it.

use std::process::Command;

use reauth::store::redis;
use tokio::time::{Duration, Instant};

use super::member::Member;
use super::{World, all_call, store_failures};
use crate::server::until;

const HOUR: Duration = Duration::from_secs(3600);
const FLEET: usize = 20;

impl World {
    /// Token requests from here on.
    fn token_requests_since(&self, before: usize) -> usize {
        self.tokens.token_requests() - before
    }
}

/// So many processes that begin now call, and say how often the store failed them.
async fn new_ones_call(world: &World, count: usize) -> usize {
    let mut members = world.members(count).await;
    all_call(&mut members).await;
    store_failures(&mut members).await
}

#[tokio::test]
async fn a_redis_that_is_stopped_and_started_again_fails_no_call() {
    let mut world = World::new(HOUR).await;
    let mut fleet = world.members(FLEET).await;
    all_call(&mut fleet).await;
    world.redis.0.stop();
    let before = world.tokens.token_requests();
    all_call(&mut fleet).await;
    assert_eq!(world.token_requests_since(before), 0, "what is at hand is at hand");
    world.tokens.rotate_key().await.unwrap();
    all_call(&mut fleet).await;
    let alone = world.token_requests_since(before);
    assert!(alone <= FLEET, "each its own, and once: {alone}");
    all_call(&mut world.members(2).await).await; // They begin without it.
    world.redis.0.restart().await;
    shared_again(&world, fleet).await;
}

#[tokio::test]
async fn a_redis_that_is_paused_fails_no_call_and_delays_none_for_long() {
    let world = World::new(HOUR).await;
    let mut fleet = world.members(FLEET).await;
    all_call(&mut fleet).await;
    let process = world.redis.0.id().to_string();
    let signal = |name: &str| assert!(Command::new("kill").args([name, &process]).status().unwrap().success());
    signal("-STOP");
    world.tokens.rotate_key().await.unwrap();
    let began = Instant::now();
    all_call(&mut fleet).await;
    println!(
        "{FLEET} processes that need a token, redis-server paused: {:?}",
        began.elapsed()
    );
    assert!(began.elapsed() < Duration::from_secs(6), "{:?}", began.elapsed());
    all_call(&mut world.members(2).await).await;
    signal("-CONT");
    shared_again(&world, fleet).await;
}

#[tokio::test]
async fn a_redis_that_is_flushed_fails_no_call() {
    let world = World::new(HOUR).await;
    let mut fleet = world.members(FLEET).await;
    all_call(&mut fleet).await;
    let _: () = world.redis.ask(&["FLUSHALL"]).await;
    all_call(&mut fleet).await;
    let before = world.tokens.token_requests();
    let failures = store_failures(&mut fleet).await;
    assert!(before <= 3 + failures, "{before}, and {failures} failures");
    world.tokens.rotate_key().await.unwrap();
    all_call(&mut fleet).await;
    let failures = new_ones_call(&world, 3).await + store_failures(&mut fleet).await;
    let requests = world.token_requests_since(before);
    println!("{FLEET} processes, redis-server flushed: {requests} token requests");
    assert!(requests <= 2 + failures, "{requests}, and {failures} failures");
}

#[tokio::test]
async fn a_redis_without_memory_fails_no_call() {
    let world = World::new(HOUR).await;
    let mut fleet = world.members(FLEET).await;
    all_call(&mut fleet).await;
    let _: () = world.redis.ask(&["CONFIG", "SET", "maxmemory", "1"]).await;
    let failures = new_ones_call(&world, 2).await + store_failures(&mut fleet).await;
    let requests = world.tokens.token_requests();
    assert!(
        requests <= 2 + failures,
        "what is there can be read: {requests}, and {failures} failures"
    );
    world.tokens.rotate_key().await.unwrap();
    all_call(&mut fleet).await;
    let _: () = world.redis.ask(&["CONFIG", "SET", "maxmemory", "0"]).await;
    shared_again(&world, fleet).await;
}

/// What is under our keys is not ours.
#[tokio::test]
async fn garbage_in_redis_fails_no_call() {
    let world = World::new(HOUR).await;
    let mut fleet = world.members(3).await;
    all_call(&mut fleet).await;
    let keys: Vec<String> = world.redis.ask(&["KEYS", "*"]).await;
    let key = &*keys[0];
    let garbage: [&[&str]; 7] = [
        &["SET", key, "garbage"],
        &["SET", key, "99999999999999999999:garbage"],
        &["SET", key, "9007199254740000:garbage"],
        &["SET", key, "9007199254740991:garbage"],
        &["SET", key, "-1:"],
        &["SETRANGE", key, "1000000", "garbage"],
        &["RPUSH", key, "a list"],
    ];
    for words in garbage {
        let _: i64 = world.redis.ask(&["DEL", key]).await;
        let _: redis::Value = world.redis.ask(words).await;
        let before = world.tokens.token_requests();
        let mut failures = 0;
        for _ in 0..4 {
            failures += new_ones_call(&world, 1).await;
        }
        let requests = world.token_requests_since(before);
        assert!(
            (1..=2 + failures).contains(&requests),
            "{words:?}: {requests}, and {failures} failures; and shared again"
        );
    }
}

/// The store is as good as before, as soon as each process asks it again.
async fn shared_again(world: &World, mut fleet: Vec<Member>) {
    for member in &mut fleet {
        until("it asks the store again", async || {
            (!member.is_resting().await).then_some(())
        })
        .await;
    }
    // The first time, each has a token of its own: what is in the store may be as old. Then there are as many as were asked
    // for, and each of those may cost one.
    let outage = store_failures(&mut fleet).await;
    let mut promised = FLEET;
    for _ in 0..2 {
        world.tokens.rotate_key().await.unwrap();
        let before = world.tokens.token_requests();
        all_call(&mut fleet).await;
        let requests = world.token_requests_since(before);
        let failures = store_failures(&mut fleet).await - outage;
        println!("after the outage, revoked: {requests} token requests, {failures} failures");
        assert!(requests <= promised + failures, "{requests}, and {failures} failures");
        promised = requests.max(2);
    }
    let before = world.tokens.token_requests();
    let failures = new_ones_call(world, 2).await + store_failures(&mut fleet).await - outage;
    let requests = world.token_requests_since(before);
    assert!(
        requests <= failures,
        "what is there is found: {requests}, and {failures} failures"
    );
}
