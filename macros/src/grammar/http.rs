//! What HTTP itself says about names: RFC 9110 tokens, header fields a caller may set and their values, base URLs.

use proc_macro2::Span;

use crate::diagnostics::Diagnostics;

/// What sets `Authorization`.
pub(crate) const CREDENTIAL: &str = "remove it; the client sends the credential that `auth` on the trait names, as \
    `auth = \"auth0\"` or `auth = \"Cached<MyTokens>\"`";

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
pub(super) fn stray(text: &str) -> Option<char> {
    text.chars().find(|c| !is_token(c.encode_utf8(&mut [0; 4])))
}

/// Reads the name of a header that the caller may set.
pub(crate) fn header_name(text: &str, span: Span, mistakes: &mut Diagnostics) -> Option<String> {
    if let Some((who, instead)) = taken(text) {
        mistakes.at(span, format!("`{text}` is {who}"), instead);
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

/// Who sets a header that no caller may set, and what to do.
fn taken(name: &str) -> Option<(&'static str, &'static str)> {
    Some(match name.to_ascii_lowercase().as_str() {
        "authorization" => ("set by the client", CREDENTIAL),
        "content-length" | "host" | "transfer-encoding" => ("set by the client", "remove it"),
        "proxy-authorization" => (
            "for a proxy, not for the API",
            "remove it; a proxy is set on a reqwest client of yours, for `builder(…).http_client(…)`",
        ),
        // RFC 9110, sections 7.6.1 and 10.1.1: a connection may be shared by several calls.
        "connection" | "expect" | "keep-alive" | "te" | "trailer" | "upgrade" => {
            ("for the connection, which the client manages", "remove it")
        }
        _ => return None,
    })
}

/// Reads `Name: value`, a header that never changes.
pub(crate) fn header(text: &str, span: Span, mistakes: &mut Diagnostics) -> Option<(String, String)> {
    let Some((name, value)) = text.split_once(':') else {
        let name = text
            .split([' ', '='])
            .next()
            .filter(|name| is_token(name))
            .unwrap_or("Name");
        let value = text.trim_start_matches(name).trim_matches([' ', '=']);
        let value = if value.is_empty() { "…" } else { value };
        mistakes.at(
            span,
            format!("`{}` has no `:`", text.escape_debug()),
            format!("write `\"{name}: {value}\"`"),
        );
        return None;
    };
    let name = header_name(name.trim_end_matches([' ', '\t']), span, mistakes)?;
    let value = value.trim_matches([' ', '\t']);
    let (what, instead) = if value.is_empty() {
        (
            format!("the header `{name}` has no value"),
            format!("write `\"{name}: …\"`, or remove it"),
        )
    } else if let Some(c) = value.chars().find(|&c| c != '\t' && !matches!(c, ' '..='~')) {
        (
            format!("the value of `{name}` has `{}`", c.escape_debug()),
            "write visible ASCII characters only".to_owned(),
        )
    } else if let Some(placeholder) = placeholder(value) {
        (
            format!("a placeholder in the header `{name}`: `{{{placeholder}}}`"),
            format!("remove it, and mark an argument `#[header(\"{name}\")] {placeholder}`"),
        )
    } else {
        return Some((name, value.to_owned()));
    };
    mistakes.at(span, what, instead);
    None
}

/// The name of an argument between braces: `Feign` fills those in, nobody here does.
pub(crate) fn placeholder(value: &str) -> Option<&str> {
    let (name, _) = value.split_once('{')?.1.split_once('}')?;
    let is_name = name.starts_with(|c: char| c.is_alphabetic() || c == '_');
    (is_name && name.chars().all(|c| c.is_alphanumeric() || c == '_')).then_some(name)
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
    fn headers() {
        let read = |text: &str| {
            let mut mistakes = Diagnostics::default();
            let header = header(text, Span::call_site(), &mut mistakes);
            let messages = mistakes.messages().join("\n\n");
            assert_eq!(header.is_none(), !messages.is_empty(), "{text}");
            header.ok_or(messages)
        };
        for (text, name, value) in [
            ("Accept: application/json", "Accept", "application/json"),
            ("accept:a", "accept", "a"),
            ("X-A :\tb: c\td ", "X-A", "b: c\td"),
            ("Prefer: {\"a\": 1}, {}", "Prefer", "{\"a\": 1}, {}"),
        ] {
            assert_eq!(read(text), Ok((name.to_owned(), value.to_owned())), "{text}");
        }
        for (text, message) in [
            ("", "`` has no `:`\nwrite `\"Name: …\"`"),
            ("Accept", "`Accept` has no `:`\nwrite `\"Accept: …\"`"),
            (
                "Accept application/json",
                "`Accept application/json` has no `:`\nwrite `\"Accept: application/json\"`",
            ),
            ("Accept = a/b", "`Accept = a/b` has no `:`\nwrite `\"Accept: a/b\"`"),
            (
                "Accept: ",
                "the header `Accept` has no value\nwrite `\"Accept: …\"`, or remove it",
            ),
            (
                "X-A: a\nX-B: b",
                "the value of `X-A` has `\\n`\nwrite visible ASCII characters only",
            ),
            (
                "X-A: naïve",
                "the value of `X-A` has `ï`\nwrite visible ASCII characters only",
            ),
            (
                "X-Trace: a{trace}",
                "a placeholder in the header `X-Trace`: `{trace}`\nremove it, and mark an argument \
                 `#[header(\"X-Trace\")] trace`",
            ),
            (
                "X A: b",
                "`X A` is not a header name: it has a space\nwrite a name such as `X-Request-Id`",
            ),
            ("Host: x", "`Host` is set by the client\nremove it"),
            (
                "Connection: close",
                "`Connection` is for the connection, which the client manages\nremove it",
            ),
        ] {
            assert_eq!(read(text), Err(message.to_owned()), "{text}");
        }
    }

    #[test]
    fn headers_of_the_connection() {
        for name in [
            "Content-Length",
            "Transfer-Encoding",
            "Connection",
            "Expect",
            "Keep-Alive",
            "TE",
            "Trailer",
            "Upgrade",
        ] {
            let message = read(header_name, name).expect_err(name);
            assert!(message.ends_with("\nremove it"), "{message}");
        }
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
                format!("`Authorization` is set by the client\n{CREDENTIAL}"),
            ),
            (header_name, "HOST", "`HOST` is set by the client\nremove it".to_owned()),
            (
                header_name,
                "Proxy-Authorization",
                "`Proxy-Authorization` is for a proxy, not for the API\nremove it; a proxy is set on a reqwest client of \
                 yours, for `builder(…).http_client(…)`"
                    .to_owned(),
            ),
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
