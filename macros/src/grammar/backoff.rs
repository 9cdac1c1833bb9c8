//! Schedules of retries: `constant(100ms,3)`, `exponential(100ms, 5, max = 10s, jitter = none)`.
//!
//! A schedule is a curve, its first delay, the number of retries, and named options.

use std::time::Duration;

use super::duration;
use super::lexeme::{Kind, Lexeme, Lexemes};
use crate::diagnostics::{Diagnostics, list, one_of};

/// How the delay grows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Curve {
    Constant,
    Linear,
    Exponential,
    Fibonacci,
    Decorrelated,
}

/// Which part of a delay is left to chance.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Jitter {
    Full,
    Equal,
    None,
}

/// When to try again, and how often.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Backoff {
    pub(crate) curve: Curve,
    pub(crate) delay: Duration,
    pub(crate) retries: u32,
    pub(crate) max: Option<Duration>,
    pub(crate) factor: Option<u32>,
    pub(crate) jitter: Option<Jitter>,
}

/// The value of `retry`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Retry {
    None,
    Schedule(Backoff),
}

/// The value of `reauth`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Reauth {
    None,
    Once,
    Schedule(Backoff),
}

impl Curve {
    const ALL: [Self; 5] = [
        Self::Constant,
        Self::Linear,
        Self::Exponential,
        Self::Fibonacci,
        Self::Decorrelated,
    ];

    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Constant => "constant",
            Self::Linear => "linear",
            Self::Exponential => "exponential",
            Self::Fibonacci => "fibonacci",
            Self::Decorrelated => "decorrelated",
        }
    }

    /// The options that change something: a constant delay has no limit to reach, only an exponential
    /// one a factor, and a decorrelated one is nothing but jitter.
    fn options(self) -> &'static [&'static str] {
        match self {
            Self::Constant => &["jitter"],
            Self::Linear | Self::Fibonacci => &["max", "jitter"],
            Self::Exponential => &["max", "factor", "jitter"],
            Self::Decorrelated => &["max"],
        }
    }
}

/// Reads the value of `retry`.
pub(crate) fn retry(lexemes: Lexemes, mistakes: &mut Diagnostics) -> Option<Retry> {
    match sole(&lexemes) {
        Some("none") => Some(Retry::None),
        _ => schedule(lexemes, &["none"], mistakes).map(Retry::Schedule),
    }
}

/// Reads the value of `reauth`.
pub(crate) fn reauth(lexemes: Lexemes, mistakes: &mut Diagnostics) -> Option<Reauth> {
    match sole(&lexemes) {
        Some("none") => Some(Reauth::None),
        Some("once") => Some(Reauth::Once),
        _ => schedule(lexemes, &["once", "none"], mistakes).map(Reauth::Schedule),
    }
}

/// The lexeme that is all there is.
fn sole(lexemes: &Lexemes) -> Option<&str> {
    match (lexemes.peek(), lexemes.peek_second()) {
        (Some(lexeme), None) => Some(&lexeme.text),
        _ => None,
    }
}

/// Reads `curve(delay, retries, option = value, …)`; `words` may stand in its place.
fn schedule(mut lexemes: Lexemes, words: &[&str], mistakes: &mut Diagnostics) -> Option<Backoff> {
    let before = mistakes.len();
    let known: Vec<_> = words.iter().copied().chain(Curve::ALL.map(Curve::name)).collect();
    let Some(name) = lexemes.next() else {
        mistakes.at(lexemes.last_span(), "the schedule is empty", one_of("", &known));
        return None;
    };
    let Some(curve) = Curve::ALL.into_iter().find(|curve| name.is(curve.name())) else {
        match words.iter().find(|word| name.is(word)) {
            Some(word) => mistakes.at(
                lexemes.peek().map_or(name.span, |next| next.span),
                format!("`{word}` stands alone"),
                "remove what follows it",
            ),
            None => mistakes.at(
                name.span,
                format!("unknown schedule `{}`", name.text),
                match name.kind {
                    Kind::Number => "write the schedule that it belongs to, as `constant(100ms,3)`".to_owned(),
                    _ => one_of(&name.text, &known),
                },
            ),
        }
        return None;
    };
    let example = format!("`{}(100ms,3)`", curve.name());
    if !lexemes.eat("(") {
        mistakes.at(
            name.span,
            format!("`{}` needs a delay and a number of retries", name.text),
            format!("write {example}"),
        );
        return None;
    }
    let arguments = split_arguments(&mut lexemes, mistakes)?;
    behind(curve, &arguments, lexemes.by_ref(), mistakes);

    let (options, positional): (Vec<_>, Vec<_>) = arguments
        .into_iter()
        .partition(|argument| argument.iter().any(|lexeme| lexeme.is("=")));
    let mut positional = positional.iter().map(Vec::as_slice);
    let (delay, retries) = match (positional.next(), positional.next()) {
        (Some([retries]), Some([delay])) if is_count(retries) && !is_count(delay) && delay.kind == Kind::Number => {
            mistakes.at(
                retries.span,
                "the delay comes first, then the number of retries",
                format!("write `{}({},{})`", curve.name(), delay.text, retries.text),
            );
            (None, None)
        }
        (delay, retries) => (
            first_delay(curve, delay, &lexemes, mistakes),
            number_of_retries(curve, retries, &lexemes, mistakes),
        ),
    };
    for extra in positional {
        if let Some(lexeme) = extra.first() {
            mistakes.at(
                lexeme.span,
                format!("`{}` is one argument too many", lexeme.text),
                format!("write {example}; options have a name, as `max = 10s`"),
            );
        }
    }
    let mut backoff = Backoff {
        curve,
        delay: delay.unwrap_or_default(),
        retries: retries.unwrap_or_default(),
        max: None,
        factor: None,
        jitter: None,
    };
    let mut seen: Vec<&str> = Vec::new();
    for option in &options {
        read_option(option, &mut backoff, &mut seen, mistakes);
    }
    (mistakes.len() == before).then_some(backoff)
}

/// Complains about what follows the closing parenthesis; mostly, an option that belongs inside.
fn behind(curve: Curve, arguments: &[Vec<Lexeme>], lexemes: impl Iterator<Item = Lexeme>, mistakes: &mut Diagnostics) {
    let mut extra = lexemes.skip_while(|lexeme| lexeme.is(","));
    let Some(first) = extra.next() else { return };
    let rest: Vec<Lexeme> = extra.collect();
    let instead = match rest.as_slice() {
        [equals, value, ..] if equals.is("=") && curve.options().contains(&first.text.as_str()) => {
            let option = format!("{} = {}", first.text, value.text);
            let inside = arguments.iter().map(|argument| written(argument)).chain([option]);
            let inside: Vec<String> = inside.collect();
            format!("write it inside, as `{}({})`", curve.name(), inside.join(", "))
        }
        [equals, ..] if equals.is("=") => format!(
            "remove it; the options of `{}` are {}",
            curve.name(),
            list(curve.options().iter().copied())
        ),
        _ => "remove it; a schedule ends with its parenthesis".to_owned(),
    };
    mistakes.at(first.span, format!("`{}` after the schedule", first.text), instead);
}

/// Lexemes as a reader would write them.
fn written(lexemes: &[Lexeme]) -> String {
    let texts: Vec<&str> = lexemes.iter().map(|lexeme| lexeme.text.as_str()).collect();
    texts.join(" ")
}

/// The arguments up to the closing parenthesis, cut at commas.
fn split_arguments(lexemes: &mut Lexemes, mistakes: &mut Diagnostics) -> Option<Vec<Vec<Lexeme>>> {
    let mut arguments = Vec::new();
    let mut argument = Vec::new();
    loop {
        let Some(lexeme) = lexemes.next() else {
            mistakes.at(lexemes.last_span(), "the schedule has no end", "write `)` after it");
            return None;
        };
        let at_end = lexeme.is(")");
        if at_end || lexeme.is(",") {
            if argument.is_empty() && !at_end {
                mistakes.at(lexeme.span, "an argument is missing before `,`", "remove the comma");
                return None;
            }
            if !argument.is_empty() {
                arguments.push(std::mem::take(&mut argument));
            }
            if at_end {
                return Some(arguments);
            }
        } else {
            argument.push(lexeme);
        }
    }
}

fn is_count(lexeme: &Lexeme) -> bool {
    lexeme.text.bytes().all(|byte| byte.is_ascii_digit())
}

/// Complains about what follows the only lexeme that an argument may have.
fn alone<'a>(argument: &'a [Lexeme], mistakes: &mut Diagnostics) -> Option<&'a Lexeme> {
    match argument {
        [lexeme] => Some(lexeme),
        // The unit stands apart: `100 ms`.
        [number, unit, ..] if number.kind == Kind::Number && unit.kind == Kind::Word => {
            mistakes.at(
                unit.span,
                format!("a space between `{}` and `{}`", number.text, unit.text),
                format!("write `{}{}`", number.text, unit.text),
            );
            None
        }
        [first, second, ..] => {
            mistakes.at(
                second.span,
                format!("`{}` after `{}`", second.text, first.text),
                "write a comma between arguments",
            );
            None
        }
        [] => None,
    }
}

fn first_delay(
    curve: Curve,
    argument: Option<&[Lexeme]>,
    lexemes: &Lexemes,
    mistakes: &mut Diagnostics,
) -> Option<Duration> {
    let Some(argument) = argument else {
        mistakes.at(
            lexemes.last_span(),
            format!("`{}` has no delay", curve.name()),
            format!("write `{}(100ms,3)`", curve.name()),
        );
        return None;
    };
    let lexeme = alone(argument, mistakes)?;
    let delay = duration::parse(lexeme, mistakes)?;
    if delay.is_zero() && curve != Curve::Constant {
        mistakes.at(
            lexeme.span,
            format!("a delay of `{}` never grows", lexeme.text),
            format!(
                "write `{}(100ms,…)`, or `constant({},…)` to retry at once",
                curve.name(),
                lexeme.text
            ),
        );
        return None;
    }
    Some(delay)
}

fn number_of_retries(
    curve: Curve,
    argument: Option<&[Lexeme]>,
    lexemes: &Lexemes,
    mistakes: &mut Diagnostics,
) -> Option<u32> {
    let Some(argument) = argument else {
        mistakes.at(
            lexemes.last_span(),
            format!("`{}` has no number of retries", curve.name()),
            format!("write `{}(100ms,3)`", curve.name()),
        );
        return None;
    };
    let lexeme = alone(argument, mistakes)?;
    let text = &lexeme.text;
    match text.replace('_', "").parse::<u32>() {
        Ok(0) => mistakes.at(
            lexeme.span,
            "`0` retries are none",
            "write `none` in place of the schedule",
        ),
        Ok(retries) => return Some(retries),
        Err(_) if is_count(lexeme) => {
            mistakes.at(
                lexeme.span,
                format!("`{text}` are too many retries"),
                "write a few, as `3`",
            );
        }
        Err(_) => mistakes.at(
            lexeme.span,
            format!("`{text}` is not a number of retries"),
            format!("write `{}(100ms,3)`", curve.name()),
        ),
    }
    None
}

fn read_option<'a>(option: &'a [Lexeme], backoff: &mut Backoff, seen: &mut Vec<&'a str>, mistakes: &mut Diagnostics) {
    let curve = backoff.curve;
    let (name, value) = match option {
        [name, equals, value @ ..] if equals.is("=") => (name, value),
        [first, ..] => {
            mistakes.at(
                first.span,
                format!("`{}` is not an option", first.text),
                "write an option as `max = 10s`",
            );
            return;
        }
        [] => return,
    };
    if !curve.options().contains(&name.text.as_str()) {
        let is_other = Curve::Exponential.options().contains(&name.text.as_str());
        let (what, instead) = if is_other {
            (
                format!("`{}` changes nothing for `{}`", name.text, curve.name()),
                format!(
                    "remove it; the options here are {}",
                    list(curve.options().iter().copied())
                ),
            )
        } else {
            (
                format!("unknown option `{}`", name.text),
                one_of(&name.text, curve.options()),
            )
        };
        mistakes.at(name.span, what, instead);
        return;
    }
    if seen.contains(&name.text.as_str()) {
        mistakes.at(name.span, format!("`{}` is given twice", name.text), "remove one");
        return;
    }
    seen.push(&name.text);
    if value.is_empty() {
        mistakes.at(
            name.span,
            format!("`{}` has no value", name.text),
            format!("write `{}`", example(&name.text)),
        );
        return;
    }
    let Some(value) = alone(value, mistakes) else { return };
    match name.text.as_str() {
        "max" => backoff.max = longest_delay(value, backoff.delay, mistakes),
        "factor" => backoff.factor = growth(value, mistakes),
        _ => backoff.jitter = jitter(value, mistakes),
    }
}

fn example(option: &str) -> &'static str {
    match option {
        "max" => "max = 10s",
        "factor" => "factor = 2",
        _ => "jitter = full",
    }
}

fn longest_delay(value: &Lexeme, delay: Duration, mistakes: &mut Diagnostics) -> Option<Duration> {
    let max = duration::parse(value, mistakes)?;
    if max.is_zero() || max < delay {
        mistakes.at(
            value.span,
            format!("`max = {}` is shorter than the first delay", value.text),
            "write a longer one, as `max = 10s`",
        );
        return None;
    }
    Some(max)
}

fn growth(value: &Lexeme, mistakes: &mut Diagnostics) -> Option<u32> {
    match value.text.parse::<u32>() {
        Ok(factor) if factor >= 2 => Some(factor),
        _ => {
            mistakes.at(
                value.span,
                format!("nothing grows by the factor `{}`", value.text),
                "write a whole number from `2`, as `factor = 2`",
            );
            None
        }
    }
}

fn jitter(value: &Lexeme, mistakes: &mut Diagnostics) -> Option<Jitter> {
    match value.text.as_str() {
        "full" => Some(Jitter::Full),
        "equal" => Some(Jitter::Equal),
        "none" => Some(Jitter::None),
        other => {
            mistakes.at(
                value.span,
                format!("unknown jitter `{other}`"),
                one_of(other, &["full", "equal", "none"]),
            );
            None
        }
    }
}

#[cfg(test)]
mod tests {
    use proc_macro2::Span;

    use super::*;

    fn read(text: &str) -> Result<Retry, String> {
        let mut mistakes = Diagnostics::default();
        let value = retry(Lexemes::of_text(text, Span::call_site()), &mut mistakes);
        let messages = mistakes.messages().join("\n\n");
        assert_eq!(value.is_none(), !messages.is_empty(), "{text}");
        value.ok_or(messages)
    }

    fn plain(curve: Curve, millis: u64, retries: u32) -> Backoff {
        Backoff {
            curve,
            delay: Duration::from_millis(millis),
            retries,
            max: None,
            factor: None,
            jitter: None,
        }
    }

    #[test]
    fn schedules() {
        let max = Some(Duration::from_secs(10));
        for (text, expected) in [
            ("constant(100ms,3)", plain(Curve::Constant, 100, 3)),
            (" constant( 0s , 3 , ) ", plain(Curve::Constant, 0, 3)),
            ("linear(1s,1)", plain(Curve::Linear, 1_000, 1)),
            ("fibonacci(100ms,3)", plain(Curve::Fibonacci, 100, 3)),
            ("decorrelated(1s,3)", plain(Curve::Decorrelated, 1_000, 3)),
            (
                "decorrelated(1s,3,max=10s)",
                Backoff {
                    max,
                    ..plain(Curve::Decorrelated, 1_000, 3)
                },
            ),
            (
                "exponential(100ms, 5, jitter = equal, max = 10s, factor = 3)",
                Backoff {
                    max,
                    factor: Some(3),
                    jitter: Some(Jitter::Equal),
                    ..plain(Curve::Exponential, 100, 5)
                },
            ),
            (
                "constant(100ms,3,jitter=none)",
                Backoff {
                    jitter: Some(Jitter::None),
                    ..plain(Curve::Constant, 100, 3)
                },
            ),
        ] {
            assert_eq!(read(text), Ok(Retry::Schedule(expected)), "{text}");
        }
        assert_eq!(read("none"), Ok(Retry::None));
    }

    #[test]
    fn reauth_has_a_word_more() {
        let read = |text| reauth(Lexemes::of_text(text, Span::call_site()), &mut Diagnostics::default());
        assert_eq!(read("once"), Some(Reauth::Once));
        assert_eq!(read("none"), Some(Reauth::None));
        assert_eq!(
            read("constant(100ms,3)"),
            Some(Reauth::Schedule(plain(Curve::Constant, 100, 3)))
        );
        assert_eq!(read("twice"), None);
    }

    #[test]
    fn mistakes() {
        let known = "`none`, `constant`, `linear`, `exponential`, `fibonacci`, `decorrelated`";
        for (text, message) in [
            ("", format!("the schedule is empty\nwrite one of {known}")),
            (
                "constnat(100ms,3)",
                format!("unknown schedule `constnat`\nwrite `constant` (known: {known})"),
            ),
            ("fixed(1s,3)", format!("unknown schedule `fixed`\nwrite one of {known}")),
            (
                "3",
                "unknown schedule `3`\nwrite the schedule that it belongs to, as `constant(100ms,3)`".to_owned(),
            ),
            ("none(3)", "`none` stands alone\nremove what follows it".to_owned()),
            (
                "constant",
                "`constant` needs a delay and a number of retries\nwrite `constant(100ms,3)`".to_owned(),
            ),
            (
                "constant(100,3)",
                "`100` has no unit\nwrite `100ms` or `100s`".to_owned(),
            ),
            (
                "constant(100 ms,3)",
                "a space between `100` and `ms`\nwrite `100ms`".to_owned(),
            ),
            (
                "constant(100ms)",
                "`constant` has no number of retries\nwrite `constant(100ms,3)`".to_owned(),
            ),
            (
                "constant()",
                "`constant` has no delay\nwrite `constant(100ms,3)`\n\n`constant` has no number of retries\nwrite \
                 `constant(100ms,3)`"
                    .to_owned(),
            ),
            (
                "constant(3,100ms)",
                "the delay comes first, then the number of retries\nwrite `constant(100ms,3)`".to_owned(),
            ),
            (
                "constant(100ms,3s)",
                "`3s` is not a number of retries\nwrite `constant(100ms,3)`".to_owned(),
            ),
            (
                "constant(100ms,-3)",
                "`3` after `-`\nwrite a comma between arguments".to_owned(),
            ),
            (
                "constant(100ms,0)",
                "`0` retries are none\nwrite `none` in place of the schedule".to_owned(),
            ),
            (
                "constant(100ms,9999999999)",
                "`9999999999` are too many retries\nwrite a few, as `3`".to_owned(),
            ),
            (
                "constant(100ms,3,5s)",
                "`5s` is one argument too many\nwrite `constant(100ms,3)`; options have a name, as `max = 10s`"
                    .to_owned(),
            ),
            (
                "constant(100ms,3",
                "the schedule has no end\nwrite `)` after it".to_owned(),
            ),
            (
                "constant(,3)",
                "an argument is missing before `,`\nremove the comma".to_owned(),
            ),
            (
                "exponential(100ms,3), max = 10s",
                "`max` after the schedule\nwrite it inside, as `exponential(100ms, 3, max = 10s)`".to_owned(),
            ),
            (
                "constant(100ms,3), max = 10s",
                "`max` after the schedule\nremove it; the options of `constant` are `jitter`".to_owned(),
            ),
            (
                "constant(100ms,3), linear(1s,3)",
                "`linear` after the schedule\nremove it; a schedule ends with its parenthesis".to_owned(),
            ),
            (
                "exponential(0ms,3)",
                "a delay of `0ms` never grows\nwrite `exponential(100ms,…)`, or `constant(0ms,…)` to retry at once"
                    .to_owned(),
            ),
        ] {
            assert_eq!(read(text), Err(message), "{text}");
        }
    }

    #[test]
    fn mistakes_in_options() {
        for (text, message) in [
            (
                "exponential(100ms,3,mx=10s)",
                "unknown option `mx`\nwrite `max` (known: `max`, `factor`, `jitter`)".to_owned(),
            ),
            (
                "constant(100ms,3,max=10s)",
                "`max` changes nothing for `constant`\nremove it; the options here are `jitter`".to_owned(),
            ),
            (
                "exponential(100ms,3,max=)",
                "`max` has no value\nwrite `max = 10s`".to_owned(),
            ),
            (
                "exponential(100ms,3,max=10)",
                "`10` has no unit\nwrite `10ms` or `10s`".to_owned(),
            ),
            (
                "exponential(1s,3,max=10ms)",
                "`max = 10ms` is shorter than the first delay\nwrite a longer one, as `max = 10s`".to_owned(),
            ),
            (
                "exponential(1s,3,max=5s,max=6s)",
                "`max` is given twice\nremove one".to_owned(),
            ),
            (
                "exponential(1s,3,factor=1)",
                "nothing grows by the factor `1`\nwrite a whole number from `2`, as `factor = 2`".to_owned(),
            ),
            (
                "exponential(1s,3,jitter=fll)",
                "unknown jitter `fll`\nwrite `full` (known: `full`, `equal`, `none`)".to_owned(),
            ),
            (
                "exponential(1s,3,=5)",
                "`=` is not an option\nwrite an option as `max = 10s`".to_owned(),
            ),
        ] {
            assert_eq!(read(text), Err(message), "{text}");
        }
    }
}
