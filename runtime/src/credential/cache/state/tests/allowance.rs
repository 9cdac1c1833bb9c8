//! What a rejection does to a token that works elsewhere.

use super::*;

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
                        ..token("")
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

/// A token that works, and that one API rejects.
fn replace(cache: &mut Machine) -> Rejection {
    let token = if let Lookup::Ready(token) = cache.lookup() {
        token
    } else {
        let flight = cache.begin();
        let token = Token {
            header: cache.state.flights.into(),
            ..token("")
        };
        match cache.state.land(flight, cache.now, Ok(token), cache.now) {
            Landing::Over(Ok(token)) => token,
            other => panic!("{other:?}"),
        }
    };
    cache.state.accept(&token);
    let token = cache.ready();
    cache.reject(&token)
}

#[test]
fn r14_five_tokens_that_work_are_replaced_at_once_and_then_one_a_minute() {
    let mut cache = Machine::new();
    for _ in 0..5 {
        assert_eq!(replace(&mut cache), Rejection::Newer);
    }
    for _ in 0..3 {
        assert_eq!(replace(&mut cache), Rejection::TooMany(60 * SECOND));
        cache.wait(59 * SECOND);
        assert_eq!(replace(&mut cache), Rejection::TooMany(SECOND));
        cache.wait(SECOND);
        assert_eq!(replace(&mut cache), Rejection::Newer);
    }
    cache.wait(120 * SECOND);
    for _ in 0..2 {
        assert_eq!(
            replace(&mut cache),
            Rejection::Newer,
            "what was not used may be used at once"
        );
    }
    assert_eq!(replace(&mut cache), Rejection::TooMany(60 * SECOND));
    cache.wait(HOUR);
    for _ in 0..5 {
        assert_eq!(replace(&mut cache), Rejection::Newer, "but no more than five");
    }
    assert_eq!(replace(&mut cache), Rejection::TooMany(60 * SECOND));
}
