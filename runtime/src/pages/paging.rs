//! The rule by which the next page is found, and what it can say.

use std::fmt::Display;

use http::HeaderMap;
use percent_encoding::percent_decode_str;
use reqwest::Url;

use crate::error::DecodeError;
use crate::request::{Refused, push_fields, same_origin};

/// How an API pages: from one page to the request for the next. Write a type of yours for a rule of its own.
///
/// Each answer begins with the rule's `Default`, which sees its pages one after another: so it can count, or know where
/// it was.
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
/// #[derive(Default)]
/// pub struct StartingAfter;
///
/// impl Paging<List<Customer>> for StartingAfter {
///     fn next(&mut self, page: &List<Customer>, _: &PageHead<'_>) -> std::result::Result<Option<NextPage>, DecodeError> {
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
pub trait Paging<P>: Default + Send + 'static {
    /// What to ask for after `page`; `None` where it is the last.
    ///
    /// # Errors
    /// Where that cannot be told, as for a page that promises more and does not say where.
    fn next(&mut self, page: &P, head: &PageHead<'_>) -> Result<Option<NextPage>, DecodeError>;
}

/// What a rule knows of a page besides what it decodes to.
#[derive(Clone, Copy)]
pub struct PageHead<'a> {
    url: &'a Url,
    headers: &'a HeaderMap,
}

impl<'a> PageHead<'a> {
    /// Of a page that was asked for at `url`; for the tests of a rule of yours.
    #[must_use]
    pub fn new(url: &'a Url, headers: &'a HeaderMap) -> Self {
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

/// URL and headers may be anybody's data.
impl std::fmt::Debug for PageHead<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("PageHead")
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
        let mut next = match &self.url {
            None => page.clone(),
            Some(url) => same_origin(page, url)
                .map_err(|problem| DecodeError::custom(format!("the URL of the next page {problem}")))?,
        };
        if !self.query.is_empty() {
            let mut query = without(next.query().unwrap_or_default(), &self.query);
            push_fields(&mut query, &self.query).map_err(|Refused(problem)| {
                DecodeError::custom(format!("the query of the next page cannot be sent: {problem}"))
            })?;
            next.set_query(Some(&query));
        }
        if next == *page {
            return Err(DecodeError::custom("the page names itself as the next one"));
        }
        Ok(next)
    }
}

/// A query without the parameters of these names; the others stay as they are.
fn without(query: &str, replaced: &[(String, String)]) -> String {
    let is_replaced = |pair: &&str| {
        let name = pair.split('=').next().unwrap_or_default().replace('+', " ");
        let name = percent_decode_str(&name).decode_utf8_lossy();
        replaced.iter().any(|(other, _)| *other == name)
    };
    let kept: Vec<_> = query
        .split('&')
        .filter(|pair| !pair.is_empty() && !is_replaced(pair))
        .collect();
    kept.join("&")
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
            Ok("https://x/a?limit=3&b[]=1&b[]=2&after=%C3%A4%26&c=1".to_owned())
        );
        assert_eq!(
            after("https://x/a?q=%FF~%20+&flag&%61fter=1", NextPage::query("after", 2)),
            Ok("https://x/a?q=%FF~%20+&flag&after=2".to_owned()),
            "the others are not touched"
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
            assert!(
                error.contains("and the API is at https://x") || error.contains("user name or password"),
                "{url}: {error}"
            );
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
