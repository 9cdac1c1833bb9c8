//! Any `WWW-Authenticate`: nothing of it is fetched, and no more of it read than its first 8 KiB.

use http::HeaderValue;
use reauth_fuzz::Verdict;

use super::*;
use crate::fuzz::headers;

/// `error="insufficient_scope"` among a challenge's parameters, each of them a token, `=` and a token or quoted string
/// (RFC 9110, section 11.2).
fn says_so(value: &str) -> bool {
    let mut rest = value;
    while let Some((before, after)) = rest.split_once("error") {
        let is_name = !before.ends_with(|c: char| c.is_ascii_alphanumeric() || "_-".contains(c));
        let value = after.trim_start().strip_prefix('=').map(str::trim_start);
        let value = value.map(|value| value.strip_prefix('"').unwrap_or(value));
        if is_name && value.is_some_and(|value| value.starts_with(INSUFFICIENT_SCOPE)) {
            return true;
        }
        rest = after;
    }
    false
}

#[test]
fn s16_challenges() {
    reauth_fuzz::bytes("challenges", |input| {
        let headers = headers(input);
        let found = challenges(&headers, INSUFFICIENT_SCOPE);
        let values = || headers.get_all(WWW_AUTHENTICATE).iter().map(HeaderValue::as_bytes);
        let read = || values().map(|value| &value[..value.len().min(8 * 1024)]);
        let texts: Vec<String> = read()
            .map(|value| String::from_utf8_lossy(value).into_owned())
            .collect();
        assert!(
            found || !texts.iter().any(|text| says_so(text)),
            "a challenge is missed"
        );
        assert!(
            !found || texts.iter().any(|text| text.contains(INSUFFICIENT_SCOPE)),
            "found out of nothing"
        );
        assert_eq!(is_rejection(StatusCode::UNAUTHORIZED, &headers), !found);
        assert!(!is_rejection(StatusCode::FORBIDDEN, &headers), "R16");
        // What stands behind the limit changes nothing.
        let long = values().map(|value| {
            let padded = [value, &b" ".repeat(8 * 1024), INSUFFICIENT_SCOPE.as_bytes()].concat();
            (WWW_AUTHENTICATE, HeaderValue::from_bytes(&padded).expect("a value"))
        });
        assert_eq!(challenges(&long.collect(), INSUFFICIENT_SCOPE), found);
        if found { Verdict::Taken } else { Verdict::Refused }
    });
}
