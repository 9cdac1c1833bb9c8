//! Steps of the state machine, with a time of our own and no runtime.

use http::HeaderValue;

use super::*;

const SECOND: Duration = Duration::from_secs(1);
const HOUR: Duration = Duration::from_secs(3600);

struct Machine {
    state: State<()>,
    now: Instant,
}

impl Machine {
    fn new() -> Self {
        Self::with_idle_expiry(None)
    }

    fn with_idle_expiry(idle_expiry: Option<Duration>) -> Self {
        let state = State::new(idle_expiry, fastrand::Rng::with_seed(7));
        Self {
            state,
            now: Instant::now(),
        }
    }

    fn wait(&mut self, time: Duration) {
        self.now += time;
    }

    fn begin(&mut self) -> FlightId {
        self.state.begin((), self.now).0
    }

    fn lookup(&mut self) -> Lookup<()> {
        self.state.lookup(self.now)
    }

    fn token(&self, text: &'static str) -> Issued {
        Issued {
            header: HeaderValue::from_static(text),
            requested: self.now,
            life: HOUR,
        }
    }

    /// One whole fetch, as `lookup` asks for it.
    fn fetch(&mut self, text: &'static str) -> Landing {
        assert!(matches!(self.lookup(), Lookup::Fetch | Lookup::Early(_)));
        let flight = self.begin();
        self.state.land(flight, Ok(self.token(text)), self.now)
    }

    fn fetched(&mut self, text: &'static str) -> Authorization {
        match self.fetch(text) {
            Landing::Over(Ok(token)) => token,
            other => panic!("{other:?}"),
        }
    }

    fn fail(&mut self, error: TokenError) -> Arc<TokenError> {
        let flight = self.begin();
        match self.state.land(flight, Err(error), self.now) {
            Landing::Over(Err(error)) => error,
            other => panic!("{other:?}"),
        }
    }

    fn ready(&mut self) -> Authorization {
        match self.lookup() {
            Lookup::Ready(token) => token,
            other => panic!("{other:?}"),
        }
    }

    fn reject(&mut self, token: &Authorization) -> Rejection {
        self.state.reject(token, self.now)
    }
}

fn down() -> TokenError {
    TokenError::Timeout {
        server: String::new(),
        limit: SECOND,
    }
}

#[test]
fn one_fetch_at_a_time_and_its_token_is_what_everybody_gets() {
    let mut cache = Machine::new();
    assert!(matches!(cache.lookup(), Lookup::Fetch));
    let flight = cache.begin();
    assert!(matches!(cache.lookup(), Lookup::Wait { .. }));
    cache.state.land(flight, Ok(cache.token("a")), cache.now);
    assert_eq!(cache.ready().header, "a");
}

#[test]
fn r09_a_token_is_not_looked_up_in_its_margin() {
    let mut cache = Machine::new();
    cache.fetched("a");
    cache.wait(3569 * SECOND);
    assert!(matches!(cache.lookup(), Lookup::Early(_)));
    cache.wait(SECOND);
    assert!(matches!(cache.lookup(), Lookup::Fetch));
}

#[test]
fn r10_a_life_counts_from_before_the_request() {
    let mut cache = Machine::new();
    let flight = cache.begin();
    let token = cache.token("a");
    cache.wait(9 * SECOND);
    cache.state.land(flight, Ok(token), cache.now);
    cache.wait((3600 - 9 - 30) * SECOND);
    assert!(matches!(cache.lookup(), Lookup::Fetch));
}

#[test]
fn r06_an_early_refresh_runs_once_beside_the_token_it_replaces() {
    let mut cache = Machine::new();
    cache.fetched("a");
    cache.wait(HOUR * 81 / 100);
    assert!(matches!(cache.lookup(), Lookup::Early(_)));
    let flight = cache.begin();
    assert_eq!(cache.ready().header, "a", "nobody waits, and nobody starts another");
    cache.state.land(flight, Ok(cache.token("b")), cache.now);
    assert_eq!(cache.ready().header, "b");
}

#[test]
fn r08_a_failed_early_refresh_neither_evicts_the_token_nor_ends_refreshing() {
    let mut cache = Machine::new();
    cache.fetched("a");
    cache.wait(HOUR * 81 / 100);
    let mut early = 0;
    // Every tenth of a second until the margin, 600 s away; with 0–1, 0–2, … 0–60 s between the attempts.
    for _ in 0..6_000 {
        match cache.lookup() {
            Lookup::Ready(token) => assert_eq!(token.header, "a"),
            Lookup::Early(token) => {
                assert_eq!(token.header, "a");
                early += 1;
                cache.fail(down());
            }
            other => panic!("{other:?}"),
        }
        cache.wait(SECOND / 10);
    }
    assert!((15..60).contains(&early), "{early} attempts");
    cache.wait(61 * SECOND);
    assert!(matches!(cache.lookup(), Lookup::Early(_) | Lookup::Fetch));
}

#[test]
fn r13_a_late_rejection_of_an_older_token_changes_nothing() {
    let mut cache = Machine::new();
    let first = cache.fetched("a");
    assert_eq!(cache.reject(&first), Rejection::Newer);
    assert_eq!(cache.reject(&first), Rejection::Newer, "the second of many");
    let second = cache.fetched("b");
    assert_eq!(cache.reject(&first), Rejection::Newer, "late");
    assert_eq!(cache.ready().generation, second.generation);
}

#[test]
fn r09_a_token_that_expired_on_its_way_is_an_error() {
    let mut cache = Machine::new();
    let flight = cache.begin();
    let token = Issued {
        life: 5 * SECOND,
        ..cache.token("a")
    };
    cache.wait(9 * SECOND);
    assert!(matches!(
        cache.state.land(flight, Ok(token), cache.now),
        Landing::Over(Err(_))
    ));
    assert!(cache.state.held.is_none());
}

#[test]
fn r02_a_fetch_that_does_not_come_back_is_given_up() {
    let mut cache = Machine::new();
    let lost = cache.begin();
    cache.wait(LOAD_TIMEOUT);
    assert!(matches!(cache.lookup(), Lookup::Wait { .. }), "it may be landing now");
    cache.wait(GRACE);
    assert!(matches!(cache.lookup(), Lookup::Fetch));
    let flight = cache.begin();
    cache.state.land(lost, Ok(cache.token("late")), cache.now);
    cache.state.land(flight, Ok(cache.token("a")), cache.now);
    assert_eq!(cache.ready().header, "a");
}

#[test]
fn r14_a_late_success_of_a_rejected_token_resets_nothing() {
    let mut cache = Machine::new();
    let first = cache.fetched("a");
    cache.reject(&first);
    cache.state.accept(&first);
    let second = cache.fetched("b");
    assert_eq!(cache.reject(&second), Rejection::Held(SECOND));
}

#[test]
fn r15_a_fetch_that_began_before_a_rejection_cannot_bring_the_token_back() {
    let mut cache = Machine::new();
    let token = cache.fetched("a");
    cache.state.accept(&token);
    cache.wait(HOUR * 81 / 100);
    assert!(matches!(cache.lookup(), Lookup::Early(_)));
    let flight = cache.begin();
    cache.reject(&token);
    assert!(
        matches!(cache.lookup(), Lookup::Wait { .. }),
        "it is not sent meanwhile"
    );
    assert!(matches!(
        cache.state.land(flight, Ok(cache.token("a")), cache.now),
        Landing::Again
    ));
    assert!(matches!(cache.lookup(), Lookup::Wait { .. }), "the same fetch goes on");
    assert!(matches!(
        cache.state.land(flight, Ok(cache.token("b")), cache.now),
        Landing::Over(Ok(_))
    ));
    assert_eq!(cache.ready().header, "b");
}

#[test]
fn r15_a_reissue_of_the_rejected_token_is_an_error() {
    let mut cache = Machine::new();
    let token = cache.fetched("a");
    cache.reject(&token);
    match cache.fetch("a") {
        Landing::Over(Err(error)) => assert!(matches!(*error, TokenError::Reissued)),
        other => panic!("{other:?}"),
    }
    // Then it is tried again after 1 s, 2 s, 4 s, … 60 s, as a forced refresh is.
    for wait in [1, 2, 4, 8, 16, 32, 60, 60] {
        cache.wait(SECOND / 2 * (2 * wait - 1));
        assert!(matches!(cache.lookup(), Lookup::Refused(_)), "{wait}");
        cache.wait(SECOND / 2);
        assert!(matches!(cache.fetch("a"), Landing::Over(Err(_))), "{wait}");
    }
    cache.wait(60 * SECOND);
    assert_eq!(cache.fetched("b").header, "b");
}

#[test]
fn r15_a_reissue_is_recognized_after_the_token_expired() {
    let mut cache = Machine::new();
    let token = cache.fetched("a");
    cache.wait(HOUR);
    assert!(matches!(cache.lookup(), Lookup::Fetch));
    let flight = cache.begin();
    cache.reject(&token);
    assert!(matches!(
        cache.state.land(flight, Ok(cache.token("a")), cache.now),
        Landing::Again
    ));
}

#[test]
fn a_token_keeps_its_generation_while_its_bytes_stay_the_same() {
    let mut cache = Machine::new();
    let first = cache.fetched("a");
    cache.wait(HOUR);
    let again = cache.fetched("a");
    assert_eq!(first.generation, again.generation);
    cache.wait(HOUR);
    assert_ne!(cache.fetched("b").generation, again.generation);
}

#[test]
fn r14_a_fresh_token_that_never_worked_is_not_replaced_again_at_once() {
    let mut cache = Machine::new();
    let mut token = cache.fetched("0");
    assert_eq!(cache.reject(&token), Rejection::Newer, "the first is replaced at once");
    // Then after 1 s, 2 s, 4 s, … 60 s.
    for (text, wait) in [
        ("1", 1),
        ("2", 2),
        ("3", 4),
        ("4", 8),
        ("5", 16),
        ("6", 32),
        ("7", 60),
        ("8", 60),
    ] {
        token = cache.fetched(text);
        assert_eq!(cache.reject(&token), Rejection::Held(wait * SECOND));
        assert_eq!(cache.ready().header, text, "held back, it still is sent");
        cache.wait(wait * SECOND);
        assert_eq!(cache.reject(&token), Rejection::Newer);
    }
    // A success resets it.
    token = cache.fetched("9");
    cache.state.accept(&token);
    token = cache.ready();
    assert!(token.proven);
    assert_eq!(cache.reject(&token), Rejection::Newer);
    let fresh = cache.fetched("10");
    assert_eq!(cache.reject(&fresh), Rejection::Held(SECOND));
}

#[test]
fn r19_a_refusal_is_remembered_for_a_moment_and_then_tried_again() {
    let mut cache = Machine::new();
    let refused = || TokenError::Unacceptable("a test");
    cache.fail(refused());
    assert!(matches!(cache.lookup(), Lookup::Refused(_)));
    cache.wait(SECOND);
    assert!(matches!(cache.lookup(), Lookup::Fetch));
    cache.fail(down());
    assert!(
        matches!(cache.lookup(), Lookup::Fetch),
        "what may pass is not remembered"
    );
    cache.fetched("a");
    assert_eq!(cache.ready().header, "a");
}

#[test]
fn idle_expiry_drops_a_token_that_nobody_uses() {
    let mut cache = Machine::with_idle_expiry(Some(300 * SECOND));
    cache.fetched("a");
    for _ in 0..5 {
        cache.wait(299 * SECOND);
        cache.ready();
    }
    cache.wait(300 * SECOND);
    assert_eq!(cache.fetched("b").header, "b");
}

#[test]
fn a_fetch_that_was_given_up_cannot_speak_for_its_successor() {
    let mut cache = Machine::new();
    let lost = cache.begin();
    cache.state.abandon(lost);
    assert!(matches!(cache.lookup(), Lookup::Fetch));
    let flight = cache.begin();
    cache.state.abandon(lost);
    assert!(matches!(cache.lookup(), Lookup::Wait { .. }));
    let late = cache.state.land(lost, Ok(cache.token("late")), cache.now);
    assert!(matches!(late, Landing::Over(Err(_))));
    cache.state.land(flight, Ok(cache.token("a")), cache.now);
    assert_eq!(cache.ready().header, "a");
}

/// Any order of steps: what is looked up is never a rejected token, nor one in its margin, nor an older generation.
#[test]
fn no_order_of_steps_brings_back_a_token_that_is_over() {
    for seed in 0..2_000 {
        let mut rng = fastrand::Rng::with_seed(seed);
        let mut cache = Machine::new();
        let mut flight: Option<(FlightId, Issued)> = None;
        let mut began = cache.now;
        let mut newest = 0;
        let mut replaced: Vec<u64> = Vec::new();
        let mut last: Option<Authorization> = None;
        for _ in 0..200 {
            match rng.u8(..6) {
                0 => cache.wait(Duration::from_secs(rng.u64(..2_000))),
                1 => {
                    if let (Some(token), Some(held)) = (&last, &cache.state.held) {
                        let current = held.token.generation == token.generation && held.rejected.is_none();
                        if cache.state.reject(token, cache.now) == Rejection::Newer && current {
                            replaced.push(token.generation);
                        }
                    }
                }
                2 => last.iter().for_each(|token| cache.state.accept(token)),
                3 => {
                    if let Some((id, token)) = flight.take() {
                        let fetched = if rng.bool() { Ok(token.clone()) } else { Err(down()) };
                        if matches!(cache.state.land(id, fetched, cache.now), Landing::Again) {
                            let token = cache.token(["a", "b", "c"][rng.usize(..3)]);
                            flight = Some((id, token));
                        }
                    }
                }
                _ => match cache.lookup() {
                    Lookup::Ready(token) | Lookup::Early(token) => {
                        let held = cache.state.held.as_ref().unwrap();
                        assert!(cache.now < held.life.usable_until, "seed {seed}: sent in its margin");
                        assert!(token.generation >= newest, "seed {seed}: an older token");
                        assert!(!replaced.contains(&token.generation), "seed {seed}: a rejected token");
                        newest = token.generation;
                        last = Some(token);
                    }
                    Lookup::Fetch => {
                        let given_up = cache.now >= began + LOAD_TIMEOUT + GRACE;
                        assert!(flight.is_none() || given_up, "seed {seed}: two fetches");
                        began = cache.now;
                        let token = cache.token(["a", "b", "c"][rng.usize(..3)]);
                        flight = Some((cache.begin(), token));
                    }
                    Lookup::Wait { .. } => assert!(flight.is_some(), "seed {seed}: nothing to wait for"),
                    Lookup::Refused(_) => {}
                },
            }
        }
    }
}

#[test]
fn r19_a_refusal_is_remembered_also_where_the_token_was_idle() {
    let mut cache = Machine::with_idle_expiry(Some(SECOND));
    cache.fetched("a");
    cache.wait(SECOND);
    assert!(matches!(cache.lookup(), Lookup::Fetch));
    cache.fail(TokenError::Unacceptable("a test"));
    assert!(matches!(cache.lookup(), Lookup::Refused(_)));
}
