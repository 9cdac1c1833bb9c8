//! Whatever becomes of the store, and whenever tokens are revoked: no call is rejected twice.
//!
//! A few processes call, renew and start anew at random moments, each with a way of its own to the store that fails now and
//! then; the store is flushed, and all tokens are revoked at once. What is rejected has to be replaced by what works: a
//! call is authorized again once.
//!
//! A failing schedule names its seed; `REAUTH_SEED=42` runs that one alone.

use std::sync::Arc;
use std::time::Duration;

use tokio::time::{Instant, advance, sleep};

use super::fake::{FakeStore, Fault};
use super::tests::{Issuer, process};
use crate::call::{Authorization, Rejection};
use crate::credential::cache::{LOAD_TIMEOUT, TokenCache};

const SCHEDULES: u64 = 500;
const STEPS: usize = 40;
const PROCESSES: usize = 5;
const LIFE: Duration = Duration::from_secs(3600);

struct World {
    rng: fastrand::Rng,
    issuer: Issuer,
    store: FakeStore,
    processes: Vec<(FakeStore, Arc<TokenCache>)>,
    /// Tokens up to this one are.
    revoked: usize,
}

impl World {
    fn new(seed: u64) -> Self {
        let (store, issuer) = (FakeStore::default(), Issuer::new(LIFE));
        let mut world = Self {
            rng: fastrand::Rng::with_seed(seed),
            issuer,
            store,
            processes: Vec::new(),
            revoked: 0,
        };
        world.processes = (0..PROCESSES).map(|_| world.started()).collect();
        world
    }

    fn started(&self) -> (FakeStore, Arc<TokenCache>) {
        let way = self.store.elsewhere();
        (way.clone(), process(&way, &self.issuer))
    }

    async fn step(&mut self) {
        let one = self.rng.usize(..PROCESSES);
        match self.rng.u32(..20) {
            0..8 => self.call(one).await,
            8..11 => advance(LIFE.mul_f64(self.rng.f64() * 0.15)).await,
            11..14 => {
                let faults = [
                    Fault::Down,
                    Fault::Hangs,
                    Fault::Slow(Duration::from_millis(1500)),
                    Fault::Full,
                ];
                self.processes[one].0.fail(faults[self.rng.usize(..faults.len())]);
            }
            14..16 => self.processes.iter().for_each(|(way, _)| way.fail(Fault::None)),
            16 => self.store.flush(),
            17 => self.processes[one] = self.started(),
            _ => self.revoke().await,
        }
    }

    /// One call, and one more where it was rejected.
    async fn call(&self, process: usize) {
        let process = &self.processes[process].1;
        let first = self.token(process).await;
        if self.works(&first) {
            return process.accepted(&first);
        }
        assert_eq!(process.rejected(&first), Rejection::Newer);
        let second = self.token(process).await;
        let numbers = (number(&first), number(&second), self.revoked);
        assert!(self.works(&second), "first, second, revoked: {numbers:?}");
        process.accepted(&second);
    }

    async fn token(&self, process: &Arc<TokenCache>) -> Arc<Authorization> {
        process.authorization(Instant::now() + LOAD_TIMEOUT).await.unwrap()
    }

    fn works(&self, token: &Authorization) -> bool {
        number(token) > self.revoked
    }

    /// All tokens at once; then each process calls, sooner or later.
    async fn revoke(&mut self) {
        // What is under way is no matter of the store's; and who replaces more than one token a minute is told to wait.
        sleep(Duration::from_secs(90)).await;
        self.revoked = self.issuer.requests();
        let mut order: Vec<_> = (0..PROCESSES).collect();
        self.rng.shuffle(&mut order);
        for one in order {
            if self.rng.bool() {
                advance(LIFE.mul_f64(self.rng.f64() * 0.1)).await;
            }
            self.call(one).await;
        }
    }
}

/// `t7` is the seventh.
fn number(token: &Authorization) -> usize {
    let number = token.header.to_str().unwrap().rsplit('t').next().unwrap();
    number.parse().unwrap()
}

#[tokio::test(start_paused = true)]
async fn r13_whatever_becomes_of_the_store_no_call_is_rejected_twice() {
    let seeds = match std::env::var("REAUTH_SEED") {
        Ok(seed) => {
            let seed = seed.parse().unwrap();
            seed..seed + 1
        }
        Err(_) => 0..SCHEDULES,
    };
    for seed in seeds {
        // The chance that caches and lookers take is of this thread.
        fastrand::seed(seed);
        let schedule = async move {
            let mut world = World::new(seed);
            for _ in 0..STEPS {
                world.step().await;
            }
        };
        if let Err(error) = tokio::spawn(schedule).await {
            let text = error.into_panic();
            let text = text.downcast_ref::<String>().map_or("it panicked", |text| text);
            panic!("REAUTH_SEED={seed}: {text}");
        }
    }
}
