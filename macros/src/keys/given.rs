//! One key as it was written, and the readers of its value.

use std::time::Duration;

use proc_macro2::{Ident, Span, TokenStream, TokenTree};
use quote::ToTokens;
use syn::ext::IdentExt;
use syn::parse::{Parse, Parser};
use syn::{LitStr, Path};

use super::known::{self, Key};
use super::{Auth, Level, Setting};
use crate::attr::{Argument, Text};
use crate::diagnostics::{Diagnostics, Mistake, nearest, one_of};
use crate::grammar::lexeme::{Kind, Lexemes};
use crate::grammar::{duration, http};

/// The values of `auth` that are words.
const AUTHS: [&str; 2] = ["none", "auth0"];

/// A key with its value, before the value is read.
pub(super) struct Given {
    pub(super) key: &'static Key,
    pub(super) at: Span,
    value: Value,
}

enum Value {
    /// Only the key.
    Missing,
    Quoted(Text),
    Bare(TokenStream),
}

impl Given {
    pub(super) fn read(argument: Argument, level: Level, mistakes: &mut Diagnostics) -> Option<Self> {
        let mut tokens = argument.into_iter();
        let first = tokens.next()?;
        let TokenTree::Ident(ident) = &first else {
            let instead = match first.to_string().as_str() {
                "?" => "write `local` for futures that are not `Send`",
                _ => "write `key = value`; several values stand in brackets, as `[transient, 404]`",
            };
            mistakes.at(first.span(), format!("`{first}` is not a key"), instead);
            return None;
        };
        let name = ident.unraw().to_string();
        let key = known::at_level(&name, ident.span(), level, mistakes)?;
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
                let (what, instead) = if key.is_flag {
                    (format!("`{other}` after `{name}`"), format!("write `{name}` alone"))
                } else {
                    (format!("no `=` after `{name}`"), format!("write `{}`", key.example))
                };
                mistakes.at(other.span(), what, instead);
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

    pub(super) fn lexemes(&self) -> Lexemes {
        match &self.value {
            Value::Missing => Lexemes::of_text("", self.at),
            Value::Quoted(text) => Lexemes::of_text(&text.value, text.span()),
            Value::Bare(tokens) => Lexemes::of_tokens(tokens.clone(), self.at),
        }
    }

    /// The value as the user wrote it, without quotes.
    fn written(&self) -> String {
        match &self.value {
            Value::Quoted(text) => text.value.clone(),
            value => value.tokens().to_string().replace(" :: ", "::"),
        }
    }

    /// The value of a key that only takes a string.
    pub(super) fn text(&self, mistakes: &mut Diagnostics) -> Option<Text> {
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

    /// The value as Rust syntax, in quotes or without; `None` where it is none.
    fn parsed<T>(&self, parser: impl Parser<Output = T>) -> Option<T> {
        match &self.value {
            Value::Missing => None,
            Value::Quoted(text) => LitStr::new(&text.value, text.span()).parse_with(parser).ok(),
            Value::Bare(tokens) => parser.parse2(tokens.clone()).ok(),
        }
    }

    /// The value as Rust syntax that it must be.
    pub(super) fn syntax<T>(
        &self,
        parser: impl Parser<Output = T>,
        expected: &str,
        mistakes: &mut Diagnostics,
    ) -> Option<T> {
        let parsed = self.parsed(parser);
        if parsed.is_none() {
            mistakes.push(Mistake::over(
                self.value.tokens(),
                format!("`{}` is not {expected}", self.written()),
                format!("write `{}`", self.key.example),
            ));
        }
        parsed
    }

    /// A duration that leaves time for something.
    pub(super) fn limit(&self, mistakes: &mut Diagnostics) -> Option<Duration> {
        let mut lexemes = self.lexemes();
        let lexeme = lexemes.next()?;
        let (what, instead) = match lexemes.next() {
            None => {
                let limit = duration::parse(&lexeme, mistakes)?;
                if !limit.is_zero() {
                    return Some(limit);
                }
                (
                    format!("`{}` leaves no time for an answer", lexeme.text),
                    format!("write `{}`, or remove the key", self.key.example),
                )
            }
            Some(unit) if lexeme.kind == Kind::Number && unit.kind == Kind::Word && lexemes.is_empty() => (
                format!("a space between `{}` and `{}`", lexeme.text, unit.text),
                format!("write `{}{}`", lexeme.text, unit.text),
            ),
            Some(_) => (
                format!("`{}` is not a duration", self.written()),
                format!("write one duration, as `{}`", self.key.example),
            ),
        };
        mistakes.push(Mistake::over(self.value.tokens(), what, instead));
        None
    }

    /// One of the words, or the path of a type: its name begins with an upper-case letter.
    pub(super) fn auth(&self, level: Level, mistakes: &mut Diagnostics) -> Option<Auth> {
        let written = self.written();
        let word = written.trim();
        let (what, instead) = match (level, word, self.parsed(Path::parse)) {
            (_, "none", _) => return Some(Auth::None),
            (Level::Method, _, _) => (
                format!("a method cannot choose its credential: `{written}`"),
                "write `auth = \"none\"`, or remove it and set `auth` on the trait".to_owned(),
            ),
            (Level::Trait, "auth0", _) => return Some(Auth::Auth0),
            (Level::Trait, _, Some(path)) if is_type(&path) => match path.get_ident().and_then(|_| built_in(word)) {
                None => return Some(Auth::Type(path.into_token_stream())),
                Some(meant) => (
                    format!("`{word}` is spelt `{meant}`"),
                    format!("write `auth = \"{meant}\"`; a type of yours with this name is `self::{word}`"),
                ),
            },
            (Level::Trait, _, None) if word.starts_with(char::is_uppercase) => (
                format!("`{written}` is not the path of a type"),
                "write the type alone, as `auth = \"reauth::Cached<MySource>\"`; its value is an argument of the client's `new`"
                    .to_owned(),
            ),
            (Level::Trait, ..) => {
                let known = match nearest(word, &AUTHS) {
                    // One letter more or less is another protocol.
                    Some(_) if word.starts_with("oauth") => one_of("", &AUTHS),
                    _ => one_of(word, &AUTHS),
                };
                (
                    format!("unknown auth `{written}`"),
                    format!("{known}, or the type of a credential, as `reauth::Cached<MySource>`"),
                )
            }
        };
        mistakes.push(Mistake::over(self.value.tokens(), what, instead));
        None
    }

    /// The name of the header that carries the idempotency key.
    pub(super) fn header(&self, mistakes: &mut Diagnostics) -> Option<String> {
        if let Value::Missing = self.value {
            return Some("Idempotency-Key".to_owned());
        }
        let Value::Quoted(text) = &self.value else {
            mistakes.push(Mistake::over(
                self.value.tokens(),
                format!("`{}` takes the name of a header", self.key.name),
                "write `idempotency_key` alone, or `idempotency_key = \"X-Key\"`",
            ));
            return None;
        };
        http::header_name(&text.value, text.span(), mistakes)
    }

    pub(super) fn is_alone(&self, mistakes: &mut Diagnostics) -> Option<()> {
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

    pub(super) fn setting<T>(&self, value: Option<T>) -> Setting<T> {
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

/// Whether this is the path of a type, and not a word that is misspelt.
fn is_type(path: &Path) -> bool {
    path.segments
        .last()
        .is_some_and(|name| name.ident.unraw().to_string().starts_with(char::is_uppercase))
}

/// The word of ours that this is but for its capitals.
fn built_in(word: &str) -> Option<&'static str> {
    AUTHS.into_iter().find(|known| known.eq_ignore_ascii_case(word))
}
