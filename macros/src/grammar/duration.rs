//! Durations: a whole number and its unit, `100ms`, `2s`, `5m`, `1h`; read, and written again.

use std::time::Duration;

use super::lexeme::{Kind, Lexeme};
use crate::diagnostics::Diagnostics;

/// Longer than any call or wait that is meant.
const LONGEST: Duration = Duration::from_secs(24 * 60 * 60);

/// Reads one duration; `Duration::ZERO` passes, for only the caller knows whether it makes sense.
pub(crate) fn parse(lexeme: &Lexeme, mistakes: &mut Diagnostics) -> Option<Duration> {
    let Lexeme { text, span, .. } = lexeme;
    if lexeme.kind != Kind::Number {
        mistakes.at(
            *span,
            format!("`{text}` is not a duration"),
            "write a number with its unit, as `100ms` or `2s`",
        );
        return None;
    }
    let digits = text
        .find(|c: char| !c.is_ascii_digit() && c != '_')
        .unwrap_or(text.len());
    let (number, unit) = text.split_at(digits);
    if unit.starts_with('.') {
        let instead = match tenths(text) {
            Some(millis) => format!("write `{millis}ms`"),
            None => "write it in a smaller unit, as `1500ms`".to_owned(),
        };
        mistakes.at(*span, format!("`{text}` is not a whole number"), instead);
        return None;
    }
    let Some(factor) = millis_per(unit) else {
        let (what, instead) = match (unit, meant_unit(unit)) {
            ("", _) => (
                format!("`{text}` has no unit"),
                format!("write `{number}ms` or `{number}s`"),
            ),
            (_, Some(meant)) => (format!("`{unit}` is not a unit"), format!("write `{number}{meant}`")),
            (_, None) => (
                format!("`{unit}` in `{text}` is not a unit"),
                "write one of `ms`, `s`, `m`, `h`".to_owned(),
            ),
        };
        mistakes.at(*span, what, instead);
        return None;
    };
    let duration = number
        .replace('_', "")
        .parse::<u64>()
        .ok()
        .and_then(|number| number.checked_mul(factor))
        .map(Duration::from_millis)
        .filter(|duration| *duration <= LONGEST);
    if duration.is_none() {
        mistakes.at(*span, format!("`{text}` is too long"), "write at most `24h`");
    }
    duration
}

/// One of a unit: a second for `s`.
pub(super) fn unit(unit: &str) -> Option<Duration> {
    millis_per(unit).map(Duration::from_millis)
}

fn millis_per(unit: &str) -> Option<u64> {
    match unit {
        "ms" => Some(1),
        "s" => Some(1_000),
        "m" => Some(60_000),
        "h" => Some(3_600_000),
        _ => None,
    }
}

/// As in a key: `1500ms`, `2m`.
pub(crate) fn written(duration: Duration) -> String {
    let (number, unit) = whole(duration);
    format!("{number}{unit}")
}

/// As in a sentence, rounded up to what a reader takes in: `1.5 s`, `2 min`.
pub(crate) fn in_words(duration: Duration) -> String {
    match whole(duration) {
        (millis @ 1_000.., "ms") => {
            let tenths = millis.div_ceil(100);
            format!("{}.{} s", tenths / 10, tenths % 10)
        }
        (number, "m") => format!("{number} min"),
        (number, unit) => format!("{number} {unit}"),
    }
}

/// The number of the largest unit that leaves no rest, but for what is less than a millisecond.
fn whole(duration: Duration) -> (u128, &'static str) {
    let millis = duration.as_nanos().div_ceil(1_000_000);
    let units = ["h", "m", "s"].into_iter().filter_map(|unit| {
        let factor = millis_per(unit)?.into();
        (millis >= factor && millis.is_multiple_of(factor)).then_some((millis / factor, unit))
    });
    units.chain([(millis, "ms")]).next().unwrap_or_default()
}

/// Spellings that other libraries accept.
pub(super) fn meant_unit(unit: &str) -> Option<&'static str> {
    match unit.to_ascii_lowercase().as_str() {
        "msec" | "msecs" | "milli" | "millis" | "millisecond" | "milliseconds" | "ms" => Some("ms"),
        "s" | "sec" | "secs" | "second" | "seconds" => Some("s"),
        "m" | "min" | "mins" | "minute" | "minutes" => Some("m"),
        "h" | "hr" | "hrs" | "hour" | "hours" => Some("h"),
        _ => None,
    }
}

/// `1.5s` in milliseconds, where that is a whole number.
fn tenths(text: &str) -> Option<u64> {
    let (whole, rest) = text.split_once('.')?;
    let digits = rest.find(|c: char| !c.is_ascii_digit()).unwrap_or(rest.len());
    let (fraction, unit) = rest.split_at(digits);
    let scale = 10_u64.checked_pow(u32::try_from(digits).ok()?)?;
    let scaled = format!("{whole}{fraction}")
        .parse::<u64>()
        .ok()?
        .checked_mul(millis_per(unit)?)?;
    scaled.is_multiple_of(scale).then_some(scaled / scale)
}

#[cfg(test)]
mod tests {
    use proc_macro2::Span;

    use super::super::lexeme::Lexemes;
    use super::*;

    fn read(text: &str) -> Result<u128, String> {
        let mut mistakes = Diagnostics::default();
        let lexeme = Lexemes::of_text(text, Span::call_site()).next().expect("a lexeme");
        let duration = parse(&lexeme, &mut mistakes);
        let messages = mistakes.messages().join("\n");
        assert_eq!(duration.is_none(), !messages.is_empty(), "{text}");
        duration.map(|duration| duration.as_millis()).ok_or(messages)
    }

    #[test]
    fn durations() {
        for (text, millis) in [
            ("100ms", 100),
            ("2s", 2_000),
            ("5m", 300_000),
            ("1h", 3_600_000),
            ("24h", 86_400_000),
            ("1_500ms", 1_500),
            ("0s", 0),
        ] {
            assert_eq!(read(text), Ok(millis), "{text}");
        }
    }

    #[test]
    fn written_again() {
        for (micros, key, words) in [
            (0, "0ms", "0 ms"),
            (50, "1ms", "1 ms"),
            (999_000, "999ms", "999 ms"),
            (1_000_000, "1s", "1 s"),
            (1_010_000, "1010ms", "1.1 s"),
            (4_325_100, "4326ms", "4.4 s"),
            (90_000_000, "90s", "90 s"),
            (120_000_000, "2m", "2 min"),
            (3_600_000_000, "1h", "1 h"),
        ] {
            let duration = Duration::from_micros(micros);
            assert_eq!((written(duration).as_str(), in_words(duration).as_str()), (key, words));
        }
    }

    #[test]
    fn mistakes() {
        for (text, message) in [
            ("100", "`100` has no unit\nwrite `100ms` or `100s`"),
            ("2sec", "`sec` is not a unit\nwrite `2s`"),
            ("2S", "`S` is not a unit\nwrite `2s`"),
            ("7d", "`d` in `7d` is not a unit\nwrite one of `ms`, `s`, `m`, `h`"),
            ("1.5s", "`1.5s` is not a whole number\nwrite `1500ms`"),
            ("0.25m", "`0.25m` is not a whole number\nwrite `15000ms`"),
            (
                "1.0001s",
                "`1.0001s` is not a whole number\nwrite it in a smaller unit, as `1500ms`",
            ),
            (
                "1.5",
                "`1.5` is not a whole number\nwrite it in a smaller unit, as `1500ms`",
            ),
            ("25h", "`25h` is too long\nwrite at most `24h`"),
            (
                "99999999999999999999h",
                "`99999999999999999999h` is too long\nwrite at most `24h`",
            ),
            (
                "18446744073709551615h",
                "`18446744073709551615h` is too long\nwrite at most `24h`",
            ),
            (
                "soon",
                "`soon` is not a duration\nwrite a number with its unit, as `100ms` or `2s`",
            ),
        ] {
            assert_eq!(read(text), Err(message.to_owned()), "{text}");
        }
    }
}
