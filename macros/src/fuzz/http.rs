//! What HTTP itself says about names: verbs, headers, base URLs.

use proc_macro2::Span;
use reauth_fuzz::Verdict;

use super::told;
use crate::grammar::http;

/// RFC 9110, section 5.6.2, by what it excludes.
fn is_token(text: &str) -> bool {
    !text.is_empty()
        && text
            .bytes()
            .all(|byte| byte.is_ascii_graphic() && !b"\"(),/:;<=>?@[\\]{}".contains(&byte))
}

#[test]
fn headers() {
    const TAKEN: [&str; 11] = [
        "authorization",
        "connection",
        "content-length",
        "expect",
        "host",
        "keep-alive",
        "proxy-authorization",
        "te",
        "trailer",
        "transfer-encoding",
        "upgrade",
    ];
    reauth_fuzz::text("headers", |text| {
        let name = told(|mistakes| http::header_name(text, Span::call_site(), mistakes));
        let is_free = !TAKEN.contains(&&*text.to_ascii_lowercase());
        assert_eq!(name.is_some(), is_token(text) && is_free);

        let header = told(|mistakes| http::header(text, Span::call_site(), mistakes));
        if let Some((name, value)) = &header {
            assert!(told(|mistakes| http::header_name(name, Span::call_site(), mistakes)).is_some());
            assert!(!value.is_empty() && *value == value.trim());
            assert!(
                value.bytes().all(|byte| byte == b'\t' || (b' '..=b'~').contains(&byte)),
                "{value:?}"
            );
            let again = format!("{name}: {value}");
            let again = told(|mistakes| http::header(&again, Span::call_site(), mistakes));
            assert_eq!(again, header);
        }
        Verdict::from(&header)
    });
}

#[test]
fn verbs() {
    reauth_fuzz::text("verbs", |text| {
        let verb = told(|mistakes| http::verb(text, Span::call_site(), mistakes));
        if let Some(verb) = &verb {
            assert!(verb == text && is_token(verb) && !verb.eq_ignore_ascii_case("connect"));
        }
        assert!(verb.is_some() || !is_token(text) || text != text.to_ascii_uppercase() || text == "CONNECT");
        Verdict::from(&verb)
    });
}

#[test]
fn base_urls() {
    reauth_fuzz::text("base_urls", |text| {
        let url = told(|mistakes| http::base_url(text, Span::call_site(), mistakes));
        if let Some(url) = &url {
            assert_eq!(url, text);
            let (scheme, rest) = url.split_once("://").expect("a scheme");
            assert!(["http", "https"].contains(&&*scheme.to_ascii_lowercase()));
            let (host, _) = rest.split_once('/').unwrap_or((rest, ""));
            assert!(!host.is_empty() && !host.contains('@'), "{url}");
            assert!(!url.contains(['?', '#', '\\', ' ', '\n']), "{url}");
        }
        Verdict::from(&url)
    });
}
