//! A *response* being decoded: what a method returns is decided by types, through [`FromResponse`].
//!
//! The call loop handles an [`Incoming`] for each attempt, and hands over a [`RawResponse`]: the last one, its body
//! unread, and how the call went. The return type takes what it needs from it; where that fails, or the status is no
//! success, it becomes an [`Error`] that keeps all of it.

mod absent;
mod buffer;
mod envelope;
mod incoming;
mod json;
mod raw;
mod record;

use std::future::Future;

use http::StatusCode;

pub use self::envelope::Response;
pub(crate) use self::incoming::{DEFAULT_MAX_BODY, DRAIN_TIME, Incoming};
pub use self::raw::RawResponse;
pub use self::record::FromRecord;
use crate::error::{DecodeError, Error, Kind};

/// What a method can return as `T` in `Result<T>`.
///
/// Anything that is `DeserializeOwned` comes from JSON. Two kinds of types get more than that, by serde's own rules
/// for a value that is missing: `Option<T>` is `None` for 404, 204 or an empty body, and `()` takes any success and
/// ignores the body. [`Text`], [`ByteStream`], [`Lines<T>`], [`Events<T>`] and [`Response<T>`] are wrapper types beside
/// that.
///
/// [`Text`]: crate::Text
/// [`ByteStream`]: crate::ByteStream
/// [`Lines<T>`]: crate::Lines
/// [`Events<T>`]: crate::Events
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
    note = "a response is read as JSON: derive `serde::Deserialize` for `{Self}`, or for the type inside it",
    note = "another format is a type of its own, as `reauth::Text`, which implements `reauth::FromResponse`; inside an \
            `Option` there is only JSON"
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
            response.drain().await;
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
    note = "a call that fails has a `reauth::Error`: write `impl From<reauth::Error> for {Self}` if it is a type of yours",
    note = "`reauth::ApiError<P>` is ready for any `P` that is `serde::Deserialize`"
)]
pub trait MethodError: From<Error> {}

#[diagnostic::do_not_recommend]
impl<E: From<Error>> MethodError for E {}

/// What a method returns as `T`, read from the last response of a call.
pub(crate) fn decode<T: FromResponse>(response: &mut RawResponse) -> impl Future<Output = Result<T, Error>> + Send {
    decode_with(response, |value, _| Ok(value))
}

/// What `then` makes of a `T` and the response it was read from.
pub(crate) async fn decode_with<T: FromResponse, U>(
    response: &mut RawResponse,
    then: impl FnOnce(T, &RawResponse) -> Result<U, DecodeError>,
) -> Result<U, Error> {
    let status = response.status();
    if status.is_success() {
        let decoded = response.in_time(T::from_response).await;
        return match decoded.map(|decoded| decoded.and_then(|value| then(value, response))) {
            Some(Ok(value)) => Ok(value),
            Some(Err(error)) => Err(response.fail(error.into_kind())),
            None => Err(response.deadline_passed()),
        };
    }
    if status == StatusCode::NOT_FOUND && T::not_found(response).is_some() {
        response.drain().await;
        if let Some(value) = T::not_found(response) {
            return then(value, response).map_err(|error| response.fail(error.into_kind()));
        }
    }
    response.read_error().await;
    Err(response.fail(Kind::Status(status)))
}
