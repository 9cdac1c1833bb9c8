//! The routes, what they were asked, and who takes the next request.
//!
//! A request is kept under the table's lock; then the routes are asked whether they take it, without the lock, since some
//! of what they ask is the test's own code; then, under the lock again, the first of those that do gives an answer.

use std::collections::VecDeque;
use std::fmt;
use std::sync::Arc;

use parking_lot::Mutex;

use super::ReceivedRequest;
use super::answer::Answer;
use super::matcher::Matcher;
use super::pattern::Pattern;
use super::report::{self, Mismatch};
use super::route::Route;
use crate::endpoint::Endpoint;

#[derive(Default)]
pub(super) struct Table {
    /// Of the API that is faked, where it is known.
    pub(super) endpoints: Vec<Endpoint>,
    pub(super) base_path: String,
    pub(super) routes: Vec<Row>,
    pub(super) received: Vec<ReceivedRequest>,
    /// What was said of each request that no route took.
    pub(super) unexpected: Vec<String>,
    pub(super) is_reported: bool,
}

/// One route.
pub(super) struct Row {
    /// From 1.
    pub(super) number: usize,
    pub(super) pattern: Pattern,
    pub(super) matchers: Vec<Arc<Matcher>>,
    /// How many answers were for one request each.
    pub(super) expected: usize,
    /// Those that are left.
    pub(super) answers: VecDeque<Answer>,
    pub(super) always: Option<Answer>,
    /// The numbers of the requests that it took.
    pub(super) taken: Vec<usize>,
}

/// What a route asks of one request.
pub(super) struct Question {
    /// Whether verb, origin and path are the route's.
    fits: bool,
    matchers: Vec<Arc<Matcher>>,
}

impl Question {
    /// Asks each matcher once. The test's own function is spared what the route does not take anyway.
    pub(super) fn ask(&self, request: &ReceivedRequest) -> Verdict {
        let mut verdict = Verdict {
            fits: self.fits,
            complaints: Vec::new(),
        };
        for matcher in &self.matchers {
            if verdict.is_taken() || !matcher.is_predicate() {
                verdict.complaints.extend(matcher.complaint(request));
            }
        }
        verdict
    }
}

/// What a route says of one request.
pub(super) struct Verdict {
    fits: bool,
    pub(super) complaints: Vec<String>,
}

impl Verdict {
    fn is_taken(&self) -> bool {
        self.fits && self.complaints.is_empty()
    }
}

/// Who answers a request.
pub(super) enum Found {
    Answer(Box<Answer>),
    /// No route does, and somebody else may.
    Nothing,
    Unexpected(String),
}

impl Table {
    /// Adds a route, or says what is wrong with it.
    pub(super) fn add(table: &Arc<Mutex<Self>>, text: &str) -> Result<Route, String> {
        let mut rows = table.lock();
        let pattern = rows.pattern(text)?;
        let index = rows.routes.len();
        let query = pattern.query.iter().cloned();
        rows.routes.push(Row {
            number: index + 1,
            matchers: query
                .map(|(name, value)| Matcher::Query { name, value }.into())
                .collect(),
            pattern,
            expected: 0,
            answers: VecDeque::new(),
            always: None,
            taken: Vec::new(),
        });
        // What is added after a report is not in it.
        rows.is_reported = false;
        Ok(Route::new(Arc::clone(table), index))
    }

    /// The route of that text, or of the method that is named so.
    fn pattern(&self, text: &str) -> Result<Pattern, String> {
        if let Some(endpoint) = self.endpoints.iter().find(|endpoint| endpoint.name() == text) {
            return endpoint.to_string().parse();
        }
        if text.contains("::") && !text.contains('/') {
            return Err(report::unknown_method(text, &self.endpoints));
        }
        let pattern: Pattern = text.parse()?;
        let known: Vec<(Pattern, &Endpoint)> = self.endpoints.iter().filter_map(parsed).collect();
        let is_known = |(other, _): &(Pattern, &Endpoint)| pattern.is_same(other) || pattern.is_one_of(other);
        if known.is_empty() || pattern.is_absolute() || known.iter().any(is_known) {
            return Ok(pattern);
        }
        Err(report::unknown_endpoint(&pattern, &known))
    }

    /// Keeps a request, and says what is to be asked of it, route by route.
    pub(super) fn keep(&mut self, request: &mut ReceivedRequest) -> Vec<Question> {
        request.number = self.received.len();
        self.received.push(request.clone());
        let question = |row: &Row| Question {
            fits: row.fits(request, &self.base_path),
            matchers: row.matchers.clone(),
        };
        self.routes.iter().map(question).collect()
    }

    /// Finds the answer to a request of which the routes have said this. A route that was added since is not asked.
    pub(super) fn receive(&mut self, request: &ReceivedRequest, verdicts: &[Verdict], has_handler: bool) -> Found {
        let first = |has_answer: fn(&Row) -> bool| {
            let mut rows = self.routes.iter().zip(verdicts);
            rows.position(|(row, verdict)| has_answer(row) && verdict.is_taken())
        };
        let next = first(|row| !row.answers.is_empty()).or_else(|| first(|row| row.always.is_some()));
        if let Some(row) = next.map(|index| &mut self.routes[index]) {
            row.taken.push(request.number);
            let answer = row.answers.pop_front().or_else(|| row.always.clone());
            return answer.map_or(Found::Nothing, |answer| Found::Answer(Box::new(answer)));
        }
        if has_handler {
            return Found::Nothing;
        }
        let said = report::unexpected(self, verdicts, request);
        self.unexpected.push(said.clone());
        self.is_reported = false;
        Found::Unexpected(format!("unexpected request {said}. {}", report::routes_in_a_line(self)))
    }

    pub(super) fn check(&mut self) -> Result<(), Mismatch> {
        match report::mismatch(self) {
            None => Ok(()),
            Some(mismatch) => {
                self.is_reported = true;
                Err(mismatch)
            }
        }
    }

    /// The method that a request is of, where the API is known.
    pub(super) fn method_of(&self, request: &ReceivedRequest) -> Option<&'static str> {
        let is_of = |(pattern, _): &(Pattern, &Endpoint)| {
            let path = pattern.relative(request.path(), &self.base_path);
            pattern.is_method(&request.method) && path.is_some_and(|path| pattern.is_path(path))
        };
        let of = self.endpoints.iter().filter_map(parsed).find(is_of);
        of.map(|(_, endpoint)| endpoint.name())
    }
}

fn parsed(endpoint: &Endpoint) -> Option<(Pattern, &Endpoint)> {
    Some((endpoint.to_string().parse().ok()?, endpoint))
}

impl Row {
    fn fits(&self, request: &ReceivedRequest, base_path: &str) -> bool {
        let path = self.pattern.relative(request.path(), base_path);
        self.pattern.is_method(&request.method)
            && self.pattern.is_origin(request)
            && path.is_some_and(|path| self.pattern.is_path(path))
    }
}

/// As the report names it.
impl fmt::Display for Row {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.pattern)?;
        // What stands in the pattern is read there.
        for matcher in &self.matchers[self.pattern.query.len()..] {
            write!(f, " {matcher}")?;
        }
        Ok(())
    }
}
