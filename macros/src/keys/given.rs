//! One key as it was written, and the readers of its value.

use std::time::Duration;

use proc_macro2::{Ident, Span, TokenStream, TokenTree};
use quote::ToTokens;
use syn::ext::IdentExt;
use syn::parse::{Parse, Parser};
use syn::{LitStr, Path};

use super::known::{self, Key};
use super::{Auth, Hedge, Level, Setting};
use crate::attr::{Argument, Text};
use crate::diagnostics::{Diagnostics, Mistake};
use crate::grammar::auth::BuiltIn;
use crate::grammar::lexeme::{Kind, Lexemes};
use crate::grammar::quota::{self, CALLS, Of, Quota};
use crate::grammar::{auth, duration, http};

const CONCURRENT: Of = Of {
    what: "calls at once",
    example: "concurrency = 100",
};

/// A key with its value, before the value is read.
pub(super) struct Given {
    pub(super) key: &'static Key,
    pub(super) at: Span,
    value: Value,
}

enum Value {
    /// Only the key.
    Missing,
    /// None that can be read, which has been reported.
    Unreadable,
    Quoted(Text),
    Bare(TokenStream),
}

impl Given {
    /// The key, also where its value is missing: then it is as if the value were wrong.
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
                Value::Unreadable
            }
        };
        let mut given = Self {
            key,
            at: ident.span(),
            value,
        };
        if !given.is_complete(mistakes) {
            given.value = Value::Unreadable;
        }
        Some(given)
    }

    /// Whether all has been said about its value.
    pub(super) fn is_unreadable(&self) -> bool {
        matches!(self.value, Value::Unreadable)
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
            Value::Missing | Value::Unreadable => Lexemes::of_text("", self.at),
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
            Value::Missing | Value::Unreadable => None,
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
            Value::Missing | Value::Unreadable => None,
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

    /// A duration, or none.
    pub(super) fn hedge(&self, mistakes: &mut Diagnostics) -> Option<Hedge> {
        let mut lexemes = self.lexemes();
        if lexemes.eat("none") && lexemes.is_empty() {
            return Some(Hedge::None);
        }
        self.limit(mistakes).map(Hedge::After)
    }

    /// A number of calls.
    pub(super) fn concurrency(&self, mistakes: &mut Diagnostics) -> Option<u32> {
        let mut lexemes = self.lexemes();
        let lexeme = lexemes.next()?;
        if lexemes.is_empty() {
            return quota::count(&lexeme, CONCURRENT, mistakes);
        }
        let instead = match lexemes.next() {
            Some(slash) if slash.is("/") => format!(
                "write `rate = \"{}\"`, or the number alone",
                self.written().replace(' ', "")
            ),
            _ => format!("write one number, as `{}`", self.key.example),
        };
        mistakes.push(Mistake::over(
            self.value.tokens(),
            format!("`{}` is not a number of calls", self.written()),
            instead,
        ));
        None
    }

    /// So many calls in some time.
    pub(super) fn rate(&self, mistakes: &mut Diagnostics) -> Option<Quota> {
        let lexemes: Vec<_> = self.lexemes().collect();
        quota::parse(&lexemes, CALLS, mistakes)
    }

    /// One of the words, or the path of a type: its name begins with an upper-case letter.
    pub(super) fn auth(&self, level: Level, mistakes: &mut Diagnostics) -> Option<Auth> {
        let written = match &self.value {
            // Tokens print with spaces between them: `api_key(X - Api - Key)`.
            Value::Bare(_) if self.parsed(Path::parse).is_none() => compact(self.lexemes()),
            _ => self.written(),
        };
        let word = written.trim();
        let (what, instead) = match (level, word, self.parsed(Path::parse)) {
            (_, "none", _) => return Some(Auth::None),
            (Level::Method, _, _) => (
                format!("a method cannot choose its credential: `{written}`"),
                "write `auth = \"none\"`, or remove it and set `auth` on the trait".to_owned(),
            ),
            (Level::Trait, _, Some(path)) if is_type(&path) => {
                match path.get_ident().and_then(|_| auth::but_for_capitals(word)) {
                    None => return Some(Auth::Type(path.into_token_stream())),
                    Some(meant) => (
                        format!("`{word}` is spelt `{meant}`"),
                        format!("write `auth = \"{meant}\"`; a type of yours with this name is `self::{word}`"),
                    ),
                }
            }
            (Level::Trait, _, None) if word.starts_with(char::is_uppercase) => (
                format!("`{written}` is not the path of a type"),
                "write the type alone, as `auth = \"reauth::Cached<MySource>\"`; its value is an argument of the client's `new`"
                    .to_owned(),
            ),
            (Level::Trait, ..) => match BuiltIn::read(word) {
                Some(Ok(credential)) => return Some(Auth::BuiltIn(credential)),
                Some(Err(wrong)) => wrong,
                None => (
                    format!("unknown auth `{written}`"),
                    format!(
                        "{}, or the type of a credential, as `reauth::Cached<MySource>`",
                        auth::known(word)
                    ),
                ),
            },
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
            Value::Missing | Value::Unreadable => Ident::new("_", self.at).into_token_stream(),
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
            Self::Missing | Self::Unreadable => TokenStream::new(),
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

/// The lexemes without spaces, but for those that a space keeps apart.
fn compact(lexemes: Lexemes) -> String {
    let mut text = String::new();
    let mut after_word = false;
    for lexeme in lexemes {
        let is_word = lexeme.kind != Kind::Symbol;
        if after_word && is_word {
            text.push(' ');
        }
        text.push_str(&lexeme.text);
        after_word = is_word;
    }
    text
}
