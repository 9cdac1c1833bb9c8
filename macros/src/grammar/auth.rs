//! The credentials that `auth` names by a word, and where an API key goes.

use crate::diagnostics::{nearest, one_of};

/// The words as they are written, for messages.
pub(crate) const WORDS: [&str; 6] = ["none", "auth0", "oauth2", "bearer", "basic", "api_key(X-Api-Key)"];

/// A credential of the runtime's.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum BuiltIn {
    Auth0,
    OAuth2,
    Bearer,
    Basic,
    ApiKey(KeyPlace),
}

/// Where an API key is sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum KeyPlace {
    /// The header, in lower case.
    Header(String),
    /// The name in the query.
    Query(String),
}

/// What is wrong with a word, and what to write instead.
pub(crate) type Wrong = (String, String);

impl BuiltIn {
    /// Reads a word; `None` where it is none of these.
    pub(crate) fn read(word: &str) -> Option<Result<Self, Wrong>> {
        Some(Ok(match word {
            "auth0" => Self::Auth0,
            "oauth2" => Self::OAuth2,
            "bearer" => Self::Bearer,
            "basic" => Self::Basic,
            _ => {
                let rest = word.strip_prefix("api_key")?.trim_start();
                let place = rest.strip_prefix('(').and_then(|rest| rest.strip_suffix(')'));
                return match (place, rest) {
                    (Some(place), _) => Some(KeyPlace::read(place.trim()).map(Self::ApiKey)),
                    (None, "") => Some(Err(KeyPlace::missing("nothing says where the API key goes"))),
                    (None, _) => None,
                };
            }
        }))
    }

    /// Its type's name.
    pub(crate) fn type_name(&self) -> &'static str {
        match self {
            Self::Auth0 => "Auth0",
            Self::OAuth2 => "OAuth2",
            Self::Bearer => "Bearer",
            Self::Basic => "Basic",
            Self::ApiKey(_) => "ApiKey",
        }
    }

    /// The word.
    pub(crate) fn name(&self) -> &'static str {
        match self {
            Self::Auth0 => "auth0",
            Self::OAuth2 => "oauth2",
            Self::Bearer => "bearer",
            Self::Basic => "basic",
            Self::ApiKey(_) => "api_key",
        }
    }

    /// Whether each request carries the same, so that nothing is newer after a 401.
    pub(crate) fn is_fixed(&self) -> bool {
        matches!(self, Self::Basic | Self::ApiKey(_))
    }

    /// Whether tokens are asked for, for an audience and with scopes.
    pub(crate) fn asks_for_tokens(&self) -> bool {
        matches!(self, Self::Auth0 | Self::OAuth2)
    }
}

impl KeyPlace {
    fn read(place: &str) -> Result<Self, Wrong> {
        let Some((kind, name)) = place.split_once(':') else {
            return Self::header(place);
        };
        let name = name.trim();
        match kind.trim() {
            "query" if name.is_empty() => Err(Self::missing("the API key has no name in the query")),
            "query" => match name.chars().find(|c| !matches!(c, '!'..='~')) {
                None => Ok(Self::Query(name.to_owned())),
                Some(c) => Err((
                    format!("the name `{name}` in the query has `{}`", c.escape_debug()),
                    "write a name such as `query: key`".to_owned(),
                )),
            },
            "header" => Self::header(name),
            other => Err((
                format!("an API key does not go into `{other}`"),
                format!("write the header alone, as `api_key(X-Api-Key)`, or `api_key(query: {name})`"),
            )),
        }
    }

    fn header(name: &str) -> Result<Self, Wrong> {
        if name.is_empty() {
            return Err(Self::missing("the API key has no header"));
        }
        let lower = name.to_ascii_lowercase();
        if ["content-length", "host", "transfer-encoding"].contains(&&*lower) {
            let instead = "write the header that the API reads the key from, as `api_key(X-Api-Key)`".to_owned();
            return Err((format!("`{name}` is set by the client"), instead));
        }
        match super::http::stray(name) {
            None => Ok(Self::Header(lower)),
            Some(c) => Err((
                format!("`{name}` is not a header name: it has `{}`", c.escape_debug()),
                "write a name such as `api_key(X-Api-Key)`, or `api_key(query: key)` for the query".to_owned(),
            )),
        }
    }

    fn missing(what: &str) -> Wrong {
        let instead = "write the header, as `api_key(X-Api-Key)`, or `api_key(query: key)` for the query";
        (what.to_owned(), instead.to_owned())
    }
}

/// The words that may be meant by one that is none.
pub(crate) fn known(word: &str) -> String {
    match nearest(word, &WORDS) {
        // One letter more or less is another protocol.
        Some("auth0") if word.starts_with("oauth") => one_of("", &WORDS),
        Some(_) if word.starts_with("oauth1") => one_of("", &WORDS),
        _ => one_of(word, &WORDS),
    }
}

/// The word that this is but for its capitals.
pub(crate) fn but_for_capitals(word: &str) -> Option<&'static str> {
    let spelt = |known: &&str| known.split('(').next().unwrap_or_default().replace('_', "");
    WORDS.into_iter().find(|known| spelt(known).eq_ignore_ascii_case(word))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn place(word: &str) -> Result<KeyPlace, Wrong> {
        match BuiltIn::read(word).expect(word)? {
            BuiltIn::ApiKey(place) => Ok(place),
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn a_key_goes_into_a_header_or_the_query() {
        let header = |name: &str| Ok(KeyPlace::Header(name.to_owned()));
        assert_eq!(place("api_key(X-Api-Key)"), header("x-api-key"));
        assert_eq!(place("api_key ( header: X-Key )"), header("x-key"));
        assert_eq!(place("api_key(Authorization)"), header("authorization"));
        assert_eq!(place("api_key(query: key)"), Ok(KeyPlace::Query("key".to_owned())));
        assert_eq!(
            place("api_key(query:api[key])"),
            Ok(KeyPlace::Query("api[key]".to_owned()))
        );
    }

    #[test]
    fn what_is_no_place_says_what_to_write() {
        for (word, what) in [
            ("api_key", "nothing says where the API key goes"),
            ("api_key()", "the API key has no header"),
            ("api_key(query:)", "the API key has no name in the query"),
            ("api_key(X Key)", "`X Key` is not a header name: it has ` `"),
            ("api_key(Host)", "`Host` is set by the client"),
            ("api_key(cookie: key)", "an API key does not go into `cookie`"),
            ("api_key(query: a b)", "the name `a b` in the query has ` `"),
        ] {
            assert_eq!(place(word).expect_err(word).0, what);
        }
        assert_eq!(BuiltIn::read("api_keys(X)"), None);
        assert_eq!(BuiltIn::read("kerberos"), None);
    }

    #[test]
    fn a_type_is_known_for_the_word_that_is_meant() {
        assert_eq!(but_for_capitals("OAuth2"), Some("oauth2"));
        assert_eq!(but_for_capitals("ApiKey"), Some("api_key(X-Api-Key)"));
        assert_eq!(but_for_capitals("Signed"), None);
    }
}
