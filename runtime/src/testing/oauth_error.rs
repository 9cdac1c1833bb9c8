//! The error body of a token endpoint, RFC 6749 section 5.2.

use std::borrow::Cow;

use http::header::{CACHE_CONTROL, HeaderValue};
use http::{Response, StatusCode};
use serde_json::json;

use super::body::{self, Body};

#[derive(Debug)]
pub(super) struct OAuthError {
    status: StatusCode,
    error: Cow<'static, str>,
    description: Cow<'static, str>,
}

impl OAuthError {
    pub(super) fn new(status: StatusCode, error: &str, description: &str) -> Self {
        Self {
            status,
            error: error.to_owned().into(),
            description: description.to_owned().into(),
        }
    }

    pub(super) fn invalid_request(description: impl Into<Cow<'static, str>>) -> Self {
        Self {
            status: StatusCode::BAD_REQUEST,
            error: "invalid_request".into(),
            description: description.into(),
        }
    }

    pub(super) fn invalid_grant(description: impl Into<Cow<'static, str>>) -> Self {
        Self {
            status: StatusCode::BAD_REQUEST,
            error: "invalid_grant".into(),
            description: description.into(),
        }
    }

    /// Auth0 says `access_denied` where RFC 6749 has `invalid_client`, `invalid_target` and
    /// `invalid_scope`.
    pub(super) fn access_denied(status: StatusCode, description: impl Into<Cow<'static, str>>) -> Self {
        Self {
            status,
            error: "access_denied".into(),
            description: description.into(),
        }
    }

    pub(super) fn into_response(self) -> Response<Body> {
        let error = json!({ "error": self.error, "error_description": self.description });
        let mut response = body::json(self.status, &error);
        response
            .headers_mut()
            .insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
        response
    }
}
