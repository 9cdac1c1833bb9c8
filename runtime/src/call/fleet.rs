//! What a fleet does to an API that is down: 10,000 clients with a call a second each, 60 s of failures, and what comes
//! after them, in virtual time.
//!
//! Everything that decides whether something is sent is the real thing: the plan, its schedule, the budget and the
//! circuit breaker of each client. Only the HTTP between them is left out, as a million and a half calls would take a
//! minute and more each time.
//!
//!     cargo test -p reauth --lib call::fleet -- --nocapture
//!
//! prints the curves.

use std::time::Duration;

use tokio::time::{Instant, advance};

use super::failure::Failure;
use super::plan::{Next, Plan};
use super::policy::Policy;
use super::{Budget, Guards, RetryBudget};
use crate::endpoint::{Api, Backoff, CircuitBreaker, Endpoint, EndpointBuilder};
use crate::error::SendError;

const CLIENTS: u32 = 10_000;
/// All times are whole numbers of it.
const TICK: Duration = Duration::from_millis(20);
const SECOND: usize = 50;
/// Between the calls of a client, on average.
const PAUSE: usize = SECOND;
/// In which the clients come up, one after another.
const START: usize = 10 * SECOND;
/// From when the load is the normal one.
const MEASURED: usize = 20 * SECOND;
const FAILS: usize = 30 * SECOND;
const RECOVERS: usize = 90 * SECOND;
const END: usize = 110 * SECOND;

static ENDPOINT: Endpoint = EndpointBuilder::new("Fleet::get", "GET", "/")
    .retry(Backoff::exponential(Duration::from_millis(100), 3))
    .build();
/// `circuit_breaker = "50%, 5/10s, 5s"`.
const BREAKER: CircuitBreaker = CircuitBreaker::new(50, 5, Duration::from_secs(10), Duration::from_secs(5));

/// What a client has of its own.
struct Client {
    budget: Option<Budget>,
    guards: Option<Guards>,
}

/// A request that is due, of a new call or of one that has failed before.
struct Due<'a> {
    client: usize,
    plan: Option<Plan<'a>>,
}

/// How many requests came in each second, as a share of the calls that there are in one.
struct Curve {
    name: &'static str,
    seconds: Vec<f64>,
}

fn ticks(wait: Duration) -> usize {
    usize::try_from(wait.as_millis() / TICK.as_millis()).unwrap()
}

/// One fleet of such clients; the seed is the same for all, so that they make the same calls.
async fn fleet(name: &'static str, budget: RetryBudget, breaker: Option<CircuitBreaker>) -> Curve {
    let mut rng = fastrand::Rng::with_seed(7);
    let api = match breaker {
        Some(rule) => Api::new(name).circuit_breaker(rule),
        None => Api::new(name),
    };
    let client = || Client {
        budget: Budget::new(budget),
        guards: Guards::of(&api),
    };
    let clients: Vec<_> = (0..CLIENTS).map(|_| client()).collect();
    let mut due: Vec<Vec<Due<'_>>> = std::iter::repeat_with(Vec::new).take(END).collect();
    for client in 0..clients.len() {
        due[rng.usize(..START)].push(Due { client, plan: None });
    }
    let failure = Failure::Send(SendError::timeout(Duration::ZERO));
    let mut sends = vec![0_u32; END / SECOND];
    for tick in 0..END {
        let now = Instant::now();
        for Due { client, plan } in std::mem::take(&mut due[tick]) {
            let is_new = plan.is_none();
            let Client { budget, guards } = &clients[client];
            let guards = guards.as_ref();
            let mut plan =
                plan.unwrap_or_else(|| Plan::new(Policy::new(&ENDPOINT, None), budget.as_ref()).guarded(guards));
            if is_new && let Some(due) = due.get_mut(tick + 1 + rng.usize(..2 * PAUSE)) {
                due.push(Due { client, plan: None });
            }
            let Ok(pass) = guards.map(Guards::pass).transpose() else {
                continue;
            };
            sends[tick / SECOND] += 1;
            let failed = (FAILS..RECOVERS).contains(&tick);
            plan.attempts(now);
            if let Some(pass) = pass.flatten() {
                pass.ended(failed);
            }
            if failed
                && let Next::Send { wait, .. } = plan.after(&failure, None, None, false, now + ENDPOINT.timeout())
                && let Some(due) = due.get_mut(tick + 1 + ticks(wait))
            {
                due.push(Due {
                    client,
                    plan: Some(plan),
                });
            }
        }
        advance(TICK).await;
    }
    Curve {
        name,
        seconds: sends
            .into_iter()
            .map(|sends| f64::from(sends) / f64::from(CLIENTS))
            .collect(),
    }
}

impl Curve {
    /// Of the seconds from `tick` on, the highest; and of the tens of seconds, for which the budget counts.
    fn peaks(&self, tick: usize) -> (f64, f64) {
        let seconds = &self.seconds[tick / SECOND..];
        let second = seconds.iter().copied().fold(0.0, f64::max);
        let tens = seconds.windows(10).map(|ten| ten.iter().sum::<f64>() / 10.0);
        (second, tens.fold(0.0, f64::max))
    }

    fn print(&self) {
        let (second, ten) = self.peaks(FAILS);
        println!(
            "\n{}: at most {ten:.2} times the normal load over 10 s, {second:.2} times within one",
            self.name
        );
        for at in (MEASURED / SECOND..END / SECOND).step_by(2) {
            let share = self.seconds[at].midpoint(self.seconds[at + 1]);
            let is_down = (FAILS / SECOND..RECOVERS / SECOND).contains(&at);
            let bar: String = (1..)
                .map_while(|tenth| (f64::from(tenth) <= share * 10.0).then_some('█'))
                .collect();
            println!("{at:4} s {} {share:5.2} {bar}", if is_down { "down" } else { "    " });
        }
    }
}

#[test]
fn r24_a_fleet_of_small_clients_keeps_its_load_by_a_share_or_a_circuit_breaker() {
    let share = RetryBudget::new().per_second(0);
    let fleets = [
        ("no budget", RetryBudget::UNLIMITED, None),
        ("the default budget", RetryBudget::new(), None),
        ("`per_second(0)`", share, None),
        (
            "the default budget and a circuit breaker",
            RetryBudget::new(),
            Some(BREAKER),
        ),
    ];
    let run = |(name, budget, breaker)| {
        let mut runtime = tokio::runtime::Builder::new_current_thread();
        let runtime = runtime.enable_time().start_paused(true).build().unwrap();
        runtime.block_on(fleet(name, budget, breaker))
    };
    let curves = std::thread::scope(|scope| {
        let threads = fleets.map(|fleet| scope.spawn(move || run(fleet)));
        threads.map(|thread| thread.join().unwrap())
    });
    curves.iter().for_each(Curve::print);

    let over_ten = curves.each_ref().map(|curve| curve.peaks(FAILS).1);
    let [unlimited, default, share, breaker] = over_ten;
    assert!(unlimited > 3.8, "every call is sent four times: {over_ten:?}");
    assert!(
        default > 3.8,
        "ten retries a second are more than such a client makes: {over_ten:?}"
    );
    assert!(share <= 1.2 && breaker <= 1.2, "{over_ten:?}");
    for curve in &curves {
        // What is still waited for when the API is back comes within the schedule's 700 ms.
        let (second, _) = curve.peaks(RECOVERS + SECOND);
        assert!(second <= 1.2, "nothing comes later: {second}, {}", curve.name);
    }
}
