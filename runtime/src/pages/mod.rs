//! Answers that come in pages: one call for each page, made when it is asked for.
//!
//! A [`Pages`] keeps the request of its method. After each response a rule, which is a type ([`Paging`]), says how that
//! request becomes the next: by a URL that the server gave, or by a query parameter. It stands above the client, whose
//! calls it makes; each goes through the call loop like any other, with its own retries, time limit and token.

mod items;
mod link;
mod number;
mod paging;

use std::marker::PhantomData;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use futures_core::Stream;

pub use self::items::Items;
pub use self::link::LinkHeader;
pub use self::number::PageNumber;
pub use self::paging::{NextPage, PageHead, Paging};
use crate::client::{Client, Exchange, Returned};
use crate::endpoint::Endpoint;
use crate::error::Result;
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
pub struct Pages<P, R = LinkHeader> {
    client: Client,
    endpoint: &'static Endpoint,
    state: State<P>,
    rule: PhantomData<fn() -> R>,
}

enum State<P> {
    /// A page is there, and perhaps the request for the next.
    Ready(P, Option<RequestParts>),
    /// The next page is to be asked for.
    Waiting(RequestParts),
    Asking(Pin<Box<dyn Future<Output = Result<Page<P>>> + Send>>),
    Over,
}

/// One page and the request for the next.
struct Page<P> {
    page: P,
    next: Option<RequestParts>,
}

#[diagnostic::do_not_recommend]
impl<P: FromResponse + Send + 'static, R: Paging<P>> Returned for Pages<P, R> {
    async fn from_exchange(exchange: Exchange<'_>) -> Result<Self> {
        let Exchange {
            client,
            endpoint,
            request,
        } = exchange;
        let Page { page, next } = ask::<P, R>(client.clone(), endpoint, request?).await?;
        Ok(Self {
            client: client.clone(),
            endpoint,
            state: State::Ready(page, next),
            rule: PhantomData,
        })
    }
}

/// Makes one call, and the request for the one after it.
async fn ask<P: FromResponse, R: Paging<P>>(
    client: Client,
    endpoint: &'static Endpoint,
    mut request: RequestParts,
) -> Result<Page<P>> {
    let response = client.call(endpoint, &request).await?;
    let base = client.base_url();
    decode_with(response, |page, response| {
        let url = request.url(base);
        let head = PageHead::new(&url, response.headers());
        let next = match R::next(&page, &head)? {
            None => None,
            Some(next) => {
                request.set_url(next.after(&url)?);
                Some(request)
            }
        };
        Ok(Page { page, next })
    })
    .await
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
        std::future::poll_fn(|context| Pin::new(&mut *self).poll_next(context))
            .await
            .transpose()
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
            match &mut this.state {
                State::Over => return Poll::Ready(None),
                State::Asking(asking) => match ready!(asking.as_mut().poll(context)) {
                    Ok(Page { page, next }) => this.state = State::Ready(page, next),
                    Err(error) => {
                        this.state = State::Over;
                        return Poll::Ready(Some(Err(error)));
                    }
                },
                state => match std::mem::replace(state, State::Over) {
                    State::Ready(page, next) => {
                        *state = next.map_or(State::Over, State::Waiting);
                        return Poll::Ready(Some(Ok(page)));
                    }
                    State::Waiting(request) => {
                        *state = State::Asking(Box::pin(ask::<P, R>(this.client.clone(), this.endpoint, request)));
                    }
                    State::Asking(_) | State::Over => {}
                },
            }
        }
    }
}

impl<P, R> std::fmt::Debug for Pages<P, R> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Pages")
            .field("endpoint", &self.endpoint.name())
            .finish_non_exhaustive()
    }
}
