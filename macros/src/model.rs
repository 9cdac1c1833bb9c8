//! What an API is, once everything has been read and checked: the only thing the expansion looks at.

use std::time::Duration;

use proc_macro2::{Ident, Span, TokenStream};

use crate::grammar::auth::BuiltIn;
use crate::grammar::backoff::{Backoff, Reauth};
use crate::grammar::circuit_breaker::CircuitBreaker;
use crate::grammar::quota::Quota;
use crate::grammar::retry_on::Condition;
use crate::grammar::template::Template;

/// One annotated trait.
pub(crate) struct Api {
    /// The name of the client's type.
    pub(crate) client: Ident,
    /// The crate's path.
    pub(crate) root: TokenStream,
    pub(crate) credential: Credential,
    pub(crate) audience: Option<String>,
    pub(crate) scope: Option<String>,
    pub(crate) base_url: Option<String>,
    pub(crate) guards: Guards,
    /// Whether futures need not be `Send`.
    pub(crate) is_local: bool,
    /// Whether the client has a method `with`, which a method of the trait would be hidden by.
    pub(crate) takes_options: bool,
    /// The trait object, where one is asked for.
    pub(crate) object: Option<Object>,
    /// One for each item of the trait, in its order.
    pub(crate) members: Vec<Member>,
}

/// What limits all calls of a client together.
pub(crate) struct Guards {
    pub(crate) circuit_breaker: Option<CircuitBreaker>,
    /// How many calls at once.
    pub(crate) concurrency: Option<u32>,
    pub(crate) rate: Option<Quota>,
}

/// What the client's constructors take beside the base URL.
pub(crate) enum Credential {
    None,
    /// One of the runtime's, with the span of the value that asks for it.
    BuiltIn(BuiltIn, Span),
    /// The path of a type of the user's.
    Type(TokenStream),
    /// `auth` is wrong, which has been reported; anything is taken.
    Any,
}

/// The trait beside the trait, whose futures are boxed.
pub(crate) struct Object {
    pub(crate) name: Ident,
    /// For each item of the trait, whether it is a method that the object has too.
    pub(crate) has: Vec<bool>,
}

/// What becomes of one item of the trait.
pub(crate) enum Member {
    /// A request.
    Endpoint(Box<Endpoint>),
    /// The user's own, with a body.
    Provided,
    /// A method with a mistake, which has been reported; it never answers.
    Broken,
    /// Not a method.
    Other,
}

/// One method with a verb.
pub(crate) struct Endpoint {
    pub(crate) verb: String,
    /// The template as written, or the argument that is the URL, in braces.
    pub(crate) path: String,
    pub(crate) target: Target,
    pub(crate) parameters: Vec<Parameter>,
    /// Headers that never change: lower-case names, and values.
    pub(crate) headers: Vec<(String, String)>,
    /// Whether a URL may lead anywhere, as no credential goes with it.
    pub(crate) any_origin: bool,
    pub(crate) policy: Policy,
}

impl Endpoint {
    /// As the runtime's `Endpoint::is_idempotent` has it.
    pub(crate) fn is_idempotent(&self) -> bool {
        is_idempotent(&self.verb) || self.policy.idempotent || self.policy.idempotency_key.is_some()
    }
}

/// Whether a verb only reads (RFC 9110, section 9.2.1).
pub(crate) fn is_safe(verb: &str) -> bool {
    ["GET", "HEAD", "OPTIONS", "TRACE"].contains(&verb)
}

/// Whether a verb may do its work twice, by itself.
pub(crate) fn is_idempotent(verb: &str) -> bool {
    ["GET", "HEAD", "OPTIONS", "PUT", "DELETE", "TRACE"].contains(&verb)
}

/// Where a request goes.
pub(crate) enum Target {
    /// To a path behind the base URL.
    Path(Template),
    /// To the URL that an argument is.
    Url,
}

/// One argument and its place in the request.
pub(crate) struct Parameter {
    pub(crate) name: Ident,
    pub(crate) ty: TokenStream,
    pub(crate) place: Place,
}

/// Where an argument is sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Place {
    /// The placeholder of this name.
    Path(String),
    /// It is the URL.
    Url,
    Query(String),
    /// Each of its fields is one.
    QueryFields,
    Header(String),
    Body,
}

/// How a method is called: the trait's keys, overridden by its own. What neither says is left to the runtime.
#[derive(Default)]
pub(crate) struct Policy {
    pub(crate) authorized: bool,
    pub(crate) retry: Option<Backoff>,
    pub(crate) retry_on: Option<Vec<Condition>>,
    pub(crate) reauth: Option<Reauth>,
    pub(crate) timeout: Option<Duration>,
    pub(crate) attempt_timeout: Option<Duration>,
    /// Of an idempotent method only; not of one that writes, unless it says so itself.
    pub(crate) hedge: Option<Duration>,
    pub(crate) idle_timeout: Option<Duration>,
    pub(crate) idempotent: bool,
    /// The header that carries the key.
    pub(crate) idempotency_key: Option<String>,
}
