//! The newest token: its generation, and what ends it beside its time.

use super::*;

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

#[test]
fn a_use_that_starts_a_renewal_is_a_use() {
    let mut cache = Machine::with_idle_expiry(Some(300 * SECOND));
    cache.fetched("a");
    while !matches!(cache.lookup(), Lookup::Early(_)) {
        cache.wait(299 * SECOND);
    }
    cache.fail(rate_limited(&cache, HOUR));
    cache.wait(299 * SECOND);
    assert_eq!(cache.ready().header, "a");
}

#[test]
fn a_late_success_of_a_token_that_was_invalidated_proves_nothing() {
    let mut cache = Machine::new();
    let token = cache.fetched("a");
    cache.state.invalidate();
    cache.state.accept(&token);
    assert!(matches!(cache.lookup(), Lookup::Fetch));
    assert!(!cache.fetched("a").proven);
}
