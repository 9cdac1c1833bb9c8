//! Ten thousand processes, for three lives of a token: how often the token server is asked, and how often the store.
//!
//! `cargo test -p reauth --features store --lib store::fleet -- --nocapture` prints the curves.

use std::time::Duration;

use tokio::task::JoinSet;
use tokio::time::{Instant, sleep};

use super::fake::FakeStore;
use super::tests::{Issuer, process};
use crate::any::Any;
use crate::credential::cache::LOAD_TIMEOUT;

const LIFE: Duration = Duration::from_secs(3600);
const LIVES: u32 = 3;
/// Calls of each process in a life.
const CALLS: u32 = 20;

/// Token requests, and steps of the store for each process, both in a life.
async fn run(processes: usize, mut rng: fastrand::Rng) -> (f64, f64) {
    let (store, issuer) = (FakeStore::default(), Issuer::new(LIFE));
    let end = Instant::now() + LIFE * LIVES;
    let mut fleet = JoinSet::new();
    for _ in 0..processes {
        let process = process(&store.elsewhere(), &issuer);
        let mut rng = rng.fork();
        fleet.spawn(async move {
            while Instant::now() < end {
                process.authorization(Instant::now() + LOAD_TIMEOUT).await.unwrap();
                sleep(LIFE.mul_f64(rng.f64() * 2.0 / f64::from(CALLS))).await;
            }
        });
    }
    fleet.join_all().await;
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
    for processes in [1, 10, 100, 1_000, 10_000] {
        let (requests, steps) = run(processes, any.fork()).await;
        println!("{processes:9}  {requests:23.1}  {steps:33.1}");
        assert!(requests <= 3.0, "{requests} token requests per life");
        assert!(steps <= 10.0, "{steps} steps per process and life");
    }
}
