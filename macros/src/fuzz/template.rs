//! Path templates: what is taken is a path to any URL parser, whatever the values are.

use proc_macro2::Span;
use reauth_fuzz::Verdict;

use super::told;
use crate::grammar::template::{self, Piece, Template};

/// As it was written.
fn written(template: &Template) -> String {
    let pieces = template.pieces.iter().map(|piece| match piece {
        Piece::Literal(text) => text.clone(),
        Piece::Segment(name) => format!("{{{name}}}"),
        Piece::Segments(name) => format!("{{*{name}}}"),
    });
    let query = template.query.as_ref().map(|query| format!("?{query}"));
    pieces.chain(query).collect()
}

/// RFC 3986: `pchar`, or a slash; in a query, a question mark too.
fn is_allowed(byte: u8, is_query: bool) -> bool {
    byte.is_ascii_alphanumeric() || b"-._~!$&'()*+,;=:@%/".contains(&byte) || is_query && byte == b'?'
}

fn has_bad_escape(text: &str) -> bool {
    text.split('%').skip(1).any(|after| {
        let digits = after.bytes().take(2).filter(u8::is_ascii_hexdigit).count();
        digits < 2
    })
}

#[test]
fn templates() {
    reauth_fuzz::text("templates", |text| {
        let template = told(|mistakes| template::parse(text, Span::call_site(), mistakes));
        let Some(template) = template else {
            return Verdict::Refused;
        };
        assert_eq!(written(&template), text);
        let mut names: Vec<&str> = template.placeholders().collect();
        assert!(
            names
                .iter()
                .all(|name| !name.is_empty() && !name.contains(['{', '}', '/', '*']))
        );
        names.sort_unstable();
        assert!(names.windows(2).all(|pair| pair[0] != pair[1]), "{names:?}");
        for piece in &template.pieces {
            if let Piece::Literal(literal) = piece {
                assert!(literal.bytes().all(|byte| is_allowed(byte, false)), "{literal}");
                assert!(!has_bad_escape(literal), "{literal}");
            }
        }
        let query = template.query.as_deref().unwrap_or("q");
        assert!(
            !query.is_empty() && query.bytes().all(|byte| is_allowed(byte, true)),
            "{query}"
        );
        let path = text.split('?').next().unwrap_or_default();
        let segments: Vec<&str> = path.strip_prefix('/').expect("a slash").split('/').collect();
        for (index, segment) in segments.iter().enumerate() {
            let decoded = segment.replace("%2e", ".").replace("%2E", ".");
            assert!(decoded != "." && decoded != "..", "{path}");
            // Only behind the last slash.
            assert!(!segment.is_empty() || index + 1 == segments.len(), "{path}");
            assert!(
                !segment.contains("{*") || segment.ends_with('}') && segment.starts_with('{'),
                "{path}"
            );
        }
        Verdict::Taken
    });
}
