//! The same client in several hands: each file has one, as its users write it.
//!
//! The work is the same in each: GET one todo with a bearer token, and decode its JSON.

#[cfg(feature = "peers")]
mod feign;
mod hyper;
#[cfg(feature = "peers")]
mod middleware;
mod mutex;
mod raw;
mod ready_url;
mod reauth;
mod token;

pub use self::mutex::Mutex;
pub use self::raw::Raw;
pub use self::reauth::Reauth;
pub use self::token::TOKEN;

use crate::todo::Todo;

/// Whatever a contender fails with.
pub type BoxError = Box<dyn std::error::Error + Send + Sync>;

/// One way to write the client.
pub trait Contender: Clone + Send + Sync + 'static {
    /// As the tables name it.
    const NAME: &'static str;

    /// Whether it fetches its token itself and gets another one when that is refused.
    const HAS_TOKENS: bool;

    /// A client of the server at this URL, which issues the tokens too.
    ///
    /// # Errors
    /// Where its library refuses the URL.
    fn new(url: &str) -> Result<Self, BoxError>;

    /// The work that is measured.
    fn todo(&self, id: &str) -> impl Future<Output = Result<Todo, BoxError>> + Send;
}

/// What is done with a contender that is known by its name only.
pub trait Visitor {
    /// What comes of it.
    type Output;

    /// Does it.
    fn visit<C: Contender>(self) -> Self::Output;
}

macro_rules! contenders {
    ($($(#[$attribute:meta])* $contender:ty,)*) => {
        /// Their names, in the order of the tables.
        pub const NAMES: &[&str] = &[$($(#[$attribute])* <$contender>::NAME,)*];

        /// Those that fetch tokens.
        #[must_use]
        pub fn with_tokens() -> Vec<&'static str> {
            let all = [$($(#[$attribute])* (<$contender>::NAME, <$contender>::HAS_TOKENS),)*];
            all.into_iter().filter_map(|(name, has_tokens)| has_tokens.then_some(name)).collect()
        }

        /// Visits the contender of this name; `None` where there is none.
        pub fn visit<V: Visitor>(name: &str, visitor: V) -> Option<V::Output> {
            match name {
                $($(#[$attribute])* <$contender>::NAME => Some(visitor.visit::<$contender>()),)*
                _ => None,
            }
        }
    };
}

contenders! {
    hyper::Hyper,
    ready_url::ReadyUrl,
    raw::WithoutProxies,
    Raw,
    Mutex,
    #[cfg(feature = "peers")]
    middleware::Middleware,
    #[cfg(feature = "peers")]
    feign::Feign,
    Reauth,
}
