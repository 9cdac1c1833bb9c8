//! Settings of [`Auth0`] as they are written in a file or the environment, read so that every mistake shows at once.

use std::collections::BTreeMap;
use std::ffi::OsString;

use secrecy::SecretString;
use serde::Deserialize;
use serde::de::IgnoredAny;

use super::Auth0;
use crate::credential::Problems;

/// The keys, none of them required and of any type: [`check`](Self::check) says what is wrong with all of them.
#[derive(Default, Deserialize)]
#[allow(
    clippy::zero_sized_map_values,
    reason = "serde flattens maps only, and the values may be secrets"
)]
pub(crate) struct RawSettings {
    domain: Option<Setting>,
    client_id: Option<Setting>,
    client_secret: Option<SecretSetting>,
    audience: Option<Setting>,
    scope: Option<Setting>,
    organization: Option<Setting>,
    /// Misspelt, most likely.
    #[serde(flatten)]
    unknown: BTreeMap<String, IgnoredAny>,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Setting {
    Text(String),
    Other(IgnoredAny),
}

#[derive(Deserialize)]
#[serde(untagged)]
enum SecretSetting {
    Text(SecretString),
    Other(IgnoredAny),
}

impl RawSettings {
    /// The environment variable of a key.
    pub(super) fn variable(key: &str) -> String {
        format!("AUTH0_{}", key.to_uppercase())
    }

    pub(super) fn from_env(read: impl Fn(&str) -> Option<OsString>) -> Self {
        let read = |key: &str| read(&Self::variable(key)).map(OsString::into_string);
        let text = |key: &str| read(key).map(|value| value.map_or(Setting::Other(IgnoredAny), Setting::Text));
        Self {
            domain: text("domain"),
            client_id: text("client_id"),
            client_secret: read("client_secret").map(|value| {
                value.map_or(SecretSetting::Other(IgnoredAny), |text| {
                    SecretSetting::Text(text.into())
                })
            }),
            audience: text("audience"),
            scope: text("scope"),
            organization: text("organization"),
            ..Self::default()
        }
    }

    /// The credential, or everything that is missing or wrong; `name` is how a key is called where it was read.
    pub(crate) fn check(self, name: impl Fn(&str) -> String) -> Result<Auth0, Problems> {
        let mut problems = Problems::new();
        let mut text = |key: &str, setting: Option<Setting>, required: bool| match setting {
            Some(Setting::Text(text)) if !text.trim().is_empty() => Some(text),
            Some(Setting::Text(_)) | None if !required => None,
            Some(Setting::Text(_)) => refuse(&mut problems, format!("`{}` is empty", name(key))),
            Some(Setting::Other(_)) => refuse(&mut problems, format!("`{}` is not text", name(key))),
            None => refuse(&mut problems, format!("`{}` is missing", name(key))),
        };
        let domain = text("domain", self.domain, true);
        let client_id = text("client_id", self.client_id, true);
        let audience = text("audience", self.audience, false);
        let scope = text("scope", self.scope, false);
        let organization = text("organization", self.organization, false);
        let client_secret = match self.client_secret {
            Some(SecretSetting::Text(secret)) if !is_empty(&secret) => Some(secret),
            Some(SecretSetting::Text(_)) => refuse(&mut problems, format!("`{}` is empty", name("client_secret"))),
            Some(SecretSetting::Other(_)) => refuse(&mut problems, format!("`{}` is not text", name("client_secret"))),
            None => refuse(&mut problems, format!("`{}` is missing", name("client_secret"))),
        };
        problems.extend(
            self.unknown
                .keys()
                .map(|key| format!("there is no setting `{}`", name(key))),
        );
        let (Some(domain), Some(client_id), Some(client_secret)) = (domain, client_id, client_secret) else {
            return Err(problems);
        };
        let mut auth0 = Auth0::new(domain, client_id, client_secret);
        if let Some(audience) = audience {
            auth0 = auth0.audience(audience);
        }
        if let Some(scope) = scope {
            auth0 = auth0.scope(scope);
        }
        if let Some(organization) = organization {
            auth0 = auth0.organization(organization);
        }
        problems.extend(auth0.problems());
        if problems.is_empty() { Ok(auth0) } else { Err(problems) }
    }
}

fn refuse<T>(problems: &mut Problems, problem: String) -> Option<T> {
    problems.push(problem);
    None
}

fn is_empty(secret: &SecretString) -> bool {
    secrecy::ExposeSecret::expose_secret(secret).trim().is_empty()
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
        RawSettings::from_env(read).check(RawSettings::variable)
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
