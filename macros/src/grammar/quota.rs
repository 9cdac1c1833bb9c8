//! So many in some time: `50/s`, `100/30s`.

use std::time::Duration;

use super::duration;
use super::lexeme::{Kind, Lexeme};
use crate::diagnostics::Diagnostics;

/// More than any client has calls in the time that is meant, and few enough to remember each.
pub(crate) const MOST: u32 = 1_000_000;

/// A number and the time that it is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Quota {
    pub(crate) count: u32,
    pub(crate) window: Duration,
}

/// What is counted, and how that is written.
#[derive(Clone, Copy)]
pub(crate) struct Of {
    pub(crate) what: &'static str,
    pub(crate) example: &'static str,
}

/// The value of `rate`.
pub(crate) const CALLS: Of = Of {
    what: "calls",
    example: "50/s",
};

/// Reads all of `lexemes`, of which there is at least one.
pub(crate) fn parse(lexemes: &[Lexeme], of: Of, mistakes: &mut Diagnostics) -> Option<Quota> {
    let first = lexemes.first()?;
    match lexemes {
        [number, slash, time] if number.kind == Kind::Number && slash.is("/") => {
            let count = count(number, of, mistakes);
            let window = window(time, number, of, mistakes);
            Some(Quota {
                count: count?,
                window: window?,
            })
        }
        [number] if number.kind == Kind::Number => {
            mistakes.at(
                number.span,
                format!("`{}` {} in what time?", number.text, of.what),
                format!("write a time behind it, as `{}/s` or `{0}/30s`", number.text),
            );
            None
        }
        _ => {
            let written: Vec<&str> = lexemes.iter().map(|lexeme| lexeme.text.as_str()).collect();
            mistakes.at(
                first.span,
                format!("`{}` is not a number of {} in some time", written.join(" "), of.what),
                format!("write `{}`", of.example),
            );
            None
        }
    }
}

/// Reads a whole number, at least one.
pub(crate) fn count(lexeme: &Lexeme, of: Of, mistakes: &mut Diagnostics) -> Option<u32> {
    let Lexeme { text, span, .. } = lexeme;
    let digits = text.replace('_', "");
    let is_whole = digits.bytes().all(|byte| byte.is_ascii_digit());
    let (what, instead) = match digits.parse::<u32>() {
        Ok(0) => (
            format!("`{text}` {} are none", of.what),
            "write at least `1`".to_owned(),
        ),
        Ok(count) if count <= MOST => return Some(count),
        _ if is_whole => (
            format!("`{text}` {} are too many", of.what),
            format!("write at most `{MOST}`"),
        ),
        _ => (
            format!("`{text}` is not a number of {}", of.what),
            format!("write a whole number, as in `{}`", of.example),
        ),
    };
    mistakes.at(*span, what, instead);
    None
}

/// A duration, or a unit, which is one of it.
fn window(lexeme: &Lexeme, number: &Lexeme, of: Of, mistakes: &mut Diagnostics) -> Option<Duration> {
    let Lexeme { text, span, kind } = lexeme;
    if *kind == Kind::Number {
        let window = duration::parse(lexeme, mistakes)?;
        if window.is_zero() {
            mistakes.at(
                *span,
                format!("so many {} in no time", of.what),
                format!("write some, as `{}`", of.example),
            );
        }
        return Some(window).filter(|window| !window.is_zero());
    }
    let unit = duration::unit(text);
    if unit.is_none() {
        let instead = match duration::meant_unit(text) {
            Some(meant) => format!("write `{}/{meant}`", number.text),
            None => format!(
                "write one of `ms`, `s`, `m`, `h`, or a duration, as `{}/30s`",
                number.text
            ),
        };
        mistakes.at(*span, format!("`{text}` is not a unit"), instead);
    }
    unit
}

#[cfg(test)]
mod tests {
    use proc_macro2::Span;

    use super::super::lexeme::Lexemes;
    use super::*;

    fn read(text: &str) -> Result<(u32, u128), String> {
        let mut mistakes = Diagnostics::default();
        let lexemes: Vec<_> = Lexemes::of_text(text, Span::call_site()).collect();
        let quota = parse(&lexemes, CALLS, &mut mistakes);
        let messages = mistakes.messages().join("\n");
        assert_eq!(quota.is_none(), !messages.is_empty(), "{text}");
        quota
            .map(|quota| (quota.count, quota.window.as_millis()))
            .ok_or(messages)
    }

    #[test]
    fn numbers_in_a_time() {
        for (text, expected) in [
            ("50/s", (50, 1_000)),
            ("1/ms", (1, 1)),
            ("100 / 30s", (100, 30_000)),
            ("10_000/h", (10_000, 3_600_000)),
            ("1000000/1m", (1_000_000, 60_000)),
        ] {
            assert_eq!(read(text), Ok(expected), "{text}");
        }
    }

    #[test]
    fn mistakes() {
        for (text, message) in [
            (
                "50",
                "`50` calls in what time?\nwrite a time behind it, as `50/s` or `50/30s`",
            ),
            ("50/sec", "`sec` is not a unit\nwrite `50/s`"),
            ("50/minute", "`minute` is not a unit\nwrite `50/m`"),
            (
                "50/day",
                "`day` is not a unit\nwrite one of `ms`, `s`, `m`, `h`, or a duration, as `50/30s`",
            ),
            ("50/30", "`30` has no unit\nwrite `30ms` or `30s`"),
            ("50/0s", "so many calls in no time\nwrite some, as `50/s`"),
            ("0/s", "`0` calls are none\nwrite at least `1`"),
            ("2000000/s", "`2000000` calls are too many\nwrite at most `1000000`"),
            (
                "99999999999/s",
                "`99999999999` calls are too many\nwrite at most `1000000`",
            ),
            (
                "1.5/s",
                "`1.5` is not a number of calls\nwrite a whole number, as in `50/s`",
            ),
            (
                "0x/0",
                "`0x` is not a number of calls\nwrite a whole number, as in `50/s`\n`0` has no unit\nwrite `0ms` or `0s`",
            ),
            (
                "50 per s",
                "`50 per s` is not a number of calls in some time\nwrite `50/s`",
            ),
            ("often", "`often` is not a number of calls in some time\nwrite `50/s`"),
            (
                "50/s/s",
                "`50 / s / s` is not a number of calls in some time\nwrite `50/s`",
            ),
        ] {
            assert_eq!(read(text), Err(message.to_owned()), "{text}");
        }
    }
}
