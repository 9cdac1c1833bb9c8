//! Any text as the token in a file: a JWT's `exp` in seconds, or nothing.

use reauth_fuzz::Verdict;

use super::*;

#[test]
fn r09_ends_of_tokens() {
    reauth_fuzz::text("ends_of_tokens", |input| {
        // Claims are easier to read, and to change, before they are encoded.
        let encoded = format!("e30.{}.AA", BASE64URL.encode(input));
        let read = end(&encoded);
        let claims = serde_json::from_str::<serde_json::Value>(input).ok();
        let exp = claims.as_ref().and_then(|claims| claims.get("exp")?.as_f64());
        if let Some(read) = read {
            let seconds = read
                .duration_since(UNIX_EPOCH)
                .expect("no time before 1970")
                .as_secs_f64();
            // Beside names that come twice, an array is read too, by serde's rule for structs.
            if let Some(exp) = exp {
                assert!((seconds - exp).abs() <= exp.abs() * 1e-9 + 1e-6, "{seconds} and {exp}");
            }
        } else if let Some(exp) = exp.filter(|exp| (0.0..1e12).contains(exp)) {
            // A claim that is there twice is refused.
            assert!(
                input.matches("exp").count() > 1 || input.contains('\\'),
                "{exp} is not read"
            );
        }
        assert_eq!(end(&format!("{encoded}.AA")), None, "four parts are no JWT");
        let _ = end(input);
        Verdict::from(&read)
    });
}
