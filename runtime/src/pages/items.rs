//! The items of all pages, as if they were one list.

use std::pin::Pin;
use std::task::{Context, Poll, ready};

use futures_core::Stream;

use super::{Pages, Paging};
use crate::byte_stream::try_next;
use crate::error::Result;
use crate::response::FromResponse;

/// The items of all pages, one after another: a `Stream`, with [`try_next`](Self::try_next).
///
/// Made by [`Pages::items`], where a page is [`IntoIterator`].
pub struct Items<P: IntoIterator, R> {
    pages: Pages<P, R>,
    /// Of the page that was asked for last.
    rest: Option<P::IntoIter>,
}

impl<P: IntoIterator, R> Items<P, R> {
    pub(super) fn new(pages: Pages<P, R>) -> Self {
        Self { pages, rest: None }
    }
}

impl<P: FromResponse + IntoIterator + Send + 'static, R: Paging<P>> Items<P, R> {
    /// The next item; `None` after the last of the last page.
    ///
    /// # Errors
    /// As [`Pages::try_next`].
    pub async fn try_next(&mut self) -> Result<Option<P::Item>> {
        try_next(self).await
    }
}

/// Nothing in it is pinned.
impl<P: IntoIterator, R> Unpin for Items<P, R> {}

impl<P: FromResponse + IntoIterator + Send + 'static, R: Paging<P>> Stream for Items<P, R> {
    type Item = Result<P::Item>;

    fn poll_next(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let this = self.get_mut();
        loop {
            if let Some(item) = this.rest.as_mut().and_then(Iterator::next) {
                return Poll::Ready(Some(Ok(item)));
            }
            match ready!(Pin::new(&mut this.pages).poll_next(context)) {
                None => return Poll::Ready(None),
                Some(Err(error)) => return Poll::Ready(Some(Err(error))),
                Some(Ok(page)) => this.rest = Some(page.into_iter()),
            }
        }
    }
}

impl<P: IntoIterator, R> std::fmt::Debug for Items<P, R> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("Items").field(&self.pages).finish()
    }
}
