//! Steps of the state machine, with a time of our own and no runtime: a file for each rule, and here what all have in common
//! and what holds in any order of steps.

mod allowance;
mod flight;
mod held;
mod life;
mod pause;
mod replacing;

use std::collections::HashSet;

use http::HeaderValue;

use super::*;

const SECOND: Duration = Duration::from_secs(1);
const HOUR: Duration = Duration::from_secs(3600);

struct Machine {
    state: State<()>,
    now: Moment,
}

impl Machine {
    fn new() -> Self {
        Self::with_idle_expiry(None)
    }

    fn with_idle_expiry(idle_expiry: Option<Duration>) -> Self {
        Self::with(LOAD_TIMEOUT, idle_expiry)
    }

    /// Whose fetches are given up so long after they began.
    fn with_limit(limit: Duration) -> Self {
        Self::with(limit, None)
    }

    fn with(limit: Duration, idle_expiry: Option<Duration>) -> Self {
        Self {
            state: State::new(limit, idle_expiry, fastrand::Rng::with_seed(7)),
            now: Moment::now(),
        }
    }

    fn wait(&mut self, time: Duration) {
        self.now = self.now + time;
    }

    fn begin(&mut self) -> FlightId {
        self.state.begin((), self.now).0
    }

    fn lookup(&mut self) -> Lookup<()> {
        self.state.lookup(self.now)
    }

    /// Only the wall clock goes on: the machine sleeps, or somebody sets the clock.
    fn sleep(&mut self, time: Duration) {
        self.now.wall += time;
    }

    fn land(&mut self, flight: FlightId, text: &'static str) -> Landing {
        self.state.land(flight, self.now, Ok(token(text)), self.now)
    }

    /// One whole fetch, as `lookup` asks for it.
    fn fetch(&mut self, text: &'static str) -> Landing {
        assert!(matches!(self.lookup(), Lookup::Fetch | Lookup::Early(_)));
        let flight = self.begin();
        self.land(flight, text)
    }

    fn fetched(&mut self, text: &'static str) -> Arc<Authorization> {
        match self.fetch(text) {
            Landing::Over(Ok(token)) => token,
            other => panic!("{other:?}"),
        }
    }

    fn fail(&mut self, error: TokenError) -> Arc<TokenError> {
        let flight = self.begin();
        match self.state.land(flight, self.now, Err(error), self.now) {
            Landing::Over(Err(error)) => error,
            other => panic!("{other:?}"),
        }
    }

    /// What a caller does who has no token to send.
    fn wait_of(&mut self) -> Wait<()> {
        match self.lookup() {
            Lookup::Wait(wait) => wait,
            other => panic!("{other:?}"),
        }
    }

    fn ready(&mut self) -> Arc<Authorization> {
        match self.lookup() {
            Lookup::Ready(token) => token,
            other => panic!("{other:?}"),
        }
    }

    fn reject(&mut self, token: &Authorization) -> Rejection {
        self.state.reject(token, self.now)
    }
}

fn token(text: &'static str) -> Token {
    Token {
        header: HeaderValue::from_static(text),
        life: HOUR,
        exhausted_for: None,
        asked: None,
        is_shared: false,
    }
}

fn down() -> TokenError {
    TokenError::Timeout {
        server: String::new(),
        limit: SECOND,
    }
}

fn rate_limited(cache: &Machine, wait: Duration) -> TokenError {
    TokenError::rate_limited("", cache.now.wall + wait)
}

/// For how long nothing is asked, where the token server named that time.
fn paused(cache: &mut Machine) -> Option<Duration> {
    match cache.lookup() {
        Lookup::Refused { resume, .. } => Some(resume? - cache.now.monotonic),
        _ => None,
    }
}

/// Any order of steps: what is looked up is never a rejected token that nobody stands by, nor one in its margin, nor an older generation.
#[test]
fn no_order_of_steps_brings_back_a_token_that_is_over() {
    for seed in 0..2_000 {
        let mut rng = fastrand::Rng::with_seed(seed);
        let mut cache = Machine::new();
        let mut flight: Option<(FlightId, Moment, Token, usize)> = None;
        let mut began = cache.now.monotonic;
        let mut newest = 0;
        // What was rejected, and which of these the token server issued again, or worked after all.
        let (mut replaced, mut reissued, mut worked) = (HashSet::new(), HashSet::new(), HashSet::new());
        let mut rejections = 0;
        let mut last: Option<Arc<Authorization>> = None;
        for _ in 0..200 {
            match rng.u8(..6) {
                0 => cache.wait(Duration::from_secs(rng.u64(..2_000))),
                1 => {
                    if let (Some(token), Some(held)) = (&last, &cache.state.held) {
                        let current = held.token.generation == token.generation && held.ended.is_none();
                        if cache.state.reject(token, cache.now) == Rejection::Newer && current {
                            replaced.insert(token.generation);
                            worked.remove(&token.generation);
                            rejections += 1;
                        }
                    }
                }
                2 => last.iter().for_each(|token| {
                    cache.state.accept(token);
                    if replaced.contains(&token.generation) {
                        worked.insert(token.generation);
                    }
                    if reissued.contains(&token.generation) {
                        replaced.remove(&token.generation);
                    }
                }),
                3 => {
                    if let Some((id, requested, issued, asked_after)) = flight.take() {
                        let fetched = if rng.bool() { Ok(issued) } else { Err(down()) };
                        match cache.state.land(id, requested, fetched, cache.now) {
                            Landing::Again => {
                                let issued = token(["a", "b", "c"][rng.usize(..3)]);
                                flight = Some((id, cache.now, issued, rejections));
                            }
                            Landing::Over(Err(error)) if matches!(*error, TokenError::Reissued) => {
                                reissued.insert(newest);
                            }
                            Landing::Over(Ok(token)) if asked_after == rejections => {
                                if reissued.contains(&token.generation) || worked.contains(&token.generation) {
                                    replaced.remove(&token.generation);
                                }
                            }
                            Landing::Over(_) => {}
                        }
                    }
                }
                _ => match cache.lookup() {
                    Lookup::Ready(token) | Lookup::Early(token) => {
                        let held = cache.state.held.as_ref().unwrap();
                        assert!(
                            !cache.now.has_reached(held.life.usable_until),
                            "seed {seed}: sent in its margin"
                        );
                        assert!(token.generation >= newest, "seed {seed}: an older token");
                        assert!(!replaced.contains(&token.generation), "seed {seed}: a rejected token");
                        newest = token.generation;
                        last = Some(token);
                    }
                    Lookup::Fetch => {
                        let given_up = cache.now.monotonic >= began + LOAD_TIMEOUT + GRACE;
                        assert!(flight.is_none() || given_up, "seed {seed}: two fetches");
                        began = cache.now.monotonic;
                        let issued = token(["a", "b", "c"][rng.usize(..3)]);
                        flight = Some((cache.begin(), cache.now, issued, rejections));
                    }
                    Lookup::Wait(_) => assert!(flight.is_some(), "seed {seed}: nothing to wait for"),
                    Lookup::Refused { .. } => {}
                },
            }
        }
    }
}

#[test]
fn a_status_tells_everything_but_the_token() {
    let mut cache = Machine::new();
    let status = |cache: &Machine| cache.state.status(cache.now);
    let at = |cache: &Machine, wait: Duration| Some(cache.now.wall + wait);

    let cold = status(&cache);
    assert!(!cold.has_token() && !cold.is_fetching() && cold.last_error().is_none());
    assert_eq!(
        (cold.expires_in(), cold.expires_at(), cold.next_attempt_at()),
        (None, None, None)
    );

    let flight = cache.begin();
    assert!(status(&cache).is_fetching());
    cache.land(flight, "canary");
    let warm = status(&cache);
    assert!(warm.has_token() && !warm.is_fetching());
    assert_eq!((warm.expires_in(), warm.expires_at()), (Some(HOUR), at(&cache, HOUR)));
    let renewal = warm.next_attempt_at().unwrap().duration_since(cache.now.wall).unwrap();
    assert!((HOUR * 7 / 10..=HOUR * 8 / 10).contains(&renewal), "{renewal:?}");
    assert!(!format!("{warm:?}").contains("canary"));

    cache.wait(HOUR);
    cache.fail(rate_limited(&cache, 100 * SECOND));
    let limited = status(&cache);
    assert!(!limited.has_token());
    assert_eq!(limited.expires_in(), Some(Duration::ZERO));
    assert_eq!(limited.next_attempt_at(), limited.last_error().unwrap().retry_at());

    cache.wait(111 * SECOND);
    cache.fetched("b");
    assert!(status(&cache).last_error().is_none(), "the last fetch brought a token");
}

#[test]
fn r17_an_entry_rests_as_long_as_a_new_one_would_ask_sooner() {
    let mut cache = Machine::new();
    let rests = |cache: &Machine| cache.state.is_resting(cache.now);
    assert!(!rests(&cache));
    cache.fail(rate_limited(&cache, SECOND));
    assert!(rests(&cache), "the token server asked for it");
    cache.wait(2 * SECOND);
    assert!(!rests(&cache));

    let token = cache.fetched("a");
    assert_eq!(cache.reject(&token), Rejection::Newer);
    assert!(rests(&cache), "the next token that never worked is kept for a second");
    cache.wait(SECOND);
    assert!(!rests(&cache));

    for number in 0..5 {
        let token = cache.fetched(["b", "c", "d", "e", "f"][number]);
        cache.state.accept(&token);
        let token = cache.ready();
        assert_eq!(cache.reject(&token), Rejection::Newer);
        cache.wait(SECOND);
    }
    let token = cache.fetched("g");
    cache.state.accept(&token);
    assert!(rests(&cache), "five that worked were replaced within a minute");
    cache.wait(60 * SECOND);
    assert!(!rests(&cache));
}

#[test]
fn the_age_of_a_token_counts_from_its_request_and_goes_on_when_it_is_over() {
    let mut cache = Machine::new();
    assert_eq!(cache.state.age(cache.now), None);
    let flight = cache.begin();
    let requested = cache.now;
    cache.wait(3 * SECOND);
    cache.state.land(flight, requested, Ok(token("a")), cache.now);
    cache.wait(2 * HOUR);
    assert_eq!(cache.state.age(cache.now), Some(2 * HOUR + 3 * SECOND));
}

/// mcp-remote#338: a client that asked without pause, 13,750 times in 30 s.
#[test]
fn no_fault_makes_token_requests_without_pause() {
    type Fault = (&'static str, fn() -> Result<Token, TokenError>, usize);
    let faults: [Fault; 4] = [
        ("issues what the API rejects", || Ok(token("fresh")), 10),
        ("refuses", || Err(TokenError::unacceptable("a test")), 14),
        ("fails", || Err(down()), 15),
        ("issues the rejected token again", || Ok(token("same")), 10),
    ];
    for (fault, answer, limit) in faults {
        let mut cache = Machine::new();
        let mut fetches = 0;
        // A thousand calls a second for half a minute, each rejected; the fetch takes no time.
        for number in 0..30_000_u64 {
            match cache.lookup() {
                Lookup::Ready(sent) | Lookup::Early(sent) => drop(cache.reject(&sent)),
                Lookup::Fetch => {
                    fetches += 1;
                    let flight = cache.begin();
                    let mut answer = answer();
                    if let Ok(token) = &mut answer
                        && token.header == "fresh"
                    {
                        token.header = number.into();
                    }
                    cache.state.land(flight, cache.now, answer, cache.now);
                }
                Lookup::Refused { .. } => {}
                wait @ Lookup::Wait(_) => panic!("{wait:?}"),
            }
            cache.wait(SECOND / 1_000);
        }
        assert!(
            fetches <= limit,
            "a token server that {fault}: {fetches} fetches in 30 s"
        );
    }
}
