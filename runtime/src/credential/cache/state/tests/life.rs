//! From when on a token is renewed, and from when on it is not sent: by both clocks.

use super::*;

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
fn r09_a_token_that_expired_on_its_way_is_an_error() {
    for (life, expired) in [(5, true), (9, true), (10, true), (11, false)] {
        let mut cache = Machine::new();
        let flight = cache.begin();
        let requested = cache.now;
        // 10 s less the margin of a tenth.
        cache.wait(9 * SECOND);
        let token = Token {
            life: life * SECOND,
            ..token("a")
        };
        let landing = cache.state.land(flight, requested, Ok(token), cache.now);
        assert_eq!(
            matches!(landing, Landing::Over(Err(_))),
            expired,
            "{life} s: {landing:?}"
        );
        assert_eq!(cache.state.held.is_none(), expired);
    }
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
