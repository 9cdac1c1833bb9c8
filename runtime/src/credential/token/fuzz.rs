//! Any body of a token response: what it comes to is what a reader of JSON sees in it, and no error repeats it.

use reauth_fuzz::Verdict;

use super::*;

/// The token and its life, by RFC 6749, section 5.1, and guarantees R11 and S11.
fn by_hand(response: &Value, kind: &str) -> Option<(String, f64)> {
    let text = |name: &str| response.get(name).and_then(Value::as_str);
    let (token, token_type) = (text("access_token")?, text("token_type")?);
    let body = token.trim_end_matches('=');
    let is_allowed = |c: char| c.is_ascii_alphanumeric() || "-._~+/!|".contains(c);
    let is_good = !body.is_empty() && body.chars().all(is_allowed) && token.len() <= 16_384;
    let life = match response.get("expires_in") {
        None | Some(Value::Null) => 300.0,
        Some(Value::Number(number)) => number.as_f64()?,
        Some(Value::String(text)) => text.trim().parse().ok()?,
        Some(_) => return None,
    };
    let is_usable = is_good && token_type.eq_ignore_ascii_case(kind) && life > 0.0;
    is_usable.then(|| (token.to_owned(), life.min(30.0 * 24.0 * 3600.0)))
}

/// By RFC 6749 it is an object; serde reads a struct from an array too, which does no harm.
fn check(read: &Result<Token, TokenError>, expected: Option<(String, f64)>, scheme: Scheme) {
    match (read, expected) {
        (Ok(token), Some((expected, life))) => {
            assert_eq!(token.header, format!("{} {expected}", scheme.name()));
            assert!(
                token.header.is_sensitive() && !format!("{token:?}").contains("canary"),
                "S12"
            );
            assert!(
                token.life <= MAX_LIFE && (token.life.as_secs_f64() - life).abs() < 1e-6,
                "R11: {life}"
            );
        }
        (Err(_), None) => {}
        (read, expected) => panic!("{read:?}, and by hand {expected:?}"),
    }
}

#[test]
fn s11_token_responses() {
    reauth_fuzz::bytes("token_responses", |body| {
        let value = serde_json::from_slice::<Value>(body);
        let mut read = Err(TokenError::malformed("nothing was read"));
        for scheme in [Scheme::Dpop, Scheme::Bearer] {
            read = Granted::read(body, scheme, None).token;
            if let Err(error) = &read {
                let text = format!("{error} {error:?}");
                assert!(!text.contains("canary") && crate::fuzz::is_plain(&text), "S9: {text}");
            }
            // Whoever reads fields that come twice takes one of them; here they are an error.
            let object = value.as_ref().ok().filter(|value| value.is_object());
            if let Some(value) = object.map(Value::to_string) {
                let once = Granted::read(value.as_bytes(), scheme, None);
                let value: Value = serde_json::from_str(&value).expect("JSON");
                check(&once.token, by_hand(&value, scheme.name()), scheme);
                let refresh_token = once.refresh_token.as_ref().map(ExposeSecret::expose_secret);
                let expected = value.get("refresh_token").and_then(Value::as_str);
                assert_eq!(refresh_token, expected.filter(|token| !token.is_empty()));
            }
        }
        // A source of the user's may read one by itself.
        let as_users_do = serde_json::from_slice::<Token>(body);
        assert_eq!(as_users_do.is_ok(), read.is_ok());
        if let Err(error) = as_users_do {
            assert!(!error.to_string().contains("canary"), "S9: {error}");
        }
        Verdict::from(&read)
    });
}
