//! An API key: a secret in a header or in the query of each request.

use std::sync::Arc;

use http::HeaderName;
use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Deserializer};

use super::Problems;
use super::authorize::{BuiltIn, built_in};
use super::fixed::Fixed;
use super::secret_header::secret_header;
use super::settings::secret_from_env;
use crate::call::Authorizer;
use crate::endpoint::{Api, KeyPlace};
use crate::error::Error;

/// A key that each request carries, where the attribute says: in a header, or in the query.
///
/// ```
/// # fn main() -> reauth::Result<()> {
/// use reauth::{ApiKey, api_client};
///
/// #[api_client(auth = "api_key(X-Api-Key)")]
/// pub trait Weather {
///     #[get("/now/{place}")]
///     async fn now(&self, place: &str) -> reauth::Result<String>;
/// }
///
/// let weather = WeatherClient::new("https://weather.example.com", ApiKey::new("the key"))?;
/// # Ok(()) }
/// ```
///
/// With `auth = "api_key(query: key)"` it is sent as `?key=…`. Prefer a header where the API takes one: URLs get into
/// the logs of every proxy on the way. Through serde a key is a text.
#[derive(Clone)]
pub struct ApiKey {
    key: Arc<SecretString>,
    place: Option<Place>,
}

#[derive(Clone)]
enum Place {
    Header(String),
    Query(String),
}

impl ApiKey {
    /// A mistake in it shows when a client is built. It is zeroized with the last handle, and never printed.
    pub fn new(key: impl Into<SecretString>) -> Self {
        Self {
            key: Arc::new(key.into()),
            place: None,
        }
    }

    /// From the environment variable of this name.
    ///
    /// # Errors
    /// Where it is missing, empty or not UTF-8.
    pub fn from_env(variable: &str) -> crate::Result<Self> {
        secret_from_env(variable).map(Self::new).map_err(Error::settings)
    }

    /// Sends it in this header, where no attribute says where.
    #[must_use]
    pub fn in_header(mut self, name: impl Into<String>) -> Self {
        self.place = Some(Place::Header(name.into()));
        self
    }

    /// Sends it in the query under this name, where no attribute says where.
    #[must_use]
    pub fn in_query(mut self, name: impl Into<String>) -> Self {
        self.place = Some(Place::Query(name.into()));
        self
    }

    fn fixed(&self, api: &Api) -> Result<Fixed, String> {
        let key = self.key.expose_secret();
        if key.trim().is_empty() {
            return Err("the API key is empty".to_owned());
        }
        let place = match api.key_place() {
            Some(KeyPlace::Header(name)) => Some(Place::Header(name.to_owned())),
            Some(KeyPlace::Query(name)) => Some(Place::Query(name.to_owned())),
            None => self.place.clone(),
        };
        match place {
            Some(Place::Header(name)) => {
                let name: HeaderName = name
                    .parse()
                    .map_err(|_| format!("`{name}` is no name of a header, so it cannot carry the API key"))?;
                let value = secret_header(&[key])
                    .ok_or("the API key has a line break or another control character, so no header can carry it")?;
                Ok(Fixed::header(name, value, &[key]))
            }
            Some(Place::Query(name)) if name.is_empty() => Err("the API key's name in the query is empty".to_owned()),
            Some(Place::Query(name)) => Ok(Fixed::query(&name, &self.key)),
            None => Err(
                "nothing says where the API key goes: write `auth = \"api_key(X-Api-Key)\"`, or call `in_header`"
                    .to_owned(),
            ),
        }
    }
}

built_in!(ApiKey);

impl BuiltIn for ApiKey {
    fn authorizer_for(&self, api: &Api) -> Result<Arc<dyn Authorizer>, Problems> {
        let fixed = self.fixed(api).map_err(|problem| vec![problem])?;
        Ok(Arc::new(fixed))
    }
}

/// Without the key.
impl std::fmt::Debug for ApiKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ApiKey").finish_non_exhaustive()
    }
}

impl<'de> Deserialize<'de> for ApiKey {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        SecretString::deserialize(deserializer).map(Self::new)
    }
}
