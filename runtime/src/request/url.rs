//! A URL that a server gave, such as an upload's location: where a `#[url]` argument sends a request.
//!
//! It goes where the API is, as [`same_origin`] has it, unless the method carries no credential.

use reqwest::Url;

use super::{LinkError, any_origin, same_origin};

/// What can be the URL of a request: anything that is `AsRef<str>`.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be a URL",
    label = "cannot be a URL",
    note = "a URL is given as text: use `&str`, `String` or `reqwest::Url`, or implement `AsRef<str>` for `{Self}`"
)]
pub trait UrlParam: AsRef<str> {}

#[diagnostic::do_not_recommend]
impl<T: AsRef<str> + ?Sized> UrlParam for T {}

/// The URL that `link` means, seen from the base URL.
///
/// The base URL's path counts as a folder, as it does for endpoints: `next` means `https://x/v1/next`.
pub(super) fn resolve(base: &Url, link: &str, may_go_anywhere: bool) -> Result<Url, String> {
    let mut folder = base.clone();
    if !folder.path().ends_with('/') {
        folder.set_path(&format!("{}/", base.path()));
    }
    let url = if may_go_anywhere {
        any_origin(&folder, link)
    } else {
        same_origin(&folder, link)
    };
    url.map_err(|problem| match problem {
        LinkError::Elsewhere { .. } => format!(
            "{problem}: if requests may go there, which carry no credential then, write `auth = \"none\"` on the method"
        ),
        _ => problem.to_string(),
    })
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
    fn s04_another_origin_is_only_for_methods_without_a_credential() {
        let base = Url::parse("https://x/v1").unwrap();
        for elsewhere in ["https://evil.example/a", "//evil.example/a"] {
            let problem = resolve(&base, elsewhere, false).unwrap_err();
            let expected = "leads to https://evil.example, and the API is at https://x: if requests may go there, which \
                            carry no credential then, write `auth = \"none\"` on the method";
            assert_eq!(problem, expected);
            assert!(resolve(&base, elsewhere, true).is_ok(), "{elsewhere}");
        }
        let problem = resolve(&base, "http://evil.example/", true).unwrap_err();
        assert!(
            problem.starts_with("leads from https to http://evil.example: "),
            "{problem}"
        );
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
}
