//! Takes the arguments of one call, in the order of the generated method's body.

use std::fmt::Display;

use http::header::HeaderName;
use reqwest::Url;

use super::{
    HeaderParam, IdempotencyKey, IntoBody, PathParam, QueryFields, QueryParam, RequestParts, UrlParam, header, path,
    query, url,
};
use crate::call_options::CallOptions;
use crate::endpoint::Endpoint;
use crate::error::{ArgumentError, Error};

/// Takes the arguments of one call; what a generated method's body uses.
///
/// The first argument that cannot be encoded is remembered, and ends the call before anything is sent.
pub struct RequestBuilder {
    endpoint: &'static Endpoint,
    parts: Box<RequestParts>,
    /// The URL that the request goes to in place of the path, with the argument's name.
    link: Option<(&'static str, String)>,
    refused: Option<ArgumentError>,
}

impl RequestBuilder {
    /// `prefix` is the base URL's path, which the endpoint's is appended to.
    pub(crate) fn new(endpoint: &'static Endpoint, prefix: &str) -> Self {
        let mut path = String::with_capacity(prefix.len() + endpoint.path().len() + 24);
        path.push_str(prefix);
        Self {
            endpoint,
            parts: Box::new(RequestParts {
                path,
                constants: endpoint.headers(),
                ..RequestParts::default()
            }),
            link: None,
            refused: None,
        }
    }

    pub(crate) fn endpoint(&self) -> &'static Endpoint {
        self.endpoint
    }

    /// A piece of the path as the template has it, checked when compiling.
    pub fn literal(&mut self, piece: &'static str) {
        self.parts.path.push_str(piece);
    }

    /// The value of a placeholder: one segment, or part of one, that decodes to the value.
    pub fn segment<T: PathParam + ?Sized>(&mut self, name: &'static str, value: &T) {
        self.segment_of(name, &value.display());
    }

    fn segment_of(&mut self, name: &'static str, value: &dyn Display) {
        let result = path::push_segment(&mut self.parts.path, value);
        self.keep(result.map_err(|problem| ArgumentError::new(name, problem)));
    }

    /// The value of a placeholder such as `{*rest}`: as many segments as it has, each encoded like one.
    pub fn segments<T: PathParam + ?Sized>(&mut self, name: &'static str, value: &T) {
        self.segments_of(name, &value.display());
    }

    fn segments_of(&mut self, name: &'static str, value: &dyn Display) {
        let result = path::push_segments(&mut self.parts.path, value);
        self.keep(result.map_err(|problem| ArgumentError::new(name, problem)));
    }

    /// The whole URL, absolute or seen from the base URL; the method's queries are appended to its own.
    pub fn url<T: UrlParam + ?Sized>(&mut self, name: &'static str, value: &T) {
        self.link = Some((name, value.as_ref().to_owned()));
    }

    /// A query as the template has it, checked when compiling.
    pub fn literal_query(&mut self, query: &'static str) {
        self.parts.query.push_str(query);
    }

    /// `name=value`; nothing for `None`, the name again for each item of a sequence, `name[key]` for structs and maps.
    pub fn query<T: QueryParam + ?Sized>(&mut self, name: &'static str, value: &T) {
        let result = query::push_argument(&mut self.parts.query, name, value);
        self.keep(result.map_err(|problem| ArgumentError::new(name, problem)));
    }

    /// The fields of a struct, the entries of a map, or pairs; nothing for `None`.
    pub fn query_fields<T: QueryFields + ?Sized>(&mut self, name: &'static str, value: &T) {
        let result = query::push_fields(&mut self.parts.query, value);
        self.keep(result.map_err(|problem| ArgumentError::new(name, problem)));
    }

    /// A header; nothing for `None`.
    pub fn header<T: HeaderParam + ?Sized>(&mut self, name: &'static str, value: &T) {
        match header::value(value) {
            Ok(Some(value)) => self.parts.headers.push((HeaderName::from_static(name), value)),
            Ok(None) => {}
            Err(problem) => self.keep(Err(ArgumentError::new(name, problem))),
        }
    }

    /// The body, encoded as its type says.
    pub fn body<T: IntoBody>(&mut self, body: T) {
        match body.into_body() {
            Ok(body) => self.parts.body = Some(body),
            Err(problem) => self.keep(Err(problem)),
        }
    }

    /// The encoded request, or what is wrong with an argument or an option. A URL is seen from `base`.
    pub(crate) fn finish(mut self, base: &Url, options: Option<&CallOptions>) -> Result<Box<RequestParts>, Error> {
        if let Some((name, link)) = self.link.take() {
            match url::resolve(base, &link, self.endpoint.is_any_origin()) {
                Ok(mut url) => {
                    url::append_query(&mut url, &self.parts.query);
                    self.parts.url = Some(url);
                }
                Err(problem) => self.keep(Err(ArgumentError::new(name, problem))),
            }
        }
        match self.endpoint.verb().parse() {
            Ok(method) => self.parts.method = method,
            Err(_) => self.keep(Err(ArgumentError::new("verb", "is no HTTP method"))),
        }
        if let Some(options) = options {
            self.parts.overriding.clone_from(&options.headers);
            self.keep(options.problem().map_or(Ok(()), Err));
        }
        // Last: a call that is not made spends no key.
        if self.refused.is_none() {
            let keyed = self.idempotency_key(options);
            self.keep(keyed);
        }
        match self.refused {
            None => Ok(self.parts),
            Some(problem) => Err(Error::argument(self.endpoint, problem)),
        }
    }

    fn idempotency_key(&mut self, options: Option<&CallOptions>) -> Result<(), ArgumentError> {
        let has_own = options.is_some_and(CallOptions::has_idempotency_key);
        let named = self.endpoint.idempotency_key();
        let Some(name) = named.or(has_own.then_some(IdempotencyKey::HEADER)) else {
            return Ok(());
        };
        if self.parts.overriding.iter().any(|(header, _)| header == name) {
            let problem = format!("cannot set `{name}`, which carries the idempotency key: `idempotency_key(…)` does");
            return Err(ArgumentError::new("header", problem));
        }
        let given = match options {
            Some(options) => options.take_idempotency_key()?,
            None => None,
        };
        let key = IdempotencyKey::new(name, given);
        self.parts.idempotency_key = Some(key.ok_or_else(|| ArgumentError::new("idempotency_key", "names no header"))?);
        Ok(())
    }

    fn keep(&mut self, result: Result<(), ArgumentError>) {
        if let Err(problem) = result {
            self.refused.get_or_insert(problem);
        }
    }
}

/// Names only: values, and what a link carries, may be anybody's data.
impl std::fmt::Debug for RequestBuilder {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("RequestBuilder")
            .field("endpoint", &self.endpoint.name())
            .field("parts", &self.parts)
            .field("link", &self.link.as_ref().map(|(name, _)| name))
            .field("refused", &self.refused)
            .finish()
    }
}
