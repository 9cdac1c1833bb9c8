//! What the generated docs promise of a call is what the runtime does: the macro cannot ask the runtime for its
//! defaults, so it repeats them, and here both stand side by side.
//!
//! Nobody can read docs at run time. But the macro's golden expansion holds those of one trait, and this is that trait.

use std::time::Duration;

use reauth::{Backoff, Endpoint, Jitter};

use self::policies::PoliciesClient;

#[expect(dead_code, reason = "what its constants say is compared, and nothing is called")]
mod policies {
    use reauth::{Result, api_client};

    include!("../../macros/tests/golden/policies.rs");
}

const EXPANDED: &str = include_str!("../../macros/tests/golden/policies.expanded.rs");

/// What the docs say behind `` `GET /path`, ``.
fn paragraph(endpoint: &Endpoint) -> &'static str {
    let begin = format!("/// `{endpoint}`, ");
    let mut lines = EXPANDED.lines();
    let paragraph = lines.find_map(|line| line.trim_start().strip_prefix(&begin));
    paragraph.unwrap_or_else(|| panic!("no paragraph for {endpoint}"))
}

fn shown(duration: Duration) -> String {
    match duration.as_millis() {
        millis if millis < 1_000 => format!("{millis} ms"),
        millis if millis % 3_600_000 == 0 => format!("{} h", millis / 3_600_000),
        millis if millis % 60_000 == 0 => format!("{} min", millis / 60_000),
        millis if millis % 1_000 == 0 => format!("{} s", millis / 1_000),
        millis => format!("{}.{} s", millis / 1_000, millis % 1_000 / 100),
    }
}

/// From the shortest first wait to the longest of all, as the schedule yields them.
fn waits(schedule: Backoff) -> String {
    let jitter = [Jitter::None, Jitter::Equal, Jitter::Full];
    let jitter = jitter
        .into_iter()
        .find(|jitter| schedule.jitter(*jitter) == schedule)
        .unwrap();
    let delays: Vec<_> = schedule.jitter(Jitter::None).delays().collect();
    let (first, longest) = (delays[0], *delays.iter().max().unwrap());
    let shortest = match jitter {
        Jitter::Full => Duration::ZERO,
        Jitter::Equal => first / 2,
        _ => first,
    };
    match (shortest, longest) {
        (_, Duration::ZERO) => "at once".to_owned(),
        (Duration::ZERO, _) => format!("after up to {}", shown(longest)),
        _ if shortest == longest => format!("after {}", shown(longest)),
        _ => format!("after {} to {}", shown(shortest), shown(longest)),
    }
}

#[test]
fn the_docs_promise_the_sends_and_the_time_limit_that_the_endpoint_has() {
    assert_eq!(PoliciesClient::ENDPOINTS.len(), EXPANDED.matches(", sent ").count());
    for endpoint in PoliciesClient::ENDPOINTS {
        let bare = if endpoint.is_authorized() {
            ""
        } else {
            "without a token "
        };
        let times = match endpoint.max_sends() {
            1 => "once".to_owned(),
            sends => format!("at most {sends} times"),
        };
        let promise = format!("sent {bare}{times} within {}", shown(endpoint.timeout()));
        let rest = paragraph(endpoint).strip_prefix(&promise);
        let rest = rest.unwrap_or_else(|| panic!("{endpoint}: {promise}, but {}", paragraph(endpoint)));
        assert!(rest.starts_with([':', ';', '.']), "{endpoint}: {rest}");
    }
}

#[test]
fn the_docs_promise_what_a_401_leads_to() {
    for endpoint in PoliciesClient::ENDPOINTS {
        let expected = match (endpoint.is_authorized(), endpoint.reauth().attempts()) {
            (false, _) => None,
            (true, 0) => Some("a 401 is final".to_owned()),
            (true, 1) => Some("once more with a new token".to_owned()),
            (true, times) => Some(format!("up to {times} times more with a new token")),
        };
        match expected {
            Some(expected) => assert!(paragraph(endpoint).contains(&expected), "{endpoint}: {expected}"),
            None => assert!(!paragraph(endpoint).contains("401"), "{endpoint}"),
        }
    }
}

#[test]
fn the_docs_promise_the_retries_and_the_waits_of_the_schedule() {
    let is_random = |endpoint: &&Endpoint| endpoint.path() != "/decorrelated";
    for endpoint in PoliciesClient::ENDPOINTS.iter().filter(is_random) {
        let condition = if endpoint.is_idempotent() {
            ""
        } else {
            " where the server cannot have processed it"
        };
        let promised = paragraph(endpoint);
        match endpoint.retry().retries() {
            0 => assert!(!promised.contains("retried"), "{endpoint}: {promised}"),
            retries => {
                let waits = waits(endpoint.retry());
                let expected = match retries {
                    1 => format!(": retried once {waits}{condition}"),
                    _ => format!(": retried {waits} up to {retries} times{condition}"),
                };
                let rest = promised.split_once(&expected).map(|(_, rest)| rest);
                let is_whole = rest.is_some_and(|rest| rest.starts_with([',', '.', ';']));
                assert!(is_whole, "{endpoint}: {expected}, but {promised}");
            }
        }
    }
}

#[test]
fn no_decorrelated_wait_is_longer_than_the_docs_promise() {
    let mut endpoints = PoliciesClient::ENDPOINTS.iter();
    let endpoint = endpoints.find(|endpoint| endpoint.path() == "/decorrelated").unwrap();
    let promised = paragraph(endpoint).split_once("after up to ").unwrap().1;
    let (longest, rest) = promised.split_once(" s ").unwrap();
    assert!(rest.starts_with("up to 3 times"), "{promised}");
    let longest = Duration::from_secs_f64(longest.parse().unwrap());
    let mut seen = Duration::ZERO;
    for _ in 0..1_000 {
        for delay in endpoint.retry().delays() {
            assert!(delay <= longest, "{delay:?} is longer than {longest:?}");
            seen = seen.max(delay);
        }
    }
    // Nor is the promise an empty one: that no wait of 3 000 is in the upper half has no chance worth a name.
    assert!(
        seen > longest / 2,
        "{seen:?} is the longest, and {longest:?} was promised"
    );
}
