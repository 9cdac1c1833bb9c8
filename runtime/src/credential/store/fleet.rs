//! Ten thousand processes, for two lives of a token: how often the token server is asked, how often the store, and when.
//!
//! Both take their time, so that all who start together meet. `cargo test -p reauth --features store --lib store::fleet --
//! --nocapture` prints the curves.

use std::sync::Arc;
use std::time::Duration;

use tokio::task::JoinSet;
use tokio::time::{Instant, sleep, sleep_until};

use super::fake::{FakeStore, Fault};
use super::tests::{Issuer, What, process};
use crate::any::Any;
use crate::credential::cache::{LOAD_TIMEOUT, TokenCache};

const LIFE: Duration = Duration::from_secs(3600);
const LIVES: u32 = 2;
/// Calls of each process in a life.
const CALLS: u32 = 10;
/// A step of the store.
const STEP: Duration = Duration::from_millis(2);
const FLEET: usize = 10_000;

/// Everybody's way to one store.
fn fleet(processes: usize) -> (FakeStore, Issuer, Vec<Arc<TokenCache>>) {
    let (store, issuer) = (FakeStore::default(), Issuer::new(LIFE));
    store.fail(Fault::Slow(STEP));
    let fleet = (0..processes).map(|_| process(&store, &issuer)).collect();
    (store, issuer, fleet)
}

async fn call(process: &TokenCache) {
    if process.at_hand().is_none() {
        process.authorization(Instant::now() + LOAD_TIMEOUT).await.unwrap();
    }
}

/// Token requests, and steps of the store for each process, both in a life.
async fn run(processes: usize, mut rng: fastrand::Rng) -> (f64, f64) {
    let (store, issuer, fleet) = fleet(processes);
    let end = Instant::now() + LIFE * LIVES;
    let mut calling = JoinSet::new();
    for process in fleet {
        let mut rng = rng.fork();
        calling.spawn(async move {
            while Instant::now() < end {
                call(&process).await;
                sleep(LIFE.mul_f64(rng.f64() * 2.0 / f64::from(CALLS))).await;
            }
        });
    }
    calling.join_all().await;
    #[expect(clippy::cast_precision_loss, reason = "small numbers")]
    let per_life = |count: usize| count as f64 / f64::from(LIVES);
    #[expect(clippy::cast_precision_loss, reason = "small numbers")]
    let steps = per_life(store.steps()) / processes as f64;
    (per_life(issuer.requests()), steps)
}

#[tokio::test(start_paused = true)]
async fn r07_ten_thousand_processes_ask_the_token_server_as_often_as_one() {
    let mut any = Any::new();
    println!("processes  token requests per life  store steps per process and life");
    for processes in [1, 100, FLEET] {
        let (requests, steps) = run(processes, any.fork()).await;
        println!("{processes:9}  {requests:23.1}  {steps:33.1}");
        assert!(requests <= 3.0, "{requests} token requests per life");
        assert!(steps <= 10.0, "{steps} steps per process and life");
    }
}

#[tokio::test(start_paused = true)]
async fn r13_a_token_that_ten_thousand_processes_reject_is_replaced_by_two_requests_at_most() {
    let (store, issuer, fleet) = fleet(FLEET);
    let all = async |rejecting: bool| {
        let mut calling = JoinSet::new();
        for process in fleet.clone() {
            calling.spawn(async move {
                let token = process.authorization(Instant::now() + LOAD_TIMEOUT).await.unwrap();
                if rejecting {
                    process.rejected(&token);
                    let newer = process.authorization(Instant::now() + LOAD_TIMEOUT).await.unwrap();
                    assert_ne!(newer.header, token.header);
                }
                process.accepted(&token);
            });
        }
        calling.join_all().await;
    };
    all(false).await;
    let (requests, steps) = (issuer.requests(), store.steps());
    assert!(requests <= 3, "{requests}");
    all(true).await;
    let (requests, steps) = (issuer.requests() - requests, store.steps() - steps);
    println!("{FLEET} processes, one token revoked: {requests} token requests, {steps} steps");
    assert!(requests <= 2, "{requests}");
    assert!(steps <= 10 * FLEET, "{steps}");
}

#[tokio::test(start_paused = true)]
async fn r02_a_token_server_that_fails_ten_thousand_processes_makes_none_wait_for_all_others() {
    let (store, issuer, fleet) = fleet(FLEET);
    issuer.answers(What::Fails);
    let began = Instant::now();
    let mut calling = JoinSet::new();
    for process in fleet {
        calling.spawn(async move {
            let failed = process.authorization(Instant::now() + LOAD_TIMEOUT).await;
            assert!(failed.is_err());
        });
    }
    calling.join_all().await;
    let (took, steps) = (began.elapsed(), store.steps());
    println!("{FLEET} processes, no token: {steps} steps in {took:?}");
    assert!(took < Duration::from_secs(2), "{took:?}");
    assert!(steps <= 10 * FLEET, "{steps}");
}

#[tokio::test(start_paused = true)]
async fn r02_a_token_server_that_takes_eight_seconds_is_asked_twice_for_two_thousand_processes() {
    const PROCESSES: usize = 2_000;
    let (store, issuer, fleet) = fleet(PROCESSES);
    issuer.takes(Duration::from_secs(8));
    let mut calling = JoinSet::new();
    for process in fleet {
        calling.spawn(async move { call(&process).await });
    }
    calling.join_all().await;
    let (requests, steps) = (issuer.requests(), store.steps());
    println!("{PROCESSES} processes, 8 s for a token: {requests} token requests, {steps} steps");
    assert!(requests <= 2, "{requests}");
    assert!(steps <= 30 * PROCESSES, "a look every half a second: {steps}");
}

/// Who shares a token has it from about the same moment, however many there are.
#[tokio::test(start_paused = true)]
async fn r07_a_thousand_processes_that_share_a_token_do_not_renew_together() {
    const PROCESSES: usize = 1_000;
    let (store, issuer, fleet) = fleet(PROCESSES);
    let began = Instant::now();
    let mut any = Any::new();
    let mut calling = JoinSet::new();
    for process in fleet {
        let mut rng = any.fork();
        calling.spawn(async move {
            call(&process).await;
            // The second token is asked for at 70 % of the first one's life, and so is the third of its.
            for renewal in 1..=2 {
                sleep_until(began + LIFE * 7 * renewal / 10 - LIFE / 100).await;
                let end = began + LIFE * 7 * renewal / 10 + LIFE * 15 / 100;
                while Instant::now() < end {
                    call(&process).await;
                    sleep(LIFE.mul_f64(rng.f64() / 200.0)).await;
                }
            }
        });
    }
    calling.join_all().await;
    for renewal in 1..=2 {
        let from = began + LIFE * 7 * renewal / 10 - LIFE / 100;
        let mut times: Vec<_> = store.times();
        times.retain(|time| (from..from + LIFE * 2 / 10).contains(time));
        times.sort_unstable();
        // Wherever the slot begins.
        let in_slot = |first: &Instant| {
            let slot = *first..*first + LIFE / 100;
            times.iter().filter(|time| slot.contains(time)).count()
        };
        let fullest = times.iter().map(in_slot).max().unwrap();
        println!(
            "renewal {renewal}: {} steps, {fullest} within 1 % of a life",
            times.len()
        );
        assert!(times.len() >= PROCESSES, "each of them: {}", times.len());
        assert!(fullest <= times.len() * 15 / 100, "{fullest} of {}", times.len());
    }
    assert!(issuer.requests() <= 3 + 2, "{}", issuer.requests());
}
