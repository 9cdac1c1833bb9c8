//! Any `DPoP-Nonce`: kept as it is, if RFC 9449 allows it and it is short enough to carry around.

use reauth_fuzz::Verdict;

use super::*;

#[test]
fn dpop_nonces() {
    let server = "https://x.example/token".parse::<Url>().expect("a URL");
    reauth_fuzz::bytes("dpop_nonces", |input| {
        let nonces = Nonces::default();
        let Ok(value) = HeaderValue::from_bytes(input) else {
            return Verdict::Refused;
        };
        nonces.keep(&server, &HeaderValue::from_static("before"));
        nonces.keep(&server, &value);
        // NQCHAR of RFC 6749, appendix A.
        let is_nonce = |byte: &u8| matches!(byte, 0x21 | 0x23..=0x5b | 0x5d..=0x7e);
        let is_kept = (1..=1024).contains(&input.len()) && input.iter().all(is_nonce);
        let expected = if is_kept { input } else { b"before" };
        assert_eq!(nonces.of(&server).map(String::into_bytes).as_deref(), Some(expected));
        if is_kept { Verdict::Taken } else { Verdict::Refused }
    });
}
