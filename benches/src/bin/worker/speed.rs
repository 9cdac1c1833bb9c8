//! Calls by the clock, so many at once: every contender has a turn in each round, so that what the machine does beside
//! them meets all alike.

use std::io;
use std::time::Instant;

use nix::sys::resource::{UsageWho, getrusage};
use nix::sys::time::TimeValLike as _;
use reauth_benches::contenders::{self, BoxError, Contender, Visitor};
use reauth_benches::figures::{Round, Speed};
use reauth_benches::sockets;
use tokio::runtime::Runtime;

const ROUNDS: usize = 21;
const CALLS: usize = 4_000;
/// Of each caller, at least: all begin at once, and what a call waits for then is its place in the queue.
const CALLS_OF_EACH: usize = 10;

pub(crate) fn speed(at_once: usize, url: &str) -> Result<(), BoxError> {
    sockets::allow_many()?;
    // One thread, and the server has the other core.
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let mut contenders = Vec::new();
    for name in contenders::NAMES {
        contenders.push((
            name,
            contenders::visit(name, Start { url }).ok_or("no such contender")??,
        ));
    }
    let mut speeds: Vec<_> = contenders
        .iter()
        .map(|(name, _)| Speed {
            name: (**name).to_owned(),
            rounds: Vec::new(),
        })
        .collect();
    // The same order of turns in each run, and another one in each round: nobody always follows the same.
    let mut rng = fastrand::Rng::with_seed(0);
    let mut turns: Vec<_> = (0..contenders.len()).collect();
    for round in 0..=ROUNDS {
        rng.shuffle(&mut turns);
        for &which in &turns {
            let measured = contenders[which].1(&runtime, at_once)?;
            // The first round opens the connections.
            if round > 0 {
                speeds[which].rounds.push(measured);
            }
        }
    }
    Ok(serde_json::to_writer(io::stdout(), &speeds)?)
}

/// One round of one contender.
type Measure = Box<dyn Fn(&Runtime, usize) -> Result<Round, BoxError>>;

struct Start<'a> {
    url: &'a str,
}

impl Visitor for Start<'_> {
    type Output = Result<Measure, BoxError>;

    fn visit<C: Contender>(self) -> Self::Output {
        let client = C::new(self.url)?;
        Ok(Box::new(move |runtime, at_once| {
            runtime.block_on(round(&client, at_once))
        }))
    }
}

async fn round<C: Contender>(client: &C, at_once: usize) -> Result<Round, BoxError> {
    let cpu = cpu_seconds()?;
    let start = Instant::now();
    let calls = (CALLS / at_once).max(CALLS_OF_EACH);
    let callers: Vec<_> = (0..at_once)
        .map(|_| tokio::spawn(caller(client.clone(), calls)))
        .collect();
    let mut times = Vec::with_capacity(calls * at_once);
    for caller in callers {
        times.extend(caller.await??);
    }
    #[expect(clippy::cast_precision_loss, reason = "a count")]
    let calls = times.len() as f64;
    let rate = calls / start.elapsed().as_secs_f64();
    let cpu = (cpu_seconds()? - cpu) * 1e6 / calls;
    times.sort_by(f64::total_cmp);
    Ok(Round {
        rate,
        cpu,
        p50: times[times.len() / 2],
        p99: times[times.len() * 99 / 100],
    })
}

/// One call after another; how many microseconds each took.
async fn caller<C: Contender>(client: C, calls: usize) -> Result<Vec<f64>, BoxError> {
    let mut times = Vec::with_capacity(calls);
    for _ in 0..calls {
        let start = Instant::now();
        client.todo("42").await?;
        times.push(start.elapsed().as_secs_f64() * 1e6);
    }
    Ok(times)
}

/// Of this process, in user mode and in the system.
fn cpu_seconds() -> Result<f64, BoxError> {
    let usage = getrusage(UsageWho::RUSAGE_SELF)?;
    let time = usage.user_time() + usage.system_time();
    #[expect(clippy::cast_precision_loss, reason = "a time")]
    Ok(time.num_microseconds() as f64 / 1e6)
}
