//! From a cached token to the header that is sent: what each call pays for having a cache.

mod floor;
mod mutex;
mod reauth;

use http::HeaderValue;

pub use self::floor::Floor;
pub use self::mutex::Mutex;
pub use self::reauth::Reauth;
use crate::contenders::BoxError;

/// A cache, after its token was fetched.
pub trait Cache: Clone + Send + Sync + 'static {
    /// As the tables name it.
    const NAME: &'static str;

    /// Fetches the token.
    ///
    /// # Errors
    /// Where that fails.
    fn warm(url: &str) -> impl Future<Output = Result<Self, BoxError>>;

    /// The header of a request.
    ///
    /// # Errors
    /// Where there is no token.
    fn header(&self) -> impl Future<Output = Result<HeaderValue, BoxError>> + Send;
}

/// What is done with a cache that is known by its name only.
pub trait Visitor {
    /// What comes of it.
    type Output;

    /// Does it.
    fn visit<C: Cache>(self) -> Self::Output;
}

/// Their names, in the order of the tables.
pub const NAMES: &[&str] = &[Floor::NAME, Mutex::NAME, Reauth::NAME];

/// Visits the cache of this name; `None` where there is none.
pub fn visit<V: Visitor>(name: &str, visitor: V) -> Option<V::Output> {
    match name {
        Floor::NAME => Some(visitor.visit::<Floor>()),
        Mutex::NAME => Some(visitor.visit::<Mutex>()),
        Reauth::NAME => Some(visitor.visit::<Reauth>()),
        _ => None,
    }
}
