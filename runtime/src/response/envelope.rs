//! A body together with its status and headers.

use std::ops::{Deref, DerefMut};

use http::{HeaderMap, StatusCode};

use super::{FromResponse, RawResponse};
use crate::error::DecodeError;

/// Status, headers and a `T`: for methods whose callers need more than the body. Derefs to the body.
///
/// ```
/// # use reauth::{api_client, Result};
/// use reauth::Response;
///
/// #[api_client]
/// pub trait Files {
///     #[head("/file/{name}")]
///     async fn size(&self, name: &str) -> Result<Response<()>>;
/// }
///
/// # async fn example(files: FilesClient) -> Result<()> {
/// let length = files.size("report.pdf").await?.headers()["content-length"].clone();
/// # Ok(()) }
/// ```
#[derive(Clone, Debug)]
pub struct Response<T> {
    status: StatusCode,
    headers: HeaderMap,
    body: T,
}

impl<T> Response<T> {
    /// A response that no server sent: what a fake in a test returns.
    pub fn new(status: StatusCode, headers: HeaderMap, body: T) -> Self {
        Self { status, headers, body }
    }

    fn received(response: &RawResponse, body: T) -> Self {
        Self::new(response.status(), response.headers().clone(), body)
    }

    /// The status code.
    #[must_use]
    pub fn status(&self) -> StatusCode {
        self.status
    }

    /// The headers.
    #[must_use]
    pub fn headers(&self) -> &HeaderMap {
        &self.headers
    }

    /// The body.
    #[must_use]
    pub fn body(&self) -> &T {
        &self.body
    }

    /// The body, without the rest.
    #[must_use]
    pub fn into_body(self) -> T {
        self.body
    }
}

impl<T: FromResponse> FromResponse for Response<T> {
    async fn from_response(response: &mut RawResponse) -> Result<Self, DecodeError> {
        T::from_response(response)
            .await
            .map(|body| Self::received(response, body))
    }

    fn not_found(response: &RawResponse) -> Option<Self> {
        T::not_found(response).map(|body| Self::received(response, body))
    }
}

impl<T> Deref for Response<T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.body
    }
}

impl<T> DerefMut for Response<T> {
    fn deref_mut(&mut self) -> &mut T {
        &mut self.body
    }
}
