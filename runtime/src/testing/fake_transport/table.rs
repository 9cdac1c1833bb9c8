//! The routes, what they were asked, and who takes the next request.

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
    pub(super) matchers: Vec<Matcher>,
    /// How many answers were for one request each.
    pub(super) expected: usize,
    /// Those that are left.
    pub(super) answers: VecDeque<Answer>,
    pub(super) always: Option<Answer>,
    /// The numbers of the requests that it took.
    pub(super) taken: Vec<usize>,
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
            matchers: query.map(|(name, value)| Matcher::Query { name, value }).collect(),
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
        let pattern: Pattern = text.parse()?;
        let known: Vec<(Pattern, &Endpoint)> = self.endpoints.iter().filter_map(parsed).collect();
        let is_known = |(other, _): &(Pattern, &Endpoint)| pattern.is_same(other) || pattern.is_one_of(other);
        if known.is_empty() || pattern.is_absolute() || known.iter().any(is_known) {
            return Ok(pattern);
        }
        Err(report::unknown_endpoint(&pattern, &known))
    }

    /// Keeps a request, and finds its answer.
    pub(super) fn receive(&mut self, request: &mut ReceivedRequest, has_handler: bool) -> Found {
        request.number = self.received.len();
        self.received.push(request.clone());
        let takes = |row: &Row| row.takes(request, &self.base_path);
        let next = self.routes.iter().position(|row| !row.answers.is_empty() && takes(row));
        let next = next.or_else(|| self.routes.iter().position(|row| row.always.is_some() && takes(row)));
        if let Some(row) = next.map(|index| &mut self.routes[index]) {
            row.taken.push(request.number);
            let answer = row.answers.pop_front().or_else(|| row.always.clone());
            return answer.map_or(Found::Nothing, |answer| Found::Answer(Box::new(answer)));
        }
        if has_handler {
            return Found::Nothing;
        }
        let said = report::unexpected(self, request);
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
    fn takes(&self, request: &ReceivedRequest, base_path: &str) -> bool {
        let path = self.pattern.relative(request.path(), base_path);
        self.pattern.is_method(&request.method)
            && self.pattern.is_origin(request)
            && path.is_some_and(|path| self.pattern.is_path(path))
            && self.matchers.iter().all(|matcher| matcher.takes(request))
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
