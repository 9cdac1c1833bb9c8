//! A URL that a server gave, such as the next page's: where a `#[url]` argument sends a request.
//!
//! It goes where the API is, or the call ends before anything is sent: a token never leaves its origin because a response
//! named another one. What stands behind the origin is sent as it was given, byte for byte (but for a `'` in a query,
//! which the WHATWG's URL standard encodes).

use reqwest::Url;

/// What can be the URL of a request: anything that is `AsRef<str>`.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be a URL",
    label = "cannot be a URL",
    note = "a URL is given as text: use `&str`, `String` or `reqwest::Url`, or implement `AsRef<str>` for `{Self}`"
)]
pub trait UrlParam: AsRef<str> {}

#[diagnostic::do_not_recommend]
impl<T: AsRef<str> + ?Sized> UrlParam for T {}

/// The URL that `link` means, seen from the base URL (RFC 3986, section 5); without its fragment, which is never sent.
///
/// The base URL's path counts as a folder, as it does for endpoints: `next` means `https://x/v1/next`.
pub(crate) fn resolve(base: &Url, link: &str, any_origin: bool) -> Result<Url, String> {
    if link.is_empty() {
        return Err("cannot be a URL: it is empty".to_owned());
    }
    // A parser would drop some of them without a word.
    if link.chars().any(|c| c.is_control() || c == ' ') {
        return Err("cannot be a URL: it has spaces or control characters".to_owned());
    }
    let mut folder = base.clone();
    if !folder.path().ends_with('/') {
        folder.set_path(&format!("{}/", base.path()));
    }
    let mut url = folder.join(link).map_err(|error| format!("cannot be a URL: {error}"))?;
    if !matches!(url.scheme(), "http" | "https") {
        return Err("is not an http or https URL".to_owned());
    }
    if !url.username().is_empty() || url.password().is_some() {
        return Err("has a user name or password in it, which would go wherever it leads".to_owned());
    }
    if !any_origin && url.origin() != base.origin() {
        return Err(format!(
            "leads to {}, and the API is at {}: if requests may go there, which carry no credential then, write \
             `auth = \"none\"` on the method",
            url.origin().ascii_serialization(),
            base.origin().ascii_serialization()
        ));
    }
    url.set_fragment(None);
    Ok(url)
}

/// Appends a query; what the URL has of its own stays as it is.
pub(super) fn append_query(url: &mut Url, query: &str) {
    match url.query() {
        _ if query.is_empty() => {}
        None | Some("") => url.set_query(Some(query)),
        Some(own) => {
            let both = format!("{own}&{query}");
            url.set_query(Some(&both));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seen_from(base: &str, link: &str) -> Result<String, String> {
        let base = Url::parse(base).unwrap();
        resolve(&base, link, false).map(Into::into)
    }

    #[test]
    fn a_relative_one_is_seen_from_the_base_url() {
        for base in ["https://x/v1", "https://x/v1/"] {
            let url = |link| seen_from(base, link).unwrap();
            assert_eq!(url("next"), "https://x/v1/next");
            assert_eq!(url("./next?page=2"), "https://x/v1/next?page=2");
            assert_eq!(url("../v2"), "https://x/v2");
            assert_eq!(url("/v1/next"), "https://x/v1/next");
            assert_eq!(url("?page=2"), "https://x/v1/?page=2");
            assert_eq!(url("//x/next"), "https://x/next");
        }
    }

    #[test]
    fn what_the_server_said_is_sent_as_it_is() {
        for link in [
            "https://x/v1/a%2fb//c;d=1/%7Euser/?q=%2b+a%20b&&sig=A/b+c==&x",
            "https://x/?",
            "https://x/?a=!$()*,:@/?~[1]",
            "https://x//",
        ] {
            assert_eq!(seen_from("https://x", link).unwrap(), link);
        }
        assert_eq!(seen_from("https://x", "https://X:443/a#part").unwrap(), "https://x/a");
    }

    #[test]
    fn a_query_is_appended_to_its_own() {
        let with = |url: &str, query: &str| {
            let mut url = Url::parse(url).unwrap();
            append_query(&mut url, query);
            String::from(url)
        };
        assert_eq!(with("https://x/a", "q=1"), "https://x/a?q=1");
        assert_eq!(with("https://x/a?", "q=1"), "https://x/a?q=1");
        assert_eq!(with("https://x/a?b=%2f+c", "q=1"), "https://x/a?b=%2f+c&q=1");
        assert_eq!(with("https://x/a?b=%2f+c", ""), "https://x/a?b=%2f+c");
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
            let problem = seen_from("https://x/v1", elsewhere).unwrap_err();
            assert!(problem.starts_with("leads to http"), "{elsewhere}: {problem}");
            assert!(problem.contains("and the API is at https://x: "), "{problem}");
            assert!(problem.contains("`auth = \"none\"`"), "{problem}");
            let base = Url::parse("https://x/v1").unwrap();
            assert!(resolve(&base, elsewhere, true).is_ok(), "{elsewhere}");
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
            let problem = seen_from("https://x", text).unwrap_err();
            assert!(!problem.contains("canary"), "{problem}");
        }
        assert!(seen_from("https://x", "").unwrap_err().contains("empty"));
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
        let mut any = super::super::any::Any::new();
        let base = Url::parse("https://api.example.com:8443/v1").unwrap();
        let mut taken = 0;
        for _ in 0..100_000 {
            let link = if any.bool() { any.pieces(&PIECES) } else { any.text() };
            let Ok(url) = resolve(&base, &link, true) else { continue };
            assert!(matches!(url.scheme(), "http" | "https"), "{link:?}");
            assert_eq!(
                (url.username(), url.password(), url.fragment()),
                ("", None, None),
                "{link:?}"
            );
            let is_ours = url.origin() == base.origin();
            assert_eq!(resolve(&base, &link, false).is_ok(), is_ours, "{link:?}");
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
        let mut any = super::super::any::Any::new();
        let base = Url::parse("https://x").unwrap();
        for _ in 0..50_000 {
            let link = format!("https://x/a{}?{}", any.pieces(&PIECES), any.pieces(&PIECES));
            assert_eq!(resolve(&base, &link, false).unwrap().as_str(), link);
        }
    }
}
