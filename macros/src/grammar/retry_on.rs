//! What a failure must be for the call to be tried again: `transient, 404`.

use super::lexeme::{Kind, Lexeme, Lexemes};
use crate::diagnostics::{Diagnostics, one_of};

/// One entry of the list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Condition {
    /// What is known to pass: connection failures, time limits, 408, 429 and every 5xx.
    Transient,
    /// No connection was made.
    Connect,
    /// A time limit was reached.
    Timeout,
    /// Any 5xx.
    ServerErrors,
    /// One status.
    Status(u16),
}

const KNOWN: [&str; 5] = ["transient", "connect", "timeout", "5xx", "404"];

/// Reads the list, with or without brackets around it.
pub(crate) fn parse(mut lexemes: Lexemes, mistakes: &mut Diagnostics) -> Option<Vec<Condition>> {
    let before = mistakes.len();
    let bracketed = lexemes.eat("[");
    let mut conditions: Vec<Condition> = Vec::new();
    loop {
        if bracketed && lexemes.eat("]") {
            break;
        }
        let Some(lexeme) = lexemes.next() else {
            if bracketed {
                mistakes.at(lexemes.last_span(), "the list has no end", "write `]` after it");
            }
            break;
        };
        match condition(&lexeme, mistakes) {
            Some(condition) if conditions.contains(&condition) => mistakes.at(
                lexeme.span,
                format!("`{}` is in the list twice", lexeme.text),
                "remove one",
            ),
            Some(condition) => conditions.push(condition),
            None => {}
        }
        let is_end = lexemes.is_empty() || bracketed && lexemes.is_next("]");
        if !is_end && !lexemes.eat(",") {
            mistakes.at(
                lexemes.peek().map_or(lexeme.span, |next| next.span),
                format!("no comma after `{}`", lexeme.text),
                "write `\"transient, 404\"` or `[transient, 404]`",
            );
            return None;
        }
    }
    if let Some(extra) = lexemes.next() {
        mistakes.at(extra.span, format!("`{}` after the list", extra.text), "remove it");
    }
    if conditions.is_empty() && mistakes.len() == before {
        mistakes.at(
            lexemes.last_span(),
            "the list is empty",
            "write `\"transient\"`, or remove the key",
        );
    }
    (mistakes.len() == before).then_some(conditions)
}

fn condition(lexeme: &Lexeme, mistakes: &mut Diagnostics) -> Option<Condition> {
    let text = lexeme.text.as_str();
    match text {
        "transient" => return Some(Condition::Transient),
        "connect" => return Some(Condition::Connect),
        "timeout" => return Some(Condition::Timeout),
        "5xx" => return Some(Condition::ServerErrors),
        _ => {}
    }
    let is_digits = text.bytes().all(|byte| byte.is_ascii_digit());
    match text.parse::<u16>() {
        Ok(status @ 400..=599) if text.len() == 3 => return Some(Condition::Status(status)),
        _ if lexeme.kind == Kind::Number && is_digits => mistakes.at(
            lexeme.span,
            format!("`{text}` is not the status of a failure"),
            "write one from `400` to `599`",
        ),
        _ => mistakes.at(
            lexeme.span,
            format!("unknown condition `{text}`"),
            match meant(text) {
                Some(instead) => instead.to_owned(),
                None => one_of(text, &KNOWN),
            },
        ),
    }
    None
}

/// What to write for words that are none of ours, and not a misspelling of one either.
fn meant(text: &str) -> Option<&'static str> {
    match text.to_ascii_lowercase().as_str() {
        "4xx" => Some("name those that may pass by themselves, as `404, 408, 429`"),
        "1xx" | "2xx" | "3xx" => Some("write `5xx`, or a status from `400` to `599`"),
        "network" | "connection" | "io" => Some("write `connect`, or `transient`, which has broken connections too"),
        "server_error" | "server_errors" | "5**" => Some("write `5xx`"),
        "all" | "any" | "always" | "*" => Some("write `transient`, which is every failure that may pass by itself"),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use proc_macro2::Span;

    use super::*;

    fn read(text: &str) -> Result<Vec<Condition>, String> {
        let mut mistakes = Diagnostics::default();
        let conditions = parse(Lexemes::of_text(text, Span::call_site()), &mut mistakes);
        let messages = mistakes.messages().join("\n");
        assert_eq!(conditions.is_none(), !messages.is_empty(), "{text}");
        conditions.ok_or(messages)
    }

    #[test]
    fn lists() {
        use Condition::{Connect, ServerErrors, Status, Timeout, Transient};
        for (text, expected) in [
            ("transient", vec![Transient]),
            ("transient, 404", vec![Transient, Status(404)]),
            ("[connect, timeout, 5xx]", vec![Connect, Timeout, ServerErrors]),
            ("599,400,", vec![Status(599), Status(400)]),
            ("[404,]", vec![Status(404)]),
        ] {
            assert_eq!(read(text), Ok(expected), "{text}");
        }
    }

    #[test]
    fn mistakes() {
        let known = "`transient`, `connect`, `timeout`, `5xx`, `404`";
        for (text, message) in [
            (
                "200",
                "`200` is not the status of a failure\nwrite one from `400` to `599`".to_owned(),
            ),
            (
                "0404",
                "`0404` is not the status of a failure\nwrite one from `400` to `599`".to_owned(),
            ),
            (
                "99999",
                "`99999` is not the status of a failure\nwrite one from `400` to `599`".to_owned(),
            ),
            (
                "transent",
                format!("unknown condition `transent`\nwrite `transient` (known: {known})"),
            ),
            (
                "4xx",
                "unknown condition `4xx`\nname those that may pass by themselves, as `404, 408, 429`".to_owned(),
            ),
            (
                "network",
                "unknown condition `network`\nwrite `connect`, or `transient`, which has broken connections too"
                    .to_owned(),
            ),
            ("5XX", format!("unknown condition `5XX`\nwrite `5xx` (known: {known})")),
            ("teapot", format!("unknown condition `teapot`\nwrite one of {known}")),
            ("404, 404", "`404` is in the list twice\nremove one".to_owned()),
            (
                "",
                "the list is empty\nwrite `\"transient\"`, or remove the key".to_owned(),
            ),
            (
                "[]",
                "the list is empty\nwrite `\"transient\"`, or remove the key".to_owned(),
            ),
            ("[404", "the list has no end\nwrite `]` after it".to_owned()),
            ("[404] 5", "`5` after the list\nremove it".to_owned()),
            (
                "404 500",
                "no comma after `404`\nwrite `\"transient, 404\"` or `[transient, 404]`".to_owned(),
            ),
        ] {
            assert_eq!(read(text), Err(message), "{text}");
        }
    }
}
