//! HTTP Basic: a user id and a password with each request (RFC 7617).

use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use http::HeaderValue;
use http::header::AUTHORIZATION;
use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Deserializer};
use zeroize::Zeroizing;

use super::Problems;
use super::authorize::{BuiltIn, built_in};
use super::fixed::Fixed;
use super::secret_header::secret_header;
use super::settings::{RawSettings, Reader, environment};
use crate::call::Authorizer;
use crate::endpoint::Api;
use crate::error::Error;

/// A user id and a password, sent with each request as HTTP Basic (RFC 7617), in UTF-8.
///
/// ```
/// # fn main() -> reauth::Result<()> {
/// use reauth::{Basic, api_client};
///
/// #[api_client(auth = "basic")]
/// pub trait Registry {
///     #[get("/v2/_catalog")]
///     async fn catalog(&self) -> reauth::Result<reauth::Text>;
/// }
///
/// let registry = RegistryClient::new("https://registry.example.com", Basic::new("ada", "correct horse"))?;
/// # Ok(()) }
/// ```
///
/// Through serde the keys are `username` and `password`.
#[derive(Clone)]
pub struct Basic {
    username: String,
    password: Arc<SecretString>,
}

impl Basic {
    /// A mistake in them shows when a client is built. The password is zeroized with the last handle, and never printed.
    pub fn new(username: impl Into<String>, password: impl Into<SecretString>) -> Self {
        Self {
            username: username.into(),
            password: Arc::new(password.into()),
        }
    }

    /// From the environment variables of these names.
    ///
    /// # Errors
    /// Names every variable that is missing, empty or not UTF-8.
    pub fn from_env(username: &str, password: &str) -> crate::Result<Self> {
        let raw = RawSettings::from_pairs([("username", environment(username)), ("password", environment(password))]);
        let name = |key: &str| if key == "username" { username } else { password }.to_owned();
        Self::read(raw, &name).map_err(Error::settings)
    }

    fn read(raw: RawSettings, name: &dyn Fn(&str) -> String) -> Result<Self, Problems> {
        let mut reader = Reader::new(raw, name);
        let (username, password) = (reader.required("username"), reader.required_secret("password"));
        let (Some(username), Some(password), []) = (username, password, &*reader.rest()) else {
            return Err(reader.into_problems());
        };
        let basic = Self::new(username, password);
        basic.header().map_err(|problem| vec![problem])?;
        Ok(basic)
    }

    fn header(&self) -> Result<HeaderValue, String> {
        let password = self.password.expose_secret();
        if self.username.contains(':') {
            return Err(
                "the user id of `Basic` has a colon in it, which would end it (RFC 7617, section 2)".to_owned(),
            );
        }
        if self.username.chars().chain(password.chars()).any(char::is_control) {
            return Err(
                "the user id or the password of `Basic` has a line break or another control character".to_owned(),
            );
        }
        basic_header(&self.username, password).ok_or_else(|| "`Basic` does not make a header".to_owned())
    }
}

/// `Basic {base64 of id:secret}`.
pub(super) fn basic_header(id: &str, secret: &str) -> Option<HeaderValue> {
    let joined = Zeroizing::new([id, ":", secret].concat());
    secret_header(&["Basic ", &Zeroizing::new(BASE64.encode(&*joined))])
}

built_in!(Basic);

impl BuiltIn for Basic {
    fn authorizer_for(&self, _: &Api) -> Result<Arc<dyn Authorizer>, Problems> {
        let header = self.header().map_err(|problem| vec![problem])?;
        let encoded = header
            .to_str()
            .unwrap_or_default()
            .trim_start_matches("Basic ")
            .to_owned();
        let secrets = [&Zeroizing::new(encoded), self.password.expose_secret()];
        Ok(Arc::new(Fixed::header(AUTHORIZATION, header, &secrets)))
    }
}

/// Without the password.
impl std::fmt::Debug for Basic {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Basic")
            .field("username", &self.username)
            .finish_non_exhaustive()
    }
}

/// Every key that is missing or wrong is in the error.
impl<'de> Deserialize<'de> for Basic {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Self::read(RawSettings::deserialize(deserializer)?, &str::to_owned)
            .map_err(|problems| serde::de::Error::custom(problems.join("; ")))
    }
}
