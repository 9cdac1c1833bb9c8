//! When an API is left alone: `10%, 100/30s, 5s`.
//!
//! The share of failures that is too much, the requests of which it is the share (so many at least, in some time), and
//! how long nothing is sent then.

use std::time::Duration;

use super::duration;
use super::lexeme::{Kind, Lexeme, Lexemes};
use super::quota::{self, Of, Quota};
use crate::diagnostics::Diagnostics;

/// The value of `circuit_breaker`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct CircuitBreaker {
    pub(crate) percent: u8,
    pub(crate) requests: Quota,
    pub(crate) open_for: Duration,
}

const REQUESTS: Of = Of {
    what: "requests",
    example: "100/30s",
};
const WRITE: &str = "write `circuit_breaker = \"10%, 100/30s, 5s\"`: which share of failures opens it, among at least how many \
                     requests in what time, and for how long";

/// Reads the three parts, with or without brackets around them.
pub(crate) fn parse(lexemes: Lexemes, mistakes: &mut Diagnostics) -> Option<CircuitBreaker> {
    let lexemes: Vec<Lexeme> = lexemes.collect();
    let inside = match lexemes.as_slice() {
        [open, inside @ .., close] if open.is("[") && close.is("]") => inside,
        [open, ..] if open.is("[") => {
            mistakes.at(open.span, "the list has no end", "write `]` after it");
            return None;
        }
        all => all,
    };
    let parts: Vec<&[Lexeme]> = inside.split(|lexeme| lexeme.is(",")).collect();
    let [share, requests, open_for] = parts.as_slice() else {
        let what = match parts.len() {
            1 => "a circuit breaker has three parts, and this is one".to_owned(),
            number => format!("a circuit breaker has three parts, and these are {number}"),
        };
        mistakes.at(lexemes.first()?.span, what, WRITE);
        return None;
    };
    if let Some(comma) = lexemes.iter().find(|lexeme| lexeme.is(","))
        && parts.iter().any(|part| part.is_empty())
    {
        mistakes.at(comma.span, "a part is missing beside a comma", WRITE);
        return None;
    }
    let percent = percent(share, mistakes);
    let requests = quota::parse(requests, REQUESTS, mistakes);
    let open_for = time(open_for, mistakes);
    Some(CircuitBreaker {
        percent: percent?,
        requests: requests?,
        open_for: open_for?,
    })
}

/// A share of at least one percent.
fn percent(part: &[Lexeme], mistakes: &mut Diagnostics) -> Option<u8> {
    let first = part.first()?;
    let (what, instead) = match part {
        [number, sign] if number.kind == Kind::Number && sign.is("%") => match number.text.parse::<f64>() {
            Ok(percent) if percent < 1.0 => (
                format!("`{}%` is too little to tell", number.text),
                "write at least `1%`".to_owned(),
            ),
            Ok(percent) if percent > 100.0 => (
                format!("`{}%` is more than all", number.text),
                "write at most `100%`".to_owned(),
            ),
            _ => match number.text.parse() {
                Ok(percent) => return Some(percent),
                Err(_) => (
                    format!("`{}` is not a whole number", number.text),
                    "write a whole share, as `10%`".to_owned(),
                ),
            },
        },
        [number] if number.kind == Kind::Number => (
            format!("`{}` has no `%`", number.text),
            match number.text.parse::<u8>() {
                Ok(1..=100) => format!("write `{}%`", number.text),
                _ => "write the share in percent, as `10%`".to_owned(),
            },
        ),
        _ => {
            let written: Vec<&str> = part.iter().map(|lexeme| lexeme.text.as_str()).collect();
            (
                format!("`{}` is not a share of failures", written.join(" ")),
                "write it in percent, as `10%`".to_owned(),
            )
        }
    };
    mistakes.at(first.span, what, instead);
    None
}

/// How long nothing is sent.
fn time(part: &[Lexeme], mistakes: &mut Diagnostics) -> Option<Duration> {
    let first = part.first()?;
    if let Some(extra) = part.get(1) {
        mistakes.at(
            extra.span,
            format!("`{}` after `{}`", extra.text, first.text),
            "write one duration, as `5s`",
        );
        return None;
    }
    let time = duration::parse(first, mistakes)?;
    if time.is_zero() {
        mistakes.at(
            first.span,
            format!("a breaker that is open for `{}` never is", first.text),
            "write how long nothing is sent, as `5s`",
        );
        return None;
    }
    Some(time)
}

#[cfg(test)]
mod tests {
    use proc_macro2::Span;

    use super::*;

    fn read(text: &str) -> Result<CircuitBreaker, String> {
        let mut mistakes = Diagnostics::default();
        let breaker = parse(Lexemes::of_text(text, Span::call_site()), &mut mistakes);
        let messages = mistakes.messages().join("\n");
        assert_eq!(breaker.is_none(), !messages.is_empty(), "{text}");
        breaker.ok_or(messages)
    }

    #[test]
    fn share_requests_and_time() {
        let expected = CircuitBreaker {
            percent: 10,
            requests: Quota {
                count: 100,
                window: Duration::from_secs(30),
            },
            open_for: Duration::from_secs(5),
        };
        for text in ["10%, 100/30s, 5s", "[10%,100/30s,5s]", "10 % , 100 / 30s , 5s"] {
            assert_eq!(read(text), Ok(expected), "{text}");
        }
        assert_eq!(read("100%, 1/s, 1m").map(|breaker| breaker.percent), Ok(100));
    }

    #[test]
    fn mistakes() {
        for (text, message) in [
            ("10", format!("a circuit breaker has three parts, and this is one\n{WRITE}")),
            (
                "10%, 5s",
                format!("a circuit breaker has three parts, and these are 2\n{WRITE}"),
            ),
            (
                "10%, 100/30s, 5s, 1",
                format!("a circuit breaker has three parts, and these are 4\n{WRITE}"),
            ),
            ("10%,, 5s", format!("a part is missing beside a comma\n{WRITE}")),
            ("[10%, 100/30s, 5s", "the list has no end\nwrite `]` after it".to_owned()),
            ("10, 100/30s, 5s", "`10` has no `%`\nwrite `10%`".to_owned()),
            (
                "0.1, 100/30s, 5s",
                "`0.1` has no `%`\nwrite the share in percent, as `10%`".to_owned(),
            ),
            (
                "0%, 100/30s, 5s",
                "`0%` is too little to tell\nwrite at least `1%`".to_owned(),
            ),
            (
                "150%, 100/30s, 5s",
                "`150%` is more than all\nwrite at most `100%`".to_owned(),
            ),
            (
                "2.5%, 100/30s, 5s",
                "`2.5` is not a whole number\nwrite a whole share, as `10%`".to_owned(),
            ),
            (
                "half, 100/30s, 5s",
                "`half` is not a share of failures\nwrite it in percent, as `10%`".to_owned(),
            ),
            (
                "10%, 100, 5s",
                "`100` requests in what time?\nwrite a time behind it, as `100/s` or `100/30s`".to_owned(),
            ),
            (
                "10%, 100/30s, 0s",
                "a breaker that is open for `0s` never is\nwrite how long nothing is sent, as `5s`".to_owned(),
            ),
            (
                "10%, 100/30s, 5 s",
                "`s` after `5`\nwrite one duration, as `5s`".to_owned(),
            ),
            (
                "5s, 100, 10%",
                "`5s` has no `%`\nwrite the share in percent, as `10%`\n`100` requests in what time?\nwrite a time behind it, \
                 as `100/s` or `100/30s`\n`%` after `10`\nwrite one duration, as `5s`"
                    .to_owned(),
            ),
        ] {
            assert_eq!(read(text), Err(message), "{text}");
        }
    }
}
