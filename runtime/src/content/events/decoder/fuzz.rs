//! Any bytes, a limit in the first line: the same events, however they are cut into chunks, and those of the standard.

use reauth_fuzz::Verdict;

use super::tests::{decode, whole};
use crate::fuzz::{cuts, number_and_rest};

#[test]
fn events() {
    reauth_fuzz::bytes("events", |input| {
        let (limit, input) = number_and_rest(input);
        let limit = usize::try_from(limit % 10_000).expect("small");
        let at_once = decode(limit, [input]);
        for pieces in cuts(input) {
            assert_eq!(decode(limit, pieces), at_once);
        }
        let (events, last_event_id) = &at_once;
        for event in events.iter().flatten() {
            assert!(event.data.len() <= 3 * limit.max(1), "a replacement is three bytes");
        }
        if events.iter().any(Result::is_err) {
            return Verdict::Refused;
        }
        // A limit drops an id too that is too long, which is no event.
        if input.len() <= limit {
            let (expected, expected_id) = whole(input);
            let events: Vec<_> = events.iter().flatten().collect();
            assert_eq!(events, expected.iter().collect::<Vec<_>>());
            assert_eq!(*last_event_id, expected_id);
        }
        Verdict::Taken
    });
}
