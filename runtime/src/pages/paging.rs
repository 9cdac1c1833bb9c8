//! The rule by which the next page is found, and what it can say.

use std::fmt::Display;

use http::HeaderMap;
use reqwest::Url;

use crate::error::DecodeError;

/// How an API pages: from one page to the request for the next. Write a type of yours for a rule of its own.
///
/// ```
/// # use reauth::{api_client, Result};
/// use reauth::{DecodeError, NextPage, PageHead, Pages, Paging};
///
/// /// Stripe's lists: the next page starts after the last object of this one.
/// #[derive(serde::Deserialize)]
/// pub struct List<T> { pub data: Vec<T>, pub has_more: bool }
///
/// #[derive(serde::Deserialize)]
/// pub struct Customer { pub id: String }
///
/// pub struct StartingAfter;
///
/// impl Paging<List<Customer>> for StartingAfter {
///     fn next(page: &List<Customer>, _: &PageHead<'_>) -> std::result::Result<Option<NextPage>, DecodeError> {
///         let last = page.data.last().filter(|_| page.has_more);
///         Ok(last.map(|last| NextPage::query("starting_after", &last.id)))
///     }
/// }
///
/// #[api_client]
/// pub trait Customers {
///     #[get("/v1/customers")]
///     async fn customers(&self, #[query] limit: u8) -> Result<Pages<List<Customer>, StartingAfter>>;
/// }
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` does not say how pages of `{P}` follow each other",
    label = "is no rule for pages of `{P}`",
    note = "`LinkHeader` fits every page and `PageNumber` a `Vec`; for another rule write `impl reauth::Paging<{P}> for {Self}`"
)]
pub trait Paging<P>: 'static {
    /// What to ask for after `page`; `None` where it is the last.
    ///
    /// # Errors
    /// Where that cannot be told, as for a page that promises more and does not say where.
    fn next(page: &P, head: &PageHead<'_>) -> Result<Option<NextPage>, DecodeError>;
}

/// What a rule knows of a page besides what it decodes to.
#[derive(Clone, Copy, Debug)]
pub struct PageHead<'a> {
    url: &'a Url,
    headers: &'a HeaderMap,
}

impl<'a> PageHead<'a> {
    pub(super) fn new(url: &'a Url, headers: &'a HeaderMap) -> Self {
        Self { url, headers }
    }

    /// The URL that this page was asked for at.
    #[must_use]
    pub fn url(&self) -> &'a Url {
        self.url
    }

    /// The headers it came with.
    #[must_use]
    pub fn headers(&self) -> &'a HeaderMap {
        self.headers
    }
}

/// How the request for the next page differs from the one before: by its URL, its query, or both.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct NextPage {
    url: Option<String>,
    query: Vec<(String, String)>,
}

impl NextPage {
    /// At another URL, absolute or relative to this page's. Its origin must be the same: the token is for that one.
    #[must_use]
    pub fn url(url: impl Into<String>) -> Self {
        Self {
            url: Some(url.into()),
            query: Vec::new(),
        }
    }

    /// At the same URL with this query parameter, in place of any of that name.
    #[must_use]
    pub fn query(name: impl Into<String>, value: impl Display) -> Self {
        Self::default().and_query(name, value)
    }

    /// And with this query parameter, in place of any of that name.
    #[must_use]
    pub fn and_query(mut self, name: impl Into<String>, value: impl Display) -> Self {
        self.query.push((name.into(), value.to_string()));
        self
    }

    /// The URL after `page`, of the same origin, and another.
    pub(super) fn after(self, page: &Url) -> Result<Url, DecodeError> {
        let refused = |why: String| Err(DecodeError::custom(why));
        let mut next = match &self.url {
            None => page.clone(),
            Some(url) => match page.join(url) {
                Ok(next) => next,
                Err(error) => return refused(format!("the URL of the next page cannot be read: {error}")),
            },
        };
        next.set_fragment(None);
        if next.origin() != page.origin() || !next.username().is_empty() || next.password().is_some() {
            return refused(format!(
                "the next page is at {}, another origin than {}, which the token is for",
                next.origin().ascii_serialization(),
                page.origin().ascii_serialization()
            ));
        }
        for (name, value) in self.query {
            let others: Vec<_> = next
                .query_pairs()
                .into_owned()
                .filter(|(other, _)| *other != name)
                .collect();
            next.query_pairs_mut()
                .clear()
                .extend_pairs(others)
                .append_pair(&name, &value);
        }
        if next == *page {
            return refused("the page names itself as the next one".to_owned());
        }
        Ok(next)
    }
}

/// A cursor may be anybody's data.
impl std::fmt::Debug for NextPage {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("NextPage")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn after(page: &str, next: NextPage) -> Result<String, String> {
        let next = next.after(&page.parse().unwrap());
        next.map(String::from).map_err(|error| error.to_string())
    }

    #[test]
    fn a_query_parameter_takes_the_place_of_its_name() {
        assert_eq!(
            after(
                "https://x/a?limit=3&after=1&b[]=1&b[]=2",
                NextPage::query("after", "ä&").and_query("c", 1)
            ),
            Ok("https://x/a?limit=3&b%5B%5D=1&b%5B%5D=2&after=%C3%A4%26&c=1".to_owned())
        );
    }

    #[test]
    fn a_url_is_relative_to_the_page_and_kept_as_it_is() {
        let url = |url: &str| after("https://x/v1/a?page=1", NextPage::url(url));
        assert_eq!(url("?page=2"), Ok("https://x/v1/a?page=2".to_owned()));
        assert_eq!(url("/v1/b?q=%7E+1#top"), Ok("https://x/v1/b?q=%7E+1".to_owned()));
        assert_eq!(url("https://x/v2"), Ok("https://x/v2".to_owned()));
    }

    #[test]
    fn s04_the_token_goes_to_no_other_origin() {
        for url in [
            "https://y/v1",
            "//y/v1",
            "http://x/v1",
            "https://x:8443/",
            "https://u:p@x/",
            "https://u@x/",
        ] {
            let error = after("https://x/v1", NextPage::url(url)).unwrap_err();
            assert!(error.contains("another origin than https://x,"), "{url}: {error}");
        }
    }

    #[test]
    fn a_page_that_follows_itself_is_an_error_and_no_loop() {
        assert!(
            after("https://x/a?b=1", NextPage::url("?b=1"))
                .unwrap_err()
                .contains("itself")
        );
        assert!(
            after("https://x/a?b=1", NextPage::query("b", 1))
                .unwrap_err()
                .contains("itself")
        );
    }
}
