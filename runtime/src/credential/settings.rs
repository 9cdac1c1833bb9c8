//! Settings of a credential as they are written in a file or the environment, read so that every mistake shows at once.

use std::collections::BTreeMap;
use std::ffi::OsString;

use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;
use serde::de::IgnoredAny;

use super::Problems;

/// Keys with values of any type, all of which may be secret; a [`Reader`] says what is wrong with them.
#[derive(Default, Deserialize)]
#[serde(try_from = "Raw")]
pub(crate) struct RawSettings(BTreeMap<String, Value>);

/// So that no error of serde's quotes what stands in the place of a table: it may be a secret.
#[derive(Deserialize)]
#[serde(untagged)]
enum Raw {
    Table(BTreeMap<String, Value>),
    Other(IgnoredAny),
}

impl TryFrom<Raw> for RawSettings {
    type Error = &'static str;

    fn try_from(raw: Raw) -> Result<Self, Self::Error> {
        match raw {
            Raw::Table(table) => Ok(Self(table)),
            Raw::Other(IgnoredAny) => Err("it is not a table of settings"),
        }
    }
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Value {
    Text(SecretString),
    Texts(Vec<SecretString>),
    Table(BTreeMap<String, SecretString>),
    Other(IgnoredAny),
}

/// What an environment variable holds.
pub(super) fn environment(variable: &str) -> Option<OsString> {
    std::env::var_os(variable)
}

/// A secret that is an environment variable of its own.
pub(super) fn secret_from_env(variable: &str) -> Result<SecretString, Problems> {
    let name = |_: &str| variable.to_owned();
    let mut reader = Reader::new(RawSettings::from_pairs([("", environment(variable))]), &name);
    reader.required_secret("").ok_or_else(|| reader.into_problems())
}

impl RawSettings {
    /// From variables such as `AUTH0_CLIENT_ID`, read by `read`, for those of the keys that are set.
    pub(super) fn from_env(prefix: &str, keys: &[&'static str], read: impl Fn(&str) -> Option<OsString>) -> Self {
        Self::from_pairs(keys.iter().map(|key| (*key, read(&variable(prefix, key)))))
    }

    pub(super) fn from_pairs(pairs: impl IntoIterator<Item = (&'static str, Option<OsString>)>) -> Self {
        let value = |value: OsString| match value.into_string() {
            Ok(text) => Value::Text(text.into()),
            Err(_) => Value::Other(IgnoredAny),
        };
        let pairs = pairs.into_iter();
        Self(
            pairs
                .filter_map(|(key, found)| Some((key.to_owned(), value(found?))))
                .collect(),
        )
    }
}

/// The environment variable of a key.
pub(super) fn variable(prefix: &str, key: &str) -> String {
    format!("{prefix}_{}", key.to_uppercase())
}

/// Takes one key after another out of some settings, and keeps what is wrong with them.
pub(super) struct Reader<'a> {
    raw: RawSettings,
    /// How a key is called where it was read.
    name: &'a dyn Fn(&str) -> String,
    problems: Problems,
}

impl<'a> Reader<'a> {
    pub(super) fn new(raw: RawSettings, name: &'a dyn Fn(&str) -> String) -> Self {
        Self {
            raw,
            name,
            problems: Problems::new(),
        }
    }

    pub(super) fn required(&mut self, key: &str) -> Option<String> {
        self.required_secret(key).map(|text| text.expose_secret().to_owned())
    }

    pub(super) fn optional(&mut self, key: &str) -> Option<String> {
        self.optional_secret(key).map(|text| text.expose_secret().to_owned())
    }

    pub(super) fn required_secret(&mut self, key: &str) -> Option<SecretString> {
        match self.raw.0.remove(key) {
            Some(Value::Text(text)) if is_empty(&text) => self.refuse(key, "is empty"),
            Some(Value::Text(text)) => Some(text),
            Some(_) => self.refuse(key, "is not text"),
            None => self.refuse(key, "is missing"),
        }
    }

    pub(super) fn optional_secret(&mut self, key: &str) -> Option<SecretString> {
        match self.raw.0.remove(key)? {
            Value::Text(text) => Some(text).filter(|text| !is_empty(text)),
            _ => self.refuse(key, "is not text"),
        }
    }

    /// One text, or a list of them.
    pub(super) fn list(&mut self, key: &str) -> Vec<String> {
        let texts = match self.raw.0.remove(key) {
            None => Vec::new(),
            Some(Value::Text(text)) => vec![text],
            Some(Value::Texts(texts)) => texts,
            Some(_) => self
                .refuse(key, "is neither text nor a list of texts")
                .unwrap_or_default(),
        };
        let texts = texts.iter().map(|text| text.expose_secret().to_owned());
        texts.filter(|text| !text.trim().is_empty()).collect()
    }

    /// Names and texts.
    pub(super) fn table(&mut self, key: &str) -> Vec<(String, String)> {
        let table = match self.raw.0.remove(key) {
            None => BTreeMap::new(),
            Some(Value::Table(table)) => table,
            Some(_) => self.refuse(key, "is not a table of texts").unwrap_or_default(),
        };
        let text = |text: SecretString| text.expose_secret().to_owned();
        table.into_iter().map(|(name, value)| (name, text(value))).collect()
    }

    fn refuse<T>(&mut self, key: &str, problem: &str) -> Option<T> {
        self.problem(format!("`{}` {problem}", (self.name)(key)));
        None
    }

    pub(super) fn problem(&mut self, problem: String) {
        self.problems.push(problem);
    }

    /// Everything found; what was not taken is misspelt, most likely.
    pub(super) fn rest(&mut self) -> Problems {
        let unknown = std::mem::take(&mut self.raw.0).into_keys();
        let unknown = unknown.map(|key| format!("there is no setting `{}`", (self.name)(&key)));
        self.problems.extend(unknown);
        self.problems.clone()
    }

    pub(super) fn into_problems(mut self) -> Problems {
        self.rest()
    }
}

fn is_empty(secret: &SecretString) -> bool {
    secret.expose_secret().trim().is_empty()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_variable_is_that_of_the_environment() {
        assert!(environment("PATH").is_some());
        assert_eq!(environment("PATH"), std::env::var_os("PATH"));
    }
}
