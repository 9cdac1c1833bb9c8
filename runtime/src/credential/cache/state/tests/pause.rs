//! What a fetch that failed, or a quota that is used up, does to the next.

use super::super::super::pause::MAX_ASKED;
use super::*;

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
fn r19_a_refusal_is_remembered_also_where_the_token_was_idle() {
    let mut cache = Machine::with_idle_expiry(Some(SECOND));
    cache.fetched("a");
    cache.wait(SECOND);
    assert!(matches!(cache.lookup(), Lookup::Fetch));
    cache.fail(TokenError::unacceptable("a test"));
    assert!(matches!(cache.lookup(), Lookup::Refused { .. }));
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
        is_shared: false,
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
        is_shared: false,
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

/// Two clocks never agree to the nanosecond, and an error that is told to many is one error.
#[test]
fn r20_the_error_is_told_anew_when_the_clocks_differ_by_more_than_a_second() {
    let mut cache = Machine::new();
    let first = cache.fail(rate_limited(&cache, 100 * SECOND));
    let told = |cache: &mut Machine| match cache.lookup() {
        Lookup::Refused { error, .. } => error,
        other => panic!("{other:?}"),
    };
    cache.sleep(SECOND * 3 / 4);
    assert!(Arc::ptr_eq(&told(&mut cache), &first));
    cache.sleep(SECOND / 2);
    let second = told(&mut cache);
    assert_eq!(second.retry_at(), first.retry_at().map(|at| at + SECOND * 5 / 4));
    cache.now.wall -= 2 * SECOND;
    assert_eq!(
        told(&mut cache).retry_at(),
        second.retry_at().map(|at| at - 2 * SECOND),
        "also where it was set back"
    );
}

/// Setting the wall clock ends neither a fetch nor a pause, though it makes the token due.
#[test]
fn r20_a_wall_clock_that_is_set_forward_asks_no_sooner() {
    let mut cache = Machine::new();
    cache.fetched("a");
    cache.wait(HOUR * 75 / 100);
    cache.state.held.as_mut().unwrap().life.renew_from(cache.now);
    assert!(matches!(cache.lookup(), Lookup::Early(_)));
    cache.fail(rate_limited(&cache, 100 * SECOND));
    cache.sleep(200 * SECOND);
    assert!(
        cache.state.ready(cache.now).is_none(),
        "the renewal is due by that clock"
    );
    assert_eq!(cache.ready().header, "a", "and nothing is asked");
}

#[test]
fn a_refusal_to_renew_does_not_stand_in_the_way_of_who_needs_a_token() {
    let mut cache = Machine::new();
    let token = cache.fetched("a");
    cache.wait(HOUR * 81 / 100);
    assert!(matches!(cache.lookup(), Lookup::Early(_)));
    cache.fail(TokenError::unacceptable("a test"));
    assert_eq!(cache.ready().header, "a");
    cache.reject(&token);
    assert!(
        matches!(cache.lookup(), Lookup::Fetch),
        "what was wrong may have been mended"
    );
}
