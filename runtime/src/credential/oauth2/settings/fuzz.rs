//! Any settings of an OAuth 2.0 client, in JSON: taken, or everything that is wrong by name and no secret in it.

use reauth_fuzz::Verdict;
use serde_json::Value;

use super::*;
use crate::fuzz::is_public;

#[test]
fn oauth2_settings() {
    reauth_fuzz::bytes("oauth2_settings", |input| {
        let Ok(value) = serde_json::from_slice::<Value>(input) else {
            return Verdict::Refused;
        };
        let read = serde_json::from_slice::<OAuth2>(input);
        match &read {
            Ok(oauth2) => {
                assert!(
                    is_public(&value, "canary") || !format!("{oauth2:?}").contains("canary"),
                    "S12"
                );
                let fields = value.as_object().expect("an object");
                let has = |key: &str| {
                    fields
                        .get(key)
                        .is_some_and(|value| value.as_str().is_some_and(|text| !text.trim().is_empty()))
                };
                assert!(has("client_id") && has("token_url") != has("issuer"), "{value}");
                assert!(!(has("client_secret") && has("private_key")), "{value}");
                assert!(
                    fields.keys().all(|key| KEYS.contains(&&**key) || key == "parameters"),
                    "{value}"
                );
            }
            Err(problem) => {
                let problem = problem.to_string();
                assert!(is_public(&value, "canary") || !problem.contains("canary"), "{problem}");
            }
        }
        Verdict::from(&read)
    });
}
