//! The keys: which there are, where each may stand, and the value of each, read by its grammar.
//!
//! Arguments come in, [`Keys`] go out, with the spans that later phases blame.

mod commas;
mod given;
mod known;

use std::time::Duration;

use proc_macro2::{Ident, Span, TokenStream, TokenTree};
use quote::ToTokens;
use syn::Path;
use syn::parse::Parse;

pub(crate) use self::commas::arguments;
use self::given::Given;
use crate::attr::Argument;
use crate::diagnostics::Diagnostics;
use crate::grammar::auth::BuiltIn;
use crate::grammar::backoff::{Reauth, Retry};
use crate::grammar::circuit_breaker::CircuitBreaker;
use crate::grammar::quota::Quota;
use crate::grammar::retry_on::Condition;
use crate::grammar::{backoff, circuit_breaker, http, retry_on};

/// Where a key may stand.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Level {
    Trait,
    Method,
}

/// A key as it was written.
pub(crate) struct Setting<T> {
    /// Where the key stands.
    pub(crate) key: Span,
    /// The tokens of the value.
    pub(crate) tokens: TokenStream,
    /// `None` where the value is wrong, which has been reported.
    pub(crate) value: Option<T>,
}

/// The values of `auth`.
pub(crate) enum Auth {
    None,
    BuiltIn(BuiltIn),
    /// The path of a type that implements `Authorize`.
    Type(TokenStream),
}

/// The values of `hedge`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Hedge {
    None,
    After(Duration),
}

/// All the keys of one attribute.
#[derive(Default)]
pub(crate) struct Keys {
    pub(crate) auth: Option<Setting<Auth>>,
    pub(crate) audience: Option<Setting<String>>,
    pub(crate) scope: Option<Setting<String>>,
    pub(crate) retry: Option<Setting<Retry>>,
    pub(crate) retry_on: Option<Setting<Vec<Condition>>>,
    pub(crate) reauth: Option<Setting<Reauth>>,
    pub(crate) timeout: Option<Setting<Duration>>,
    pub(crate) attempt_timeout: Option<Setting<Duration>>,
    pub(crate) hedge: Option<Setting<Hedge>>,
    pub(crate) circuit_breaker: Option<Setting<CircuitBreaker>>,
    pub(crate) concurrency: Option<Setting<u32>>,
    pub(crate) rate: Option<Setting<Quota>>,
    pub(crate) idle_timeout: Option<Setting<Duration>>,
    pub(crate) idempotent: Option<Setting<()>>,
    pub(crate) idempotency_key: Option<Setting<String>>,
    pub(crate) base_url: Option<Setting<String>>,
    pub(crate) client: Option<Setting<Ident>>,
    pub(crate) root: Option<Setting<TokenStream>>,
    pub(crate) object: Option<Setting<()>>,
    pub(crate) local: Option<Setting<()>>,
}

/// Whether this is `key`, or `anything = …`, and not one of the strings in front of the keys.
pub(crate) fn is_key(argument: &[TokenTree]) -> bool {
    match argument {
        [TokenTree::Ident(name)] => known::find(&name.to_string()).is_some(),
        [TokenTree::Ident(_), TokenTree::Punct(punct), ..] => punct.as_char() == '=',
        _ => false,
    }
}

/// Reads the keys of an attribute that stands on a trait or a method.
pub(crate) fn read(arguments: impl IntoIterator<Item = Argument>, level: Level, mistakes: &mut Diagnostics) -> Keys {
    let mut keys = Keys::default();
    let mut seen: Vec<&str> = Vec::new();
    for argument in arguments {
        let Some(given) = Given::read(argument, level, mistakes) else {
            continue;
        };
        if seen.contains(&given.key.name) {
            mistakes.at(given.at, format!("`{}` is given twice", given.key.name), "remove one");
            continue;
        }
        seen.push(given.key.name);
        if given.is_unreadable() {
            keys.set(&given, level, &mut Diagnostics::default());
        } else {
            keys.set(&given, level, mistakes);
        }
    }
    keys
}

impl Keys {
    /// Whether these say that no credential is carried.
    pub(crate) fn is_anonymous(&self) -> bool {
        let auth = self.auth.as_ref();
        auth.is_some_and(|auth| matches!(auth.value, Some(Auth::None)))
    }

    fn set(&mut self, given: &Given, level: Level, mistakes: &mut Diagnostics) {
        let string = |mistakes: &mut Diagnostics| given.text(mistakes).map(|text| text.value);
        match given.key.name {
            "auth" => self.auth = Some(given.setting(given.auth(level, mistakes))),
            "audience" => self.audience = Some(given.setting(string(mistakes))),
            "scope" => self.scope = Some(given.setting(string(mistakes))),
            "retry" => self.retry = Some(given.setting(backoff::retry(given.lexemes(), mistakes))),
            "retry_on" => self.retry_on = Some(given.setting(retry_on::parse(given.lexemes(), mistakes))),
            "reauth" => self.reauth = Some(given.setting(backoff::reauth(given.lexemes(), mistakes))),
            "timeout" => self.timeout = Some(given.setting(given.limit(mistakes))),
            "attempt_timeout" => self.attempt_timeout = Some(given.setting(given.limit(mistakes))),
            "hedge" => self.hedge = Some(given.setting(given.hedge(mistakes))),
            "circuit_breaker" => {
                let rule = circuit_breaker::parse(given.lexemes(), mistakes);
                self.circuit_breaker = Some(given.setting(rule));
            }
            "concurrency" => self.concurrency = Some(given.setting(given.concurrency(mistakes))),
            "rate" => self.rate = Some(given.setting(given.rate(mistakes))),
            "idle_timeout" => self.idle_timeout = Some(given.setting(given.limit(mistakes))),
            "idempotent" => self.idempotent = Some(given.setting(given.is_alone(mistakes))),
            "idempotency_key" => self.idempotency_key = Some(given.setting(given.header(mistakes))),
            "base_url" => {
                let url = given
                    .text(mistakes)
                    .and_then(|text| http::base_url(&text.value, text.span(), mistakes));
                self.base_url = Some(given.setting(url));
            }
            "dyn" => self.object = Some(given.setting(given.is_alone(mistakes))),
            "local" => self.local = Some(given.setting(given.is_alone(mistakes))),
            "client" => {
                let name = given.syntax(<Ident as Parse>::parse, "a name", mistakes);
                self.client = Some(given.setting(name));
            }
            "crate" => {
                let path = given.syntax(Path::parse_mod_style, "a path", mistakes);
                self.root = Some(given.setting(path.map(Path::into_token_stream)));
            }
            // Known and not read: a test of `known` fails.
            name => mistakes.at(
                given.at,
                format!("reauth does not read `{name}`"),
                "report this, please",
            ),
        }
    }
}
