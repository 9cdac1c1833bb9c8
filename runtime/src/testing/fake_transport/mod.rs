//! A transport without sockets: a table of routes, each with the answers that it gives.
//!
//! A request passes through four places. It becomes a [`ReceivedRequest`] ([`received`]); the [`table`] keeps it and
//! finds the [`route`] that takes it, by a [`pattern`] and what else the route asks ([`matcher`]); the [`answer`] is
//! given; and what did not go as the table has it is put into words by the [`report`].

mod answer;
mod matcher;
mod pattern;
mod received;
mod report;
mod route;
mod table;

use std::fmt;
use std::panic::Location;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use parking_lot::Mutex;
use tokio::time::Instant;
use tower_service::Service;

pub use self::answer::Answer;
pub use self::received::ReceivedRequest;
pub use self::report::Mismatch;
pub use self::route::Route;
use self::table::{Found, Question, Table, Verdict};
use super::gate::{Gate, Hold};
use crate::endpoint::Endpoint;
use crate::error::BoxError;

type BoxFuture<T> = Pin<Box<dyn Future<Output = T> + Send>>;
type Handler = dyn Fn(ReceivedRequest) -> BoxFuture<Answer> + Send + Sync;

/// A transport that needs no socket: it answers by a table of routes, keeps what it received, and says which expected
/// requests never came and which came unexpectedly.
///
/// A clone of it goes wherever a `tower` service may send requests: [`ClientBuilder::transport`](crate::ClientBuilder::transport),
/// [`Auth0::transport`](crate::Auth0::transport), [`OAuth2::transport`](crate::OAuth2::transport). Everything that waits
/// waits by tokio's clock, so a test with `start_paused = true` takes no time.
///
/// ```
/// use reauth::http::StatusCode;
/// use reauth::testing::{FakeTransport, json};
/// use reauth::{Result, api_client};
///
/// #[api_client(retry = "constant(100ms,3)")]
/// trait TodoApi {
///     #[get("/todo/{id}")]
///     async fn todo(&self, id: u64) -> Result<String>;
/// }
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<()> {
/// let api = FakeTransport::of(TodoApiClient::ENDPOINTS);
/// api.route("GET /todo/{id}")
///     .answer(StatusCode::SERVICE_UNAVAILABLE)
///     .answer(json(StatusCode::OK, "milk"));
///
/// let client = TodoApiClient::builder("https://todo.example.com").transport(api.clone()).build()?;
/// assert_eq!(client.todo(42).await?, "milk");
/// assert_eq!(api.requests()[1].path(), "/todo/42");
/// api.verify();
/// # Ok(())
/// # }
/// ```
///
/// # Routes and answers
///
/// An [`answer`](Route::answer) is for one request, which is expected to come: a route with two of them gives the first,
/// then the second, and a third request for it is unexpected. What a route answers [`always`](Route::always) is for any
/// number of requests, none of which has to come. Where several routes take a request, the first of the table with an
/// `answer` left gives it, and after them the first with an answer for `always`: one call is singled out wherever it stands.
///
/// # What comes unexpectedly
///
/// A request that no route takes fails and is not sent again, and the error says what came, which route is nearest and why
/// it is not the one. It is kept, and [`verify`](Self::verify) reports it also where the code under test has swallowed the
/// error.
///
/// Routes are shown as the test has written them, and numbered in the order in which they were added. Of what came, paths
/// are shown, and names of queries and headers; their values, tokens and bodies are not.
///
/// # When it is dropped
///
/// The one that was made is verified when it is dropped: a test that forgets `verify` still fails. Its clones, which
/// clients and credentials hold, are not. So keep the one that was made in the test's own scope and give clones away: moved
/// into a task that is spawned it is dropped there, and the runtime keeps that panic to itself.
///
/// Where the thread panics already, what came unexpectedly is printed, since that may be why. A test that *returns* an error
/// is not panicking: this panic comes first and hides the error. Where that is likely, end with `unwrap` in place of `?`.
pub struct FakeTransport {
    shared: Arc<Shared>,
    /// Whether this is the one that was made, and no clone.
    is_original: bool,
}

struct Shared {
    table: Arc<Mutex<Table>>,
    gate: Gate,
    /// Answers what no route does.
    handler: Option<Box<Handler>>,
    started: Instant,
    /// The line of the test.
    made_at: &'static Location<'static>,
}

impl FakeTransport {
    /// A transport without routes, to which every request is unexpected.
    #[must_use]
    #[track_caller]
    pub fn new() -> Self {
        Self::with(None)
    }

    /// The same for one API: a [`route`](Self::route) that none of its endpoints has is a mistake, routes may be named
    /// after the trait's methods, and reports name the method that a request is of.
    ///
    /// ```should_panic
    /// # use reauth::{Result, api_client};
    /// # use reauth::testing::FakeTransport;
    /// # #[api_client]
    /// # trait TodoApi {
    /// #     #[get("/todo/{id}")]
    /// #     async fn todo(&self, id: u64) -> Result<String>;
    /// # }
    /// let api = FakeTransport::of(TodoApiClient::ENDPOINTS);
    /// api.route("TodoApi::todo").answer(reauth::http::StatusCode::NOT_FOUND);
    /// // No endpoint of this API; nearest is `GET /todo/{id}`.
    /// api.route("GET /todos/{id}").answer(reauth::http::StatusCode::NOT_FOUND);
    /// ```
    #[must_use]
    #[track_caller]
    pub fn of(endpoints: &[Endpoint]) -> Self {
        let fake = Self::new();
        fake.shared.table.lock().endpoints = endpoints.to_vec();
        fake
    }

    /// A transport that answers by a function: for a fake with a state of its own, or a server's handler without the
    /// server. Routes that are added go first.
    ///
    /// It makes of a request whatever a route could [`answer`](Route::answer): a status, a response, a
    /// [`Failure`](super::Failure), the [`Reply`](super::Reply) of a [`LoopbackServer`](super::LoopbackServer), or an
    /// [`Answer`].
    ///
    /// ```
    /// # use reauth::{Result, api_client};
    /// # #[api_client]
    /// # trait TodoApi {
    /// #     #[get("/todo/{id}")]
    /// #     async fn todo(&self, id: u64) -> Result<String>;
    /// # }
    /// use reauth::http::StatusCode;
    /// use reauth::testing::{FakeTransport, json};
    ///
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<()> {
    /// let echo = FakeTransport::from_fn(|request| async move { json(StatusCode::OK, request.path()) });
    /// let client = TodoApiClient::builder("https://todo.example.com").transport(echo.clone()).build()?;
    /// assert_eq!(client.todo(42).await?, "/todo/42");
    /// # Ok(())
    /// # }
    /// ```
    #[track_caller]
    pub fn from_fn<H, F>(handler: H) -> Self
    where
        H: Fn(ReceivedRequest) -> F + Send + Sync + 'static,
        F: Future<Output: Into<Answer>> + Send + 'static,
    {
        Self::with(Some(Box::new(move |request| {
            let answer = handler(request);
            Box::pin(async move { answer.await.into() })
        })))
    }

    #[track_caller]
    fn with(handler: Option<Box<Handler>>) -> Self {
        Self {
            shared: Arc::new(Shared {
                table: Arc::default(),
                gate: Gate::default(),
                handler,
                started: Instant::now(),
                made_at: Location::caller(),
            }),
            is_original: true,
        }
    }

    /// What the client's base URL has before each path, as `/v1` of `https://api.example.com/v1`.
    #[must_use]
    pub fn base_path(self, path: &str) -> Self {
        path.trim_end_matches('/')
            .clone_into(&mut self.shared.table.lock().base_path);
        self
    }

    /// Adds a route to the table, to be told what it answers.
    ///
    /// * `"GET /todo/{id}"`, an [`Endpoint`](crate::Endpoint), or what one is written as: verb and path template, with
    ///   the placeholders of [`api_client`](crate::api_client);
    /// * `"GET /todo?completed=true"`: with this in its query, beside anything else;
    /// * `"/todo/{id}"`: with any verb;
    /// * `"POST https://tenant.example.com/oauth/token"`: at this origin, and without the [base path](Self::base_path);
    /// * `"TodoApi::todo"`: by the method's name, [of](Self::of) an API whose endpoints are known.
    ///
    /// Reports show this text as it is.
    /// What else a request must have is for the [`Route`] to say.
    ///
    /// # Panics
    ///
    /// Where this is no route, or none of the endpoints that are known.
    #[must_use = "it has no answer yet"]
    #[track_caller]
    pub fn route(&self, pattern: impl fmt::Display) -> Route {
        match Table::add(&self.shared.table, &pattern.to_string()) {
            Ok(route) => route,
            Err(problem) => panic!("{problem}"),
        }
    }

    /// Everything that was received so far, in order, also what was unexpected.
    #[must_use]
    pub fn requests(&self) -> Vec<ReceivedRequest> {
        self.shared.table.lock().received.clone()
    }

    /// Holds requests, after they are kept and before they are answered, until the [`Hold`] is dropped.
    pub fn hold(&self) -> Hold {
        self.shared.gate.hold()
    }

    /// Checks that every answer was asked for, and that nothing came unexpectedly.
    ///
    /// # Panics
    ///
    /// With what never came, what came unexpectedly, and the routes that there are.
    #[track_caller]
    pub fn verify(&self) {
        if let Err(mismatch) = self.check() {
            panic!("{mismatch}");
        }
    }

    /// The same without a panic. What it has reported is not reported again when the transport is dropped.
    ///
    /// # Errors
    ///
    /// Where an answer was not asked for, or a request came unexpectedly.
    pub fn check(&self) -> Result<(), Mismatch> {
        self.shared.table.lock().check()
    }
}

impl Shared {
    async fn answer(&self, request: reqwest::Request) -> Result<reqwest::Response, BoxError> {
        let url = request.url().clone();
        let mut request = ReceivedRequest::read(request, self.started).await?;
        let found = self.find(&mut request);
        self.gate.pass().await;
        let answer = match (found, &self.handler) {
            (Found::Answer(answer), _) => *answer,
            (Found::Nothing, Some(handler)) => handler(request.clone()).await,
            (Found::Nothing, None) => return Err("nothing is answered here".into()),
            (Found::Unexpected(words), _) => return Err(Unexpected(words).into()),
        };
        answer.give(request, url).await
    }

    /// Without the table's lock where the test's own code is asked: it may look at the transport.
    fn find(&self, request: &mut ReceivedRequest) -> Found {
        let questions: Vec<Question> = self.table.lock().keep(request);
        let verdicts: Vec<Verdict> = questions.iter().map(|question| question.ask(request)).collect();
        self.table.lock().receive(request, &verdicts, self.handler.is_some())
    }

    /// What is wrong, where that was not told yet, as it is told of a transport that is dropped.
    fn untold(&self, is_panicking: bool) -> Option<String> {
        let table = self.table.lock();
        if table.is_reported || (is_panicking && table.unexpected.is_empty()) {
            return None;
        }
        let mismatch = report::mismatch(&table)?;
        let api = table
            .endpoints
            .first()
            .and_then(|endpoint| endpoint.name().split_once("::"));
        let api = api.map_or(String::new(), |(api, _)| format!(" of `{api}`"));
        Some(format!("the FakeTransport{api} made at {}: {mismatch}", self.made_at))
    }
}

/// The error of a request that no route takes. Whoever sorts what a transport failed with knows it, so that it is not sent
/// again.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub(crate) struct Unexpected(String);

/// The response to a request, on its way.
pub struct ResponseFuture(BoxFuture<Result<reqwest::Response, BoxError>>);

impl Future for ResponseFuture {
    type Output = Result<reqwest::Response, BoxError>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        self.0.as_mut().poll(context)
    }
}

impl fmt::Debug for ResponseFuture {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ResponseFuture").finish_non_exhaustive()
    }
}

impl Default for FakeTransport {
    #[track_caller]
    fn default() -> Self {
        Self::new()
    }
}

impl Clone for FakeTransport {
    fn clone(&self) -> Self {
        Self {
            shared: Arc::clone(&self.shared),
            is_original: false,
        }
    }
}

impl Drop for FakeTransport {
    fn drop(&mut self) {
        if !self.is_original {
            return;
        }
        let is_panicking = std::thread::panicking();
        match self.shared.untold(is_panicking) {
            None => {}
            // A second panic would abort the process.
            Some(words) if is_panicking => eprintln!("{words}"),
            Some(words) => panic!(
                "{words}\n\nIt was dropped without `verify`. Where the test has returned an error, this hides it: \
                 `unwrap` it in the test to see it"
            ),
        }
    }
}

impl Service<reqwest::Request> for FakeTransport {
    type Response = reqwest::Response;
    type Error = BoxError;
    type Future = ResponseFuture;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), BoxError>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: reqwest::Request) -> Self::Future {
        let shared = Arc::clone(&self.shared);
        ResponseFuture(Box::pin(async move { shared.answer(request).await }))
    }
}

/// The routes and how often each was asked.
impl fmt::Debug for FakeTransport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let table = self.shared.table.lock();
        f.debug_struct("FakeTransport")
            .field(
                "routes",
                &table.routes.iter().map(ToString::to_string).collect::<Vec<_>>(),
            )
            .field("requests", &table.received.len())
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests;
