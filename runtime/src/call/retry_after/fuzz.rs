//! Any headers: a status in the first line, a header in each of the others.

use reauth_fuzz::Verdict;

use super::*;
use crate::fuzz::{headers, number_and_rest};

/// Sun, 06 Nov 1994 08:49:37 GMT, as in RFC 9110.
const NOW: Duration = Duration::from_secs(784_111_777);

/// Digits, of which there may be any number, and a sign that does not matter.
fn digits(text: &str) -> Option<u64> {
    let digits = text.strip_prefix('+').unwrap_or(text);
    let is_number = !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit());
    is_number.then(|| digits.parse().unwrap_or(u64::MAX))
}

#[test]
fn r22_retry_after() {
    let now = UNIX_EPOCH + NOW;
    reauth_fuzz::bytes("retry_after", |input| {
        let (status, lines) = number_and_rest(input);
        let status = u16::try_from(status)
            .ok()
            .and_then(|status| StatusCode::from_u16(status).ok());
        let (status, headers) = (status.unwrap_or_default(), headers(lines));
        let (said, reset, asked) = (said(&headers, now), reset(&headers, now), asked(status, &headers, now));

        let text = |name| headers.get(name).and_then(|value| value.to_str().ok()).map(str::trim);
        if let (None, Some(seconds)) = (text("retry-after-ms"), text("retry-after").and_then(digits)) {
            assert_eq!(said, Some(Duration::from_secs(seconds)));
        }
        if let Some(millis) = text("retry-after-ms").and_then(digits) {
            assert_eq!(said, Some(Duration::from_millis(millis)));
        }
        if text("retry-after-ms").is_none() && text("retry-after").is_none() {
            assert_eq!(said, None);
        }
        // What is said in so many words counts before all else.
        match (said, status.as_u16()) {
            (Some(said), _) => assert_eq!(asked, Some(said)),
            (None, 403 | 503) => assert_eq!(asked, reset),
            (None, 429) => assert!(asked >= reset, "{asked:?}, {reset:?}"),
            (None, _) => assert_eq!(asked, None),
        }
        Verdict::from(&asked)
    });
}
