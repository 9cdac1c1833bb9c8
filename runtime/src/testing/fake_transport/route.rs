//! One line of the table, as a test writes it.

use std::fmt;
use std::sync::Arc;

use http::header::{HeaderName, HeaderValue};
use parking_lot::Mutex;
use serde::Serialize;

use super::ReceivedRequest;
use super::answer::Answer;
use super::matcher::{Extent, Matcher};
use super::table::Table;

/// A route of a [`FakeTransport`](super::FakeTransport): what it takes, and what it answers. It is in the table from the
/// start; a test keeps it only to ask what came.
///
/// ```
/// # use reauth::{Result, api_client};
/// # #[derive(serde::Serialize)] struct NewTodo { description: &'static str }
/// # #[api_client]
/// # trait TodoApi {
/// #     #[post("/todo")]
/// #     async fn add(&self, #[body] todo: &NewTodo) -> Result<()>;
/// # }
/// use reauth::http::StatusCode;
/// use reauth::testing::FakeTransport;
/// use serde_json::json;
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<()> {
/// let api = FakeTransport::of(TodoApiClient::ENDPOINTS);
/// let added = api
///     .route("POST /todo")
///     .with_json(&json!({ "description": "Buy milk" }))
///     .answer(StatusCode::CREATED);
///
/// let client = TodoApiClient::builder("https://todo.example.com").transport(api.clone()).build()?;
/// client.add(&NewTodo { description: "Buy milk" }).await?;
/// assert_eq!(added.requests()[0].header("content-type"), Some("application/json"));
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct Route {
    table: Arc<Mutex<Table>>,
    index: usize,
}

#[expect(clippy::return_self_not_must_use, reason = "what is said is in the table already")]
impl Route {
    pub(super) fn new(table: Arc<Mutex<Table>>, index: usize) -> Self {
        Self { table, index }
    }

    /// Takes only what has this in its query, beside anything else.
    #[must_use = "it has no answer yet"]
    pub fn with_query(self, name: &str, value: impl fmt::Display) -> Self {
        self.with_matcher(Matcher::Query {
            name: name.to_owned(),
            value: Some(value.to_string()),
        })
    }

    /// Takes only what has nothing of this name in its query.
    #[must_use = "it has no answer yet"]
    pub fn without_query(self, name: &str) -> Self {
        self.with_matcher(Matcher::NoQuery(name.to_owned()))
    }

    /// Takes only what has this header.
    ///
    /// # Panics
    ///
    /// Where this cannot be a header.
    #[must_use = "it has no answer yet"]
    #[track_caller]
    pub fn with_header(self, name: &str, value: &str) -> Self {
        let name = HeaderName::try_from(name).expect("the name of a header");
        let value = HeaderValue::from_str(value).expect("the value of a header");
        self.with_matcher(Matcher::Header { name, value })
    }

    /// Takes only what does not have this header.
    ///
    /// # Panics
    ///
    /// Where this cannot be a header's name.
    #[must_use = "it has no answer yet"]
    #[track_caller]
    pub fn without_header(self, name: &str) -> Self {
        let name = HeaderName::try_from(name).expect("the name of a header");
        self.with_matcher(Matcher::NoHeader(name))
    }

    /// Takes only what is sent with this bearer token, and no other `Authorization`.
    #[must_use = "it has no answer yet"]
    pub fn with_bearer(self, token: &str) -> Self {
        self.with_matcher(Matcher::Bearer(token.to_owned()))
    }

    /// Takes only what has this as the JSON of its body.
    ///
    /// # Panics
    ///
    /// Where the value does not serialize.
    #[must_use = "it has no answer yet"]
    #[track_caller]
    pub fn with_json<T: Serialize + ?Sized>(self, value: &T) -> Self {
        self.with_json_of(value, Extent::Whole)
    }

    /// Takes only what has this in the JSON of its body: objects may have more members, at any depth.
    ///
    /// # Panics
    ///
    /// Where the value does not serialize.
    #[must_use = "it has no answer yet"]
    #[track_caller]
    pub fn with_partial_json<T: Serialize + ?Sized>(self, value: &T) -> Self {
        self.with_json_of(value, Extent::Part)
    }

    #[track_caller]
    fn with_json_of<T: Serialize + ?Sized>(self, value: &T, extent: Extent) -> Self {
        let value = serde_json::to_value(value).expect("a value that serializes");
        self.with_matcher(Matcher::Json { value, extent })
    }

    /// Takes only what has these fields in the form of its body, beside anything else.
    ///
    /// ```
    /// # use std::time::Duration;
    /// # use reauth::testing::{Answer, FakeTransport};
    /// let tokens = FakeTransport::new();
    /// tokens
    ///     .route("POST /oauth/token")
    ///     .with_form(&[("grant_type", "client_credentials")])
    ///     .always(Answer::token("t1", Duration::from_secs(3600)));
    /// ```
    #[must_use = "it has no answer yet"]
    pub fn with_form(self, fields: &[(&str, &str)]) -> Self {
        let matchers = fields.iter().map(|(name, value)| Matcher::Form {
            name: (*name).to_owned(),
            value: (*value).to_owned(),
        });
        matchers.fold(self, Self::with_matcher)
    }

    /// Takes only what a function says it does; `what` is for the report, as in "a request that is …".
    ///
    /// It is asked once of each request that has all else that the route was told before, whether or not the route has an
    /// answer left. It may look at the transport, which has the request already.
    ///
    /// ```
    /// # use reauth::testing::FakeTransport;
    /// # let api = FakeTransport::new();
    /// # use reauth::http::StatusCode;
    /// api.route("GET /todo")
    ///     .with("a bot's", |request| request.header("user-agent") == Some("bot"))
    ///     .always(StatusCode::FORBIDDEN);
    /// ```
    #[must_use = "it has no answer yet"]
    pub fn with(self, what: &str, test: impl Fn(&ReceivedRequest) -> bool + Send + Sync + 'static) -> Self {
        self.with_matcher(Matcher::Predicate {
            what: what.to_owned(),
            test: Arc::new(test),
        })
    }

    fn with_matcher(self, matcher: Matcher) -> Self {
        self.change(|table, index| table.routes[index].matchers.push(matcher.into()))
    }

    /// Answers one request in this way, after those that were said before. It is expected to come.
    pub fn answer(self, answer: impl Into<Answer>) -> Self {
        self.answer_times(1, answer)
    }

    /// Answers so many requests in this way. They are expected to come.
    ///
    /// # Panics
    ///
    /// Where that is none: a request that must not come needs no route, it is unexpected without one.
    #[track_caller]
    pub fn answer_times(self, count: usize, answer: impl Into<Answer>) -> Self {
        assert!(
            count > 0,
            "an answer for no request: leave the route out, and a request that comes is unexpected"
        );
        let answer = answer.into();
        self.change(|table, index| {
            let row = &mut table.routes[index];
            row.expected += count;
            row.answers.extend(std::iter::repeat_n(answer, count));
            // What is expected after a report is not in it.
            table.is_reported = false;
        })
    }

    /// Answers any number of requests in this way, also none, once there is no other answer left.
    pub fn always(self, answer: impl Into<Answer>) -> Self {
        let answer = answer.into();
        self.change(|table, index| table.routes[index].always = Some(answer))
    }

    /// What this route took so far, in order.
    #[must_use]
    pub fn requests(&self) -> Vec<ReceivedRequest> {
        let table = self.table.lock();
        let taken = &table.routes[self.index].taken;
        taken.iter().map(|number| table.received[*number].clone()).collect()
    }

    fn change(self, change: impl FnOnce(&mut Table, usize)) -> Self {
        change(&mut self.table.lock(), self.index);
        self
    }
}

impl fmt::Debug for Route {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let table = self.table.lock();
        let row = &table.routes[self.index];
        f.debug_struct("Route")
            .field("route", &format_args!("{row}"))
            .field("requests", &row.taken.len())
            .finish_non_exhaustive()
    }
}
