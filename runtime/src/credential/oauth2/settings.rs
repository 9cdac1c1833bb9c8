//! Settings of [`OAuth2`] as they are written in a file or the environment.

use std::ffi::OsString;
use std::sync::Arc;

use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;

use super::OAuth2;
use crate::credential::dpop::Dpop;
use crate::credential::exchange::ClientAuthentication;
use crate::credential::settings::{RawSettings, Reader, variable};
use crate::credential::signing::PrivateKey;
use crate::credential::{Problems, TokenRequest};

const PREFIX: &str = "OAUTH2";
const KEYS: [&str; 13] = [
    "token_url",
    "issuer",
    "client_id",
    "client_secret",
    "client_authentication",
    "private_key",
    "key_id",
    "assertion_audience",
    "audience",
    "scope",
    "resource",
    "refresh_token",
    "dpop_private_key",
];

/// The keys, none of them required and of any type: [`check`](Self::check) says what is wrong with all of them.
#[derive(Default, Deserialize)]
#[serde(transparent)]
pub(super) struct Settings(RawSettings);

impl Settings {
    /// The environment variable of a key.
    pub(super) fn variable(key: &str) -> String {
        variable(PREFIX, key)
    }

    pub(super) fn from_env(read: impl Fn(&str) -> Option<OsString>) -> Self {
        Self(RawSettings::from_env(PREFIX, &KEYS, read))
    }

    /// The credential, or everything that is missing or wrong; `name` is how a key is called where it was read.
    pub(super) fn check(self, name: impl Fn(&str) -> String) -> Result<OAuth2, Problems> {
        let mut reader = Reader::new(self.0, &name);
        let server = match (reader.optional("token_url"), reader.optional("issuer")) {
            (Some(url), None) => Some(super::Server::TokenUrl(url)),
            (None, Some(issuer)) => Some(super::Server::Issuer(issuer)),
            (None, None) => {
                reader.problem(format!("`{}` or `{}` is missing", name("token_url"), name("issuer")));
                None
            }
            (Some(_), Some(_)) => {
                let both = (name("token_url"), name("issuer"));
                reader.problem(format!("both `{}` and `{}` are set: remove one", both.0, both.1));
                None
            }
        };
        let client_id = reader.required("client_id");
        let authentication = authentication(&mut reader, &name);
        let assertion_audience = reader.optional("assertion_audience");
        let audience = reader.optional("audience");
        let scope = reader.optional("scope");
        let resources = reader.list("resource");
        let refresh_token = reader.optional_secret("refresh_token");
        let dpop_key = reader.optional_secret("dpop_private_key");
        let dpop_key = dpop_key.and_then(|pem| private_key(&mut reader, "dpop_private_key", &name, &pem, None));
        let parameters = reader.table("parameters");
        let mut problems = reader.into_problems();
        let (Some(server), Some(client_id), Some(authentication)) = (server, client_id, authentication) else {
            return Err(problems);
        };
        let mut oauth2 = OAuth2::of(server, client_id, authentication);
        oauth2.handle.wanted = TokenRequest { audience, scope };
        oauth2.client.assertion_audience = assertion_audience;
        let resources = resources.into_iter().map(|resource| ("resource".to_owned(), resource));
        oauth2.parameters = resources.chain(parameters).collect();
        oauth2.dpop = dpop_key.map(|key| Arc::new(Dpop::new(key)));
        if let Some(token) = refresh_token {
            oauth2 = oauth2.refresh_token(token);
        }
        problems.extend(oauth2.problems());
        if problems.is_empty() { Ok(oauth2) } else { Err(problems) }
    }
}

/// A secret, a key, or neither: one of them, and as `client_authentication` says.
fn authentication(reader: &mut Reader<'_>, name: &impl Fn(&str) -> String) -> Option<ClientAuthentication> {
    let method = reader.optional("client_authentication");
    let secret = reader.optional_secret("client_secret");
    let key = reader.optional_secret("private_key");
    let key_id = reader.optional("key_id");
    let is_public = method.as_deref() == Some("none");
    match (secret, key) {
        (Some(_), Some(_)) => {
            let both = (name("client_secret"), name("private_key"));
            reader.problem(format!("both `{}` and `{}` are set: remove one", both.0, both.1));
            None
        }
        (None, Some(key)) => {
            private_key(reader, "private_key", name, &key, key_id).map(ClientAuthentication::private_key)
        }
        (Some(secret), None) => match method.as_deref() {
            None => Some(secret.into()),
            Some("basic") => Some(ClientAuthentication::basic(secret)),
            Some("post") => Some(ClientAuthentication::post(secret)),
            Some(_) => {
                let key = name("client_authentication");
                reader.problem(format!("`{key}` is neither `basic` nor `post`"));
                None
            }
        },
        (None, None) if is_public => Some(ClientAuthentication::none()),
        (None, None) => {
            let keys = ["client_secret", "private_key", "client_authentication"].map(name);
            let [secret, key, method] = keys;
            reader.problem(format!(
                "`{secret}` or `{key}` is missing; a client that has neither says so, by `{method}` as `none`"
            ));
            None
        }
    }
}

fn private_key(
    reader: &mut Reader<'_>,
    key: &str,
    name: &impl Fn(&str) -> String,
    pem: &SecretString,
    id: Option<String>,
) -> Option<PrivateKey> {
    let problem = |problem| reader.problem(format!("`{}` cannot be used: {problem}", name(key)));
    PrivateKey::read(pem.expose_secret(), id).map_err(problem).ok()
}

#[cfg(test)]
mod fuzz;
#[cfg(test)]
mod tests {
    use super::*;

    fn env(variables: &[(&str, &str)]) -> Result<OAuth2, Problems> {
        let read = |name: &str| {
            let variable = variables.iter().find(|(known, _)| *known == name);
            variable.map(|(_, value)| OsString::from(value))
        };
        Settings::from_env(read).check(Settings::variable)
    }

    #[test]
    fn all_missing_variables_are_reported_at_once() {
        assert_eq!(
            env(&[]).unwrap_err(),
            [
                "`OAUTH2_TOKEN_URL` or `OAUTH2_ISSUER` is missing",
                "`OAUTH2_CLIENT_ID` is missing",
                "`OAUTH2_CLIENT_SECRET` or `OAUTH2_PRIVATE_KEY` is missing; a client that has neither says so, by \
                 `OAUTH2_CLIENT_AUTHENTICATION` as `none`"
            ]
        );
    }

    #[test]
    fn s08_a_password_in_the_token_url_is_not_repeated_whatever_is_in_it() {
        for url in [
            "https://user:canary@x.example/token",
            "https://user:canary?1@x.example/token",
            "https://user:canary#?1@x.example/token",
            "user:canary?1@x.example",
        ] {
            let variables = [
                ("OAUTH2_TOKEN_URL", url),
                ("OAUTH2_CLIENT_ID", "id"),
                ("OAUTH2_CLIENT_SECRET", "secret"),
            ];
            let problems = env(&variables).unwrap_err().join("; ");
            assert!(
                problems.starts_with("the token URL") && !problems.contains("canary"),
                "{problems}"
            );
        }
    }

    #[test]
    fn the_environment_is_read_whole() {
        let oauth2 = env(&[
            ("OAUTH2_ISSUER", "https://login.example.com"),
            ("OAUTH2_CLIENT_ID", "id"),
            ("OAUTH2_CLIENT_SECRET", "canary"),
            ("OAUTH2_CLIENT_AUTHENTICATION", "post"),
            ("OAUTH2_SCOPE", "read"),
            ("OAUTH2_RESOURCE", "https://api.example.com"),
            ("OAUTH2_REFRESH_TOKEN", "canary"),
        ]);
        let debug = format!("{:?}", oauth2.unwrap());
        for part in [
            "https://login.example.com",
            "client_secret_post",
            "has_refresh_token: true",
            "\"read\"",
            "\"resource\"",
        ] {
            assert!(debug.contains(part), "{debug}");
        }
        assert!(!debug.contains("canary"), "{debug}");
    }

    #[test]
    fn how_a_client_proves_itself_is_written_by_name() {
        let with = |method: &str, secret: bool| {
            let mut settings = serde_json::json!({
                "token_url": "https://x.example/token", "client_id": "a", "client_authentication": method,
            });
            if secret {
                settings["client_secret"] = "canary".into();
            }
            let oauth2 = serde_json::from_value::<OAuth2>(settings).map_err(|error| error.to_string());
            oauth2.map(|oauth2| format!("{:?}", oauth2.client.authentication))
        };
        assert_eq!(with("none", false).as_deref(), Ok("none"));
        assert_eq!(with("basic", true).as_deref(), Ok("client_secret_basic"));
        assert_eq!(with("post", true).as_deref(), Ok("client_secret_post"));
        let neither = with("Basic", true).unwrap_err();
        assert!(
            neither.contains("`client_authentication` is neither `basic` nor `post`"),
            "{neither}"
        );
        let missing = with("basic", false).unwrap_err();
        assert!(
            missing.contains("`client_secret` or `private_key` is missing"),
            "{missing}"
        );
    }

    #[test]
    fn a_file_with_mistakes_names_them_all() {
        let error = toml::from_str::<OAuth2>(
            r#"
            token_url = "https://login.example.com/token"
            issuer = "https://login.example.com"
            client_id = 7
            client_secret = "canary"
            private_key = "canary"
            resource = 1
            parameters = "x"
            dpop_private_key = "canary"
            scop = "read"
            "#,
        )
        .unwrap_err()
        .to_string();
        for part in [
            "both `token_url` and `issuer` are set",
            "`client_id` is not text",
            "both `client_secret` and `private_key` are set",
            "`resource` is neither text nor a list of texts",
            "`parameters` is not a table of texts",
            "`dpop_private_key` cannot be used",
            "there is no setting `scop`",
        ] {
            assert!(error.contains(part), "{error}");
        }
        assert!(!error.contains("canary"), "{error}");
    }

    #[test]
    fn s01_settings_are_checked_as_they_are_read() {
        let read = |token_url: &str, parameter: &str| {
            serde_json::from_value::<OAuth2>(serde_json::json!({
                "token_url": token_url, "client_id": "a", "client_secret": "b", "parameters": {parameter: "c"},
            }))
            .map_err(|error| error.to_string())
        };
        assert!(read("https://x.example/token?p=policy", "tenant").is_ok());
        assert!(read("http://127.0.0.1:1/token", "tenant").is_ok());
        for (token_url, parameter, problem) in [
            ("http://x.example/token", "tenant", "plain http"),
            ("x.example", "tenant", "the token URL"),
            (
                "https://x.example/token",
                "grant_type",
                "`grant_type` cannot be a parameter",
            ),
        ] {
            assert!(read(token_url, parameter).unwrap_err().contains(problem), "{token_url}");
        }
    }
}
