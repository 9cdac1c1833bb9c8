//! How a client proves to a token server who it is.

use std::sync::Arc;

use http::HeaderValue;
use secrecy::{ExposeSecret, SecretString};
use zeroize::Zeroizing;

use super::Place;
use crate::credential::basic::basic_header;
use crate::credential::form;
use crate::credential::signing::{Assertion, PrivateKey};
use crate::credential::store::Identity;
use crate::error::{OAuthErrorCode, TokenError};

/// How a client proves to a token server who it is (RFC 6749, section 2.3).
///
/// A text is a client secret, which is sent as the server's discovery document says, and in HTTP Basic where it says
/// nothing: every server has to take that. A [`PrivateKey`](crate::PrivateKey) signs an assertion.
///
/// ```
/// use reauth::{ClientAuthentication, OAuth2};
///
/// let oauth2 = OAuth2::new("https://login.example.com/token", "client id", "client secret");
/// let posted = ClientAuthentication::post("client secret");
/// let oauth2 = OAuth2::new("https://login.example.com/token", "client id", posted);
/// ```
#[derive(Clone)]
pub struct ClientAuthentication(Kind);

#[derive(Clone)]
enum Kind {
    None,
    Secret(Arc<SecretString>, Method),
    PrivateKey(PrivateKey),
}

/// How a secret is sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Method {
    AsTheServerSays,
    Basic,
    Post,
}

impl ClientAuthentication {
    /// `client_secret_basic`: in HTTP Basic, id and secret encoded as in a form (RFC 6749, section 2.3.1).
    pub fn basic(secret: impl Into<SecretString>) -> Self {
        Self(Kind::Secret(Arc::new(secret.into()), Method::Basic))
    }

    /// `client_secret_post`: in the form.
    pub fn post(secret: impl Into<SecretString>) -> Self {
        Self::posted(Arc::new(secret.into()))
    }

    pub(in crate::credential) fn posted(secret: Arc<SecretString>) -> Self {
        Self(Kind::Secret(secret, Method::Post))
    }

    /// Not at all: a public client, such as a program on its user's machine, only names itself.
    #[must_use]
    pub fn none() -> Self {
        Self(Kind::None)
    }

    pub(in crate::credential) fn private_key(key: PrivateKey) -> Self {
        Self(Kind::PrivateKey(key))
    }

    /// What no client can be built with.
    pub(in crate::credential) fn problem(&self) -> Option<String> {
        match &self.0 {
            Kind::Secret(secret, _) if secret.expose_secret().trim().is_empty() => {
                Some("the client secret is empty".to_owned())
            }
            _ => None,
        }
    }
}

impl<'a> From<&'a str> for ClientAuthentication {
    fn from(secret: &'a str) -> Self {
        SecretString::from(secret).into()
    }
}

impl From<String> for ClientAuthentication {
    fn from(secret: String) -> Self {
        SecretString::from(secret).into()
    }
}

impl From<SecretString> for ClientAuthentication {
    fn from(secret: SecretString) -> Self {
        Self(Kind::Secret(Arc::new(secret), Method::AsTheServerSays))
    }
}

/// `private_key_jwt` (RFC 7523, section 2.2).
#[cfg(feature = "jwt")]
impl From<PrivateKey> for ClientAuthentication {
    fn from(key: PrivateKey) -> Self {
        Self::private_key(key)
    }
}

/// Which way it is, and no secret.
impl std::fmt::Debug for ClientAuthentication {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self.0 {
            Kind::None => "none",
            Kind::Secret(_, Method::AsTheServerSays) => "client_secret",
            Kind::Secret(_, Method::Basic) => "client_secret_basic",
            Kind::Secret(_, Method::Post) => "client_secret_post",
            Kind::PrivateKey(_) => "private_key_jwt",
        })
    }
}

/// A client of a token server.
#[derive(Clone, Debug)]
pub(in crate::credential) struct Client {
    pub(in crate::credential) id: String,
    pub(in crate::credential) authentication: ClientAuthentication,
    /// Whom an assertion is for, where that is neither the issuer nor the token endpoint.
    pub(in crate::credential) assertion_audience: Option<String>,
}

/// The proof in one request.
pub(super) enum Proof<'a> {
    Named(&'a str),
    Header(HeaderValue),
    Posted(&'a str, &'a str),
    Asserted(&'a str, Zeroizing<String>),
}

impl Client {
    /// A proof for one attempt.
    pub(super) fn prove(&self, place: &Place) -> Result<Proof<'_>, TokenError> {
        Ok(match &self.authentication.0 {
            Kind::None => Proof::Named(&self.id),
            Kind::Secret(secret, method) => {
                let secret = secret.expose_secret();
                match method {
                    Method::Post => Proof::Posted(&self.id, secret),
                    Method::AsTheServerSays if place.takes_posts_only => Proof::Posted(&self.id, secret),
                    Method::Basic | Method::AsTheServerSays => {
                        let header = basic_header(&form::encoded(&self.id), &form::encoded(secret));
                        Proof::Header(header.ok_or(TokenError::Signing)?)
                    }
                }
            }
            Kind::PrivateKey(key) => {
                let issuer = place.issuer.as_deref();
                let audience = self.assertion_audience.as_deref().or(issuer);
                let assertion = Assertion::new(&self.id, audience.unwrap_or(place.token_url.as_str()));
                Proof::Asserted(&self.id, assertion.sign(key).ok_or(TokenError::Signing)?)
            }
        })
    }

    /// Who it is, and what it proves that with.
    pub(super) fn identify(&self, identity: Identity) -> Identity {
        let identity = identity.with("client", &self.id);
        match &self.authentication.0 {
            Kind::None => identity,
            Kind::Secret(secret, _) => identity.with("secret", secret.expose_secret()),
            Kind::PrivateKey(key) => identity.with("key", &key.public_text()),
        }
    }

    /// What is blotted out of what the server says.
    pub(super) fn secret(&self) -> &str {
        match &self.authentication.0 {
            Kind::Secret(secret, _) => secret.expose_secret(),
            _ => "",
        }
    }

    /// What to look at where the server does not believe it.
    pub(super) fn advice(&self) -> &'static str {
        match &self.authentication.0 {
            Kind::None => "check `client_id`, and that the token server knows it as a public client",
            Kind::Secret(..) => "check `client_id` and `client_secret`",
            Kind::PrivateKey(_) => {
                "check `client_id`, that the token server has the public key, whom the assertion is for, and this \
                 machine's clock"
            }
        }
    }

    /// The same of a server that may also mean what was asked for: Auth0 has one word for both.
    pub(super) fn advice_where_denied(&self) -> &'static str {
        match &self.authentication.0 {
            Kind::None => {
                "check `client_id`, that the token server knows it as a public client, and that it is authorized for \
                 `audience` and `scope`"
            }
            Kind::Secret(..) => OAuthErrorCode::AccessDenied.advice(),
            Kind::PrivateKey(_) => {
                "check `client_id`, that the token server has the public key, whom the assertion is for, this machine's \
                 clock, and that the client is authorized for `audience` and `scope`"
            }
        }
    }
}

impl Proof<'_> {
    pub(super) fn header(&self) -> Option<&HeaderValue> {
        match self {
            Self::Header(header) => Some(header),
            _ => None,
        }
    }

    pub(super) fn fields(&self) -> Vec<(&str, &str)> {
        match self {
            Self::Named(id) => vec![("client_id", id)],
            Self::Header(_) => Vec::new(),
            Self::Posted(id, secret) => vec![("client_id", id), ("client_secret", secret)],
            Self::Asserted(id, assertion) => vec![
                ("client_id", id),
                (
                    "client_assertion_type",
                    "urn:ietf:params:oauth:client-assertion-type:jwt-bearer",
                ),
                ("client_assertion", assertion),
            ],
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_goes_into_the_form_only_where_it_is_said_or_the_server_takes_nothing_else() {
        let in_form = |authentication: ClientAuthentication, takes_posts_only| {
            let client = Client {
                id: "me".to_owned(),
                authentication,
                assertion_audience: None,
            };
            let place = Place {
                token_url: "https://x.example/token".parse().unwrap(),
                issuer: None,
                takes_posts_only,
            };
            let proof = client.prove(&place).unwrap();
            let fields = proof.fields();
            assert_eq!(proof.header().is_some(), fields.is_empty(), "one or the other");
            fields == [("client_id", "me"), ("client_secret", "canary")]
        };
        assert!(!in_form("canary".into(), false));
        assert!(in_form("canary".into(), true));
        assert!(in_form(ClientAuthentication::post("canary"), false));
        assert!(!in_form(ClientAuthentication::basic("canary"), true));
    }
}
