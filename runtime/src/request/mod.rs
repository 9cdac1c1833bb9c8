//! A *request* being built: arguments in, encoded pieces out.
//!
//! A generated method hands its arguments to a [`RequestBuilder`], which encodes them at once, before the future
//! starts: so they need not be `Send`, and the future borrows only the client. What comes out is a [`RequestParts`],
//! plain data from which each attempt renders a fresh `reqwest::Request`. Nothing is cloned for a retry that never
//! comes, and no attempt can carry the token of the one before.

mod body;
mod builder;
mod form;
mod header;
mod path;
mod plain;
mod query;
mod url;

use bytes::Bytes;
use http::header::{AUTHORIZATION, CONTENT_TYPE, HeaderName, HeaderValue};
use reqwest::{Method, Url};

pub use self::body::{Body, IntoBody};
pub use self::builder::RequestBuilder;
pub use self::header::HeaderParam;
pub(crate) use self::path::ALL_BUT_UNRESERVED;
pub use self::path::PathParam;
pub use self::query::{QueryFields, QueryParam};
pub use self::url::UrlParam;

/// A request, encoded but without its credential.
#[derive(Default)]
pub(crate) struct RequestParts {
    method: Method,
    /// Where it goes in place of the base URL, `path` and `query`.
    url: Option<Url>,
    path: String,
    query: String,
    /// The endpoint's own, lower-cased and checked when compiling.
    constants: &'static [(&'static str, &'static str)],
    headers: Vec<(HeaderName, HeaderValue)>,
    body: Option<Body>,
}

impl RequestParts {
    /// A form posted to one URL, whose path and query are those of the base URL given to [`render`](Self::render).
    pub(crate) fn form(url: &Url, form: Bytes) -> Self {
        Self {
            method: Method::POST,
            path: url.path().to_owned(),
            body: Some(Body::new(
                HeaderValue::from_static("application/x-www-form-urlencoded"),
                form,
            )),
            ..Self::default()
        }
    }

    /// Where it goes: path and query are set on a copy of the base URL, so its origin stays.
    pub(crate) fn url(&self, base: &Url) -> Url {
        if let Some(url) = &self.url {
            return url.clone();
        }
        let mut url = base.clone();
        url.set_path(&self.path);
        if !self.query.is_empty() {
            url.set_query(Some(&self.query));
        }
        url
    }

    /// Sends it to another URL.
    pub(crate) fn set_url(&mut self, url: Url) {
        self.url = Some(url);
    }

    /// Where it goes, as far as its origin is concerned.
    pub(crate) fn server(&self, base: &Url) -> String {
        self.url.as_ref().unwrap_or(base).origin().ascii_serialization()
    }

    /// The request of one attempt.
    pub(crate) fn render(&self, base: &Url, authorization: Option<HeaderValue>) -> reqwest::Request {
        let mut request = reqwest::Request::new(self.method.clone(), self.url(base));
        let headers = request.headers_mut();
        for &(name, value) in self.constants {
            headers.append(HeaderName::from_static(name), HeaderValue::from_static(value));
        }
        for (name, value) in &self.headers {
            headers.append(name, value.clone());
        }
        if let Some(authorization) = authorization {
            headers.insert(AUTHORIZATION, authorization);
        }
        if let Some(body) = &self.body {
            headers.entry(CONTENT_TYPE).or_insert_with(|| body.content_type());
            *request.body_mut() = Some(body.bytes().into());
        }
        request
    }
}

/// Names only: values may be anybody's data.
impl std::fmt::Debug for RequestParts {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("RequestParts")
            .field(
                "headers",
                &self.headers.iter().map(|(name, _)| name).collect::<Vec<_>>(),
            )
            .field("has_body", &self.body.is_some())
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::endpoint::{Endpoint, EndpointBuilder};

    fn built(endpoint: &'static Endpoint, build: impl FnOnce(&mut RequestBuilder)) -> reqwest::Request {
        let base = Url::parse("https://api.example.com/v1").unwrap();
        let mut request = RequestBuilder::new(endpoint, "/v1");
        build(&mut request);
        request.finish(&base).unwrap().render(&base, None)
    }

    #[test]
    fn constant_headers_are_sent_and_win_over_the_bodys_content_type() {
        static PLAIN: Endpoint = EndpointBuilder::new("", "POST", "/x").build();
        static OWN: Endpoint = EndpointBuilder::new("", "POST", "/x")
            .headers(&[
                ("accept", "text/html"),
                ("content-type", "application/merge-patch+json"),
            ])
            .build();
        let body = |request: &mut RequestBuilder| request.body(&1);
        assert_eq!(built(&PLAIN, body).headers()[CONTENT_TYPE], "application/json");
        let request = built(&OWN, body);
        assert_eq!(request.headers()["accept"], "text/html");
        let content_types: Vec<_> = request.headers().get_all(CONTENT_TYPE).iter().collect();
        assert_eq!(content_types, ["application/merge-patch+json"]);
    }

    #[test]
    fn a_url_of_the_servers_replaces_the_path_and_keeps_its_query() {
        static NEXT: Endpoint = EndpointBuilder::new("", "GET", "{link}").build();
        let request = built(&NEXT, |request| {
            request.literal_query("a=b");
            request.url("link", "https://api.example.com/v1/item?cursor=%2f+x#part");
            request.query("c", &["d", "e"]);
        });
        assert_eq!(
            request.url().as_str(),
            "https://api.example.com/v1/item?cursor=%2f+x&a=b&c=d&c=e"
        );
    }

    /// Characters that mean something to a URL.
    const TELLING: [char; 16] = [
        '.', '/', '\\', '%', '2', 'e', '@', ':', '?', '#', '&', ';', '[', '\t', '\n', 'ä',
    ];

    fn any_text(rng: &mut fastrand::Rng) -> String {
        let length = rng.usize(..8);
        (0..length)
            .map(|_| {
                if rng.bool() {
                    rng.choice(TELLING).unwrap()
                } else {
                    rng.char(..)
                }
            })
            .collect()
    }

    #[test]
    fn s04_no_parameter_changes_where_a_request_goes() {
        let seed = fastrand::u64(..);
        let mut rng = fastrand::Rng::with_seed(seed);
        let base = Url::parse("https://api.example.com:8443/v1/").unwrap();
        let mut sent = 0;
        for _ in 0..100_000 {
            let mut parts = RequestParts {
                path: "/v1/".to_owned(),
                ..RequestParts::default()
            };
            let texts = [any_text(&mut rng), any_text(&mut rng), any_text(&mut rng)];
            let whole = path::push_segment(&mut parts.path, &texts[0]);
            parts.path.push_str("/x");
            let part = path::push_segment(&mut parts.path, &texts[1]);
            query::push_argument(&mut parts.query, "q", &texts[2]).unwrap();
            if whole.is_err() || part.is_err() {
                continue;
            }
            sent += 1;
            let request = parts.render(&base, None);
            let url = request.url();
            assert_eq!(url.origin(), base.origin(), "seed {seed}: {texts:?}");
            assert_eq!(
                (url.username(), url.password(), url.fragment()),
                ("", None, None),
                "seed {seed}: {texts:?}"
            );
            let segments: Vec<_> = url.path_segments().unwrap().collect();
            assert_eq!(segments.len(), 3, "seed {seed}: {texts:?} in {url}");
            assert_eq!(segments[0], "v1", "seed {seed}: {texts:?} in {url}");
            assert_eq!(url.query_pairs().next().unwrap().1, texts[2], "seed {seed}");
        }
        assert!(sent > 10_000, "seed {seed}: enough of them were sent");
    }
}
