//! The server: who may come in, what they get, and the switches by which a test breaks it.

use std::io;
use std::sync::Arc;

use bytes::Bytes;
use http::header::{CONTENT_TYPE, HeaderValue, LOCATION};
use http::{Method, Request, Response, StatusCode};
use parking_lot::Mutex;
use reauth::testing::{Body, Disconnect, Failure, Failures, Gate, Hold, LoopbackServer, Reply, Verifier, json};
use serde::Deserialize;

use crate::log::{Log, Seen, idempotency_key};
use crate::model::{NewTodo, Todo};
use crate::problem::Problem;
use crate::store::{KeyReused, Store};

/// A description may have this many characters.
const MAX_DESCRIPTION: usize = 1000;

/// The Todo API on a free port of 127.0.0.1; stops when it is dropped.
///
/// ```
/// use http::StatusCode;
/// use reauth::testing::{Failure, TokenServer};
/// use reauth_examples::{AUDIENCE, SCOPE, TodoServer};
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> std::io::Result<()> {
/// let tokens = TokenServer::start().await?;
/// let server = TodoServer::start(tokens.verifier(AUDIENCE).realm("todo").scope(SCOPE)).await?;
///
/// server.fail_next(2, &Failure::status(StatusCode::SERVICE_UNAVAILABLE));
/// // … call `server.url()` with a client …
/// assert_eq!(server.count(StatusCode::SERVICE_UNAVAILABLE), 0);
/// # Ok(())
/// # }
/// ```
#[derive(Debug)]
pub struct TodoServer {
    api: Arc<Api>,
    server: LoopbackServer,
}

impl TodoServer {
    /// Starts an API without todos, open to those whose token the verifier accepts.
    ///
    /// # Errors
    ///
    /// Where no port can be bound.
    pub async fn start(verifier: Verifier) -> io::Result<Self> {
        let api = Arc::new(Api {
            verifier,
            store: Mutex::default(),
            log: Log::default(),
            gate: Gate::default(),
            failures: Failures::default(),
            to_lose: Mutex::new(0),
        });
        let server = LoopbackServer::start({
            let api = Arc::clone(&api);
            move |request| {
                let api = Arc::clone(&api);
                async move { api.answer(request).await }
            }
        })
        .await?;
        Ok(Self { api, server })
    }

    /// `http://127.0.0.1:PORT`, without a slash at the end.
    #[must_use]
    pub fn url(&self) -> &str {
        self.server.url()
    }

    /// How many requests came in so far.
    #[must_use]
    pub fn requests(&self) -> usize {
        self.api.log.len()
    }

    /// How many requests were answered with this status.
    #[must_use]
    pub fn count(&self, status: StatusCode) -> usize {
        self.api.log.count(status)
    }

    /// Every request so far, in order of arrival.
    #[must_use]
    pub fn log(&self) -> Vec<Seen> {
        self.api.log.lines()
    }

    /// The todos as they are now, seen past the API.
    #[must_use]
    pub fn todos(&self) -> Vec<Todo> {
        self.api.store.lock().list(None)
    }

    /// Every todo that was ever added, as it was then: also one that was removed, and each time if it was twice.
    #[must_use]
    pub fn added(&self) -> Vec<Todo> {
        self.api.store.lock().added()
    }

    /// Holds requests before their token is looked at, until the [`Hold`] is dropped.
    pub fn hold(&self) -> Hold {
        self.api.gate.hold()
    }

    /// Fails the next `count` requests in this way, whatever they ask for and whoever asks; adds to
    /// what was said before.
    pub fn fail_next(&self, count: usize, failure: &Failure) {
        self.api.failures.add(count, failure);
    }

    /// Does what the next `count` requests ask that do not fail, and cuts the connection in place
    /// of an answer: the case that an idempotency key is for.
    pub fn lose_next(&self, count: usize) {
        *self.api.to_lose.lock() += count;
    }
}

#[derive(Debug)]
struct Api {
    verifier: Verifier,
    store: Mutex<Store>,
    log: Log,
    gate: Gate,
    failures: Failures,
    /// How many answers are still to be lost.
    to_lose: Mutex<usize>,
}

impl Api {
    async fn answer(&self, request: Request<Bytes>) -> Reply {
        let line = self.log.arrived(&request);
        self.gate.pass().await;
        if let Some(failure) = self.failures.take() {
            let response = failure.reply().await?;
            self.log.answered(line, response.status());
            return Ok(response);
        }
        let response = self.serve(&request).unwrap_or_else(Problem::into_response);
        if self.is_to_be_lost() {
            return Err(Disconnect);
        }
        self.log.answered(line, response.status());
        Ok(response)
    }

    fn is_to_be_lost(&self) -> bool {
        let mut to_lose = self.to_lose.lock();
        let lost = *to_lose > 0;
        *to_lose -= usize::from(lost);
        lost
    }

    fn serve(&self, request: &Request<Bytes>) -> Result<Response<Body>, Problem> {
        let segments: Vec<_> = request.uri().path().split('/').skip(1).collect();
        match segments[..] {
            ["health"] => health(request.method()),
            ["todo"] => self.serve_todos(request),
            ["todo", id] if !id.is_empty() => self.serve_todo(request, id),
            _ => Err(Problem::not_found("There is nothing at this path")),
        }
    }

    fn serve_todos(&self, request: &Request<Bytes>) -> Result<Response<Body>, Problem> {
        match *request.method() {
            Method::GET => {
                self.verifier.verify(request.headers())?;
                let completed = read_filter(request)?;
                Ok(json(StatusCode::OK, &self.store.lock().list(completed)))
            }
            Method::POST => {
                self.verifier.verify(request.headers())?;
                let new = read_todo(request)?;
                let todo = self
                    .store
                    .lock()
                    .add(new, idempotency_key(request))
                    .map_err(|KeyReused| Problem::unprocessable("This Idempotency-Key was used with another todo"))?;
                Ok(created(&todo))
            }
            _ => Err(Problem::method_not_allowed("GET, POST")),
        }
    }

    fn serve_todo(&self, request: &Request<Bytes>, id: &str) -> Result<Response<Body>, Problem> {
        let missing = || Problem::not_found("There is no todo with this id");
        match *request.method() {
            Method::GET => {
                self.verifier.verify(request.headers())?;
                let store = self.store.lock();
                Ok(json(StatusCode::OK, store.get(id).ok_or_else(missing)?))
            }
            Method::PUT => {
                self.verifier.verify(request.headers())?;
                let new = read_todo(request)?;
                let todo = self.store.lock().replace(id, new).ok_or_else(missing)?;
                Ok(json(StatusCode::OK, &todo))
            }
            Method::DELETE => {
                self.verifier.verify(request.headers())?;
                self.store.lock().remove(id).ok_or_else(missing)?;
                let mut response = Response::new(Body::default());
                *response.status_mut() = StatusCode::NO_CONTENT;
                Ok(response)
            }
            _ => Err(Problem::method_not_allowed("GET, PUT, DELETE")),
        }
    }
}

fn health(method: &Method) -> Result<Response<Body>, Problem> {
    if method != Method::GET {
        return Err(Problem::method_not_allowed("GET"));
    }
    let mut response = Response::new(Body::from("ok"));
    response
        .headers_mut()
        .insert(CONTENT_TYPE, HeaderValue::from_static("text/plain"));
    Ok(response)
}

fn created(todo: &Todo) -> Response<Body> {
    let mut response = json(StatusCode::CREATED, todo);
    let location = HeaderValue::try_from(format!("/todo/{}", todo.id)).expect("an id is made of digits");
    response.headers_mut().insert(LOCATION, location);
    response
}

fn read_filter(request: &Request<Bytes>) -> Result<Option<bool>, Problem> {
    #[derive(Deserialize)]
    struct Filter {
        completed: Option<bool>,
    }
    serde_html_form::from_str(request.uri().query().unwrap_or_default())
        .map(|Filter { completed }| completed)
        .map_err(|_| Problem::bad_request("`completed` must be `true` or `false`"))
}

fn read_todo(request: &Request<Bytes>) -> Result<NewTodo, Problem> {
    let content_type = request
        .headers()
        .get(CONTENT_TYPE)
        .and_then(|value| value.to_str().ok());
    let media_type = content_type
        .and_then(|value| value.split(';').next())
        .unwrap_or_default();
    if !media_type.trim().eq_ignore_ascii_case("application/json") {
        return Err(Problem::new(
            StatusCode::UNSUPPORTED_MEDIA_TYPE,
            "The body must be JSON",
        ));
    }
    let todo: NewTodo = serde_json::from_slice(request.body()).map_err(|error| {
        if error.is_data() {
            Problem::unprocessable(error.to_string())
        } else {
            Problem::bad_request(error.to_string())
        }
    })?;
    match todo.description.chars().count() {
        0 => Err(Problem::unprocessable("`description` must not be empty")),
        1..=MAX_DESCRIPTION => Ok(todo),
        _ => Err(Problem::unprocessable(format!(
            "`description` is longer than {MAX_DESCRIPTION} characters"
        ))),
    }
}

#[cfg(test)]
mod tests;
