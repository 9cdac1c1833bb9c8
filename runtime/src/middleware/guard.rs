//! What stands between a request and the API: whether it may carry the credential there, and what its answer means.
//!
//! It knows neither `tower` nor reqwest-middleware. What they send again and how is theirs; whether, is decided here, by
//! the rules of the [call loop](crate::call) for an endpoint that says nothing of its own: a 401 is answered once with a
//! newer token, and once with a nonce where the server asks for one.

use std::sync::Arc;

use http::header::CONTENT_TYPE;
use http::uri::PathAndQuery;
use http::{HeaderMap, HeaderValue, StatusCode, Uri};
use reqwest::{Request, Url};
use tokio::runtime::Handle;
use tokio::time::{Instant, timeout_at};
use tracing::debug;

use crate::base_url::BaseUrl;
use crate::call::{Authorization, Authorized, Authorizer, Plan, is_rejection};
use crate::credential::LOAD_TIMEOUT;
use crate::endpoint::{Endpoint, EndpointBuilder};
use crate::error::{Error, Kind, Result, TokenError};

/// Every request is one to it.
static ENDPOINT: Endpoint = EndpointBuilder::new("", "", "/").authorized().build();

/// gRPC's `UNAUTHENTICATED`.
const UNAUTHENTICATED: &[u8] = b"16";

/// An API, and what authorizes the requests to it.
pub(super) struct Guard {
    api: BaseUrl,
    authorizer: Arc<dyn Authorizer>,
}

/// How often one request was sent again so far.
pub(super) struct Sends(Plan<'static>);

impl Sends {
    pub(super) fn new() -> Self {
        Self(Plan::of(&ENDPOINT))
    }
}

/// What an answer says of what its request carried.
#[derive(Debug, PartialEq)]
enum Verdict {
    Accepted,
    Rejected,
    /// That is not what it is about.
    Silent,
}

impl Guard {
    pub(super) fn new(api: BaseUrl, authorizer: Arc<dyn Authorizer>) -> Self {
        Self { api, authorizer }
    }

    pub(super) fn api(&self) -> &str {
        self.api.as_ref()
    }

    /// Whether a URL has the API's origin.
    pub(super) fn is_at(&self, url: &Url) -> bool {
        url.origin() == self.api.as_url().origin()
    }

    /// The token whose header is all that a request needs, where it is at hand.
    pub(super) fn at_hand(&self) -> Option<Arc<Authorization>> {
        self.authorizer.at_hand()
    }

    /// Authorizes a request, which is finished otherwise, or says why it must not be sent.
    pub(super) async fn authorize(&self, request: &mut Request) -> Result<Authorized> {
        if !self.is_at(request.url()) {
            return Err(self.elsewhere(&request.url().origin().ascii_serialization()));
        }
        if let Some(authorized) = self.authorizer.authorize_at_once(request, Instant::now()) {
            return Ok(authorized);
        }
        let no_token = |error| Error::outside(Kind::Token(error));
        if Handle::try_current().is_err() {
            return Err(no_token(Arc::new(TokenError::NoRuntime)));
        }
        let deadline = Instant::now() + LOAD_TIMEOUT;
        match timeout_at(deadline, self.authorizer.authorize(request, deadline)).await {
            Ok(authorized) => authorized.map_err(no_token),
            Err(_) => Err(no_token(Arc::new(TokenError::Timeout {
                server: self.authorizer.server().to_owned(),
                limit: LOAD_TIMEOUT,
            }))),
        }
    }

    /// The URL that a request is for. One without an origin goes wherever its client is connected, which is the API.
    pub(super) fn url_of(&self, uri: &Uri) -> Result<Url> {
        let url = if uri.authority().is_some() {
            Url::parse(&uri.to_string())
        } else {
            let path = uri.path_and_query().map_or("/", PathAndQuery::as_str);
            Url::parse(&[&self.api.as_url().origin().ascii_serialization(), path].concat())
        };
        url.map_err(|error| Error::outside(Kind::Unsendable(format!("the request's URI is no URL: {error}"))))
    }

    /// The same question as [`is_at`](Self::is_at), without making a URL of it.
    pub(super) fn check(&self, uri: &Uri) -> Result<()> {
        let (Some(authority), api) = (uri.authority(), self.api.as_url()) else {
            return Ok(());
        };
        let scheme = uri.scheme_str().unwrap_or_default();
        let host = api.host_str().unwrap_or_default();
        let default_port = match scheme {
            "https" => Some(443),
            "http" => Some(80),
            _ => None,
        };
        // Not `port_u16()`: a port that is none, as `:99999`, is not the default one.
        let port = match authority.as_str().strip_prefix(authority.host()) {
            Some("" | ":") => default_port,
            Some(port) => port.strip_prefix(':').and_then(|port| port.parse().ok()),
            None => None,
        };
        let is_ours = scheme == api.scheme()
            && authority.host().eq_ignore_ascii_case(host)
            && port.is_some()
            && port == api.port_or_known_default();
        if is_ours {
            return Ok(());
        }
        // What stands before an `@` may be a password.
        let authority = authority.as_str().rsplit('@').next().unwrap_or_default();
        Err(self.elsewhere(&format!("{scheme}://{authority}")))
    }

    /// S3: a token never leaves its origin, not by a mistake either.
    fn elsewhere(&self, to: &str) -> Error {
        let api = self.api.as_url().origin().ascii_serialization();
        Error::outside(Kind::Unsendable(format!(
            "the request is for {to}, and its credential for {api}: send it through another client, or build another \
             authorization for it"
        )))
    }

    /// Takes note of an answer; says whether the request is to be sent once more, where that can be done.
    pub(super) fn answered(
        &self,
        authorized: &Authorized,
        status: StatusCode,
        headers: &HeaderMap,
        sends: &mut Sends,
    ) -> bool {
        self.authorizer.heard(self.api.as_url(), headers);
        match verdict(status, headers) {
            Verdict::Silent => false,
            Verdict::Accepted => {
                if let Authorized::Token(token) = authorized
                    && !token.proven
                {
                    self.authorizer.accepted(token);
                }
                false
            }
            Verdict::Rejected => {
                let rejection = self.authorizer.rejected(authorized, headers);
                let again = sends.0.reauthorize(rejection);
                if let Err(stopped) = &again {
                    debug!(api = %self.api, %stopped, "rejected, and not sent again");
                }
                again.is_ok()
            }
        }
    }
}

/// HTTP says it by the status, gRPC by a header where the response has nothing else (its trailers are its headers then).
fn verdict(status: StatusCode, headers: &HeaderMap) -> Verdict {
    if is_rejection(status, headers) {
        return Verdict::Rejected;
    }
    let content_type = headers.get(CONTENT_TYPE).map_or(&b""[..], |value| value.as_bytes());
    let is_grpc = content_type.starts_with(b"application/grpc");
    match headers
        .get("grpc-status")
        .map(HeaderValue::as_bytes)
        .filter(|_| is_grpc)
    {
        Some(UNAUTHENTICATED) => Verdict::Rejected,
        Some(code) if code != b"0" => Verdict::Silent,
        _ if status.is_success() => Verdict::Accepted,
        _ => Verdict::Silent,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::credential::Bearer;

    fn guard(api: &str) -> Guard {
        use crate::credential::AnyCredential;
        use crate::endpoint::Api;
        let authorizer = Arc::new(Bearer::new("t")).authorizer(&Api::new("")).unwrap();
        Guard::new(api.parse().unwrap(), authorizer)
    }

    #[test]
    fn s03_a_request_to_another_origin_is_refused_by_name() {
        let guard = guard("https://api.example.com/v1");
        for ours in [
            "/todo",
            "*",
            "https://api.example.com/todo",
            "https://API.example.com:443/todo",
        ] {
            let uri: Uri = ours.parse().unwrap();
            assert!(guard.check(&uri).is_ok(), "{ours}");
        }
        for elsewhere in [
            "http://api.example.com/todo",
            "http://api.example.com:443/todo",
            "https://api.example.com:8443/todo",
            "https://evil.example/todo",
            "https://api.example.com.evil.example/todo",
            "https://canary@api.example.com/todo",
            "https://api.example.com@evil.example/todo",
            "api.example.com:443",
            "ftp://api.example.com/todo",
            "https://api.example.com:99999/todo",
        ] {
            let uri: Uri = elsewhere.parse().unwrap();
            let error = guard.check(&uri).unwrap_err().to_string();
            assert!(
                error.contains("and its credential for https://api.example.com:"),
                "{error}"
            );
            assert!(!error.contains("canary"), "{error}");
        }
    }

    #[test]
    fn s03_both_ways_to_ask_whether_a_url_is_ours_say_the_same() {
        const PIECES: [&str; 16] = [
            "https://",
            "http://",
            "api.example.com",
            "API.EXAMPLE.COM",
            "127.0.0.1",
            "[::1]",
            ":443",
            ":80",
            ":8080",
            "/",
            "a",
            "@",
            "?q=1",
            ":",
            ".",
            "evil.example",
        ];
        let mut any = crate::any::Any::new();
        let mut taken = 0;
        for base in ["https://api.example.com", "http://127.0.0.1:8080", "http://[::1]"] {
            let guard = guard(base);
            for _ in 0..20_000 {
                let text = format!("{}{}", PIECES[usize::from(any.bool())], any.pieces(&PIECES[2..]));
                let Ok(uri) = text.parse::<Uri>() else { continue };
                if guard.check(&uri).is_ok() {
                    assert!(guard.is_at(&guard.url_of(&uri).unwrap()), "{text}");
                    taken += 1;
                }
            }
        }
        assert!(taken > 100, "enough of them were taken: {taken}");
    }

    #[test]
    fn r16_what_a_newer_token_cannot_mend_is_no_rejection() {
        let verdict = |status: u16, headers: &[(&'static str, &str)]| {
            let headers = headers.iter().map(|(name, value)| {
                let name = http::HeaderName::from_static(name);
                (name, value.parse().unwrap())
            });
            verdict(StatusCode::from_u16(status).unwrap(), &headers.collect())
        };
        assert_eq!(verdict(204, &[]), Verdict::Accepted);
        assert_eq!(verdict(500, &[]), Verdict::Silent);
        assert_eq!(verdict(403, &[]), Verdict::Silent);
        assert_eq!(verdict(401, &[]), Verdict::Rejected);
        let more_scope = ("www-authenticate", "Bearer error=\"insufficient_scope\"");
        assert_eq!(verdict(401, &[more_scope]), Verdict::Silent);

        let grpc = ("content-type", "application/grpc+proto");
        assert_eq!(verdict(200, &[grpc]), Verdict::Accepted, "messages follow");
        assert_eq!(verdict(200, &[grpc, ("grpc-status", "0")]), Verdict::Accepted);
        assert_eq!(verdict(200, &[grpc, ("grpc-status", "16")]), Verdict::Rejected);
        assert_eq!(
            verdict(200, &[grpc, ("grpc-status", "7")]),
            Verdict::Silent,
            "PERMISSION_DENIED"
        );
        assert_eq!(verdict(200, &[("grpc-status", "16")]), Verdict::Accepted, "not gRPC");
    }

    #[test]
    fn a_request_without_an_origin_is_for_the_api() {
        let guard = guard("https://api.example.com/v1");
        let url = |uri: &str| guard.url_of(&uri.parse().unwrap()).unwrap().to_string();
        assert_eq!(url("/a//b?c=%20"), "https://api.example.com/a//b?c=%20");
        assert_eq!(url("//evil.example/a"), "https://api.example.com//evil.example/a");
        assert_eq!(url("https://api.example.com/a"), "https://api.example.com/a");
    }
}
