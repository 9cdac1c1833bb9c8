//! Any settings, in TOML: the same as from JSON, everything that is wrong by name, and no secret in what is said.

use reauth_fuzz::Verdict;
use serde_json::Value;

use super::*;
use crate::fuzz::is_public;

#[test]
fn auth0_settings() {
    reauth_fuzz::text("auth0_settings", |text| {
        let Ok(value) = toml::from_str::<Value>(text) else {
            return Verdict::Refused;
        };
        let read = toml::from_str::<Auth0Settings>(text);
        let from_json = serde_json::from_str::<Auth0Settings>(&value.to_string());
        match (&read, &from_json) {
            (Ok(read), Ok(same)) => assert_eq!(format!("{read:?}"), format!("{same:?}")),
            (Err(_), Err(problem)) => {
                let is_told = problem.to_string().contains("canary");
                assert!(!is_told || is_public(&value, "canary"), "{problem}");
            }
            (read, other) => panic!("{:?} from TOML, {:?} from JSON", read.is_ok(), other.is_ok()),
        }
        if let Ok(settings) = &read {
            assert!(
                is_public(&value, "canary") || !format!("{settings:?}").contains("canary"),
                "S12"
            );
            let texts = ["domain", "client_id", "client_secret"].map(|key| value["auth0"][key].as_str());
            assert!(
                texts
                    .iter()
                    .all(|text| text.is_some_and(|text| !text.trim().is_empty())),
                "{texts:?}"
            );
        }
        Verdict::from(&read)
    });
}
