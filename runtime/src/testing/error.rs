//! Errors for fakes: what your service makes of a 409 is worth a test without a server.

use bytes::Bytes;
use http::{HeaderMap, StatusCode};

use crate::Error;

/// The error of a call that was answered with this status and body.
///
/// ```
/// use reauth::http::StatusCode;
/// use reauth::{Result, testing};
///
/// # #[reauth::api_client]
/// # trait TodoApi {
/// #     #[delete("/todo/{id}")]
/// #     async fn remove(&self, id: &str) -> Result<()>;
/// # }
/// struct Fake;
///
/// impl TodoApi for Fake {
///     async fn remove(&self, _id: &str) -> Result<()> {
///         Err(testing::error(StatusCode::CONFLICT, r#"{"code":"in_use"}"#))
///     }
/// }
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() {
/// let error = Fake.remove("1").await.unwrap_err();
/// assert_eq!(error.status(), Some(StatusCode::CONFLICT));
/// assert_eq!(error.json::<serde_json::Value>().unwrap()["code"], "in_use");
/// # }
/// ```
pub fn error(status: StatusCode, body: impl Into<Bytes>) -> Error {
    Error::answered(status, HeaderMap::new(), body.into())
}
