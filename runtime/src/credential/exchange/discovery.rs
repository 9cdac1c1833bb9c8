//! Where the token endpoint is: given, or in the issuer's discovery document.
//!
//! RFC 8414 and `OpenID` Connect Discovery 1.0, which differ in where the document is. It is read when the first token is
//! fetched, again when the token endpoint is no longer where it said or cannot be connected to, and once a day. While it
//! cannot be read again, what it said before still stands.

use std::sync::Arc;
use std::time::Duration;

use parking_lot::Mutex;
use reqwest::Url;
use serde::Deserialize;
use tokio::time::Instant;
use tracing::warn;

use super::response::Answer;
use super::{MAX_RESPONSE, RETRY, RETRY_ON};
use crate::base_url::BaseUrl;
use crate::call::{Call, Transport};
use crate::credential::store::Identity;
use crate::endpoint::{Endpoint, EndpointBuilder};
use crate::error::{TokenError, printable};
use crate::request::RequestParts;

static DOCUMENT: Endpoint = EndpointBuilder::new("discovery", "GET", "discovery document")
    .retry(RETRY)
    .retry_on(RETRY_ON)
    .timeout(Duration::from_secs(8))
    .attempt_timeout(Duration::from_secs(5))
    .build();

/// A document is read again after that: servers move, and say so here first.
const MAX_AGE: Duration = Duration::from_secs(24 * 3600);

/// Where token requests go.
pub(in crate::credential) enum Server {
    Given(Arc<Place>),
    Discovered(Arc<Discovery>),
}

/// A token endpoint, and what is known of it.
#[derive(Debug, PartialEq)]
pub(in crate::credential) struct Place {
    pub(in crate::credential) token_url: Url,
    pub(in crate::credential) issuer: Option<String>,
    /// It takes `client_secret_post` and not `client_secret_basic`.
    pub(in crate::credential) takes_posts_only: bool,
}

impl Place {
    pub(super) fn server(&self) -> String {
        self.token_url.origin().ascii_serialization()
    }
}

impl Server {
    pub(super) async fn find(&self, transport: &Transport) -> Result<Arc<Place>, TokenError> {
        match self {
            Self::Given(place) => Ok(place.clone()),
            Self::Discovered(discovery) => discovery.find(transport).await,
        }
    }

    /// Whether it may be elsewhere by now; it is then looked for anew.
    pub(super) fn doubt(&self, place: &Arc<Place>) -> bool {
        match self {
            Self::Given(_) => false,
            Self::Discovered(discovery) => {
                if let Some(found) = discovery
                    .found
                    .lock()
                    .as_mut()
                    .filter(|found| Arc::ptr_eq(&found.place, place))
                {
                    found.is_doubted = true;
                }
                true
            }
        }
    }

    /// As it was given.
    pub(super) fn identify(&self, identity: Identity) -> Identity {
        match self {
            Self::Given(place) => identity.with("token URL", place.token_url.as_str()),
            Self::Discovered(discovery) => identity.with("issuer", &discovery.name),
        }
    }

    /// For errors: an origin.
    pub(in crate::credential) fn name(&self) -> String {
        match self {
            Self::Given(place) => place.server(),
            Self::Discovered(discovery) => discovery.issuer.as_url().origin().ascii_serialization(),
        }
    }
}

/// An issuer, and what its document said when it was read last.
#[derive(Debug)]
pub(in crate::credential) struct Discovery {
    /// As the user wrote it: the document must say the very same.
    name: String,
    issuer: BaseUrl,
    allow_http: bool,
    found: Mutex<Option<Found>>,
}

#[derive(Clone, Debug)]
struct Found {
    place: Arc<Place>,
    read_at: Instant,
    is_doubted: bool,
}

/// The part of the document that is used.
#[derive(Deserialize)]
struct Document {
    issuer: String,
    token_endpoint: Option<String>,
    #[serde(default)]
    token_endpoint_auth_methods_supported: Vec<String>,
}

impl Discovery {
    pub(in crate::credential) fn new(name: String, issuer: BaseUrl, allow_http: bool) -> Self {
        Self {
            name,
            issuer,
            allow_http,
            found: Mutex::default(),
        }
    }

    async fn find(&self, transport: &Transport) -> Result<Arc<Place>, TokenError> {
        let last = self.found.lock().clone();
        if let Some(found) = &last
            && !found.is_doubted
            && found.read_at.elapsed() < MAX_AGE
        {
            return Ok(found.place.clone());
        }
        let place = match (self.read(transport).await, last) {
            (Ok(place), Some(last)) if place == *last.place => last.place,
            (Ok(place), _) => Arc::new(place),
            (Err(error), Some(last)) => {
                warn!(issuer = self.name, %error, "the discovery document cannot be read again");
                last.place
            }
            (Err(error), None) => return Err(error),
        };
        *self.found.lock() = Some(Found {
            place: place.clone(),
            read_at: Instant::now(),
            is_doubted: false,
        });
        Ok(place)
    }

    /// The first of the documents that can be used, or what is wrong with the first that there is.
    async fn read(&self, transport: &Transport) -> Result<Place, TokenError> {
        let (mut problem, mut refusal) = (None, None);
        for url in self.urls() {
            let answer = self.get(&url, transport).await?;
            // Some servers answer anything with a page of theirs.
            match answer.success().map(|body| self.check(body?)) {
                Some(Ok(place)) => return Ok(place),
                Some(Err(error)) => problem = problem.or(Some(error)),
                None => {
                    let error = answer.refusal(|_| "check that the issuer is a token server's");
                    // It asks to be left alone, and the other document is there too.
                    if error.retry_at().is_some() {
                        return Err(error);
                    }
                    refusal = Some(error);
                }
            }
        }
        Err(problem.or(refusal).unwrap_or_else(|| self.problem("is not there")))
    }

    /// Between host and path, as RFC 8414, section 3.1, has it; and behind the path, as `OpenID` Connect has it.
    fn urls(&self) -> [Url; 2] {
        let path = self.issuer.path_prefix();
        [
            format!("/.well-known/oauth-authorization-server{path}"),
            format!("{path}/.well-known/openid-configuration"),
        ]
        .map(|path| {
            let mut url = self.issuer.as_url().clone();
            url.set_path(&path);
            url
        })
    }

    async fn get(&self, url: &Url, transport: &Transport) -> Result<Answer, TokenError> {
        let request = RequestParts::get(url);
        let call = Call {
            endpoint: &DOCUMENT,
            options: None,
            request: &request,
            base: url,
            transport,
            authorizer: None,
            guards: None,
            budget: None,
            max_body: MAX_RESPONSE,
            with_body: true,
        };
        Answer::of(call.run().await, || url.origin().ascii_serialization()).await
    }

    fn check(&self, body: &[u8]) -> Result<Place, TokenError> {
        let document: Document = serde_json::from_slice(body).map_err(|_| self.problem("is not one"))?;
        // Whoever could answer for another issuer could name a token endpoint of his own (RFC 8414, section 3.3).
        if document.issuer != self.name {
            let named = printable(&document.issuer);
            return Err(self.problem(&format!(
                "is that of the issuer `{named}`; write the issuer exactly so, if it is meant"
            )));
        }
        let token_url = document
            .token_endpoint
            .ok_or_else(|| self.problem("names no `token_endpoint`"))?;
        let token_url: Url = token_url
            .parse()
            .map_err(|_| self.problem("names a `token_endpoint` that is no URL"))?;
        self.check_token_url(&token_url)?;
        let methods = document.token_endpoint_auth_methods_supported;
        let takes = |method: &str| methods.iter().any(|taken| taken == method);
        Ok(Place {
            token_url,
            issuer: Some(document.issuer),
            takes_posts_only: takes("client_secret_post") && !takes("client_secret_basic"),
        })
    }

    /// S1, for a URL that the user has not written.
    fn check_token_url(&self, url: &Url) -> Result<(), TokenError> {
        // The rest of it is the server's to say.
        let mut origin = url.clone();
        origin.set_path("");
        origin.set_query(None);
        origin.set_fragment(None);
        let origin = origin.as_str().parse::<BaseUrl>();
        let origin = origin.map_err(|_| self.problem("names a `token_endpoint` that is no http or https URL"))?;
        origin
            .check_security(self.allow_http, "its `token_endpoint`")
            .map_err(|problem| self.problem(&format!("cannot be used: {problem}")))
    }

    fn problem(&self, problem: &str) -> TokenError {
        TokenError::Discovery {
            issuer: self.name.clone(),
            problem: problem.to_owned(),
        }
    }
}

#[cfg(test)]
mod fuzz;
#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn discovery(issuer: &str) -> Discovery {
        Discovery::new(issuer.to_owned(), issuer.parse().unwrap(), false)
    }

    #[test]
    fn the_well_known_path_goes_before_the_issuers_own_or_behind_it() {
        let urls = |issuer: &str| discovery(issuer).urls().map(String::from);
        assert_eq!(
            urls("https://x.example/tenant/"),
            [
                "https://x.example/.well-known/oauth-authorization-server/tenant",
                "https://x.example/tenant/.well-known/openid-configuration"
            ]
        );
        assert_eq!(
            urls("https://x.example"),
            [
                "https://x.example/.well-known/oauth-authorization-server",
                "https://x.example/.well-known/openid-configuration"
            ]
        );
    }

    #[test]
    fn s01_a_document_is_believed_only_about_its_own_issuer_and_over_https() {
        let check = |issuer: &str, token_endpoint: &str| {
            let document = json!({"issuer": issuer, "token_endpoint": token_endpoint});
            let checked = discovery("https://x.example").check(document.to_string().as_bytes());
            checked
                .map(|place| place.token_url.to_string())
                .map_err(|error| error.to_string())
        };
        assert_eq!(
            check("https://x.example", "https://other.example/token?a=b").as_deref(),
            Ok("https://other.example/token?a=b")
        );
        for (issuer, token_endpoint, problem) in [
            (
                "https://x.example/",
                "https://x.example/token",
                "is that of the issuer `https://x.example/`",
            ),
            (
                "https://evil.example",
                "https://evil.example/token",
                "is that of the issuer",
            ),
            ("https://x.example", "http://x.example/token", "over plain http"),
            ("https://x.example", "file:///token", "no http or https URL"),
            ("https://x.example", "/token", "is no URL"),
        ] {
            let error = check(issuer, token_endpoint).unwrap_err();
            assert!(error.contains(problem), "{error}");
        }
    }

    #[test]
    fn what_the_server_takes_decides_how_a_secret_is_sent() {
        let posts_only = |methods: &[&str]| {
            let document = json!({
                "issuer": "https://x.example",
                "token_endpoint": "https://x.example/token",
                "token_endpoint_auth_methods_supported": methods,
            });
            let place = discovery("https://x.example").check(document.to_string().as_bytes());
            place.unwrap().takes_posts_only
        };
        assert!(posts_only(&["client_secret_post", "private_key_jwt"]));
        assert!(!posts_only(&["client_secret_post", "client_secret_basic"]));
        assert!(!posts_only(&[]));
    }
}
