//! What a credential sends that never changes: nothing is fetched, nothing renewed, and a 401 leads to nothing.

use http::{HeaderMap, HeaderName, HeaderValue};
use reqwest::Request;
use secrecy::{ExposeSecret, SecretString};
use tokio::time::Instant;
use zeroize::Zeroizing;

use super::form;
use crate::call::{Authorized, Authorizer, Authorizing, Rejection};
use crate::error::Carried;

/// The same for each request.
pub(super) struct Fixed {
    place: Place,
    carried: Carried,
}

enum Place {
    Header(HeaderName, HeaderValue),
    /// The name, and the pair with it, both encoded.
    Query(String, Zeroizing<String>),
}

impl Fixed {
    /// A header; `secrets` are what no error repeats.
    pub(super) fn header(name: HeaderName, value: HeaderValue, secrets: &[&str]) -> Self {
        Self {
            place: Place::Header(name, value),
            carried: Carried::secrets(secrets.iter().copied()),
        }
    }

    /// A pair in the query, in place of any other of this name.
    pub(super) fn query(name: &str, secret: &SecretString) -> Self {
        let secret = secret.expose_secret();
        let encoded = form::encoded(secret);
        let name = form::encoded(name);
        let pair = Zeroizing::new([&name, "=", &*encoded].concat());
        Self {
            carried: Carried::secrets([secret, encoded.as_str()]),
            place: Place::Query(name.to_string(), pair),
        }
    }

    fn put(&self, request: &mut Request) -> Authorized {
        match &self.place {
            Place::Header(name, value) => {
                request.headers_mut().insert(name, value.clone());
            }
            Place::Query(name, pair) => {
                let url = request.url_mut();
                let others = url.query().unwrap_or_default().split('&');
                let others = others.filter(|other| !other.is_empty() && other.split('=').next() != Some(name));
                let query: Vec<_> = others.chain([pair.as_str()]).collect();
                let query = Zeroizing::new(query.join("&"));
                url.set_query(Some(&query));
            }
        }
        Authorized::Other(self.carried.clone())
    }
}

impl Authorizer for Fixed {
    fn authorize_at_once(&self, request: &mut Request, _: Instant) -> Option<Authorized> {
        Some(self.put(request))
    }

    fn authorize<'a>(&'a self, request: &'a mut Request, _: Instant) -> Authorizing<'a> {
        let authorized = self.put(request);
        Box::pin(async { Ok(authorized) })
    }

    fn rejected(&self, _: &Authorized, _: &HeaderMap) -> Rejection {
        Rejection::Fixed
    }

    fn server(&self) -> &'static str {
        "a credential that waits for nobody"
    }
}

#[cfg(test)]
mod tests {
    use reqwest::Method;

    use super::*;

    #[test]
    fn a_key_in_the_query_replaces_one_of_its_name_and_nothing_else() {
        let query = |url: &str| {
            let mut request = Request::new(Method::GET, url.parse().unwrap());
            Fixed::query("api key", &"a&b=c d".into()).put(&mut request);
            request.url().query().unwrap().to_owned()
        };
        assert_eq!(query("https://x/"), "api%20key=a%26b%3Dc%20d");
        assert_eq!(
            query("https://x/?a=1&api%20key=other&api%20key2=2&b"),
            "a=1&api%20key2=2&b&api%20key=a%26b%3Dc%20d"
        );
    }
}
