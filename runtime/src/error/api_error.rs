//! An error together with what the server said about it.

use std::fmt::{Debug, Display, Formatter, Result};
use std::ops::Deref;

use serde::de::DeserializeOwned;

use super::{Error, Kind};

/// An [`Error`] with the server's own words as a `P`, where it answered with an error status and a `P` in JSON.
///
/// For `Result<T, ApiError<P>>` in a trait, where an API's errors have a shape of their own;
/// [`ProblemDetails`](crate::ProblemDetails) is the one of RFC 9457. It derefs to the [`Error`], and reads as that does
/// (whose line has what an `application/problem+json` says): `P` needs neither `Display` nor `Debug`.
///
/// ```
/// use reauth::{ApiError, api_client};
///
/// #[derive(serde::Deserialize)]
/// pub struct Refusal { code: String }
///
/// #[api_client]
/// pub trait Library {
///     #[post("/book/{id}/loan")]
///     async fn borrow(&self, id: u32) -> Result<(), ApiError<Refusal>>;
/// }
///
/// # async fn example(library: LibraryClient) -> Result<(), ApiError<Refusal>> {
/// match library.borrow(7).await {
///     Err(error) if error.problem().is_some_and(|refusal| refusal.code == "taken") => println!("another day"),
///     Err(error) if error.is_timeout() => println!("a little later"),
///     other => other?,
/// }
/// # Ok(()) }
/// ```
pub struct ApiError<P>(Box<Inner<P>>);

struct Inner<P> {
    error: Error,
    problem: Option<P>,
}

impl<P> ApiError<P> {
    /// What the server said; `None` where it did not answer with an error status, or its body is no `P`.
    #[must_use]
    pub fn problem(&self) -> Option<&P> {
        self.0.problem.as_ref()
    }

    /// The same, to keep.
    #[must_use]
    pub fn into_problem(self) -> Option<P> {
        self.0.problem
    }

    /// What happened.
    #[must_use]
    pub fn error(&self) -> &Error {
        &self.0.error
    }

    /// The same, to keep.
    #[must_use]
    pub fn into_error(self) -> Error {
        self.0.error
    }
}

impl<P: DeserializeOwned> From<Error> for ApiError<P> {
    fn from(error: Error) -> Self {
        let problem = match error.kind() {
            Kind::Status(_) => error.json().ok(),
            _ => None,
        };
        Self(Box::new(Inner { error, problem }))
    }
}

/// Without what the server said, so that `?` works in a function that returns [`reauth::Result`](crate::Result).
impl<P> From<ApiError<P>> for Error {
    fn from(error: ApiError<P>) -> Self {
        error.into_error()
    }
}

impl<P> Deref for ApiError<P> {
    type Target = Error;

    fn deref(&self) -> &Error {
        self.error()
    }
}

impl<P> Display for ApiError<P> {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        Display::fmt(self.error(), f)
    }
}

/// The body, in which a `P` was found, is in it.
impl<P> Debug for ApiError<P> {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        Debug::fmt(self.error(), f)
    }
}

impl<P> std::error::Error for ApiError<P> {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        self.error().source()
    }
}

const _: () = {
    const fn send_sync<T: Send + Sync + 'static>() {}
    send_sync::<ApiError<crate::ProblemDetails>>();
    assert!(size_of::<ApiError<[u64; 64]>>() <= 16);
};
