//! The one fetch: who waits for it, who goes on meanwhile, and when it is given up.

use super::*;

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
    let (mut last, mut longest) = (cache.now, Duration::ZERO);
    // Every tenth of a second until the margin, 600 s away; with 0–1, 0–2, … 0–60 s between the attempts.
    for _ in 0..6_000 {
        match cache.lookup() {
            Lookup::Ready(token) => assert_eq!(token.header, "a"),
            Lookup::Early(token) => {
                assert_eq!(token.header, "a");
                let wait = cache.now.since(last);
                let most = (1 << early.min(6)).min(60) * SECOND;
                assert!(wait <= most + SECOND / 10, "{wait:?} before attempt {early}");
                (last, longest) = (cache.now, longest.max(wait));
                early += 1;
                cache.fail(down());
            }
            other => panic!("{other:?}"),
        }
        cache.wait(SECOND / 10);
    }
    assert!((15..60).contains(&early), "{early} attempts");
    assert!(longest > 30 * SECOND, "{longest:?}");
    cache.wait(61 * SECOND);
    assert!(matches!(cache.lookup(), Lookup::Early(_) | Lookup::Fetch));
}

#[test]
fn r02_a_fetch_that_does_not_come_back_is_given_up() {
    let mut cache = Machine::new();
    let lost = cache.begin();
    cache.wait(LOAD_TIMEOUT);
    assert!(matches!(cache.lookup(), Lookup::Wait(_)), "it may be landing now");
    cache.wait(GRACE * 9 / 10);
    assert!(matches!(cache.lookup(), Lookup::Wait(_)), "and still may");
    assert!(cache.state.is_fetching(cache.now));
    cache.wait(GRACE / 10);
    assert!(!cache.state.is_fetching(cache.now));
    assert!(matches!(cache.lookup(), Lookup::Fetch));
    let flight = cache.begin();
    cache.land(lost, "late");
    cache.land(flight, "a");
    assert_eq!(cache.ready().header, "a");
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

/// A fetch that waits for another process takes longer than a caller does.
#[test]
fn r02_no_caller_waits_longer_than_the_load_timeout_for_a_fetch_that_may_take_longer() {
    let mut cache = Machine::with_limit(30 * SECOND);
    let start = cache.now.monotonic;
    let (_, first) = cache.state.begin((), cache.now);
    assert_eq!((first.until, first.outlasts), (start + LOAD_TIMEOUT, true));
    cache.wait(SECOND * 39 / 2);
    let late = cache.wait_of();
    assert_eq!((late.until, late.outlasts), (cache.now.monotonic + LOAD_TIMEOUT, true));
    cache.wait(SECOND / 2);
    let last = cache.wait_of();
    assert_eq!(
        (last.until, last.outlasts),
        (start + 30 * SECOND + GRACE, false),
        "what it ends with is for this one"
    );
}

#[test]
fn r06_a_wall_clock_that_is_set_forward_starts_no_second_fetch() {
    let mut cache = Machine::new();
    cache.fetched("a");
    cache.wait(HOUR * 81 / 100);
    assert!(matches!(cache.lookup(), Lookup::Early(_)));
    let flight = cache.begin();
    cache.sleep(60 * SECOND);
    assert!(
        cache.state.ready(cache.now).is_none(),
        "the renewal is due by that clock"
    );
    assert_eq!(cache.ready().header, "a", "but it is under way");
    cache.land(flight, "b");
    assert_eq!(cache.ready().header, "b");
}
