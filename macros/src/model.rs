//! What an API is, once everything has been read and checked: the only thing the expansion looks at.

use std::time::Duration;

use proc_macro2::{Ident, Span, TokenStream};

use crate::grammar::backoff::{Backoff, Reauth};
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
    /// One for each item of the trait, in its order.
    pub(crate) members: Vec<Member>,
}

/// What the client's constructors take beside the base URL.
#[derive(Clone, Copy)]
pub(crate) enum Credential {
    None,
    /// With the span of the value that asks for it.
    Auth0(Span),
    /// `auth` is wrong, which has been reported; anything is taken.
    Any,
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
    /// The template as written.
    pub(crate) path: String,
    pub(crate) template: Template,
    pub(crate) parameters: Vec<Parameter>,
    pub(crate) policy: Policy,
}

/// One argument and its place in the request.
pub(crate) struct Parameter {
    pub(crate) name: Ident,
    pub(crate) ty: TokenStream,
    /// The `#[cfg]`s on it.
    pub(crate) cfgs: TokenStream,
    pub(crate) place: Place,
}

/// Where an argument is sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Place {
    /// The placeholder of this name.
    Path(String),
    Query(String),
    Header(String),
    Body,
}

/// How a method is called: the trait's keys, overridden by its own. What neither says is left to the runtime.
pub(crate) struct Policy {
    pub(crate) authorized: bool,
    pub(crate) retry: Option<Backoff>,
    pub(crate) retry_on: Option<Vec<Condition>>,
    pub(crate) reauth: Option<Reauth>,
    pub(crate) timeout: Option<Duration>,
    pub(crate) attempt_timeout: Option<Duration>,
    pub(crate) idempotent: bool,
    /// The header that carries the key.
    pub(crate) idempotency_key: Option<String>,
}
