//! Pages that are counted.

use super::{NextPage, PageHead, Paging};
use crate::error::DecodeError;
use crate::response::Response;

/// Pages are counted by the query parameter `page`, and an empty one is the end. For pages that are a `Vec`, or a
/// [`Response`] of one.
///
/// A request that says no `page` is taken for the first one, which is 1 unless said otherwise: an API that counts from
/// 0, as Auth0's does, has `PageNumber<0>`.
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
#[derive(Clone, Copy, Debug, Default)]
pub struct PageNumber<const FIRST: u64 = 1>;

impl<T, const FIRST: u64> Paging<Response<Vec<T>>> for PageNumber<FIRST> {
    fn next(&mut self, page: &Response<Vec<T>>, head: &PageHead<'_>) -> Result<Option<NextPage>, DecodeError> {
        self.next(page.body(), head)
    }
}

impl<T, const FIRST: u64> Paging<Vec<T>> for PageNumber<FIRST> {
    fn next(&mut self, page: &Vec<T>, head: &PageHead<'_>) -> Result<Option<NextPage>, DecodeError> {
        if page.is_empty() {
            return Ok(None);
        }
        let number = match head.url().query_pairs().find(|(name, _)| name == "page") {
            None => FIRST,
            Some((_, number)) => number
                .parse::<u64>()
                .map_err(|error| DecodeError::new(error).context("`page` is no number to count on from"))?,
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
            PageNumber::<1>
                .next(page, &PageHead::new(&url.parse().unwrap(), &HeaderMap::new()))
                .unwrap()
        };
        assert!(next("https://x/", &vec![1]) == Some(NextPage::query("page", 2)));
        assert!(next("https://x/?page=7&a=b", &vec![1]) == Some(NextPage::query("page", 8)));
        assert!(next("https://x/?page=7", &vec![]).is_none());
        assert!(next("https://x/?page=18446744073709551615", &vec![1]).is_none());
    }

    #[test]
    fn an_api_that_counts_from_0_loses_no_page() {
        let (url, headers) = ("https://x/".parse().unwrap(), HeaderMap::new());
        let next = PageNumber::<0>.next(&vec![1], &PageHead::new(&url, &headers)).unwrap();
        assert!(next == Some(NextPage::query("page", 1)));
    }
}
