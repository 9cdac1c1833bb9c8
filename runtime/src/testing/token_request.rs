//! What a client asks of the token endpoint, RFC 6749 section 4.4.2: read, and kept for the test
//! without the secret.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use bytes::Bytes;
use http::Request;
use http::header::{AUTHORIZATION, CONTENT_TYPE, HeaderMap};
use serde::Deserialize;

use super::client_assertion;
use super::oauth_error::OAuthError;

/// One request to the token endpoint, as it was asked. What was missing, or could not be read, is
/// `None`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct TokenRequest {
    /// `client_credentials`, if the client is what this server is made for.
    pub grant_type: Option<String>,
    /// Who asked.
    pub client_id: Option<String>,
    /// How the client said who it is.
    pub authentication: ClientAuthentication,
    /// The API that the token is meant for (Auth0).
    pub audience: Option<String>,
    /// The scopes asked for, between spaces.
    pub scope: Option<String>,
    /// The organization that the token is meant for (Auth0).
    pub organization: Option<String>,
    /// The APIs that the token is meant for (RFC 8707).
    pub resources: Vec<String>,
    /// Whatever else was asked.
    pub parameters: Vec<(String, String)>,
    /// Whether it came with a proof of possession (RFC 9449).
    pub has_proof: bool,
}

/// How a client proved who it is, RFC 6749 section 2.3.1.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum ClientAuthentication {
    /// Not at all.
    #[default]
    None,
    /// `client_secret_post`: with a secret in the form.
    Post,
    /// `client_secret_basic`: with HTTP Basic.
    Basic,
    /// `private_key_jwt`: with a signed assertion (RFC 7523).
    Assertion,
}

/// What a request came with and nothing prints: what proves who asks, and a refresh token.
#[derive(Default)]
pub(super) struct Proof {
    pub(super) secret: Option<Secret>,
    pub(super) assertion: Option<String>,
    pub(super) refresh_token: Option<String>,
}

/// A client's secret as it came in.
#[derive(PartialEq, Eq)]
pub(super) struct Secret(String);

impl Secret {
    pub(super) fn is(&self, expected: &str) -> bool {
        self.0 == expected
    }
}

/// A form's fields; a field that comes twice is an error, but for `resource`.
#[derive(Default, Deserialize)]
struct Form {
    grant_type: Option<String>,
    client_id: Option<String>,
    client_secret: Option<String>,
    client_assertion: Option<String>,
    client_assertion_type: Option<String>,
    refresh_token: Option<String>,
    audience: Option<String>,
    scope: Option<String>,
    organization: Option<String>,
    #[serde(default)]
    resource: Vec<String>,
}

/// The names of those fields.
const KNOWN: [&str; 10] = [
    "grant_type",
    "client_id",
    "client_secret",
    "client_assertion",
    "client_assertion_type",
    "refresh_token",
    "audience",
    "scope",
    "organization",
    "resource",
];

impl TokenRequest {
    /// Reads a request. The first half is for the record and always there; the second is what proves who asks, or what is
    /// wrong.
    pub(super) fn read(request: &Request<Bytes>) -> (Self, Result<Proof, OAuthError>) {
        let form = match read_form(request) {
            Ok(form) => form,
            Err(error) => return (Self::default(), Err(error)),
        };
        let others: Vec<(String, String)> = serde_html_form::from_bytes(request.body()).unwrap_or_default();
        let is_other = |(name, _): &(String, String)| !KNOWN.contains(&name.as_str());
        let mut asked = Self {
            grant_type: given(form.grant_type),
            client_id: given(form.client_id),
            authentication: ClientAuthentication::None,
            audience: given(form.audience),
            scope: given(form.scope),
            organization: given(form.organization),
            resources: form.resource,
            parameters: others.into_iter().filter(is_other).collect(),
            has_proof: request.headers().contains_key("dpop"),
        };
        let assertion = given(form.client_assertion);
        let expected = assertion.is_some().then_some(client_assertion::TYPE);
        if form.client_assertion_type.as_deref() != expected {
            let error = OAuthError::invalid_request("Unknown client_assertion_type");
            return (asked, Err(error));
        }
        let secret = asked.authenticate(request.headers(), given(form.client_secret), assertion.is_some());
        let proof = secret.map(|secret| Proof {
            secret,
            assertion,
            refresh_token: given(form.refresh_token),
        });
        (asked, proof)
    }

    /// Finds out how the client says who it is: in one way, or in none.
    fn authenticate(
        &mut self,
        headers: &HeaderMap,
        posted: Option<String>,
        is_asserted: bool,
    ) -> Result<Option<Secret>, OAuthError> {
        let has_header = headers.contains_key(AUTHORIZATION);
        if [has_header, posted.is_some(), is_asserted]
            .into_iter()
            .filter(|way| *way)
            .count()
            > 1
        {
            return Err(OAuthError::invalid_request("The client authenticates in two ways"));
        }
        self.authentication = match posted {
            Some(_) => ClientAuthentication::Post,
            None if is_asserted => ClientAuthentication::Assertion,
            None if has_header => ClientAuthentication::Basic,
            None => ClientAuthentication::None,
        };
        if !has_header {
            return Ok(posted.map(Secret));
        }
        let (id, secret) =
            read_basic(headers).ok_or_else(|| OAuthError::invalid_request("Malformed Authorization header"))?;
        if self.client_id.as_ref().is_some_and(|posted| *posted != id) {
            return Err(OAuthError::invalid_request("Two different client_id"));
        }
        self.client_id = Some(id);
        Ok(Some(Secret(secret)))
    }
}

/// A parameter without a value counts as left out (RFC 6749, section 3.2).
fn given(value: Option<String>) -> Option<String> {
    value.filter(|value| !value.is_empty())
}

fn read_form(request: &Request<Bytes>) -> Result<Form, OAuthError> {
    let content_type = request
        .headers()
        .get(CONTENT_TYPE)
        .and_then(|value| value.to_str().ok());
    let media_type = content_type
        .and_then(|value| value.split(';').next())
        .unwrap_or_default();
    if !media_type
        .trim()
        .eq_ignore_ascii_case("application/x-www-form-urlencoded")
    {
        return Err(OAuthError::invalid_request("The request must be a form"));
    }
    serde_html_form::from_bytes(request.body())
        .map_err(|_| OAuthError::invalid_request("The form is malformed or repeats a parameter"))
}

/// The id and the secret, each encoded as in a form before they were joined (RFC 6749, section
/// 2.3.1).
fn read_basic(headers: &HeaderMap) -> Option<(String, String)> {
    let (scheme, encoded) = headers[AUTHORIZATION].to_str().ok()?.split_once(' ')?;
    if !scheme.eq_ignore_ascii_case("basic") || headers.get_all(AUTHORIZATION).iter().count() != 1 {
        return None;
    }
    let joined = String::from_utf8(BASE64.decode(encoded.trim()).ok()?).ok()?;
    let (id, secret) = joined.split_once(':')?;
    Some((form_decode(id)?, form_decode(secret)?))
}

fn form_decode(value: &str) -> Option<String> {
    #[derive(Deserialize)]
    struct Field {
        value: String,
    }
    // Its own separators are encoded inside a value.
    if value.contains(['&', '=']) {
        return None;
    }
    serde_html_form::from_str(&format!("value={value}"))
        .ok()
        .map(|Field { value }| value)
}

#[cfg(test)]
mod tests {
    use http::HeaderValue;

    use super::*;

    fn request(body: &str, authorization: Option<&str>) -> Request<Bytes> {
        let mut request = Request::new(Bytes::from(body.to_owned()));
        let form = HeaderValue::from_static("application/x-www-form-urlencoded; charset=utf-8");
        request.headers_mut().insert(CONTENT_TYPE, form);
        if let Some(value) = authorization {
            request
                .headers_mut()
                .insert(AUTHORIZATION, value.parse().expect("a header"));
        }
        request
    }

    #[test]
    fn a_form_with_the_secret_in_it() {
        let (asked, secret) = TokenRequest::read(&request(
            "grant_type=client_credentials&client_id=me&client_secret=a%26b+c&scope=&audience=x",
            None,
        ));
        assert!(
            secret
                .ok()
                .and_then(|proof| proof.secret)
                .is_some_and(|secret| secret.is("a&b c"))
        );
        let expected = TokenRequest {
            grant_type: Some("client_credentials".into()),
            client_id: Some("me".into()),
            authentication: ClientAuthentication::Post,
            audience: Some("x".into()),
            ..TokenRequest::default()
        };
        assert_eq!(asked, expected);
    }

    #[test]
    fn http_basic_decodes_what_was_encoded_before() {
        let basic = format!("basic {}", BASE64.encode("m%C3%A9:a%3Ab+c%3D"));
        let (asked, secret) = TokenRequest::read(&request("grant_type=client_credentials", Some(&basic)));
        assert_eq!(asked.client_id.as_deref(), Some("mé"));
        assert_eq!(asked.authentication, ClientAuthentication::Basic);
        assert!(
            secret
                .ok()
                .and_then(|proof| proof.secret)
                .is_some_and(|secret| secret.is("a:b c="))
        );
    }

    #[test]
    fn what_is_malformed_is_refused() {
        let basic = format!("Basic {}", BASE64.encode("me:secret"));
        for (body, authorization) in [
            ("scope=a&scope=b", None),
            ("client_secret=secret", Some(basic.as_str())),
            ("client_id=you", Some(basic.as_str())),
            ("", Some("Basic ?")),
            ("", Some("Bearer x")),
        ] {
            assert!(
                TokenRequest::read(&request(body, authorization)).1.is_err(),
                "{body} {authorization:?}"
            );
        }
        let json = Request::new(Bytes::from_static(br#"{"grant_type":"client_credentials"}"#));
        assert!(TokenRequest::read(&json).1.is_err());
    }
}
