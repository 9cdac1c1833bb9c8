//! Any `Link` header, against a reader that goes through it character by character.

use reauth_fuzz::Verdict;

use super::*;
use crate::fuzz::headers;

/// RFC 8288, section 3, and appendix B.2: links, each with parameters, each with a token or a quoted string.
fn by_hand(value: &str) -> Result<Option<String>, ()> {
    let mut chars = value.chars().peekable();
    loop {
        while chars.next_if(|c| matches!(c, ' ' | '\t' | ',')).is_some() {}
        match chars.next() {
            None => return Ok(None),
            Some('<') => {}
            Some(_) => return Err(()),
        }
        let mut target = String::new();
        loop {
            match chars.next().ok_or(())? {
                '>' => break,
                c => target.push(c),
            }
        }
        // Parameters up to a comma, cut at semicolons.
        let mut parameters = vec![String::new()];
        let mut is_quoted = false;
        while let Some(c) = chars.next_if(|&c| is_quoted || c != ',') {
            match c {
                ';' if !is_quoted => parameters.push(String::new()),
                '\\' if is_quoted => {
                    let last = parameters.last_mut().expect("one");
                    last.push(c);
                    last.extend(chars.next());
                }
                c => {
                    is_quoted ^= c == '"';
                    parameters.last_mut().expect("one").push(c);
                }
            }
        }
        let mut pairs = parameters.iter().filter_map(|parameter| parameter.split_once('='));
        let rel = pairs.find(|(name, _)| name.trim().eq_ignore_ascii_case("rel"));
        let mut relations = rel
            .into_iter()
            .flat_map(|(_, value)| value.trim().trim_matches('"').split_ascii_whitespace());
        if relations.any(|relation| relation.eq_ignore_ascii_case("next")) {
            return Ok(Some(target));
        }
    }
}

#[test]
fn link_headers() {
    reauth_fuzz::bytes("link_headers", |input| {
        let headers = headers(input);
        let mut expected = Ok(None);
        for value in headers.get_all(LINK) {
            expected = value.to_str().map_err(|_| ()).and_then(by_hand);
            if !matches!(expected, Ok(None)) {
                break;
            }
        }
        let found = next(&headers).map_err(|_| ());
        assert_eq!(found, expected);
        match &found {
            Ok(Some(_)) => Verdict::Taken,
            _ => Verdict::Refused,
        }
    });
}
