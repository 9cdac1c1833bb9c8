//! Answers that come in pages: one call for each page, made when it is asked for.
//!
//! A [`Pages`] keeps the request of its method. After each response a rule, which is a type ([`Paging`]), says how that
//! request becomes the next: by a URL that the server gave, or by a query parameter. It stands above the client, whose
//! calls it makes; each goes through the call loop like any other, with its own retries, time limit and token.

mod items;
mod link;
mod number;
mod paging;

use std::pin::{Pin, pin};
use std::task::{Context, Poll};

use futures_core::Stream;

pub use self::items::Items;
pub use self::link::LinkHeader;
pub use self::number::PageNumber;
pub use self::paging::{NextPage, PageHead, Paging};
use crate::byte_stream::try_next;
use crate::client::{Client, Exchange, Returned};
use crate::endpoint::Endpoint;
use crate::error::{DecodeError, Result};
use crate::request::RequestParts;
use crate::response::{FromResponse, decode_with};

/// The pages of an answer, one call each: a `Stream`, with [`try_next`](Self::try_next) for those who need no more.
///
/// `P` is what one page decodes to, anything that a method can return: a `Vec<Issue>`, a struct of yours, a
/// [`Response<P>`](crate::Response). `R` is the [rule](Paging) by which the next page is found: [`LinkHeader`] unless
/// said otherwise, [`PageNumber`], or a type of yours, as for a cursor.
///
/// The method itself makes the first call, so its error is the method's, also where that is a type of yours; those of the
/// pages after it are [`Error`](crate::Error)s. The next page is asked for when it is wanted,
/// not before. An error is the last item: the method can be called again from where it was.
///
/// ```
/// # use reauth::{api_client, Result};
/// use reauth::Pages;
///
/// #[derive(serde::Deserialize)]
/// pub struct Issue { pub title: String }
///
/// #[api_client]
/// pub trait GithubIssues {
///     #[get("/repos/{owner}/{repo}/issues")]
///     async fn issues(&self, owner: &str, repo: &str, #[query] per_page: u8) -> Result<Pages<Vec<Issue>>>;
/// }
///
/// # async fn example(github: GithubIssuesClient) -> Result<()> {
/// let mut issues = github.issues("rust-lang", "rust", 100).await?.items();
/// while let Some(issue) = issues.try_next().await? {
///     println!("{}", issue.title);
/// }
/// # Ok(()) }
/// ```
pub struct Pages<P, R = LinkHeader>(State<P, R>);

enum State<P, R> {
    /// A page is there, and perhaps what asks for the next.
    Ready(P, Option<Asker<R>>),
    /// The next page is to be asked for.
    Waiting(Asker<R>),
    Asking(Asking<P, R>),
    /// Pages that no call was made for.
    Given(Box<dyn Iterator<Item = Result<P>> + Send>),
    Over,
}

/// A call under way.
type Asking<P, R> = Pin<Box<dyn Future<Output = Result<Page<P, R>>> + Send>>;

/// One page, and what asks for the next.
type Page<P, R> = (P, Option<Asker<R>>);

/// Everything that a call for a page takes.
struct Asker<R> {
    client: Client,
    endpoint: &'static Endpoint,
    request: Box<RequestParts>,
    rule: R,
}

#[diagnostic::do_not_recommend]
impl<P: FromResponse + Send + 'static, R: Paging<P>> Returned for Pages<P, R> {
    async fn from_exchange(exchange: Exchange<'_>) -> Result<Self> {
        let Exchange {
            client,
            endpoint,
            request,
        } = exchange;
        let first = Asker {
            client: client.clone(),
            endpoint,
            request: request?,
            rule: R::default(),
        };
        let (page, next) = first.ask().await?;
        Ok(Self(State::Ready(page, next)))
    }
}

impl<R> Asker<R> {
    /// Makes one call, and becomes what asks for the next page.
    async fn ask<P: FromResponse>(self) -> Result<Page<P, R>>
    where
        R: Paging<P>,
    {
        let span = self.client.span(self.endpoint, &self.request);
        span.watch(pin!(self.call())).await
    }

    async fn call<P: FromResponse>(mut self) -> Result<Page<P, R>>
    where
        R: Paging<P>,
    {
        let mut response = self.client.call(self.endpoint, &self.request)?.run().await?;
        decode_with(&mut response, |page, response| {
            let url = self.request.url(self.client.base_url());
            let next = self.rule.next(&page, &PageHead::new(&url, response.headers()))?;
            let Some(next) = next else { return Ok((page, None)) };
            if self.request.is_spent() {
                return Err(DecodeError::custom(
                    "there is another page, and the body to ask for it with was a stream, which is sent once",
                ));
            }
            self.request.follow(next.after(&url)?);
            Ok((page, Some(self)))
        })
        .await
    }
}

impl<P, R> Pages<P, R> {
    /// Pages of yours, which no call is made for: what a fake in a test returns.
    ///
    /// ```
    /// # #[tokio::main(flavor = "current_thread")] async fn main() -> reauth::Result<()> {
    /// let mut pages: reauth::Pages<Vec<u32>> = reauth::Pages::from_pages([Ok(vec![1, 2]), Ok(vec![3])]);
    /// assert_eq!(pages.try_next().await?, Some(vec![1, 2]));
    /// # Ok(()) }
    /// ```
    pub fn from_pages<I>(pages: I) -> Self
    where
        I: IntoIterator<Item = Result<P>, IntoIter: Send + 'static>,
    {
        Self(State::Given(Box::new(pages.into_iter())))
    }
}

impl<P: FromResponse + Send + 'static, R: Paging<P>> Pages<P, R> {
    /// The next page; `None` after the last.
    ///
    /// Dropping the future loses nothing: a call that it has begun goes on when it is asked for again.
    ///
    /// # Errors
    /// Of the call for the page, as any method's; and where the rule cannot tell from a page whether there is another.
    /// After an error there are no more pages.
    pub async fn try_next(&mut self) -> Result<Option<P>> {
        try_next(self).await
    }

    /// The items of all pages, one after another.
    pub fn items(self) -> Items<P, R>
    where
        P: IntoIterator,
    {
        Items::new(self)
    }
}

/// Nothing in it is pinned but what is behind a pointer.
impl<P, R> Unpin for Pages<P, R> {}

impl<P: FromResponse + Send + 'static, R: Paging<P>> Stream for Pages<P, R> {
    type Item = Result<P>;

    fn poll_next(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let this = self.get_mut();
        loop {
            match std::mem::replace(&mut this.0, State::Over) {
                State::Over => return Poll::Ready(None),
                State::Ready(page, next) => {
                    this.0 = next.map_or(State::Over, State::Waiting);
                    return Poll::Ready(Some(Ok(page)));
                }
                State::Waiting(next) => this.0 = State::Asking(Box::pin(next.ask())),
                State::Asking(mut asking) => match asking.as_mut().poll(context) {
                    Poll::Ready(Ok((page, next))) => this.0 = State::Ready(page, next),
                    Poll::Ready(Err(error)) => return Poll::Ready(Some(Err(error))),
                    Poll::Pending => {
                        this.0 = State::Asking(asking);
                        return Poll::Pending;
                    }
                },
                State::Given(mut pages) => {
                    let page = pages.next();
                    if let Some(Ok(_)) = page {
                        this.0 = State::Given(pages);
                    }
                    return Poll::Ready(page);
                }
            }
        }
    }
}

impl<P, R> std::fmt::Debug for Pages<P, R> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Pages")
    }
}
