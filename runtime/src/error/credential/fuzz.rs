//! Any body that repeats a secret: whoever decodes what is left of it does not find it.

use reauth_fuzz::Verdict;
use serde_json::Value;

use super::*;

const SECRET: &str = "canarybird/+\"\\==";

fn repeats(value: &Value) -> bool {
    match value {
        Value::String(text) => text.contains(SECRET),
        Value::Array(values) => values.iter().any(repeats),
        Value::Object(fields) => fields
            .iter()
            .any(|(name, value)| name.contains(SECRET) || repeats(value)),
        _ => false,
    }
}

#[test]
fn s09_repeated_credentials() {
    let carried = Carried::secrets([SECRET, "canarybird"]);
    let credential = Credential::of(Some(&carried));
    reauth_fuzz::bytes("repeated_credentials", |body| {
        let blotted = credential.blotted_from(Bytes::copy_from_slice(body));
        assert!(!blotted.windows(10).any(|window| window == b"canarybird"));
        if let Ok(value) = serde_json::from_slice::<Value>(&blotted) {
            assert!(!repeats(&value), "{value}");
        }
        assert_eq!(credential.blotted_from(blotted.clone()), blotted, "once is enough");
        if let Ok(value) = serde_json::from_slice::<Value>(body) {
            let is_repeated = repeats(&value) || value.to_string().contains("canarybird");
            assert!(!is_repeated || blotted != body);
            // But where the secret's first letters are an escape's last ones.
            let has_digits = body.windows(2).any(|window| window == br"\u");
            assert!(
                has_digits || serde_json::from_slice::<Value>(&blotted).is_ok(),
                "it is still JSON"
            );
        }
        if blotted == body {
            Verdict::Refused
        } else {
            Verdict::Taken
        }
    });
}
