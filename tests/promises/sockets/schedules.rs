//! 10,000 seeded schedules, many worlds at a time.

use std::ops::Range;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use reauth::testing::{Disconnect, LoopbackServer};
use tokio::task::JoinSet;
use tokio::time::{Duration, timeout};

use super::fate::KINDS;
use super::world::{Sum, World};
use crate::all_output;
use crate::seed::{self, Seed};

/// How many schedules there are: in each world a few, one after another, through one client.
const SCHEDULES: u64 = WORLDS * EACH;
const WORLDS: u64 = 250;
const EACH: u64 = 40;
/// Where every line that is logged is searched for secrets.
const SEARCHED: u64 = 2;
/// So many at a time: more of them would be late for nothing but each other. Each has four ports and up to a dozen
/// connections with two ends, and a process may have no more than 1,024 files.
const AT_ONCE: usize = 16;
/// Whatever hangs, and on whatever machine: the test says so and ends.
const WHOLE: Duration = Duration::from_secs(15 * 60);
const TESTS: &str = "sockets";
/// Where the decoy asks clients to go.
const LURE: &str = "/lured";

async fn run(seed: u64, decoy: Arc<str>) -> (u64, Sum, Vec<String>) {
    let _named = Seed { seed, tests: TESTS };
    let mut world = World::new(seed, &decoy).await;
    for _ in 0..EACH {
        world.disturbed().await;
    }
    world.undisturbed().await;
    let (sum, broken) = world.ends();
    (seed, sum, broken)
}

async fn run_all(mut seeds: Range<u64>) -> Sum {
    let called = Arc::new(AtomicUsize::new(0));
    let decoy = LoopbackServer::start({
        let called = called.clone();
        move |request| {
            // Whoever had this port before may still be called on it, by other tests or by another process.
            called.fetch_add(usize::from(request.uri().path().starts_with(LURE)), Ordering::SeqCst);
            async { Err(Disconnect) }
        }
    });
    let decoy = decoy.await.unwrap();
    let url: Arc<str> = format!("{}{LURE}", decoy.url()).into();
    let mut sum = Sum::default();
    let mut failures = Vec::new();
    let mut worlds = JoinSet::new();
    for seed in seeds.by_ref().take(AT_ONCE) {
        worlds.spawn(run(seed, url.clone()));
    }
    while let Some(world) = worlds.join_next().await {
        let (seed, one, broken) = world.unwrap();
        sum.add(one);
        failures.extend(
            broken
                .into_iter()
                .map(|what| format!("{what}; {}", seed::again(seed, TESTS))),
        );
        if let Some(seed) = seeds.next() {
            worlds.spawn(run(seed, url.clone()));
        }
    }
    let first = &failures[..failures.len().min(20)];
    assert!(failures.is_empty(), "{} failures: {first:#?}", failures.len());
    assert_eq!(called.load(Ordering::SeqCst), 0, "nobody goes where a fault points");
    sum
}

#[tokio::test(flavor = "multi_thread")]
async fn r25_no_fault_at_the_socket_breaks_a_promise() {
    if let Some(seed) = seed::given() {
        println!("{:#?}", run_all(seed..seed + 1).await);
        return;
    }
    let searched = all_output::is_searched();
    let worlds = if searched { SEARCHED } else { WORLDS };
    let sum = timeout(WHOLE, run_all(0..worlds)).await;
    let sum = sum.unwrap_or_else(|_| panic!("{worlds} worlds have not ended after {WHOLE:?}"));
    println!("{sum:#?}");
    if searched {
        return;
    }
    // It is no proof where nothing happens; how much does is for the machine to say too.
    assert_eq!((sum.schedules, sum.fates.len()), (SCHEDULES, KINDS), "{sum:#?}");
    let is_part = |part: u64, permille: u64| part * 1000 > sum.calls * permille;
    assert!(
        is_part(sum.succeeded, 30) && is_part(sum.calls - sum.succeeded, 30),
        "{sum:#?}"
    );
    assert!(is_part(sum.sends, 500) && is_part(sum.effects, 10), "{sum:#?}");
    assert!(
        is_part(sum.timed_out, 2) && is_part(sum.rejected, 2) && is_part(sum.without_token, 2),
        "{sum:#?}"
    );
}
