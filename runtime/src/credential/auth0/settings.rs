//! Settings of [`Auth0`] as they are written in a file or the environment.

use std::ffi::OsString;

use serde::Deserialize;

use super::Auth0;
use crate::credential::settings::{RawSettings, Reader, variable};
use crate::credential::{Problems, TokenRequest};

const PREFIX: &str = "AUTH0";
const KEYS: [&str; 6] = [
    "domain",
    "client_id",
    "client_secret",
    "audience",
    "scope",
    "organization",
];

/// The keys, none of them required and of any type: [`check`](Self::check) says what is wrong with all of them.
#[derive(Default, Deserialize)]
#[serde(transparent)]
pub(crate) struct Settings(RawSettings);

impl Settings {
    /// The environment variable of a key.
    pub(super) fn variable(key: &str) -> String {
        variable(PREFIX, key)
    }

    pub(super) fn from_env(read: impl Fn(&str) -> Option<OsString>) -> Self {
        Self(RawSettings::from_env(PREFIX, &KEYS, read))
    }

    /// The credential, or everything that is missing or wrong; `name` is how a key is called where it was read.
    pub(crate) fn check(self, name: impl Fn(&str) -> String) -> Result<Auth0, Problems> {
        let mut reader = Reader::new(self.0, &name);
        let domain = reader.required("domain");
        let client_id = reader.required("client_id");
        let client_secret = reader.required_secret("client_secret");
        let audience = reader.optional("audience");
        let scope = reader.optional("scope");
        let organization = reader.optional("organization");
        let (Some(domain), Some(client_id), Some(client_secret)) = (domain, client_id, client_secret) else {
            return Err(reader.into_problems());
        };
        let mut auth0 = Auth0::new(domain, client_id, client_secret);
        (auth0.handle.wanted, auth0.organization) = (TokenRequest { audience, scope }, organization);
        let mut problems = reader.into_problems();
        problems.extend(auth0.problems());
        if problems.is_empty() { Ok(auth0) } else { Err(problems) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn env(variables: &[(&str, &str)]) -> Result<Auth0, Problems> {
        let read = |name: &str| {
            variables
                .iter()
                .find(|(known, _)| *known == name)
                .map(|(_, value)| OsString::from(value))
        };
        Settings::from_env(read).check(Settings::variable)
    }

    #[test]
    fn all_missing_variables_are_reported_at_once() {
        let problems = env(&[("AUTH0_CLIENT_ID", " ")]).unwrap_err();
        assert_eq!(
            problems,
            [
                "`AUTH0_DOMAIN` is missing",
                "`AUTH0_CLIENT_ID` is empty",
                "`AUTH0_CLIENT_SECRET` is missing"
            ]
        );
    }

    #[test]
    fn the_environment_is_read_whole() {
        let auth0 = env(&[
            ("AUTH0_DOMAIN", "tenant.eu.auth0.com"),
            ("AUTH0_CLIENT_ID", "id"),
            ("AUTH0_CLIENT_SECRET", "canary"),
            ("AUTH0_AUDIENCE", "https://todo"),
            ("AUTH0_SCOPE", "todo:read-write"),
            ("AUTH0_ORGANIZATION", "org_a"),
        ]);
        let debug = format!("{:?}", auth0.unwrap());
        for part in [
            "tenant.eu.auth0.com",
            "\"id\"",
            "https://todo",
            "todo:read-write",
            "org_a",
        ] {
            assert!(debug.contains(part), "{debug}");
        }
        assert!(!debug.contains("canary"), "{debug}");
    }

    #[test]
    fn a_file_with_mistakes_names_them_all() {
        let error = toml::from_str::<Auth0>(
            r#"
            domain = "not a domain"
            client_id = 7
            client_secrt = "canary"
            "#,
        )
        .unwrap_err()
        .to_string();
        for part in [
            "`client_id` is not text",
            "`client_secret` is missing",
            "there is no setting `client_secrt`",
        ] {
            assert!(error.contains(part), "{error}");
        }
    }

    #[test]
    fn a_domain_is_checked_as_it_is_read() {
        let read = |domain: &str| {
            serde_json::from_value::<Auth0>(
                serde_json::json!({"domain": domain, "client_id": "a", "client_secret": "b"}),
            )
        };
        assert!(read("tenant.eu.auth0.com").is_ok());
        assert!(read("https://tenant.eu.auth0.com/").is_ok());
        assert!(read("http://127.0.0.1:1234").is_ok());
        assert!(
            read("not a domain")
                .unwrap_err()
                .to_string()
                .contains("is not a host name")
        );
        assert!(
            read("http://tenant.eu.auth0.com")
                .unwrap_err()
                .to_string()
                .contains("plain http")
        );
    }

    #[test]
    fn an_optional_key_that_is_misspelt_is_not_ignored() {
        let keys =
            serde_json::json!({"domain": "x.auth0.com", "client_id": "a", "client_secret": "b", "audiance": "c"});
        let error = serde_json::from_value::<Auth0>(keys).unwrap_err();
        assert!(error.to_string().contains("there is no setting `audiance`"), "{error}");
    }
}
