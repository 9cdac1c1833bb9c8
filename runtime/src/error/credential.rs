//! Blots the credential of a request out of what the server said, where it repeats it: as it is, or as JSON may spell it.
//! PHP writes `\/` for the slash of a token, .NET `\u002B` for its plus.
//!
//! A short secret is part of words by chance, and what is missing of a word tells what it was: a text in which one is found
//! is left out as a whole.

use std::sync::Arc;

use bytes::Bytes;
use http::{HeaderMap, HeaderValue};
use zeroize::Zeroizing;

use super::{DecodeError, Kind};

const BLOT: &[u8] = b"[credential]";
/// In place of a whole text.
const LEFT_OUT: &[u8] = b"[left out: the credential is too short to be sought in this text]";
/// A secret with fewer bytes than this would be known by the gaps that it leaves.
const SHORTEST: usize = 8;

/// What a request carried that is not to be repeated: cheap to clone.
#[derive(Clone)]
pub(crate) enum Carried {
    /// An `Authorization`, of which the scheme is no secret.
    Authorization(HeaderValue),
    /// Any of these texts.
    Secrets(Arc<[Secret]>),
}

/// A text that is wiped when dropped.
pub(crate) type Secret = Zeroizing<Vec<u8>>;

impl Carried {
    /// Each of these; a secret that is empty says nothing.
    pub(crate) fn secrets<T: Into<Vec<u8>>>(secrets: impl IntoIterator<Item = T>) -> Self {
        let secrets = secrets.into_iter().map(|secret| Zeroizing::new(secret.into()));
        Self::Secrets(secrets.filter(|secret| !secret.is_empty()).collect())
    }
}

impl std::fmt::Debug for Carried {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Carried")
    }
}

/// What is blotted out: the secrets that a request carried.
pub(crate) struct Credential<'a>(Vec<&'a [u8]>);

impl<'a> Credential<'a> {
    pub(crate) fn of(carried: Option<&'a Carried>) -> Self {
        Self(match carried {
            None => Vec::new(),
            Some(Carried::Authorization(line)) => vec![after_scheme(line.as_bytes())],
            Some(Carried::Secrets(secrets)) => {
                let mut secrets: Vec<_> = secrets.iter().map(|secret| &***secret).collect();
                // One may be a part of another: the longest goes first.
                secrets.sort_by_key(|secret| std::cmp::Reverse(secret.len()));
                secrets
            }
        })
    }

    pub(crate) fn blotted_from(&self, body: Bytes) -> Bytes {
        if self.is_in(&body) {
            self.blot(&body).into()
        } else {
            body
        }
    }

    pub(crate) fn blotted_from_headers(&self, headers: &HeaderMap) -> HeaderMap {
        let mut headers = headers.clone();
        for value in headers.values_mut().filter(|value| self.is_in(value.as_bytes())) {
            *value = HeaderValue::from_bytes(&self.blot(value.as_bytes())).unwrap_or(HeaderValue::from_static(""));
        }
        headers
    }

    /// What decoding complains of may be the credential too, and what a layer fails with.
    pub(crate) fn blotted_from_kind(&self, kind: Kind) -> Kind {
        match kind {
            Kind::Decode(error) if self.is_in(error.to_string().as_bytes()) => {
                let told = String::from_utf8_lossy(&self.blot(error.to_string().as_bytes())).into_owned();
                Kind::Decode(DecodeError::custom(told))
            }
            Kind::Send { server, error } => {
                let blotted = |text: &str| {
                    let text = text.as_bytes();
                    let is_in = self.is_in(text);
                    is_in.then(|| String::from_utf8_lossy(&self.blot(text)).into_owned())
                };
                Kind::Send {
                    server,
                    error: error.blotted(blotted),
                }
            }
            kind => kind,
        }
    }

    fn is_in(&self, text: &[u8]) -> bool {
        self.find(text).is_some()
    }

    /// Of a text with a secret in it, what may be told.
    fn blot(&self, text: &[u8]) -> Vec<u8> {
        let short = self.0.iter().filter(|secret| secret.len() < SHORTEST);
        if Self(short.copied().collect()).is_in(text) {
            return LEFT_OUT.to_vec();
        }
        let mut clean = Vec::with_capacity(text.len());
        let mut rest = text;
        while let Some((before, after)) = self.find(rest) {
            clean.extend_from_slice(before);
            clean.extend_from_slice(BLOT);
            rest = after;
        }
        clean.extend_from_slice(rest);
        clean
    }

    /// What stands before the first secret in a text, and what behind it.
    fn find<'t>(&self, text: &'t [u8]) -> Option<(&'t [u8], &'t [u8])> {
        let mut start = 0;
        while let Some(rest) = text.get(start..).filter(|rest| !rest.is_empty()) {
            let mut secrets = self.0.iter().filter(|secret| !secret.is_empty());
            let after = secrets.find_map(|secret| rest.strip_prefix(*secret).or_else(|| after_escaped(rest, secret)));
            if let Some(after) = after {
                return Some((&text[..start], after));
            }
            // A backslash that is itself escaped begins no escape.
            start += if rest.starts_with(br"\\") { 2 } else { 1 };
        }
        None
    }
}

/// What follows the scheme in an `Authorization`.
pub(crate) fn after_scheme(line: &[u8]) -> &[u8] {
    line.splitn(2, |&byte| byte == b' ').last().unwrap_or(line)
}

/// What follows a secret that is part of a JSON string (RFC 8259, section 7).
fn after_escaped<'t>(text: &'t [u8], secret: &[u8]) -> Option<&'t [u8]> {
    secret.iter().try_fold(text, |text, &byte| match text {
        [b'\\', b'u', b'0', b'0', high, low, rest @ ..] => {
            let digit = |digit: &u8| char::from(*digit).to_digit(16);
            (digit(high)? * 16 + digit(low)? == u32::from(byte) && byte.is_ascii()).then_some(rest)
        }
        [b'\\', escaped @ (b'"' | b'\\' | b'/'), rest @ ..] => (*escaped == byte).then_some(rest),
        [first, rest @ ..] if *first != b'\\' => (*first == byte).then_some(rest),
        _ => None,
    })
}

#[cfg(test)]
mod fuzz;
#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn s09_what_repeats_the_credential_is_kept_without_it() {
        let carried = Carried::Authorization(HeaderValue::from_static("Bearer abcd.efgh"));
        let credential = Credential::of(Some(&carried));
        let clean = |body: &'static str| credential.blotted_from(body.into());
        assert_eq!(
            clean("you sent abcd.efgh, abcd.efgh!"),
            "you sent [credential], [credential]!"
        );
        assert_eq!(clean("you sent something"), "you sent something");
        assert_eq!(Credential::of(None).blotted_from("abcd.efgh".into()), "abcd.efgh");

        let headers = HeaderMap::from_iter([(http::header::VIA, HeaderValue::from_static("1 abcd.efgh"))]);
        assert_eq!(credential.blotted_from_headers(&headers)["via"], "1 [credential]");
    }

    #[test]
    fn s09_a_credential_is_known_in_any_spelling_of_json() {
        let carried = Carried::secrets(["a/b+cd==", "d\"\\efghi"]);
        let credential = Credential::of(Some(&carried));
        for spelt in [
            "a/b+cd==",
            r"a\/b+cd==",
            r"a/b\u002Bcd==",
            r"\u0061\u002fb\u002bcd\u003d\u003D",
            r#"d\"\\efghi"#,
            r"d\u0022\u005Cefghi",
            "d\"\\efghi",
        ] {
            let body = format!(r#"{{"detail":"no {spelt} here"}}"#);
            assert_eq!(
                credential.blotted_from(body.into()),
                r#"{"detail":"no [credential] here"}"#,
                "{spelt}"
            );
        }
        for other in [r"a\nb+cd==", r"a\u012fb+cd==", r"a\u00", r"a\", "a/b+cd="] {
            assert_eq!(credential.blotted_from(other.into()), other);
        }
    }

    #[test]
    fn s09_where_a_short_credential_is_found_the_whole_text_is_left_out() {
        let left_out = "[left out: the credential is too short to be sought in this text]";
        for secret in ["a", "s", "/", "1234567"] {
            let carried = Carried::secrets([secret, "canary-canary"]);
            let credential = Credential::of(Some(&carried));
            let clean = |text: String| credential.blotted_from(text.into());
            assert_eq!(clean(format!("x{secret}y")), left_out);
            assert_eq!(clean(format!("canary-canary x{secret}y")), left_out);
            assert_eq!(clean(left_out.to_owned()), left_out);
            assert_eq!(clean("UVW".to_owned()), "UVW", "what it is not in is told");

            let value = HeaderValue::try_from(format!("x{secret}y")).expect("a header");
            let headers = HeaderMap::from_iter([(http::header::VIA, value)]);
            assert_eq!(credential.blotted_from_headers(&headers)["via"], left_out);
            let kind = credential.blotted_from_kind(Kind::Decode(DecodeError::custom(format!("{secret}: invalid"))));
            assert!(matches!(kind, Kind::Decode(error) if error.to_string().contains(left_out)));
        }
        let carried = Carried::secrets(["12345678"]);
        let credential = Credential::of(Some(&carried));
        assert_eq!(credential.blotted_from("x12345678y".into()), "x[credential]y");
    }

    #[test]
    fn s09_of_several_secrets_the_longest_goes_first() {
        let carried = Carried::secrets(["", "the keys", "the keys of it"]);
        let credential = Credential::of(Some(&carried));
        let clean = credential.blotted_from("the keys, the keys of it, the keys of".into());
        assert_eq!(clean, "[credential], [credential], [credential] of");
        assert!(!format!("{carried:?}").contains("keys"));
    }

    #[test]
    fn s09_what_a_layer_fails_with_does_not_repeat_the_credential() {
        use crate::error::SendError;
        let carried = Carried::secrets(["canary-1"]);
        let fail = |text: String| Kind::Send {
            server: String::new(),
            error: SendError::classify(std::io::Error::other(text).into()),
        };
        let credential = Credential::of(Some(&carried));
        let kind = credential.blotted_from_kind(fail("Bearer canary-1 is not for us".to_owned()));
        let shown = format!("{kind:?}");
        assert!(
            shown.contains("[credential] is not for us") && !shown.contains("canary"),
            "{shown}"
        );
        let kind = credential.blotted_from_kind(fail("no".to_owned()));
        assert!(
            matches!(kind, Kind::Send { error, .. } if error.cause().is_some_and(<dyn std::error::Error>::is::<std::io::Error>))
        );
    }
}
