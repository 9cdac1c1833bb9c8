//! Many processes that started together: whether they come back to the token server together.

use http::HeaderValue;

use super::clock::Moment;
use super::state::{Landing, Lookup, State};
use super::*;
use crate::credential::Token;

const LIFE: Duration = Duration::from_secs(24 * 3600);
const PROCESSES: u64 = 1_000;
/// How many renewals of each process are looked at.
const RENEWALS: usize = 3;

/// When a process under steady traffic renews its token, each time.
fn renewals(seed: u64, start: Moment) -> Vec<Duration> {
    let mut rng = fastrand::Rng::with_seed(seed);
    let mut state: State<()> = State::new(LOAD_TIMEOUT, None, rng.fork());
    let mut renewals = Vec::new();
    let mut number = 0_u64;
    let mut now = start;
    while renewals.len() < RENEWALS {
        let is_first = match state.lookup(now) {
            Lookup::Ready(_) => {
                now = now + LIFE.mul_f64(rng.f64() / 500.0);
                continue;
            }
            Lookup::Fetch => true,
            Lookup::Early(_) => false,
            other => panic!("seed {seed}: {other:?}"),
        };
        let flight = state.begin((), now).0;
        let requested = now;
        now = now + Duration::from_millis(rng.u64(50..500));
        number += 1;
        let token = Token {
            header: HeaderValue::from(number),
            life: LIFE,
            exhausted_for: None,
            asked: None,
            is_shared: false,
        };
        let landing = state.land(flight, requested, Ok(token), now);
        assert!(matches!(landing, Landing::Over(Ok(_))), "seed {seed}");
        if !is_first {
            renewals.push(requested.since(start));
        }
    }
    renewals
}

#[test]
fn r07_a_thousand_processes_that_started_together_do_not_renew_together() {
    for round in 0..3 {
        let start = Moment::now();
        let seeds = round * PROCESSES..(round + 1) * PROCESSES;
        let fleet: Vec<_> = seeds.map(|seed| renewals(seed, start)).collect();
        for renewal in 0..RENEWALS {
            let mut times: Vec<_> = fleet.iter().map(|process| process[renewal]).collect();
            times.sort_unstable();
            // Wherever the slot begins.
            let in_slot = |first: &Duration| {
                let slot = *first..*first + LIFE / 100;
                times.iter().filter(|time| slot.contains(time)).count()
            };
            let fullest = times.iter().map(in_slot).max().unwrap();
            assert!(
                fullest <= times.len() * 15 / 100,
                "round {round}, renewal {renewal}: {fullest} of {} within 1 % of a life",
                times.len()
            );
        }
    }
}
