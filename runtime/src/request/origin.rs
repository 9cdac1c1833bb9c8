//! Where a link that a server gave leads: to the origin it was found at, or the call ends before anything is sent.
//!
//! A token never leaves its origin because a response named another one. This is the one place with that rule, for a
//! `#[url]` argument and for the next page alike. What stands behind the origin is kept as it was given, byte for byte
//! (but for a `'` in a query, which the WHATWG's URL standard encodes).

use reqwest::Url;

/// Why a link is not followed, as said of it ("`link` leads to …"). Nothing of it is repeated but an origin.
#[derive(Debug, thiserror::Error)]
pub(crate) enum LinkError {
    #[error("cannot be a URL: {0}")]
    Unreadable(String),
    #[error("is not an http or https URL")]
    Scheme,
    #[error("has a user name or password in it, which would go wherever it leads")]
    Credential,
    #[error("leads to {to}, and the API is at {from}")]
    Elsewhere { to: String, from: String },
    #[error("leads from https to {to}: over plain http anybody on the way can read what is sent and change what comes")]
    Downgrade { to: String },
}

/// The URL that `link` means, seen from `from` (RFC 3986, section 5), which has the same origin; without its fragment,
/// which is never sent.
pub(crate) fn same_origin(from: &Url, link: &str) -> Result<Url, LinkError> {
    let url = read(from, link)?;
    if url.origin() == from.origin() {
        Ok(url)
    } else {
        Err(LinkError::Elsewhere {
            to: url.origin().ascii_serialization(),
            from: from.origin().ascii_serialization(),
        })
    }
}

/// The same for a request without a credential, which may go to any origin, but not from https to plain http.
pub(crate) fn any_origin(from: &Url, link: &str) -> Result<Url, LinkError> {
    let url = read(from, link)?;
    if from.scheme() == "https" && url.scheme() == "http" {
        let to = url.origin().ascii_serialization();
        return Err(LinkError::Downgrade { to });
    }
    Ok(url)
}

fn read(from: &Url, link: &str) -> Result<Url, LinkError> {
    let unreadable = |problem: &str| Err(LinkError::Unreadable(problem.to_owned()));
    if link.is_empty() {
        return unreadable("it is empty");
    }
    // A parser would drop some of them without a word.
    if link.chars().any(|c| c.is_control() || c == ' ') {
        return unreadable("it has spaces or control characters");
    }
    let mut url = match from.join(link) {
        Ok(url) => url,
        Err(error) => return unreadable(&error.to_string()),
    };
    if !matches!(url.scheme(), "http" | "https") {
        return Err(LinkError::Scheme);
    }
    if !url.username().is_empty() || url.password().is_some() {
        return Err(LinkError::Credential);
    }
    url.set_fragment(None);
    Ok(url)
}

#[cfg(test)]
mod fuzz;
#[cfg(test)]
mod tests {
    use super::*;

    fn found_at(from: &str, link: &str) -> Result<String, String> {
        let url = same_origin(&Url::parse(from).unwrap(), link);
        url.map(Into::into).map_err(|problem| problem.to_string())
    }

    #[test]
    fn what_the_server_said_is_kept_as_it_is() {
        for link in [
            "https://x/v1/a%2fb//c;d=1/%7Euser/?q=%2b+a%20b&&sig=A/b+c==&x",
            "https://x/?",
            "https://x/?a=!$()*,:@/?~[1]",
            "https://x//",
        ] {
            assert_eq!(found_at("https://x", link).unwrap(), link);
        }
        assert_eq!(found_at("https://x", "https://X:443/a#part").unwrap(), "https://x/a");
        assert_eq!(found_at("https://x/a?page=1", "?page=2").unwrap(), "https://x/a?page=2");
    }

    #[test]
    fn s04_another_origin_is_refused_by_name() {
        for elsewhere in [
            "https://evil.example/a",
            "//evil.example/a",
            "\\\\evil.example",
            "http://x/",
            "https://x:8443/",
            "https://x.evil.example",
        ] {
            let problem = found_at("https://x/v1", elsewhere).unwrap_err();
            assert!(problem.starts_with("leads to http"), "{elsewhere}: {problem}");
            assert!(problem.ends_with(", and the API is at https://x"), "{problem}");
        }
    }

    #[test]
    fn s04_a_link_to_any_origin_does_not_lead_from_https_to_plain_http() {
        let any = |from: &str, link: &str| any_origin(&Url::parse(from).unwrap(), link);
        for link in ["http://files.example/a?canary", "http://x/", "http://x:443/"] {
            let problem = any("https://x/v1", link).unwrap_err().to_string();
            assert!(problem.starts_with("leads from https to http://"), "{link}: {problem}");
            assert!(!problem.contains("canary"), "{problem}");
        }
        for (from, link) in [
            ("https://x", "https://files.example/a"),
            ("https://x", "//files.example/a"),
            ("http://x", "http://files.example/a"),
            ("http://x", "https://files.example/a"),
        ] {
            assert!(any(from, link).is_ok(), "{from} to {link}");
        }
    }

    #[test]
    fn s08_what_is_refused_is_not_repeated() {
        for text in [
            "https://user:canary@x/",
            "https://canary@x/",
            "https://x:canary/",
            "mailto:canary",
            "data:,canary",
            "file:///canary",
            "/canary\n",
            "https://evil.example/canary?canary",
        ] {
            let problem = found_at("https://x", text).unwrap_err();
            assert!(!problem.contains("canary"), "{problem}");
        }
        assert!(found_at("https://x", "").unwrap_err().contains("empty"));
    }

    #[test]
    fn s04_any_url_stays_with_the_api_or_is_refused() {
        const PIECES: [&str; 24] = [
            "https:",
            "http:",
            "//",
            "/",
            "\\",
            "api.example.com",
            "evil.example",
            "@",
            ":",
            ":8443",
            "user",
            "..",
            ".",
            "?",
            "#",
            "%2e",
            "%2F",
            "a",
            "ä",
            "\t",
            " ",
            "[::1]",
            "。",
            "q=1&",
        ];
        let mut any = crate::any::Any::new();
        let base = Url::parse("https://api.example.com:8443/v1/").unwrap();
        let mut taken = 0;
        for _ in 0..100_000 {
            let link = if any.bool() { any.pieces(&PIECES) } else { any.text() };
            let Ok(url) = any_origin(&base, &link) else {
                assert!(same_origin(&base, &link).is_err(), "{link:?}");
                continue;
            };
            assert_eq!(url.scheme(), "https", "{link:?}");
            assert_eq!(
                (url.username(), url.password(), url.fragment()),
                ("", None, None),
                "{link:?}"
            );
            let is_ours = url.origin() == base.origin();
            assert_eq!(same_origin(&base, &link).is_ok(), is_ours, "{link:?}");
            taken += u32::from(is_ours);
        }
        assert!(taken > 10_000, "enough of them were taken: {taken}");
    }

    #[test]
    fn any_path_and_query_that_rfc_3986_allows_are_sent_as_they_are() {
        const PIECES: [&str; 20] = [
            "a", "B", "0", "-._~", "%2f", "%2F", "%7e", "%C3%A4", "!$&", "()*+", ",;=", ":@", "/", "//", "%25", "%00",
            "%5B", "%20", "x/y", "%3F%23",
        ];
        let mut any = crate::any::Any::new();
        for _ in 0..50_000 {
            let link = format!("https://x/a{}?{}", any.pieces(&PIECES), any.pieces(&PIECES));
            assert_eq!(found_at("https://x", &link).unwrap(), link);
        }
    }
}
