//! What the generated docs say of each method is what the runtime does.
//!
//! The macro computes the numbers of that paragraph by itself; here the same trait is compiled, and its endpoints asked.

use std::time::Duration;

use reauth::{Endpoint, Result, api_client};

include!("../../macros/tests/golden/documented.rs");

/// The same trait, with what the macro wrote below each method's docs.
const EXPANDED: &str = include_str!("../../macros/tests/golden/documented.expanded.rs");

/// The paragraph of one endpoint, behind its verb and path.
fn paragraph(endpoint: &Endpoint) -> &'static str {
    let start = format!("/// `{endpoint}`, ");
    let mut lines = EXPANDED.lines().map(str::trim);
    lines.find_map(|line| line.strip_prefix(&start)).expect("a paragraph")
}

/// The number and its unit behind some words, as `100 ms` in `retried after 100 ms up to 3 times`.
fn duration(text: &str) -> (Duration, &str) {
    let (number, rest) = text.split_once(' ').expect("a number");
    let number: f64 = number.parse().expect("a number");
    let unit = rest.split([' ', ':', ';', '.', ',']).next().expect("a unit");
    let seconds = match unit {
        "ms" => 0.001,
        "s" => 1.0,
        "min" => 60.0,
        "h" => 3600.0,
        other => panic!("the unit {other}"),
    };
    (Duration::from_secs_f64(number * seconds), &rest[unit.len()..])
}

#[test]
fn sends_and_the_time_limit_are_the_endpoints() {
    assert_eq!(DocumentedClient::ENDPOINTS.len(), 21);
    for endpoint in DocumentedClient::ENDPOINTS {
        let paragraph = paragraph(endpoint);
        let (sends, rest) = paragraph.split_once(" within ").expect("a time limit");
        let sends = sends.trim_start_matches("sent ").trim_start_matches("without a token ");
        let sends: u32 = match sends
            .strip_prefix("at most ")
            .and_then(|sends| sends.strip_suffix(" times"))
        {
            Some(sends) => sends.parse().expect("a number"),
            None => u32::from(sends == "once"),
        };
        assert_eq!(sends, endpoint.max_sends(), "{paragraph}");
        assert_eq!(duration(rest).0, endpoint.timeout(), "{paragraph}");
        let says_without = paragraph.contains("without a token");
        assert_eq!(says_without, !endpoint.is_authorized(), "{paragraph}");
        let says_again = paragraph.contains("a new token");
        assert_eq!(says_again, endpoint.reauth().attempts() > 0, "{paragraph}");
    }
}

#[test]
fn limits_are_those_of_the_client() {
    use reauth::__private::{CircuitBreaker, FromClient};
    let api = <DocumentedClient as FromClient>::API;
    let mut lines = EXPANDED.lines();
    let limits = lines
        .find_map(|line| line.strip_prefix("/// At most "))
        .expect("a paragraph");
    let (concurrency, rest) = limits
        .split_once(" calls run at the same time. At most ")
        .expect("two limits");
    let (calls, rest) = rest.split_once(" calls begin in ").expect("a rate");
    let (window, rest) = duration(rest);
    let rest = rest.strip_prefix(". Where ").expect("a circuit breaker");
    let (percent, rest) = rest.split_once(" % of ").expect("a share");
    let (requests, rest) = rest.split_once(" or more requests in ").expect("a number");
    let (counted, rest) = duration(rest);
    let (open_for, _) = duration(rest.strip_prefix(" fail, nothing is sent for ").expect("a time"));
    let number = |text: &str| text.parse().expect("a number");
    let said = reauth::__private::Api::new("Documented")
        .circuit_breaker(CircuitBreaker::new(
            percent.parse().expect("a share"),
            number(requests),
            counted,
            open_for,
        ))
        .concurrency(number(concurrency))
        .rate(reauth::__private::RateLimit::new(number(calls), window));
    assert_eq!(format!("{api:?}"), format!("{said:?}"));
}

#[test]
fn waits_are_those_of_the_schedule() {
    let mut scheduled = 0;
    for endpoint in DocumentedClient::ENDPOINTS {
        let paragraph = paragraph(endpoint);
        let Some((_, retried)) = paragraph.split_once("retried ") else {
            assert_eq!(endpoint.retry().retries(), 0, "{paragraph}");
            continue;
        };
        scheduled += 1;
        let retried = retried.trim_start_matches("once ");
        let longest = match retried.strip_prefix("after ") {
            None => Duration::ZERO,
            Some(waits) => {
                let (first, rest) = duration(waits.trim_start_matches("up to "));
                rest.strip_prefix(" to ").map_or(first, |longest| duration(longest).0)
            }
        };
        let waits = || endpoint.retry().delays().max().expect("a wait");
        let met = (0..10_000).map(|_| waits()).max().expect("a wait");
        // Chance decides how much of a wait is left out, but hardly so often; what is said is rounded up.
        assert!(met <= longest, "{met:?} was waited: {paragraph}");
        assert!(met * 10 >= longest * 8, "no more than {met:?} was waited: {paragraph}");
        let says_unprocessed = paragraph.contains("cannot have processed it");
        assert_eq!(says_unprocessed, !endpoint.is_idempotent(), "{paragraph}");
    }
    assert_eq!(scheduled, 18);
}
