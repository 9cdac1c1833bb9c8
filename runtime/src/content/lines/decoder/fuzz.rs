//! Any bytes, a limit in the first line: the same lines, however they are cut into chunks.

use reauth_fuzz::Verdict;

use super::tests::{decode, split_by_std};
use crate::fuzz::{cuts, number_and_rest};

#[test]
fn lines() {
    reauth_fuzz::bytes("lines", |input| {
        let (limit, input) = number_and_rest(input);
        let limit = usize::try_from(limit % 10_000).expect("small");
        let whole = decode(limit, [input]);
        for pieces in cuts(input) {
            assert_eq!(decode(limit, pieces), whole);
        }
        let seen: Vec<_> = whole
            .iter()
            .map(|line| line.as_ref().map_err(|_| ()).cloned())
            .collect();
        let expected = split_by_std(input, limit).into_iter();
        assert_eq!(seen, expected.map(|line| line.map_err(|_| ())).collect::<Vec<_>>());
        for (_, content) in seen.iter().flatten() {
            assert!(content.len() <= limit && !content.contains(&b'\n'));
        }
        if seen.iter().all(Result::is_ok) {
            Verdict::Taken
        } else {
            Verdict::Refused
        }
    });
}
