//! Where an API is: the URL that every endpoint's path is put behind.

use std::net::IpAddr;
use std::str::FromStr;

use reqwest::Url;
use serde::{Deserialize, Deserializer};

/// How long a path is that a request's URL has room for from the start, in bytes.
const USUAL_PATH: usize = 64;

/// The URL that the paths of an API's endpoints are put behind; it keeps its own path.
///
/// `https://x/v1` and `/todo` make `https://x/v1/todo`, with or without a slash at the end. A generated client takes
/// it as text; this type is for settings of yours, where a mistake should show as they are read.
///
/// ```
/// use reauth::BaseUrl;
///
/// let url: BaseUrl = "https://todo.example.com/v1".parse().unwrap();
/// assert_eq!(url.to_string(), "https://todo.example.com/v1");
///
/// let error = "todo.example.com".parse::<BaseUrl>().unwrap_err();
/// assert!(error.to_string().contains("write it as in `https://todo.example.com`"));
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BaseUrl(Url);

/// Why a text is no base URL.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the base URL {0}")]
pub struct InvalidBaseUrl(String);

impl InvalidBaseUrl {
    /// The same of another URL, which `what` names.
    pub(crate) fn about(&self, what: &str) -> String {
        format!("{what} {}", self.0)
    }
}

impl BaseUrl {
    pub(crate) fn as_url(&self) -> &Url {
        &self.0
    }

    /// A URL of the same origin whose clones have room for a path of usual length: each call sets one, and would make
    /// the clone's text grow otherwise, which is a second allocation and a copy of what is there.
    pub(crate) fn with_room(&self) -> Url {
        let mut url = self.0.clone();
        url.set_path(&"-".repeat(USUAL_PATH));
        url
    }

    /// What an endpoint's path, which begins with a slash, is appended to.
    pub(crate) fn path_prefix(&self) -> &str {
        self.0.path().trim_end_matches('/')
    }

    fn is_https(&self) -> bool {
        self.0.scheme() == "https"
    }

    /// S1: credentials travel over https only; plain http is for loopback, or where the user said so.
    pub(crate) fn check_security(&self, allow_http: bool, what: &str) -> Result<(), String> {
        if self.is_https() || self.is_loopback() || allow_http {
            return Ok(());
        }
        Err(format!(
            "{what} `{self}` would carry credentials over plain http: write `https://`, or call `allow_http()` if the \
             network between is yours"
        ))
    }

    /// Whether it names this machine: `localhost`, 127.0.0.0/8 or `::1`.
    pub(crate) fn is_loopback(&self) -> bool {
        let Some(host) = self.0.host_str() else { return false };
        let address = host.trim_start_matches('[').trim_end_matches(']');
        host == "localhost" || address.parse::<IpAddr>().is_ok_and(|address| address.is_loopback())
    }
}

impl FromStr for BaseUrl {
    type Err = InvalidBaseUrl;

    fn from_str(text: &str) -> Result<Self, InvalidBaseUrl> {
        let invalid = |problem: String| Err(InvalidBaseUrl(problem));
        // What stands before an `@` may be a password, and is not repeated.
        let shown = if text.contains('@') {
            "(with an `@`, so not shown)"
        } else {
            text
        };
        let url = match Url::parse(text) {
            Ok(url) => url,
            Err(error) => {
                let is_host = !text.is_empty() && !text.contains("://") && !text.contains('@');
                let host = if is_host { text } else { "api.example.com" };
                return invalid(format!(
                    "`{shown}` is not an absolute URL ({error}): write it as in `https://{host}`"
                ));
            }
        };
        if !url.username().is_empty() || url.password().is_some() {
            return invalid("has a user name or password in it: give the client a credential instead".to_owned());
        }
        if !matches!(url.scheme(), "http" | "https") || url.host_str().is_none() {
            return invalid(format!(
                "`{shown}` is not an http or https URL: write it as in `https://api.example.com`"
            ));
        }
        if url.query().is_some() || url.fragment().is_some() {
            return invalid(
                "has a query or fragment: write it without, and give each endpoint its `#[query]`".to_owned(),
            );
        }
        Ok(Self(url))
    }
}

impl AsRef<str> for BaseUrl {
    fn as_ref(&self) -> &str {
        self.0.as_str()
    }
}

impl std::fmt::Display for BaseUrl {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.0.as_str())
    }
}

impl<'de> Deserialize<'de> for BaseUrl {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?
            .parse()
            .map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod fuzz;
#[cfg(test)]
mod tests {
    use super::*;

    fn problem(text: &str) -> String {
        text.parse::<BaseUrl>().unwrap_err().to_string()
    }

    #[test]
    fn a_path_is_kept_with_or_without_a_slash_at_the_end() {
        let prefix = |text: &str| text.parse::<BaseUrl>().unwrap().path_prefix().to_owned();
        assert_eq!(prefix("https://x"), "");
        assert_eq!(prefix("https://x/"), "");
        assert_eq!(prefix("https://x/v1"), "/v1");
        assert_eq!(prefix("https://x/v1/"), "/v1");
    }

    #[test]
    fn p03_a_path_is_set_without_a_second_allocation() {
        let base: BaseUrl = "https://x/v1".parse().unwrap();
        let template = base.with_room();
        assert_eq!(template.origin(), base.as_url().origin());
        let mut url = None;
        let allocated = allocation_counter::measure(|| url.insert(template.clone()).set_path("/v1/todo/42"));
        assert_eq!(url.unwrap().as_str(), "https://x/v1/todo/42");
        assert_eq!(allocated.count_total, 1);
    }

    #[test]
    fn what_is_no_base_url_says_what_to_write() {
        assert!(problem("todo.example.com").contains("write it as in `https://todo.example.com`"));
        assert!(problem("").contains("is not an absolute URL"));
        assert!(problem("localhost:8080").contains("is not an http or https URL"));
        assert!(problem("ftp://x").contains("is not an http or https URL"));
        assert!(problem("https://x/?a=b").contains("query"));
        assert!(problem("https://x/#a").contains("fragment"));
        assert!(problem("https://").contains("as in `https://api.example.com`"));
        assert!("https://x/@scope".parse::<BaseUrl>().is_ok());
        for text in ["https://user:canary@x", "https://user:canary@x:99999", "user:canary@x"] {
            let problem = problem(text);
            assert!(!problem.contains("canary"), "{problem}");
        }
    }

    #[test]
    fn s01_loopback_is_this_machine_only() {
        let loopback = |text: &str| text.parse::<BaseUrl>().unwrap().is_loopback();
        for here in [
            "http://localhost:1",
            "http://127.0.0.1",
            "http://127.8.8.8:80",
            "http://[::1]:8080",
        ] {
            assert!(loopback(here), "{here}");
        }
        for elsewhere in [
            "http://10.0.0.1",
            "http://localhost.example.com",
            "http://127.0.0.1.example.com",
            "http://0.0.0.0",
        ] {
            assert!(!loopback(elsewhere), "{elsewhere}");
        }
    }
}
