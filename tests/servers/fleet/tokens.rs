//! How often a fleet asks the token server, and what it leaves in the store.

use tokio::time::{Duration, Instant, sleep};

use super::{World, all_call};
use crate::server::until;

const HOUR: Duration = Duration::from_secs(3600);
const FLEET: usize = 100;

#[tokio::test]
async fn r01_a_hundred_processes_make_one_token_request_and_one_more_when_it_is_revoked() {
    let world = World::new(HOUR).await;
    let mut fleet = world.members(FLEET).await;
    all_call(&mut fleet).await;
    all_call(&mut world.members(5).await).await; // Those that come later.
    let cold = world.tokens.token_requests();
    world.tokens.rotate_key().await.unwrap();
    all_call(&mut fleet).await;
    let revoked = world.tokens.token_requests() - cold;
    println!("{FLEET} processes: {cold} token requests, and {revoked} after it was revoked");
    assert!(cold <= 3, "{cold}");
    assert!(revoked <= 2, "{revoked}");
}

#[tokio::test]
async fn r07_a_hundred_processes_make_at_most_three_token_requests_in_a_life() {
    const LIFE: Duration = Duration::from_secs(10);
    const LIVES: u32 = 3;
    let world = World::new(LIFE).await;
    let mut fleet = world.members(FLEET).await;
    let began = Instant::now();
    let mut calls = 0;
    while began.elapsed() < LIVES * LIFE {
        all_call(&mut fleet).await;
        calls += FLEET;
        sleep(Duration::from_millis(100)).await; // The machine has other things to do, tokens to fetch among them.
    }
    let lives = began.elapsed().as_secs_f64() / LIFE.as_secs_f64();
    let requests = world.tokens.token_requests();
    println!("{FLEET} processes, {calls} calls, {lives:.1} lives: {requests} token requests");
    #[expect(clippy::cast_precision_loss, reason = "a small number")]
    let per_life = requests as f64 / lives;
    assert!(requests >= 3 && per_life <= 3.0, "{requests} in {lives:.1} lives");
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
    assert!(requests <= 3, "its own, and one for all others: {requests}");
}

#[tokio::test]
async fn s08_what_is_in_redis_tells_nothing() {
    let world = World::new(HOUR).await;
    all_call(&mut world.members(2).await).await;
    let keys: Vec<String> = world.redis.ask(&["KEYS", "*"]).await;
    assert_eq!(keys.len(), 1, "{keys:?}");
    let dumped: Vec<u8> = world.redis.ask(&["DUMP", &keys[0]]).await;
    let value: Vec<u8> = world.redis.ask(&["GET", &keys[0]]).await;
    let life: i64 = world.redis.ask(&["TTL", &keys[0]]).await;
    assert!((3_500..=3_600).contains(&life), "it expires with its token: {life} s");
    assert!(value.len() > 500, "a whole token, and more");
    let all = [keys[0].as_bytes(), &dumped, &value].concat();
    for word in ["canary", "Bearer", "eyJ", "todo", "127.0.0.1", "oauth"] {
        assert!(
            !all.windows(word.len()).any(|part| part == word.as_bytes()),
            "{word} in {}",
            keys[0]
        );
    }
    until("a lease is gone", async || {
        let leases: Vec<String> = world.redis.ask(&["KEYS", "*:lease"]).await;
        leases.is_empty().then_some(())
    })
    .await;
}
