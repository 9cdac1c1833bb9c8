//! A *response* being decoded: what a method returns is decided by types, through [`FromResponse`].
//!
//! The call loop hands over an [`Answer`]: the last response's head, its unread body, and how the call went. The
//! return type takes what it needs from it; where that fails, or the status is no success, the answer becomes an
//! [`Error`] that keeps all of it.

mod absent;
mod answer;
mod body;
mod envelope;
mod json;
mod text;

use std::future::Future;

use http::StatusCode;

pub(crate) use self::answer::Answer;
pub(crate) use self::body::DRAIN_TIME;
pub use self::body::RawResponse;
pub use self::envelope::Response;
pub use self::text::Text;
use crate::error::{DecodeError, Error, Kind};

/// What a method can return as `T` in `Result<T>`.
///
/// Anything that is `DeserializeOwned` comes from JSON. Two kinds of types get more than that, by serde's own rules
/// for a value that is missing: `Option<T>` is `None` for 404, 204 or an empty body, and `()` takes any success and
/// ignores the body. [`Text`] and [`Response<T>`] are wrapper types beside that.
///
/// Implement it for a wrapper type of yours to read another format:
///
/// ```
/// use reauth::{DecodeError, FromResponse, RawResponse};
///
/// struct Csv(Vec<Vec<String>>);
///
/// impl FromResponse for Csv {
///     async fn from_response(response: &mut RawResponse) -> Result<Self, DecodeError> {
///         let body = response.bytes().await?;
///         let text = std::str::from_utf8(&body).map_err(DecodeError::new)?;
///         let row = |line: &str| line.split(',').map(str::to_owned).collect();
///         Ok(Csv(text.lines().map(row).collect()))
///     }
/// }
/// ```
#[diagnostic::on_unimplemented(
    message = "a method cannot return `{Self}`",
    label = "cannot be read from a response",
    note = "a response is read as JSON: derive `serde::Deserialize` for `{Self}`, or implement `reauth::FromResponse`"
)]
pub trait FromResponse: Sized {
    /// Reads a response whose status is a success.
    fn from_response(response: &mut RawResponse) -> impl Future<Output = Result<Self, DecodeError>> + Send;

    /// What stands for a 404; `None` where that is an error, as it is for most types.
    #[must_use]
    fn not_found(response: &RawResponse) -> Option<Self> {
        let _ = response;
        None
    }
}

#[diagnostic::do_not_recommend]
impl<T: serde::de::DeserializeOwned> FromResponse for T {
    async fn from_response(response: &mut RawResponse) -> Result<Self, DecodeError> {
        if absent::is_unit::<Self>() {
            response.drain_soon().await;
            // Made after the await, as below: a value that were kept over it would have to be `Send`.
            return absent::unit().ok_or_else(DecodeError::empty_body);
        }
        let body = response.bytes().await?;
        if body.is_empty() {
            return absent::none().ok_or_else(DecodeError::empty_body);
        }
        json::decode(&body, response.headers())
    }

    fn not_found(_: &RawResponse) -> Option<Self> {
        absent::none()
    }
}

/// What can be the `E` in `Result<T, E>`: whatever an [`Error`] can be turned into.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be the error of a method",
    label = "cannot be made of a `reauth::Error`",
    note = "a call that fails has a `reauth::Error`: write `impl From<reauth::Error> for {Self}`"
)]
pub trait MethodError: From<Error> {}

#[diagnostic::do_not_recommend]
impl<E: From<Error>> MethodError for E {}

/// What a method's return type must be: a `Result`, by whatever name.
#[diagnostic::on_unimplemented(
    message = "a method cannot return `{Self}`",
    label = "write `Result<{Self}>`",
    note = "every call can fail: return `reauth::Result<T>`, or `Result<T, E>` where `E: From<reauth::Error>`"
)]
pub trait ReturnType: Sized {
    /// Decodes what the call loop came back with.
    #[doc(hidden)]
    fn decode(answer: Result<Answer, Error>) -> impl Future<Output = Self> + Send;
}

impl<T: FromResponse, E: MethodError> ReturnType for Result<T, E> {
    async fn decode(answer: Result<Answer, Error>) -> Self {
        let mut answer = answer?;
        let status = answer.response.status();
        if status.is_success() {
            let decoded = answer.in_time(T::from_response).await;
            return match decoded {
                Some(Ok(value)) => Ok(value),
                Some(Err(error)) => Err(answer.fail(error.into_kind()).into()),
                None => Err(answer.deadline_passed().into()),
            };
        }
        if status == StatusCode::NOT_FOUND && T::not_found(&answer.response).is_some() {
            answer.response.drain_soon().await;
            if let Some(value) = T::not_found(&answer.response) {
                return Ok(value);
            }
        }
        // The server's own words; where they break off, the status still is what happened.
        let _ = answer.in_time(RawResponse::buffer).await;
        Err(answer.fail(Kind::Status(status)).into())
    }
}
