//! Settings from a file: where the API is, and the credential for it.

use std::collections::BTreeMap;

use serde::de::IgnoredAny;
use serde::{Deserialize, Deserializer};

use crate::base_url::BaseUrl;
use crate::credential::{Auth0, Problems, Settings};

/// What a client is built from, read from any serde source (TOML, JSON, the `config` crate): an `[auth0]` section with
/// the keys of [`Auth0`], and an `[api]` section with its `base_url`.
///
/// Everything that is missing or wrong in both sections is in the error, by name.
///
/// ```
/// # use reauth::{api_client, Result};
/// #[api_client(auth = "auth0")]
/// pub trait TodoApi {
///     #[get("/todo")]
///     async fn todos(&self) -> Result<Vec<String>>;
/// }
///
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let settings: reauth::Auth0Settings = toml::from_str(r#"
///     [auth0]
///     domain = "tenant.eu.auth0.com"
///     client_id = "…"
///     client_secret = "…"
///     audience = "https://todo.example.com"
///
///     [api]
///     base_url = "https://todo.example.com"
/// "#)?;
/// let api = TodoApiClient::new(settings.base_url, settings.auth0)?;
/// # Ok(()) }
/// ```
///
/// For settings of another shape, put [`Auth0`] and [`BaseUrl`] into a struct of yours.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Auth0Settings {
    /// Where the API is.
    pub base_url: BaseUrl,
    /// The credential for it.
    pub auth0: Auth0,
}

#[derive(Deserialize)]
struct RawSections {
    #[serde(default)]
    auth0: Settings,
    #[serde(default)]
    api: RawApi,
}

#[derive(Default, Deserialize)]
#[allow(clippy::zero_sized_map_values, reason = "serde flattens maps only")]
struct RawApi {
    base_url: Option<String>,
    /// Misspelt, most likely.
    #[serde(flatten)]
    unknown: BTreeMap<String, IgnoredAny>,
}

impl RawSections {
    fn check(self) -> Result<Auth0Settings, Problems> {
        let unknown: Problems = self
            .api
            .unknown
            .keys()
            .map(|key| format!("there is no setting `api.{key}`"))
            .collect();
        let base_url = match self.api.base_url {
            _ if !unknown.is_empty() => Err(unknown),
            Some(text) => text.parse().map_err(|error| vec![format!("`api.base_url`: {error}")]),
            None => Err(vec!["`api.base_url` is missing".to_owned()]),
        };
        match (base_url, self.auth0.check(|key| format!("auth0.{key}"))) {
            (Ok(base_url), Ok(auth0)) => Ok(Auth0Settings { base_url, auth0 }),
            (base_url, auth0) => Err([auth0.err(), base_url.err()].into_iter().flatten().flatten().collect()),
        }
    }
}

impl<'de> Deserialize<'de> for Auth0Settings {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let sections = RawSections::deserialize(deserializer)?;
        sections
            .check()
            .map_err(|problems| serde::de::Error::custom(problems.join("; ")))
    }
}

#[cfg(test)]
mod fuzz;
#[cfg(test)]
mod tests {
    use super::*;

    /// `toml` prints the line that it could not read; ours are errors of a whole section.
    #[test]
    fn s08_an_error_in_toml_does_not_show_the_line() {
        for text in [
            r#"auth0 = { domain = "x.auth0.com", client_secret = "canary" }"#,
            "[auth0]\nclient_secret = \"canary\"\n",
            "auth0.client_secret = \"canary\"",
            "auth0 = { client_id = 7, client_secret = \"canary\" }\napi = 3",
        ] {
            let error = toml::from_str::<Auth0Settings>(text).unwrap_err().to_string();
            assert!(!error.contains("canary"), "{error}");
        }
    }

    #[test]
    fn toml_and_json_give_the_same() {
        let toml: Auth0Settings = toml::from_str(
            r#"
            [auth0]
            domain = "tenant.eu.auth0.com"
            client_id = "id"
            client_secret = "secret"
            [api]
            base_url = "https://todo.example.com/v1"
            "#,
        )
        .unwrap();
        let json: Auth0Settings = serde_json::from_str(
            r#"{
                "auth0": {"domain": "tenant.eu.auth0.com", "client_id": "id", "client_secret": "secret"},
                "api": {"base_url": "https://todo.example.com/v1"}
            }"#,
        )
        .unwrap();
        assert_eq!(toml.base_url, json.base_url);
        assert_eq!(format!("{:?}", toml.auth0), format!("{:?}", json.auth0));
    }

    #[test]
    fn everything_that_is_missing_or_wrong_is_reported_at_once() {
        let error =
            toml::from_str::<Auth0Settings>("[auth0]\nclient_id = \"id\"\n[api]\nbase_url = \"todo\"").unwrap_err();
        let error = error.to_string();
        for part in [
            "`auth0.domain` is missing",
            "`auth0.client_secret` is missing",
            "`api.base_url`: the base URL `todo` is not an absolute URL",
        ] {
            assert!(error.contains(part), "{error}");
        }
        let error = serde_json::from_str::<Auth0Settings>("{}").unwrap_err().to_string();
        assert!(error.contains("`auth0.client_id` is missing") && error.contains("`api.base_url` is missing"));
    }
}
