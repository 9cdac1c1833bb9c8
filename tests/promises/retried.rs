//! The table *What is retried* of the docs is what the loop does: every cell of it is tried.

use std::future::{pending, poll_fn};
use std::pin::Pin;
use std::sync::Arc;

use futures_util::stream;
use http_body::Body as _;
use parking_lot::Mutex;
use reauth::{Basic, BoxError, ByteStream, Result, api_client};
use tokio::time::{Duration, Instant};

use crate::api::Item;
use crate::fake::{broken, credential, refused, respond, streamed, token_server};

const DOCS: &str = include_str!("../../runtime/src/api_client.md");
const HEADING: &str = "| an attempt ends with | idempotent | not idempotent | a stream | after |";

/// A trait with every kind of method, under the policy that the docs name; the time limits leave room for it.
macro_rules! endpoints {
    ($api:ident, $($key:tt)*) => {
        #[api_client($($key)*, retry = "constant(100ms,3)", attempt_timeout = "1s", timeout = "1h")]
        trait $api {
            #[get("/")]
            async fn get(&self) -> Result<Item>;

            #[put("/")]
            async fn put(&self, #[body] item: &Item) -> Result<Item>;

            #[patch("/", idempotent)]
            async fn patch_idempotently(&self, #[body] item: &Item) -> Result<Item>;

            #[post("/", idempotency_key)]
            async fn post_with_key(&self, #[body] item: &Item) -> Result<Item>;

            #[patch("/")]
            async fn patch(&self, #[body] item: &Item) -> Result<Item>;

            #[post("/")]
            async fn post(&self, #[body] item: &Item) -> Result<Item>;

            #[request("PURGE", "/")]
            async fn purge(&self) -> Result<Item>;

            #[put("/")]
            async fn put_stream(&self, #[body] content: ByteStream) -> Result<Item>;

            #[post("/")]
            async fn post_stream(&self, #[body] content: ByteStream) -> Result<Item>;

            #[post("/", idempotency_key)]
            async fn post_stream_with_key(&self, #[body] content: ByteStream) -> Result<Item>;
        }
    };
}

endpoints!(Renewed, auth = "auth0", audience = "https://api.example.com");
endpoints!(Fixed, auth = "basic");
endpoints!(Named, auth = "none", retry_on = "transient, 404");

/// A line of the table.
#[derive(Debug)]
struct Row {
    failure: &'static str,
    idempotent: &'static str,
    not_idempotent: &'static str,
    stream: &'static str,
    after: &'static str,
}

fn rows() -> Vec<Row> {
    let (_, table) = DOCS.split_once(HEADING).expect("the table");
    let lines = table.lines().skip(2).take_while(|line| line.starts_with('|'));
    let cells = |line: &'static str| line.trim_matches('|').split('|').map(str::trim).collect::<Vec<_>>();
    let row = |cells: Vec<&'static str>| match cells[..] {
        [failure, idempotent, not_idempotent, stream, after] => Row {
            failure,
            idempotent,
            not_idempotent,
            stream,
            after,
        },
        _ => panic!("five cells: {cells:?}"),
    };
    lines.map(cells).map(row).collect()
}

/// What an attempt ends with, in the table's words.
#[derive(Clone, Copy, Debug)]
enum Failure {
    NoConnection,
    RefusedStream,
    BrokenConnection,
    NoHead,
    Status(u16, Option<(&'static str, &'static str)>),
    BrokenBody,
    OtherBody,
}

impl Failure {
    /// Each of those that a row is about.
    fn all_of(failure: &'static str) -> Vec<Self> {
        let one = match failure {
            "no connection" => Self::NoConnection,
            "HTTP/2's `REFUSED_STREAM`" => Self::RefusedStream,
            "a broken connection" => Self::BrokenConnection,
            "no response head within `attempt_timeout`" => Self::NoHead,
            "a success whose body breaks off" => Self::BrokenBody,
            "a success whose body cannot be decoded" => Self::OtherBody,
            "302 to another origin" => Self::Status(302, Some(("Location", "https://elsewhere.example.com"))),
            statuses => return Self::statuses(statuses),
        };
        vec![one]
    }

    /// As "429, 503", perhaps with a header behind it.
    fn statuses(text: &'static str) -> Vec<Self> {
        let header = text.split_once("with `").map(|(_, header)| {
            let header = header.trim_end_matches('`');
            header.split_once(": ").unwrap_or_else(|| panic!("a header: {text}"))
        });
        let end = text.find(|letter: char| letter.is_alphabetic()).unwrap_or(text.len());
        let statuses = text[..end]
            .split(',')
            .map(str::trim)
            .filter(|status| !status.is_empty());
        let status = |status: &str| {
            status
                .parse()
                .unwrap_or_else(|_| panic!("a failure that the test knows: {text}"))
        };
        statuses.map(|text| Self::Status(status(text), header)).collect()
    }

    /// How the API behaves to every request.
    async fn happens(self, request: reqwest::Request) -> Result<reqwest::Response, BoxError> {
        if matches!(self, Self::NoConnection) {
            return Err(refused());
        }
        if let Some(body) = { request }.body_mut().as_mut().filter(|body| body.as_bytes().is_none()) {
            poll_fn(|context| Pin::new(&mut *body).poll_frame(context))
                .await
                .unwrap()?;
        }
        match self {
            Self::NoConnection | Self::BrokenConnection => Err("connection reset".into()),
            Self::RefusedStream => Err(h2::Error::from(h2::Reason::REFUSED_STREAM).into()),
            Self::NoHead => pending().await,
            Self::Status(status, header) => Ok(respond(status, header.as_slice(), "")),
            Self::BrokenBody => Ok(streamed(broken())),
            Self::OtherBody => Ok(respond(200, &[], "<html>")),
        }
    }
}

fn pieces() -> ByteStream {
    ByteStream::new(stream::iter(["a", "b"].map(Ok::<_, std::io::Error>)))
}

/// Calls each method of such a trait against an API at which each request ends so; gives what the table calls the kind,
/// the method's name, and the waits before the second request and those after it.
macro_rules! try_all {
    ($client:ident, $failure:expr, [$($credential:expr)?]) => {{
        let failure = $failure;
        let sent = Arc::new(Mutex::new(Vec::new()));
        let log = sent.clone();
        let api = tower::service_fn(move |request: reqwest::Request| {
            log.lock().push(Instant::now());
            failure.happens(request)
        });
        let mut tried = Vec::new();
        macro_rules! call {
            ($kind:literal, $method:ident $arguments:tt) => {
                // One for each, as they share a budget, and a token that is found to be bad.
                let client = $client::builder("https://api.example.com" $(, $credential)?).transport(api.clone());
                let error = client.build().unwrap().$method $arguments.await.unwrap_err();
                let times = std::mem::take(&mut *sent.lock());
                assert_eq!(error.attempts().len(), times.len(), "{error:?}");
                let waits = error.attempts()[1..].iter().map(|attempt| attempt.waited()).collect();
                tried.push(($kind, stringify!($method), waits));
            };
        }
        let item = &Item { id: 1 };
        call!("idempotent", get());
        call!("idempotent", put(item));
        call!("idempotent", patch_idempotently(item));
        call!("idempotent", post_with_key(item));
        call!("not idempotent", patch(item));
        call!("not idempotent", post(item));
        call!("not idempotent", purge());
        call!("a stream", put_stream(pieces()));
        call!("a stream", post_stream(pieces()));
        call!("a stream", post_stream_with_key(pieces()));
        tried
    }};
}

type Tried = Vec<(&'static str, &'static str, Vec<Duration>)>;

async fn try_all(row: &Row, failure: Failure) -> Tried {
    if row.failure.ends_with("where `retry_on` names it") {
        try_all!(NamedClient, failure, [])
    } else if row.failure.ends_with("to a key or a password") {
        try_all!(FixedClient, failure, [Basic::new("ada", "canary-password")])
    } else {
        try_all!(RenewedClient, failure, [credential(&token_server())])
    }
}

fn wait(cell: &str) -> Duration {
    let (number, unit) = cell.split_once(' ').unwrap_or_else(|| panic!("a wait: {cell:?}"));
    let number = number.parse().expect("a number");
    match unit {
        "ms" => Duration::from_millis(number),
        "s" => Duration::from_secs(number),
        other => panic!("the unit {other}"),
    }
}

#[tokio::test(start_paused = true)]
async fn r21_r22_r25_r26_what_is_retried_is_what_the_docs_say() {
    let rows = rows();
    assert!(rows.len() > 20, "{} rows", rows.len());
    for row in &rows {
        let failures = Failure::all_of(row.failure);
        assert!(!failures.is_empty(), "{row:?}");
        for failure in failures {
            for (kind, method, waits) in try_all(row, failure).await {
                let cell = match kind {
                    "idempotent" => row.idempotent,
                    "not idempotent" => row.not_idempotent,
                    _ => row.stream,
                };
                let expected = match cell {
                    "again" => vec![wait(row.after); 3],
                    "once" => vec![wait(row.after)],
                    "never" => vec![],
                    other => panic!("{other:?} in {row:?}"),
                };
                assert_eq!(waits, expected, "`{method}`, {failure:?}: {row:?}");
            }
        }
    }
}
