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
        // Those of Unicode's category Cf that known attacks on readers use (CVE-2021-42574), in a list of this test's own.
        let is_format = matches!(
            c,
            '\u{ad}' | '\u{61c}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{2069}' | '\u{feff}'
        );
        c.is_control() || is_format
    })
}

/// Whether the mark of a secret stands where a table of settings holds none, so that an error may say it: in a name, or as
/// a value that belongs to no key that says `secret`, `key` or `token`, and is no password in a URL.
pub(crate) fn is_public(settings: &Value, mark: &str) -> bool {
    let is_secret = |name: &str| ["secret", "key", "_token"].iter().any(|part| name.contains(part));
    let is_public = |(name, value): (&String, &Value)| {
        let is_told = match value {
            Value::String(text) => may_become(text, mark) && !is_password(name, text, mark),
            Value::Array(values) => values.iter().any(|value| may_become(&value.to_string(), mark)),
            // The section of a credential; a text in its place may be all of it.
            table => is_public(table, mark),
        };
        name.contains(mark) || is_told && !is_secret(name) && !(name == "auth0" && value.is_string())
    };
    settings.as_object().is_some_and(|fields| fields.iter().any(is_public))
}

/// A host is decoded, in lower case, and loses what does not show.
fn may_become(text: &str, mark: &str) -> bool {
    !text.is_ascii() || text.contains('%') || text.to_lowercase().contains(mark)
}

/// Before an `@`, in what is a URL, or is meant to be one.
fn is_password(name: &str, text: &str, mark: &str) -> bool {
    let is_url = ["url", "issuer", "domain"].iter().any(|part| name.contains(part));
    is_url
        && match text.parse::<Url>() {
            Ok(url) => format!("{} {:?}", url.username(), url.password()).contains(mark),
            Err(_) => text.contains('@'),
        }
}
