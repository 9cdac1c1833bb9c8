//! Any headers of a token server, one to a line.

use std::time::UNIX_EPOCH;

use reauth_fuzz::Verdict;

use super::*;
use crate::fuzz::headers;

const NOW: u64 = 1_700_000_000;

#[test]
fn r20_token_quotas() {
    let now = UNIX_EPOCH + Duration::from_secs(NOW);
    reauth_fuzz::bytes("token_quotas", |input| {
        let headers = headers(input);
        let exhausted = exhausted(&headers, now);
        let asked = asked(&headers, now);
        match retry_after::said(&headers, now) {
            Some(said) => assert_eq!(asked, said),
            None => assert_eq!(asked, exhausted.unwrap_or_default()),
        }
        // A bucket by itself asks for no more than all of them.
        for name in QUOTAS {
            for value in headers.get_all(name) {
                let one = HeaderMap::from_iter([(http::HeaderName::from_static(name), value.clone())]);
                assert!(super::exhausted(&one, now) <= exhausted);
            }
        }
        Verdict::from(&exhausted)
    });
}
