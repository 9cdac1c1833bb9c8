//! The keys: which there are, where each may stand, and the value of each, read by its grammar.
//!
//! Arguments come in, [`Keys`] go out, with the spans that later phases blame.

use std::time::Duration;

use proc_macro2::{Ident, Span, TokenStream, TokenTree};
use quote::ToTokens;
use syn::ext::IdentExt;
use syn::parse::{Parse, Parser};
use syn::{LitStr, Path};

use crate::attr::{Argument, Text};
use crate::diagnostics::{Diagnostics, Mistake, one_of};
use crate::grammar::backoff::{Reauth, Retry};
use crate::grammar::lexeme::Lexemes;
use crate::grammar::retry_on::Condition;
use crate::grammar::{backoff, duration, http, retry_on};

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
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Auth {
    None,
    Auth0,
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
    pub(crate) idempotent: Option<Setting<()>>,
    pub(crate) idempotency_key: Option<Setting<String>>,
    pub(crate) base_url: Option<Setting<String>>,
    pub(crate) client: Option<Setting<Ident>>,
    pub(crate) root: Option<Setting<TokenStream>>,
}

/// A key, where it belongs, and how it is written.
struct Key {
    name: &'static str,
    levels: &'static [Level],
    example: &'static str,
    is_flag: bool,
}

const BOTH: &[Level] = &[Level::Trait, Level::Method];

const KEYS: [Key; 13] = [
    key("auth", BOTH, "auth = \"auth0\""),
    key("audience", &[Level::Trait], "audience = \"https://api.example.com\""),
    key("scope", &[Level::Trait], "scope = \"todo:read\""),
    key("retry", BOTH, "retry = \"constant(100ms,3)\""),
    key("retry_on", BOTH, "retry_on = \"transient, 404\""),
    key("reauth", BOTH, "reauth = \"once\""),
    key("timeout", BOTH, "timeout = \"30s\""),
    key("attempt_timeout", BOTH, "attempt_timeout = \"10s\""),
    flag("idempotent", "idempotent"),
    flag("idempotency_key", "idempotency_key"),
    key("base_url", &[Level::Trait], "base_url = \"https://api.example.com\""),
    key("client", &[Level::Trait], "client = \"TodoClient\""),
    key("crate", &[Level::Trait], "crate = \"::reauth\""),
];

const fn key(name: &'static str, levels: &'static [Level], example: &'static str) -> Key {
    Key {
        name,
        levels,
        example,
        is_flag: false,
    }
}

const fn flag(name: &'static str, example: &'static str) -> Key {
    Key {
        name,
        levels: &[Level::Method],
        example,
        is_flag: true,
    }
}

/// Whether this is `key`, or `anything = …`, and not one of the strings in front of the keys.
pub(crate) fn is_key(argument: &[TokenTree]) -> bool {
    match argument {
        [TokenTree::Ident(name)] => KEYS.iter().any(|key| *name == key.name),
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
        keys.set(&given, level, mistakes);
    }
    keys
}

/// A key with its value, before the value is read.
struct Given {
    key: &'static Key,
    at: Span,
    value: Value,
}

enum Value {
    /// Only the key.
    Missing,
    Quoted(Text),
    Bare(TokenStream),
}

impl Given {
    fn read(argument: Argument, level: Level, mistakes: &mut Diagnostics) -> Option<Self> {
        let mut tokens = argument.into_iter();
        let first = tokens.next()?;
        let TokenTree::Ident(ident) = &first else {
            mistakes.at(
                first.span(),
                format!("`{first}` is not a key"),
                "write `key = value`; several values stand in brackets, as `[transient, 404]`",
            );
            return None;
        };
        let name = ident.unraw().to_string();
        let key = known_key(&name, ident.span(), level, mistakes)?;
        let equals = tokens.next();
        let value: Argument = tokens.collect();
        let value = match (equals, Text::read(&value)) {
            (None, _) => Value::Missing,
            (Some(TokenTree::Punct(punct)), text) if punct.as_char() == '=' => match text {
                Some(text) => Value::Quoted(text),
                None if value.is_empty() => Value::Missing,
                None => Value::Bare(value.into_iter().collect()),
            },
            (Some(other), _) => {
                mistakes.at(
                    other.span(),
                    format!("no `=` after `{name}`"),
                    format!("write `{}`", key.example),
                );
                return None;
            }
        };
        let given = Self {
            key,
            at: ident.span(),
            value,
        };
        given.is_complete(mistakes).then_some(given)
    }

    /// Whether there is a value to read, or the key stands for itself.
    fn is_complete(&self, mistakes: &mut Diagnostics) -> bool {
        let Key {
            name, example, is_flag, ..
        } = self.key;
        match &self.value {
            Value::Missing if !is_flag => {
                mistakes.at(self.at, format!("`{name}` has no value"), format!("write `{example}`"));
                false
            }
            Value::Quoted(text) if text.value.trim().is_empty() => {
                mistakes.at(text.span(), format!("`{name}` is empty"), format!("write `{example}`"));
                false
            }
            _ => true,
        }
    }

    fn lexemes(&self) -> Lexemes {
        match &self.value {
            Value::Missing => Lexemes::of_text("", self.at),
            Value::Quoted(text) => Lexemes::of_text(&text.value, text.span()),
            Value::Bare(tokens) => Lexemes::of_tokens(tokens.clone(), self.at),
        }
    }

    /// The value of a key that only takes a string.
    fn text(&self, mistakes: &mut Diagnostics) -> Option<Text> {
        match &self.value {
            Value::Quoted(text) => Some(text.clone()),
            Value::Missing => None,
            Value::Bare(tokens) => {
                mistakes.push(Mistake::over(
                    tokens,
                    format!("`{}` takes a string", self.key.name),
                    format!("write `{}`", self.key.example),
                ));
                None
            }
        }
    }

    /// The value as Rust syntax, in quotes or without.
    fn syntax<T>(&self, parser: impl Parser<Output = T>, expected: &str, mistakes: &mut Diagnostics) -> Option<T> {
        let (parsed, written) = match &self.value {
            Value::Missing => return None,
            Value::Quoted(text) => (
                LitStr::new(&text.value, text.span()).parse_with(parser),
                text.value.clone(),
            ),
            Value::Bare(tokens) => (parser.parse2(tokens.clone()), tokens.to_string()),
        };
        if parsed.is_err() {
            mistakes.push(Mistake::over(
                self.value.tokens(),
                format!("`{written}` is not {expected}"),
                format!("write `{}`", self.key.example),
            ));
        }
        parsed.ok()
    }

    /// A duration that leaves time for something.
    fn limit(&self, mistakes: &mut Diagnostics) -> Option<Duration> {
        let mut lexemes = self.lexemes();
        let lexeme = lexemes.next()?;
        if let Some(extra) = lexemes.next() {
            mistakes.at(
                extra.span,
                format!("`{}` after `{}`", extra.text, lexeme.text),
                format!("write one duration, as `{}`", self.key.example),
            );
            return None;
        }
        let limit = duration::parse(&lexeme, mistakes)?;
        if limit.is_zero() {
            mistakes.at(
                lexeme.span,
                format!("`{}` leaves no time for an answer", lexeme.text),
                format!("write `{}`, or remove the key", self.key.example),
            );
            return None;
        }
        Some(limit)
    }

    fn auth(&self, level: Level, mistakes: &mut Diagnostics) -> Option<Auth> {
        let mut lexemes = self.lexemes();
        let (first, more) = (lexemes.next()?, lexemes.next());
        let auth = match first.text.as_str() {
            "none" if more.is_none() => return Some(Auth::None),
            "auth0" if more.is_none() => Some(Auth::Auth0),
            _ => None,
        };
        let written = match &self.value {
            Value::Quoted(text) => text.value.clone(),
            value => value.tokens().to_string(),
        };
        let (what, instead) = match (level, auth) {
            (Level::Trait, Some(auth)) => return Some(auth),
            (Level::Trait, None) => (
                format!("unknown auth `{written}`"),
                one_of(&written, &["none", "auth0"]),
            ),
            (Level::Method, _) => (
                format!("a method cannot choose its credential: `{written}`"),
                "write `auth = \"none\"`, or remove it and set `auth` on the trait".to_owned(),
            ),
        };
        mistakes.push(Mistake::over(self.value.tokens(), what, instead));
        None
    }

    fn header(&self, mistakes: &mut Diagnostics) -> Option<String> {
        if let Value::Missing = self.value {
            return Some("Idempotency-Key".to_owned());
        }
        let text = self.text(mistakes)?;
        http::header_name(&text.value, text.span(), mistakes)
    }

    fn is_alone(&self, mistakes: &mut Diagnostics) -> Option<()> {
        if let Value::Missing = self.value {
            return Some(());
        }
        mistakes.push(Mistake::over(
            self.value.tokens(),
            format!("`{}` takes no value", self.key.name),
            format!("write `{}` alone, or remove it", self.key.name),
        ));
        None
    }

    fn setting<T>(&self, value: Option<T>) -> Setting<T> {
        let tokens = match &self.value {
            Value::Missing => Ident::new("_", self.at).into_token_stream(),
            value => value.tokens(),
        };
        Setting {
            key: self.at,
            tokens,
            value,
        }
    }
}

impl Value {
    fn tokens(&self) -> TokenStream {
        match self {
            Self::Missing => TokenStream::new(),
            Self::Quoted(text) => text.literal.to_token_stream(),
            Self::Bare(tokens) => tokens.clone(),
        }
    }
}

impl Keys {
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
            "idempotent" => self.idempotent = Some(given.setting(given.is_alone(mistakes))),
            "idempotency_key" => self.idempotency_key = Some(given.setting(given.header(mistakes))),
            "base_url" => {
                let url = given
                    .text(mistakes)
                    .and_then(|text| http::base_url(&text.value, text.span(), mistakes));
                self.base_url = Some(given.setting(url));
            }
            "client" => {
                let name = given.syntax(<Ident as Parse>::parse, "a name", mistakes);
                self.client = Some(given.setting(name));
            }
            _ => {
                let path = given.syntax(Path::parse_mod_style, "a path", mistakes);
                self.root = Some(given.setting(path.map(Path::into_token_stream)));
            }
        }
    }
}

/// Finds a key that may stand at `level`.
fn known_key(name: &str, at: Span, level: Level, mistakes: &mut Diagnostics) -> Option<&'static Key> {
    let Some(key) = KEYS.iter().find(|key| key.name == name) else {
        let here: Vec<_> = KEYS
            .iter()
            .filter(|key| key.levels.contains(&level))
            .map(|key| key.name)
            .collect();
        mistakes.at(at, format!("unknown key `{name}`"), one_of(name, &here));
        return None;
    };
    if key.levels.contains(&level) {
        return Some(key);
    }
    let (what, instead) = match level {
        Level::Method => (
            format!("`{name}` belongs on the trait"),
            format!("write `#[api_client({})]`", key.example),
        ),
        Level::Trait => (
            format!("`{name}` belongs on a method"),
            format!("write `#[post(\"/…\", {})]`", key.example),
        ),
    };
    mistakes.at(at, what, instead);
    None
}
