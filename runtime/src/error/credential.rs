//! Blots the credential of a request out of what the server said, where it repeats it.

use bytes::Bytes;
use http::{HeaderMap, HeaderValue};

use super::{DecodeError, Kind};

const BLOT: &[u8] = b"[credential]";

/// What followed the scheme in a request's `Authorization`; empty where there was none.
pub(crate) struct Credential<'a>(&'a [u8]);

impl<'a> Credential<'a> {
    pub(crate) fn of(authorization: Option<&'a HeaderValue>) -> Self {
        let line = authorization.map_or(&[][..], HeaderValue::as_bytes);
        Self(line.splitn(2, |&byte| byte == b' ').last().unwrap_or(line))
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

    /// What decoding complains of may be the credential too.
    pub(crate) fn blotted_from_kind(&self, kind: Kind) -> Kind {
        match kind {
            Kind::Decode(error) if self.is_in(error.to_string().as_bytes()) => {
                let told = String::from_utf8_lossy(&self.blot(error.to_string().as_bytes())).into_owned();
                Kind::Decode(DecodeError::custom(told))
            }
            kind => kind,
        }
    }

    fn is_in(&self, text: &[u8]) -> bool {
        !self.0.is_empty() && text.windows(self.0.len()).any(|window| window == self.0)
    }

    fn blot(&self, text: &[u8]) -> Vec<u8> {
        let mut clean = Vec::with_capacity(text.len());
        let mut rest = text;
        while !rest.is_empty() {
            if let Some(after) = rest.strip_prefix(self.0) {
                clean.extend_from_slice(BLOT);
                rest = after;
            } else {
                clean.push(rest[0]);
                rest = &rest[1..];
            }
        }
        clean
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn s09_what_repeats_the_credential_is_kept_without_it() {
        let header = HeaderValue::from_static("Bearer abc.def");
        let credential = Credential::of(Some(&header));
        let clean = |body: &'static str| credential.blotted_from(body.into());
        assert_eq!(
            clean("you sent abc.def, abc.def!"),
            "you sent [credential], [credential]!"
        );
        assert_eq!(clean("you sent something"), "you sent something");
        assert_eq!(Credential::of(None).blotted_from("abc.def".into()), "abc.def");

        let headers = HeaderMap::from_iter([(http::header::VIA, HeaderValue::from_static("1 abc.def"))]);
        assert_eq!(credential.blotted_from_headers(&headers)["via"], "1 [credential]");
    }
}
