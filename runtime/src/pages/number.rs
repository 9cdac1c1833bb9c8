//! Pages that are counted.

use super::{NextPage, PageHead, Paging};
use crate::error::DecodeError;

/// Pages are counted by the query parameter `page`, from 1 or from what the method says; an empty one is the end. For
/// pages that are a `Vec`.
///
/// ```
/// # use reauth::{api_client, Result};
/// use reauth::{PageNumber, Pages};
///
/// #[api_client]
/// pub trait Users {
///     /// From `page` on, or from the first.
///     #[get("/users")]
///     async fn users(&self, #[query] page: Option<u32>) -> Result<Pages<Vec<String>, PageNumber>>;
/// }
/// ```
#[derive(Debug)]
pub enum PageNumber {}

impl<T> Paging<Vec<T>> for PageNumber {
    fn next(page: &Vec<T>, head: &PageHead<'_>) -> Result<Option<NextPage>, DecodeError> {
        if page.is_empty() {
            return Ok(None);
        }
        let number = match head.url().query_pairs().find(|(name, _)| name == "page") {
            None => 1,
            Some((_, number)) => number.parse::<u64>().map_err(DecodeError::new)?,
        };
        Ok(number.checked_add(1).map(|next| NextPage::query("page", next)))
    }
}

#[cfg(test)]
mod tests {
    use http::HeaderMap;

    use super::*;

    #[test]
    fn counts_from_where_the_request_was_to_an_empty_page() {
        let next = |url: &str, page: &Vec<u8>| {
            PageNumber::next(page, &PageHead::new(&url.parse().unwrap(), &HeaderMap::new())).unwrap()
        };
        assert!(next("https://x/", &vec![1]) == Some(NextPage::query("page", 2)));
        assert!(next("https://x/?page=7&a=b", &vec![1]) == Some(NextPage::query("page", 8)));
        assert!(next("https://x/?page=7", &vec![]).is_none());
        assert!(next("https://x/?page=18446744073709551615", &vec![1]).is_none());
    }
}
