//! What HTTP itself says about names: RFC 9110 tokens, header fields a caller may set, base URLs.

use proc_macro2::Span;

use crate::diagnostics::Diagnostics;

/// Headers that the client sets itself.
const FORBIDDEN: [&str; 4] = ["authorization", "content-length", "host", "transfer-encoding"];

/// Verbs with an attribute of their own.
const VERBS: [&str; 7] = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"];

/// `token` of RFC 9110, section 5.6.2.
fn is_token(text: &str) -> bool {
    !text.is_empty()
        && text
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte))
}

/// The first character that no token may have.
fn stray(text: &str) -> Option<char> {
    text.chars().find(|c| !is_token(c.encode_utf8(&mut [0; 4])))
}

/// Reads the name of a header that the caller may set.
pub(crate) fn header_name(text: &str, span: Span, mistakes: &mut Diagnostics) -> Option<String> {
    if FORBIDDEN.contains(&text.to_ascii_lowercase().as_str()) {
        let instead = if text.eq_ignore_ascii_case("authorization") {
            "write `auth = \"auth0\"` on the trait"
        } else {
            "remove it"
        };
        mistakes.at(span, format!("`{text}` is set by the client"), instead);
        return None;
    }
    if is_token(text) {
        return Some(text.to_owned());
    }
    let what = match stray(text) {
        Some(' ') => format!("`{text}` is not a header name: it has a space"),
        Some(c) => format!("`{text}` is not a header name: it has `{}`", c.escape_debug()),
        None => "the header name is empty".to_owned(),
    };
    mistakes.at(span, what, "write a name such as `X-Request-Id`");
    None
}

/// Reads a verb as `#[request]` takes it.
pub(crate) fn verb(text: &str, span: Span, mistakes: &mut Diagnostics) -> Option<String> {
    let upper = text.to_ascii_uppercase();
    let (what, instead) = if !is_token(text) {
        (
            format!("`{text}` is not a verb"),
            "write a word such as `\"PURGE\"`".to_owned(),
        )
    } else if upper == "CONNECT" {
        (
            "`CONNECT` opens a tunnel and is no request".to_owned(),
            "write another verb".to_owned(),
        )
    } else if upper != text && VERBS.contains(&upper.as_str()) {
        (
            format!("`{text}` is not `{upper}`: verbs are case-sensitive"),
            format!("write `\"{upper}\"`"),
        )
    } else {
        return Some(text.to_owned());
    };
    mistakes.at(span, what, instead);
    None
}

/// Reads a base URL: absolute, http or https, a host, perhaps a path, and nothing else.
pub(crate) fn base_url(text: &str, span: Span, mistakes: &mut Diagnostics) -> Option<String> {
    let lower = text.to_ascii_lowercase();
    let rest = lower.strip_prefix("https://").or_else(|| lower.strip_prefix("http://"));
    let authority = rest.map(|rest| rest.split(['/', '?', '#']).next().unwrap_or_default());
    let (what, instead) = if text.contains(|c: char| c.is_whitespace() || c.is_control() || c == '\\') {
        (
            format!("`{}` is not a URL", text.escape_debug()),
            "write one such as `https://api.example.com`",
        )
    } else {
        match authority {
            None => (
                format!("`{text}` is not an absolute http or https URL"),
                "write one such as `https://api.example.com`",
            ),
            Some(authority) if authority.is_empty() || authority.starts_with(':') => (
                format!("`{text}` has no host"),
                "write one such as `https://api.example.com`",
            ),
            Some(authority) if authority.contains('@') => (
                "a base URL holds no user or password".to_owned(),
                "remove what stands before `@`",
            ),
            Some(_) if text.contains(['?', '#']) => (
                format!("`{text}` has more than an origin and a path"),
                "remove what follows `?` or `#`",
            ),
            Some(_) => return Some(text.to_owned()),
        }
    };
    mistakes.at(span, what, instead);
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    type Reader = fn(&str, Span, &mut Diagnostics) -> Option<String>;

    fn read(reader: Reader, text: &str) -> Result<String, String> {
        let mut mistakes = Diagnostics::default();
        let value = reader(text, Span::call_site(), &mut mistakes);
        let messages = mistakes.messages().join("\n\n");
        assert_eq!(value.is_none(), !messages.is_empty(), "{text}");
        value.ok_or(messages)
    }

    #[test]
    fn what_is_right_passes() {
        for (reader, text) in [
            (header_name as Reader, "X-Trace"),
            (header_name, "etag"),
            (header_name, "!#$%&'*+-.^_`|~09azAZ"),
            (verb, "PURGE"),
            (verb, "GET"),
            (verb, "purge"),
            (base_url, "https://api.example.com"),
            (base_url, "HTTP://localhost:8080/v1/"),
            (base_url, "https://[::1]:443"),
        ] {
            assert_eq!(read(reader, text), Ok(text.to_owned()));
        }
    }

    #[test]
    fn mistakes() {
        let a_name = "\nwrite a name such as `X-Request-Id`";
        let a_url = "\nwrite one such as `https://api.example.com`";
        for (reader, text, message) in [
            (header_name as Reader, "", format!("the header name is empty{a_name}")),
            (
                header_name,
                "X Trace",
                format!("`X Trace` is not a header name: it has a space{a_name}"),
            ),
            (
                header_name,
                "X-Trace:",
                format!("`X-Trace:` is not a header name: it has `:`{a_name}"),
            ),
            (
                header_name,
                "naïve",
                format!("`naïve` is not a header name: it has `ï`{a_name}"),
            ),
            (
                header_name,
                "Authorization",
                "`Authorization` is set by the client\nwrite `auth = \"auth0\"` on the trait".to_owned(),
            ),
            (header_name, "HOST", "`HOST` is set by the client\nremove it".to_owned()),
            (
                verb,
                "",
                "`` is not a verb\nwrite a word such as `\"PURGE\"`".to_owned(),
            ),
            (
                verb,
                "NO GO",
                "`NO GO` is not a verb\nwrite a word such as `\"PURGE\"`".to_owned(),
            ),
            (
                verb,
                "get",
                "`get` is not `GET`: verbs are case-sensitive\nwrite `\"GET\"`".to_owned(),
            ),
            (
                verb,
                "CONNECT",
                "`CONNECT` opens a tunnel and is no request\nwrite another verb".to_owned(),
            ),
            (
                base_url,
                "api.example.com",
                format!("`api.example.com` is not an absolute http or https URL{a_url}"),
            ),
            (
                base_url,
                "ftp://x",
                format!("`ftp://x` is not an absolute http or https URL{a_url}"),
            ),
            (base_url, "https://", format!("`https://` has no host{a_url}")),
            (base_url, "https:///x", format!("`https:///x` has no host{a_url}")),
            (base_url, "https://a b", format!("`https://a b` is not a URL{a_url}")),
            (
                base_url,
                "https://me:secret@x",
                "a base URL holds no user or password\nremove what stands before `@`".to_owned(),
            ),
            (
                base_url,
                "https://x?a=b",
                "`https://x?a=b` has more than an origin and a path\nremove what follows `?` or `#`".to_owned(),
            ),
        ] {
            assert_eq!(read(reader, text), Err(message), "{text}");
        }
    }
}
