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
mod idempotency_key;
mod origin;
mod path;
mod plain;
mod query;
mod streamed;
mod url;

use bytes::Bytes;
use http::header::{CONTENT_LENGTH, CONTENT_TYPE, HeaderName, HeaderValue};
use reqwest::{Method, Url};

use crate::error::BodyError;

pub use self::body::{Body, IntoBody};
pub use self::builder::RequestBuilder;
pub(crate) use self::form::{Refused, push_fields};
pub use self::header::HeaderParam;
pub(crate) use self::header::is_reserved;
use self::idempotency_key::IdempotencyKey;
pub(crate) use self::origin::{LinkError, any_origin, same_origin};
pub(crate) use self::path::ALL_BUT_UNRESERVED;
pub use self::path::PathParam;
pub use self::query::{QueryFields, QueryParam};
pub(crate) use self::streamed::said;
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
    /// In place of any of their names.
    overriding: Vec<(HeaderName, HeaderValue)>,
    idempotency_key: Option<IdempotencyKey>,
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

    /// What is read from one URL.
    pub(crate) fn get(url: &Url) -> Self {
        Self {
            url: Some(url.clone()),
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

    /// Makes it the request of another call, at this URL.
    pub(crate) fn follow(&mut self, url: Url) {
        self.url = Some(url);
        if let Some(key) = &mut self.idempotency_key {
            key.renew();
        }
    }

    /// A URL of the server that it goes to, not to be shown as it is.
    pub(crate) fn target<'a>(&'a self, base: &'a Url) -> &'a Url {
        self.url.as_ref().unwrap_or(base)
    }

    /// Where it goes, as far as its origin is concerned.
    pub(crate) fn server(&self, base: &Url) -> String {
        self.target(base).origin().ascii_serialization()
    }

    /// Whether its body is a stream, which only one request can carry.
    pub(crate) fn has_stream(&self) -> bool {
        self.body.as_ref().is_some_and(Body::is_stream)
    }

    /// Whether its body was a stream, and is gone.
    pub(crate) fn is_spent(&self) -> bool {
        self.body.as_ref().is_some_and(Body::is_spent)
    }

    /// What went wrong with the stream that its body is.
    pub(crate) fn take_failure(&self) -> Option<BodyError> {
        self.body.as_ref()?.take_failure()
    }

    /// Finds what is wrong with its body before anything is sent, where no transport would.
    pub(crate) async fn check_body(&self) -> Result<(), BodyError> {
        match &self.body {
            Some(body) => body.check().await,
            None => Ok(()),
        }
    }

    /// The request of one attempt, but for its credential.
    pub(crate) fn render(&self, base: &Url) -> reqwest::Request {
        let mut request = reqwest::Request::new(self.method.clone(), self.url(base));
        let headers = request.headers_mut();
        for &(name, value) in self.constants {
            headers.append(HeaderName::from_static(name), HeaderValue::from_static(value));
        }
        for (name, value) in &self.headers {
            headers.append(name, value.clone());
        }
        if let Some(key) = &self.idempotency_key {
            headers.insert(&key.name, key.value.clone());
        }
        for (name, value) in &self.overriding {
            headers.insert(name, value.clone());
        }
        // Said also of nothing, where something is expected (RFC 9110, section 8.6): some servers answer 411 otherwise.
        if expects_content(&self.method) && self.body.as_ref().is_none_or(Body::is_empty) {
            headers.insert(CONTENT_LENGTH, HeaderValue::from_static("0"));
        }
        if let Some(body) = &self.body {
            if body.binds_content_type() || !headers.contains_key(CONTENT_TYPE) {
                headers.insert(CONTENT_TYPE, body.content_type());
            }
            *request.body_mut() = Some(body.render());
        }
        request
    }
}

fn expects_content(method: &Method) -> bool {
    matches!(*method, Method::POST | Method::PUT | Method::PATCH)
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
    use crate::any::Any;
    use crate::content::Multipart;
    use crate::endpoint::{Endpoint, EndpointBuilder};

    fn built(endpoint: &'static Endpoint, build: impl FnOnce(&mut RequestBuilder)) -> reqwest::Request {
        let base = Url::parse("https://api.example.com/v1").unwrap();
        let mut request = RequestBuilder::new(endpoint, "/v1");
        build(&mut request);
        request.finish(&base, None).unwrap().render(&base)
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
        let body = |request: &mut RequestBuilder| request.body(1);
        assert_eq!(built(&PLAIN, body).headers()[CONTENT_TYPE], "application/json");
        let request = built(&OWN, body);
        assert_eq!(request.headers()["accept"], "text/html");
        let content_types: Vec<_> = request.headers().get_all(CONTENT_TYPE).iter().collect();
        assert_eq!(content_types, ["application/merge-patch+json"]);
    }

    #[test]
    fn p03_an_attempt_is_rendered_without_a_copy_of_headers_or_body() {
        static POST: Endpoint = EndpointBuilder::new("", "POST", "/x").build();
        let base = Url::parse("https://api.example.com").unwrap();
        let mut request = RequestBuilder::new(&POST, "");
        request.literal("/x");
        request.header("x-trace", &"t".repeat(10_000));
        request.body("b".repeat(100_000));
        let parts = request.finish(&base, None).unwrap();

        let mut first = None;
        let allocated = allocation_counter::measure(|| first = Some(parts.render(&base)));
        // The URL, the map of headers, and what reqwest wraps a body in.
        assert!(allocated.bytes_total < 2_000, "{allocated:?}");
        let (first, second) = (first.unwrap(), parts.render(&base));
        let trace = |request: &reqwest::Request| request.headers()["x-trace"].as_bytes().as_ptr();
        let body = |request: &reqwest::Request| request.body().unwrap().as_bytes().unwrap().as_ptr();
        assert_eq!((trace(&first), body(&first)), (trace(&second), body(&second)));
    }

    #[test]
    fn no_header_takes_the_boundary_from_a_multipart() {
        static CONSTANT: Endpoint = EndpointBuilder::new("", "POST", "/x")
            .headers(&[("content-type", "multipart/form-data")])
            .build();
        static ARGUMENT: Endpoint = EndpointBuilder::new("", "POST", "/x").build();
        let constant = built(&CONSTANT, |request| request.body(Multipart::new()));
        let argument = built(&ARGUMENT, |request| {
            request.header("content-type", "multipart/mixed");
            request.body(Multipart::new());
        });
        for request in [constant, argument] {
            let content_types: Vec<_> = request.headers().get_all(CONTENT_TYPE).iter().collect();
            assert_eq!(content_types.len(), 1);
            let content_type = content_types[0].to_str().unwrap();
            assert!(
                content_type.starts_with("multipart/form-data; boundary="),
                "{content_type}"
            );
        }
    }

    #[test]
    fn r26_a_key_of_the_callers_serves_one_call() {
        use crate::call_options::CallOptions;
        static POST: Endpoint = EndpointBuilder::new("Api::add", "POST", "/x")
            .idempotency_key("X-Key")
            .build();
        let base = Url::parse("https://api.example.com/v1").unwrap();
        let key = CallOptions::new().idempotency_key("canary");
        let first = key.clone().or(None);
        let finish = |options: &CallOptions| RequestBuilder::new(&POST, "/v1").finish(&base, Some(options));
        let sent = finish(&first).unwrap().render(&base);
        assert_eq!(sent.headers()["x-key"], "canary");
        let later = CallOptions::new().or(Some(&first));
        for spent in [&first, &first.clone(), &later] {
            let error = finish(spent).unwrap_err();
            assert!(error.to_string().contains("another call"), "{error}");
            assert!(!format!("{error:?}").contains("canary"));
        }
        finish(&key.or(Some(&first))).expect("`with` once more is another call");

        let fresh = CallOptions::new().idempotency_key("canary").header("x-key", "canary");
        for _ in 0..2 {
            let error = finish(&fresh).unwrap_err();
            assert!(error.to_string().contains("cannot set `X-Key`"), "{error}");
        }
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

    #[test]
    fn s08_a_request_that_is_being_built_shows_names_only() {
        static ANY: Endpoint = EndpointBuilder::new("Api::any", "POST", "/{id}").any_origin().build();
        let mut request = RequestBuilder::new(&ANY, "");
        request.segment("id", "canary");
        request.url("link", "https://files.example/?signature=canary");
        request.query("page", "canary");
        request.header("x-trace", "canary");
        request.body("canary");
        let shown = format!("{request:?}");
        assert!(!shown.contains("canary"), "{shown}");
        for name in ["Api::any", "link", "x-trace"] {
            assert!(shown.contains(name), "{name} in {shown}");
        }
    }

    /// The rest of 10^6 values are in the tests of paths, forms, headers and URLs.
    #[test]
    fn s04_no_parameter_changes_where_a_request_goes() {
        let mut any = Any::new();
        let base = Url::parse("https://api.example.com:8443/v1/").unwrap();
        for _ in 0..40_000 {
            let mut parts = RequestParts {
                path: "/v1/".to_owned(),
                ..RequestParts::default()
            };
            let path = &mut parts.path;
            let (whole, ()) = any.text_that(|text| path::push_segment(path, &text));
            path.push_str("/x");
            let (part, ()) = any.text_that(|text| path::push_segment(path, &text));
            path.push('/');
            let (rest, ()) = any.text_that(|text| path::push_segments(path, &text));
            let (argument, field, name) = (any.text(), any.text(), any.text());
            query::push_argument(&mut parts.query, "q", &argument).unwrap();
            query::push_fields(&mut parts.query, &[(&name, &field)]).unwrap();
            let (text, value) = any.text_that(|text| header::value(text)?.ok_or(String::new()));
            parts.headers.push((HeaderName::from_static("x-any"), value));

            let request = parts.render(&base);
            let url = request.url();
            assert_eq!(url.origin(), base.origin());
            assert_eq!((url.username(), url.password(), url.fragment()), ("", None, None));
            let decoded = |segment| percent_encoding::percent_decode_str(segment).decode_utf8().unwrap();
            let segments: Vec<_> = url.path_segments().unwrap().map(decoded).collect();
            let mut expected = vec!["v1".into(), whole, format!("x{part}")];
            expected.extend(rest.split('/').map(str::to_owned));
            assert_eq!(segments, expected, "{url}");
            let pairs: Vec<_> = url.query_pairs().into_owned().collect();
            assert_eq!(pairs, [("q".to_owned(), argument), (name, field)], "{url}");
            let values: Vec<_> = request.headers().values().map(HeaderValue::as_bytes).collect();
            assert_eq!(values, [text.as_bytes()]);
        }
    }
}
