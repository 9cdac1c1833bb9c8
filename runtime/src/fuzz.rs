//! What the fuzz targets of this crate have in common; each is in a module `fuzz` beside its parser. `reauth_fuzz` says
//! how they are run.

use http::{HeaderMap, HeaderName, HeaderValue};
use reqwest::Url;
use serde_json::Value;

/// Headers, `Name: value`, one to a line; lines that are none are left out.
pub(crate) fn headers(lines: &[u8]) -> HeaderMap {
    let lines = lines.split(|&byte| byte == b'\n');
    let headers = lines.filter_map(|line| {
        let colon = line.iter().position(|&byte| byte == b':')?;
        let name = HeaderName::from_bytes(line[..colon].trim_ascii()).ok()?;
        let value = HeaderValue::from_bytes(line[colon + 1..].trim_ascii()).ok()?;
        Some((name, value))
    });
    // A map holds so many at most.
    headers.take(1000).collect()
}

/// What is left of a body behind its first line, which is a number: a status, or a limit.
pub(crate) fn number_and_rest(input: &[u8]) -> (u64, &[u8]) {
    let end = input.iter().position(|&byte| byte == b'\n').unwrap_or(input.len());
    let (line, rest) = input.split_at(end);
    let number = std::str::from_utf8(line).ok().and_then(|line| line.trim().parse().ok());
    (number.unwrap_or_default(), rest.strip_prefix(b"\n").unwrap_or(rest))
}

/// The same bytes cut in several ways, always the same ones.
pub(crate) fn cuts(input: &[u8]) -> Vec<Vec<&[u8]>> {
    let mut cuts: Vec<Vec<&[u8]>> = [1, 2, 3, 7].map(|length| input.chunks(length).collect()).into();
    // Behind each byte that may end something, and before it.
    let is_end = |byte: &u8| matches!(byte, b'\r' | b'\n');
    cuts.push(input.split_inclusive(is_end).collect());
    let mut before = Vec::new();
    let mut rest = input;
    while let Some(end) = rest.iter().skip(1).position(is_end) {
        let (piece, after) = rest.split_at(end + 1);
        before.push(piece);
        rest = after;
    }
    before.push(rest);
    cuts.push(before);
    cuts
}

/// Whether whoever reads it sees all of it as it is: no line breaks, nothing that turns a line around or does not show.
pub(crate) fn is_plain(text: &str) -> bool {
    !text.contains(|c: char| {
        c.is_control() || matches!(c, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{feff}')
    })
}

/// Whether the mark of a secret stands where settings hold none, so that an error may say it: in a name, or as a value that
/// is no URL with a password in it and belongs to no key that says `secret`, `key` or `token`.
pub(crate) fn is_public(settings: &Value, mark: &str) -> bool {
    let is_secret = |name: &str| ["secret", "key", "_token"].iter().any(|part| name.contains(part));
    match settings {
        Value::String(text) => {
            let is_password = match text.parse::<Url>() {
                Ok(url) => format!("{} {:?}", url.username(), url.password()).contains(mark),
                Err(_) => text.contains('@'),
            };
            text.contains(mark) && !is_password
        }
        Value::Array(values) => values.iter().any(|value| is_public(value, mark)),
        Value::Object(fields) => fields
            .iter()
            .any(|(name, value)| name.contains(mark) || !is_secret(name) && is_public(value, mark)),
        _ => false,
    }
}
