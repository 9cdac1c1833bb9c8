//! Steps of the state machine, with a time of our own and no runtime.

use std::collections::HashSet;

use http::HeaderValue;

use super::super::pause::MAX_ASKED;
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
        let state = State::new(LOAD_TIMEOUT, idle_expiry, fastrand::Rng::with_seed(7));
        Self {
            state,
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

    fn fetched(&mut self, text: &'static str) -> Authorization {
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

fn token(text: &'static str) -> Token {
    Token {
        header: HeaderValue::from_static(text),
        life: HOUR,
        exhausted_for: None,
        asked: None,
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
    assert!(matches!(cache.lookup(), Lookup::Wait(_)));
    cache.land(flight, "a");
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
    let requested = cache.now;
    cache.wait(9 * SECOND);
    cache.state.land(flight, requested, Ok(token("a")), cache.now);
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
    cache.land(flight, "b");
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
    let requested = cache.now;
    cache.wait(9 * SECOND);
    let token = Token {
        life: 5 * SECOND,
        ..token("a")
    };
    assert!(matches!(
        cache.state.land(flight, requested, Ok(token), cache.now),
        Landing::Over(Err(_))
    ));
    assert!(cache.state.held.is_none());
}

#[test]
fn r02_a_fetch_that_does_not_come_back_is_given_up() {
    let mut cache = Machine::new();
    let lost = cache.begin();
    cache.wait(LOAD_TIMEOUT);
    assert!(matches!(cache.lookup(), Lookup::Wait(_)), "it may be landing now");
    cache.wait(GRACE);
    assert!(matches!(cache.lookup(), Lookup::Fetch));
    let flight = cache.begin();
    cache.land(lost, "late");
    cache.land(flight, "a");
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
    assert!(matches!(cache.lookup(), Lookup::Wait(_)), "it is not sent meanwhile");
    assert!(matches!(cache.land(flight, "a"), Landing::Again));
    assert!(matches!(cache.lookup(), Lookup::Wait(_)), "the same fetch goes on");
    assert!(matches!(cache.land(flight, "b"), Landing::Over(Ok(_))));
    assert_eq!(cache.ready().header, "b");
}

/// The token is `a`, an API rejected it, and the token server issues it again.
fn reissued() -> (Machine, Authorization) {
    let mut cache = Machine::new();
    let token = cache.fetched("a");
    cache.state.accept(&token);
    assert_eq!(cache.reject(&token), Rejection::Newer);
    match cache.fetch("a") {
        Landing::Over(Err(error)) => assert!(matches!(*error, TokenError::Reissued)),
        other => panic!("{other:?}"),
    }
    assert!(matches!(cache.lookup(), Lookup::Refused { .. }));
    (cache, token)
}

#[test]
fn r15_a_reissue_of_the_rejected_token_is_an_error() {
    let (mut cache, token) = reissued();
    cache.wait(SECOND * 99 / 100);
    assert!(matches!(cache.lookup(), Lookup::Refused { .. }));
    cache.wait(SECOND / 100);
    let fresh = cache.fetched("b");
    assert_ne!(fresh.generation, token.generation);
}

/// One replica of the API was wrong, and the token server gives out the same token until it ends.
#[test]
fn r15_a_token_that_is_issued_again_and_again_is_tried_again() {
    let (mut cache, _) = reissued();
    cache.wait(SECOND);
    let token = cache.fetched("a");
    assert!(!token.proven);
    // An API that means it is asked again after 2 s, 4 s, … 60 s: as with any token that never worked.
    for wait in [2, 4, 8, 16, 32, 60, 60] {
        assert_eq!(cache.reject(&token), Rejection::Held(wait * SECOND));
        assert_eq!(cache.ready().header, "a", "it is the only one there is");
        cache.wait(wait * SECOND);
        assert_eq!(cache.reject(&token), Rejection::Newer);
        assert_eq!(cache.fetched("a").generation, token.generation);
    }
    cache.state.accept(&token);
    assert!(cache.ready().proven, "it was a replica");
}

#[test]
fn r15_a_success_after_the_rejection_and_a_reissue_tell_that_the_token_is_good() {
    let (mut cache, token) = reissued();
    cache.state.accept(&token);
    assert_eq!(cache.ready().header, "a", "nothing has to be fetched for that");

    // The other way round.
    let mut cache = Machine::new();
    let token = cache.fetched("a");
    cache.reject(&token);
    cache.state.accept(&token);
    assert_eq!(cache.fetched("a").generation, token.generation);
}

#[test]
fn an_invalidation_forgets_that_a_token_was_issued_again() {
    let (mut cache, _) = reissued();
    cache.state.invalidate();
    let token = cache.fetched("a");
    assert_eq!(cache.reject(&token), Rejection::Newer);
    assert!(matches!(cache.fetch("a"), Landing::Over(Err(_))));
}

#[test]
fn r15_a_reissue_is_recognized_after_the_token_expired() {
    let mut cache = Machine::new();
    let token = cache.fetched("a");
    cache.wait(HOUR);
    assert!(matches!(cache.lookup(), Lookup::Fetch));
    let flight = cache.begin();
    cache.reject(&token);
    assert!(matches!(cache.land(flight, "a"), Landing::Again));
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

/// How long nothing is asked, after a failure that has just come.
fn remembered(cache: &mut Machine) -> Duration {
    let start = cache.now;
    while let Lookup::Refused { resume, .. } = cache.lookup() {
        assert!(resume.is_none(), "nobody named a time");
        cache.wait(SECOND / 100);
    }
    cache.now.since(start)
}

#[test]
fn r19_a_refusal_is_remembered_for_a_moment_and_then_tried_again() {
    let mut cache = Machine::new();
    let mut waits = Vec::new();
    for (at_least, at_most) in [(1_000, 2_010), (2_000, 4_010), (2_500, 5_010)]
        .into_iter()
        .chain([(2_500, 5_010); 20])
    {
        cache.fail(TokenError::unacceptable("a test"));
        let wait = remembered(&mut cache).as_millis();
        assert!((at_least..=at_most).contains(&wait), "{wait} ms");
        waits.push(wait);
    }
    assert!(waits[3..].iter().any(|wait| *wait != waits[3]), "by chance: {waits:?}");
    assert_eq!(cache.fetched("a").header, "a");
}

#[test]
fn r19_what_may_pass_is_tried_again_at_once_and_then_ever_more_slowly() {
    let mut cache = Machine::new();
    cache.fail(down());
    assert!(matches!(cache.lookup(), Lookup::Fetch), "it may have passed already");
    for (at_least, at_most) in [(1_000, 2_010), (2_000, 4_010), (2_500, 5_010), (2_500, 5_010)] {
        cache.fail(down());
        let wait = remembered(&mut cache).as_millis();
        assert!((at_least..=at_most).contains(&wait), "{wait} ms");
    }
    assert_eq!(cache.fetched("a").header, "a");
    cache.wait(HOUR);
    cache.fail(down());
    assert!(matches!(cache.lookup(), Lookup::Fetch), "a success begins anew");
}

#[test]
fn r05_the_short_way_stays_open_while_the_token_is_renewed_or_the_token_server_rests() {
    let mut cache = Machine::new();
    cache.fetched("a");
    cache.wait(HOUR * 81 / 100);
    assert!(matches!(cache.lookup(), Lookup::Early(_)));
    let flight = cache.begin();
    assert!(cache.state.ready(cache.now).is_some(), "a renewal is under way");
    cache.state.abandon(flight, cache.now);
    assert!(
        matches!(cache.lookup(), Lookup::Early(_)),
        "it is gone, and the next begins at once"
    );
    cache.fail(rate_limited(&cache, 300 * SECOND));
    cache.wait(299 * SECOND);
    assert!(cache.state.ready(cache.now).is_some(), "the token server rests");
    cache.wait(32 * SECOND);
    assert!(cache.state.ready(cache.now).is_none());
    assert!(matches!(cache.lookup(), Lookup::Early(_)));
}

#[test]
fn r20_after_a_sleep_the_error_says_when_to_come_back_by_the_clock_as_it_is_now() {
    let mut cache = Machine::new();
    cache.fail(rate_limited(&cache, 100 * SECOND));
    cache.wait(10 * SECOND);
    cache.sleep(2 * HOUR);
    let left = paused(&mut cache).unwrap();
    match cache.lookup() {
        Lookup::Refused { error, .. } => assert_eq!(error.retry_at(), Some(cache.now.wall + left)),
        other => panic!("{other:?}"),
    }
    assert_eq!(
        cache.state.status(cache.now).last_error().unwrap().retry_at(),
        Some(cache.now.wall + left)
    );
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
    cache.state.abandon(lost, cache.now);
    assert!(matches!(cache.lookup(), Lookup::Fetch));
    let flight = cache.begin();
    cache.state.abandon(lost, cache.now);
    assert!(matches!(cache.lookup(), Lookup::Wait(_)));
    let late = cache.land(lost, "late");
    assert!(matches!(late, Landing::Over(Err(_))));
    cache.land(flight, "a");
    assert_eq!(cache.ready().header, "a");
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
        let mut last: Option<Authorization> = None;
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
fn r19_a_refusal_is_remembered_also_where_the_token_was_idle() {
    let mut cache = Machine::with_idle_expiry(Some(SECOND));
    cache.fetched("a");
    cache.wait(SECOND);
    assert!(matches!(cache.lookup(), Lookup::Fetch));
    cache.fail(TokenError::unacceptable("a test"));
    assert!(matches!(cache.lookup(), Lookup::Refused { .. }));
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

#[test]
fn r20_the_token_server_is_left_alone_as_long_as_it_asks() {
    let mut cache = Machine::new();
    let error = cache.fail(rate_limited(&cache, 100 * SECOND));
    let wait = paused(&mut cache).unwrap();
    assert!(
        (100..=110).contains(&wait.as_secs()),
        "{wait:?}: a tenth of it spreads those who come back"
    );
    assert_eq!(
        error.retry_at(),
        Some(cache.now.wall + wait),
        "the error says when to come back"
    );
    cache.sleep(2 * HOUR);
    assert!(
        matches!(cache.lookup(), Lookup::Refused { .. }),
        "setting the wall clock does not end it"
    );
    cache.wait(wait * 99 / 100);
    assert!(matches!(cache.lookup(), Lookup::Refused { .. }));
    cache.wait(wait / 100 + SECOND / 100);
    cache.fetched("a");
}

#[test]
fn r20_a_token_that_is_valid_goes_on_being_used() {
    let mut cache = Machine::new();
    cache.fetched("a");
    cache.wait(HOUR * 81 / 100);
    assert!(matches!(cache.lookup(), Lookup::Early(_)));
    cache.fail(rate_limited(&cache, 300 * SECOND));
    for _ in 0..300 {
        assert_eq!(cache.ready().header, "a", "and nothing is asked");
        cache.wait(SECOND);
    }
    cache.wait(30 * SECOND);
    assert!(matches!(cache.lookup(), Lookup::Early(_)), "then it is renewed");
}

#[test]
fn r20_a_rejection_does_not_ask_before_the_reset_either() {
    let mut cache = Machine::new();
    let token = cache.fetched("a");
    cache.wait(HOUR * 81 / 100);
    cache.lookup();
    cache.fail(rate_limited(&cache, 300 * SECOND));
    assert_eq!(cache.reject(&token), Rejection::Newer, "it never worked anywhere");
    assert!(paused(&mut cache).unwrap() >= 300 * SECOND);
    cache.state.invalidate();
    assert!(paused(&mut cache).unwrap() >= 300 * SECOND, "nor does an invalidation");
}

#[test]
fn r20_a_token_that_works_elsewhere_is_not_given_up_while_there_can_be_no_other() {
    let mut cache = Machine::new();
    let token = cache.fetched("a");
    cache.state.accept(&token);
    cache.wait(HOUR * 81 / 100);
    cache.lookup();
    cache.fail(rate_limited(&cache, 300 * SECOND));
    let Rejection::NoOther(wait) = cache.reject(&token) else {
        panic!("given up")
    };
    assert!((300..=330).contains(&wait.as_secs()), "{wait:?}");
    assert_eq!(cache.ready().header, "a");
    cache.wait(wait);
    assert_eq!(cache.reject(&token), Rejection::Newer);
}

/// mcp-remote#338: an endpoint that rejects every token, beside one that takes them all, used up the quota.
#[test]
fn r14_an_endpoint_that_rejects_what_another_takes_does_not_use_up_the_quota() {
    // How often it is called, and the other, in milliseconds; where a success is rare, R14's own backoff runs its course
    // after each.
    for (every, taken_every, limit) in [
        (100, 100, 66),
        (100, 2_000, 200),
        (1_000, 61_000, 450),
        (50, 600_000, 150),
    ] {
        let mut cache = Machine::new();
        let mut fetches = 0;
        let (mut time, mut longest) = (0, Duration::ZERO);
        while time < 3_600_000 {
            let token = match cache.lookup() {
                Lookup::Ready(token) | Lookup::Early(token) => token,
                Lookup::Fetch => {
                    fetches += 1;
                    let flight = cache.begin();
                    let token = Token {
                        header: fetches.into(),
                        life: 24 * HOUR,
                        exhausted_for: None,
                        asked: None,
                    };
                    cache.state.land(flight, cache.now, Ok(token), cache.now);
                    continue;
                }
                other => panic!("{other:?}"),
            };
            if time % taken_every == taken_every / 2 {
                cache.state.accept(&token);
            }
            if let Rejection::Held(wait) | Rejection::TooMany(wait) = cache.reject(&token) {
                longest = longest.max(wait);
            }
            time += every;
            cache.wait(SECOND / 1_000 * u32::try_from(every).unwrap());
        }
        assert!(
            fetches <= limit,
            "{every} {taken_every}: {fetches} token requests in an hour"
        );
        assert!(fetches > 60, "a token that is over is replaced all the same: {fetches}");
        assert!(longest <= 60 * SECOND, "{longest:?}");
    }
}

#[test]
fn r20_what_is_asked_is_capped_and_never_nothing() {
    let mut cache = Machine::new();
    for (asked, at_least) in [(0, 1), (0, 2), (0, 4), (3, 8), (60, 60), (u32::MAX, 3600)] {
        cache.fail(rate_limited(&cache, asked * SECOND));
        let wait = paused(&mut cache).unwrap();
        assert!(
            wait >= at_least * SECOND && wait <= MAX_ASKED + 30 * SECOND,
            "asked for {asked} s, waits {wait:?}"
        );
        cache.wait(wait);
    }
    cache.fetched("a");
    cache.wait(HOUR);
    cache.fail(rate_limited(&cache, Duration::ZERO));
    assert!(paused(&mut cache).unwrap() < 2 * SECOND, "a success begins anew");
}

#[test]
fn r20_a_quota_that_a_success_used_up_puts_the_renewal_off() {
    let mut cache = Machine::new();
    let flight = cache.begin();
    let last = Token {
        exhausted_for: Some(3_400 * SECOND),
        asked: None,
        ..token("a")
    };
    cache.state.land(flight, cache.now, Ok(last), cache.now);
    for _ in 0..3_400 {
        assert_eq!(cache.ready().header, "a");
        cache.wait(SECOND);
    }
    cache.wait(31 * SECOND);
    assert!(matches!(cache.lookup(), Lookup::Early(_)), "after the reset");
}

/// Auth0 tells quotas that it does not enforce in the same way: the next token may come all the same.
#[test]
fn r20_a_token_that_is_needed_is_asked_for_although_the_quota_was_used_up() {
    let mut cache = Machine::new();
    let flight = cache.begin();
    let last = Token {
        exhausted_for: Some(24 * HOUR),
        asked: None,
        ..token("a")
    };
    cache.state.land(flight, cache.now, Ok(last), cache.now);
    let first = cache.ready();
    cache.reject(&first);
    cache.fetched("b");
    cache.wait(HOUR);
    assert!(matches!(cache.lookup(), Lookup::Fetch));
    cache.fail(rate_limited(&cache, 100 * SECOND));
    assert!(paused(&mut cache).is_some(), "but when the server says no, that holds");
}

#[test]
fn r27_a_machine_that_slept_sends_no_expired_token() {
    let mut cache = Machine::new();
    cache.fetched("a");
    cache.sleep(2 * HOUR);
    assert!(matches!(cache.lookup(), Lookup::Fetch));
    assert_eq!(cache.fetched("b").header, "b");
    assert_eq!(cache.ready().header, "b");
}

#[test]
fn r27_a_wall_clock_that_is_set_back_makes_no_token_live_longer() {
    let mut cache = Machine::new();
    cache.fetched("a");
    cache.now.wall -= HOUR;
    cache.wait(3569 * SECOND);
    assert!(matches!(cache.lookup(), Lookup::Early(_)));
    cache.wait(SECOND);
    assert!(matches!(cache.lookup(), Lookup::Fetch));
}

#[test]
fn r27_a_wall_clock_that_is_set_forward_costs_one_fetch() {
    let mut cache = Machine::new();
    cache.fetched("a");
    cache.sleep(HOUR);
    cache.fetched("b");
    cache.wait(HOUR / 2);
    assert_eq!(
        cache.ready().header,
        "b",
        "whose life is counted by the clock as it is now"
    );
}

#[test]
fn r27_a_machine_that_sleeps_while_it_fetches_fetches_again() {
    let mut cache = Machine::new();
    let flight = cache.begin();
    let requested = cache.now;
    cache.sleep(2 * HOUR);
    let landing = cache.state.land(flight, requested, Ok(token("a")), cache.now);
    assert!(matches!(landing, Landing::Again));
    assert!(matches!(cache.land(flight, "b"), Landing::Over(Ok(_))));
    assert_eq!(cache.ready().header, "b");
}

#[test]
fn an_invalidated_token_is_not_sent_nor_is_one_that_was_asked_for_before() {
    let mut cache = Machine::new();
    cache.fetched("a");
    cache.wait(HOUR * 81 / 100);
    cache.lookup();
    let flight = cache.begin();
    cache.state.invalidate();
    assert!(matches!(cache.lookup(), Lookup::Wait(_)));
    assert!(matches!(cache.land(flight, "b"), Landing::Again), "asked for before");
    assert!(
        matches!(cache.land(flight, "a"), Landing::Over(Ok(_))),
        "nobody rejected it"
    );
    assert_eq!(cache.ready().header, "a");
}

#[test]
fn an_invalidation_forgets_what_has_failed() {
    let (mut cache, _) = reissued();
    cache.state.invalidate();
    assert_eq!(cache.fetched("a").header, "a");
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

/// Duende foss#287: a sliding expiry that fetched a token every five minutes, as long as it was good for.
#[test]
fn a_token_is_not_refetched_because_nobody_used_it() {
    let mut cache = Machine::new();
    cache.fetched("a");
    cache.wait(HOUR * 69 / 100);
    assert_eq!(
        cache.ready().header,
        "a",
        "unless `idle_expiry` says so, idleness is no reason"
    );
    let mut cache = Machine::with_idle_expiry(Some(300 * SECOND));
    cache.fetched("a");
    for _ in 0..(3600 * 69 / 100 / 299) {
        cache.wait(299 * SECOND);
        assert_eq!(cache.ready().header, "a", "nor is an expiry that uses push back");
    }
}
