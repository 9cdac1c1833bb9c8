//! `Link: <…>; rel="next"` (RFC 8288), as GitHub pages.

use http::HeaderMap;
use http::header::LINK;

use super::{NextPage, PageHead, Paging};
use crate::error::DecodeError;

/// The next page is where the `Link` header with `rel="next"` points (RFC 8288); the last page has none. Fits every
/// page, and is the default of [`Pages`](super::Pages).
#[derive(Clone, Copy, Debug, Default)]
pub struct LinkHeader;

impl<P> Paging<P> for LinkHeader {
    fn next(&mut self, _: &P, head: &PageHead<'_>) -> Result<Option<NextPage>, DecodeError> {
        next(head.headers()).map(|target| target.map(NextPage::url))
    }
}

/// The target of the first link whose relation is `next`.
fn next(headers: &HeaderMap) -> Result<Option<String>, DecodeError> {
    let malformed =
        || DecodeError::custom("the `Link` header, which may name the next page, cannot be read".to_owned());
    for value in headers.get_all(LINK) {
        let mut rest = value
            .to_str()
            .map_err(|_| malformed())?
            .trim_start_matches([' ', '\t', ',']);
        while !rest.is_empty() {
            let (target, after) = rest
                .strip_prefix('<')
                .and_then(|rest| rest.split_once('>'))
                .ok_or_else(malformed)?;
            let (parameters, after) = after.split_at(end_of_link(after));
            if is_next(parameters) {
                return Ok(Some(target.to_owned()));
            }
            rest = after.trim_start_matches([' ', '\t', ',']);
        }
    }
    Ok(None)
}

/// Where the parameters of a link end: at a comma outside of quotes.
fn end_of_link(text: &str) -> usize {
    pieces(text, ',').next().map_or(text.len(), str::len)
}

/// Whether the parameters say `rel=next`; only the first `rel` counts, and it may name several relations.
fn is_next(parameters: &str) -> bool {
    let rel = pieces(parameters, ';').find_map(|parameter| {
        let (name, value) = parameter.split_once('=')?;
        name.trim()
            .eq_ignore_ascii_case("rel")
            .then(|| value.trim().trim_matches('"'))
    });
    rel.is_some_and(|rel| {
        rel.split_ascii_whitespace()
            .any(|relation| relation.eq_ignore_ascii_case("next"))
    })
}

/// Cuts at each separator outside of quotes, in which a backslash escapes.
fn pieces(text: &str, separator: char) -> impl Iterator<Item = &str> {
    let (mut is_quoted, mut is_escaped) = (false, false);
    text.split(move |c: char| {
        let was_escaped = std::mem::take(&mut is_escaped);
        match c {
            _ if was_escaped => false,
            '"' => {
                is_quoted = !is_quoted;
                false
            }
            '\\' if is_quoted => {
                is_escaped = true;
                false
            }
            c => c == separator && !is_quoted,
        }
    })
}

#[cfg(test)]
mod fuzz;
#[cfg(test)]
mod tests {
    use super::*;

    fn next_of(values: &[&str]) -> Result<Option<String>, String> {
        let headers = values.iter().map(|value| (LINK, value.parse().unwrap())).collect();
        next(&headers).map_err(|error| error.to_string())
    }

    #[test]
    fn the_link_named_next_is_found_among_others() {
        let github = r#"<https://api.github.com/x?page=1>; rel="prev", <https://api.github.com/x?page=3>; rel="next""#;
        assert_eq!(
            next_of(&[github]),
            Ok(Some("https://api.github.com/x?page=3".to_owned()))
        );
        assert_eq!(next_of(&["</a>; rel=next"]), Ok(Some("/a".to_owned())));
        assert_eq!(
            next_of(&["</a>; rel=prev", r#"</b>; REL="last NEXT""#]),
            Ok(Some("/b".to_owned()))
        );
        assert_eq!(
            next_of(&[r#"</a,b;c>; title="x, \"y\"; rel=next"; rel=prev,, </c> ; rel = next"#]),
            Ok(Some("/c".to_owned()))
        );
        assert_eq!(
            next_of(&["</a>; rel=prev; rel=next"]),
            Ok(None),
            "only the first counts"
        );
        assert_eq!(next_of(&["</a>; rel=\"nexting\""]), Ok(None));
        assert_eq!(next_of(&[]), Ok(None));
        assert_eq!(next_of(&[""]), Ok(None));
    }

    #[test]
    fn a_header_that_cannot_be_read_is_no_end() {
        for value in ["/a; rel=next", "</a; rel=next", "rel=next"] {
            assert!(next_of(&[value]).is_err(), "{value}");
        }
    }

    #[test]
    fn anything_is_read_without_a_panic() {
        let seed = fastrand::u64(..);
        let mut rng = fastrand::Rng::with_seed(seed);
        for _ in 0..20_000 {
            let length = rng.usize(..40);
            let text: String = (0..length)
                .map(|_| *rng.choice(b"<>;,=\"\\ relnxt/a").unwrap() as char)
                .collect();
            let _ = next_of(&[&text]);
        }
    }
}
