//! What a rejection does to a token that never worked, and to one that the token server issues again.

use super::*;

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
fn reissued() -> (Machine, Arc<Authorization>) {
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

#[test]
fn r15_a_reissue_after_other_replacements_is_tried_again_as_late_as_any_other_would_be() {
    let mut cache = Machine::new();
    for (text, wait) in [("a", 0), ("b", 1), ("c", 2)] {
        let token = cache.fetched(text);
        cache.wait(wait * SECOND);
        assert_eq!(cache.reject(&token), Rejection::Newer);
    }
    assert!(matches!(cache.fetch("c"), Landing::Over(Err(_))));
    cache.wait(SECOND * 399 / 100);
    assert!(matches!(cache.lookup(), Lookup::Refused { .. }));
    cache.wait(SECOND / 100);
    assert!(matches!(cache.lookup(), Lookup::Fetch));
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
    assert!(
        cache.state.status(cache.now).last_error().is_none(),
        "nor is anything wrong"
    );

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
fn an_invalidation_forgets_what_has_failed() {
    let (mut cache, _) = reissued();
    cache.state.invalidate();
    assert_eq!(cache.fetched("a").header, "a");
}
