//! Any body of an error response: a code, and a description that is short, printable and holds no secret.

use reauth_fuzz::Verdict;

use super::*;
use crate::error::{Carried, MAX_DESCRIPTION};

#[test]
fn s09_oauth_errors() {
    reauth_fuzz::bytes("oauth_errors", |body| {
        let read = read(body, &Credential::of(Some(&Carried::secrets(["canarybird"]))));
        let value = serde_json::from_slice::<Value>(body);
        if let Some((code, description)) = &read {
            assert!(description.chars().count() <= MAX_DESCRIPTION && crate::fuzz::is_plain(description));
            assert!(!description.contains("canarybird"), "{description:?}");
            // Where it can be read as a whole: what is not used may be no JSON that holds.
            let name = value.as_ref().ok().and_then(|value| value.get("error")?.as_str());
            if let Some(name) = name {
                let is_known = code.to_string() == name;
                assert!(is_known || *code == OAuthErrorCode::Other, "{code} for {name}");
            }
        }
        // Without fields that come twice.
        if let Ok(value) = value {
            let once = super::read(value.to_string().as_bytes(), &Credential::of(None));
            let has_code = value.get("error").is_some_and(Value::is_string);
            assert_eq!(once.is_some(), has_code || is_array_of_two(&value));
        }
        Verdict::from(&read)
    });
}

/// serde reads a struct from an array too.
fn is_array_of_two(value: &Value) -> bool {
    matches!(value.as_array().map(Vec::as_slice), Some([Value::String(_), _]))
}
