//! A response that ends behind every one of its bytes, in each way in which HTTP/1.1 says where a body ends.
//!
//! Where the head says how long the body is, or the body says where it ends, no beginning of a response is a success.
//! Where the connection's end is the body's (RFC 9112, section 6.3), a FIN is no fault that anybody could know: what keeps
//! a beginning from being a success is that it is no JSON. A RST is a fault also there.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, LazyLock};

use http::StatusCode;
use reauth::{Auth0, CallOptions, Outcome, Stopped};
use reauth_examples::AUDIENCE;
use reauth_examples::api::{NewTodo, Todo};
use reqwest::redirect::Policy;
use reqwest::retry::never;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpListener;
use tokio::task::JoinSet;
use tokio::time::Duration;

use super::api::{Todos, TodosClient};
use super::fate::{Direction, Disturbance, Fate, Fault};
use super::proxy::Proxy;
use super::world::servers;
use crate::all_output::{self, marks};
use crate::clear::unclear;

/// Nothing is slow here but the machine.
pub(super) const PATIENCE: Duration = Duration::from_secs(30);
const TODO: &str = r#"{"id":"1","description":"Buy milk","completed":false}"#;
pub(super) const TOKEN: &str = r#"{"access_token":"canary-token","token_type":"Bearer","expires_in":86400}"#;

/// How a head says where its body ends.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Framing {
    Length,
    Chunked,
    Close,
}

const FRAMINGS: [Framing; 3] = [Framing::Length, Framing::Chunked, Framing::Close];

impl Framing {
    /// The response with this body, and the length of its head.
    pub(super) fn respond(self, body: &str) -> (String, usize) {
        let (halved, rest) = body.split_at(body.len() / 2);
        let (field, content) = match self {
            Self::Length => (format!("content-length: {}\r\n", body.len()), body.to_owned()),
            Self::Chunked => (
                "transfer-encoding: chunked\r\n".to_owned(),
                format!(
                    "{:x}\r\n{halved}\r\n{:x}\r\n{rest}\r\n0\r\n\r\n",
                    halved.len(),
                    rest.len()
                ),
            ),
            Self::Close => ("connection: close\r\n".to_owned(), body.to_owned()),
        };
        let head = format!("HTTP/1.1 200 OK\r\ncontent-type: application/json\r\n{field}\r\n");
        (format!("{head}{content}"), head.len())
    }
}

/// Answers each connection's first request with this, and closes it.
pub(super) async fn canned(response: String) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(async move {
        loop {
            let (mut stream, _) = listener.accept().await.unwrap();
            let response = response.clone();
            tokio::spawn(async move {
                let mut request = Vec::new();
                while !is_whole(&request) {
                    if !matches!(stream.read_buf(&mut request).await, Ok(1..)) {
                        return;
                    }
                }
                let _ = stream.write_all(response.as_bytes()).await;
                let _ = stream.shutdown().await;
                while matches!(stream.read_buf(&mut request).await, Ok(1..)) {}
            });
        }
    });
    url
}

/// Whether this is a request with all of its body.
pub(super) fn is_whole(request: &[u8]) -> bool {
    let text = String::from_utf8_lossy(request);
    let Some((head, body)) = text.split_once("\r\n\r\n") else {
        return false;
    };
    let head = head.to_ascii_lowercase();
    let length = head.lines().find_map(|line| line.strip_prefix("content-length: "));
    body.len() >= length.map_or(0, |length| length.parse().unwrap())
}

/// Ends the first connection behind so many bytes of its response; those after it pass.
fn cut_first(server: &str, behind: usize, fault: Fault) -> Proxy {
    let mut first = Some(Fate::Disturbed(Direction::Responses, Disturbance { behind, fault }));
    Proxy::start(server, move || first.take().unwrap_or(Fate::Passes))
}

fn client(tokens: &str, api: &str) -> TodosClient {
    let auth0 = Auth0::new(tokens, "client id", "canary-secret").audience(AUDIENCE);
    patient(api, auth0.transport(HTTP.clone()))
}

pub(super) fn patient(api: &str, auth0: Auth0) -> TodosClient {
    let client = TodosClient::builder(api, auth0)
        .http_client(HTTP.clone())
        .build()
        .unwrap();
    client.with(CallOptions::new().timeout(PATIENCE).attempt_timeout(PATIENCE))
}

/// To make one takes longer than a hundred calls, and each case here has a client of its own. Without a pool: its
/// connections would be of the runtime of whichever test was first.
pub(super) static HTTP: LazyLock<reqwest::Client> = LazyLock::new(|| {
    let http = reqwest::Client::builder().no_proxy().redirect(Policy::none());
    http.retry(never()).pool_max_idle_per_host(0).build().unwrap()
});

/// Some at a time, as each waits for something. Where all that is logged is searched, every eleventh.
async fn for_each<F>(lengths: impl Iterator<Item = usize>, test: impl Fn(usize) -> F)
where
    F: Future<Output = ()> + Send + 'static,
{
    let step = if all_output::is_searched() { 11 } else { 1 };
    let mut running = JoinSet::new();
    for length in lengths.step_by(step) {
        if running.len() >= 16 {
            running.join_next().await.unwrap().unwrap();
        }
        running.spawn(test(length));
    }
    running.join_all().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_response_of_the_api_that_is_cut_is_never_a_success() {
    let expected: Todo = serde_json::from_str(TODO).unwrap();
    let tokens = canned(Framing::Length.respond(TOKEN).0).await;
    for framing in FRAMINGS {
        let (response, head) = framing.respond(TODO);
        let whole = response.len();
        let api = canned(response).await;
        for fault in [Fault::Ended, Fault::Reset] {
            // One client for all: a call that failed leaves nothing behind.
            let ends = Arc::new(parking_lot::Mutex::new(0));
            let proxy = Proxy::start(&api, {
                let (ends, fault) = (ends.clone(), fault.clone());
                move || {
                    let (behind, fault) = (*ends.lock(), fault.clone());
                    Fate::Disturbed(Direction::Responses, Disturbance { behind, fault })
                }
            });
            let client = client(&tokens, &proxy.url());
            let step = if all_output::is_searched() { 11 } else { 1 };
            for behind in (0..=whole).step_by(step) {
                *ends.lock() = behind;
                let case = format!("{framing:?} {fault:?} behind {behind} of {whole}");
                // A request that is not sent again: what comes of one response.
                let answer = client
                    .add_once(
                        1,
                        &NewTodo {
                            description: "Buy milk",
                        },
                    )
                    .await;
                match answer {
                    Ok(todo) => {
                        assert_eq!(todo, expected, "{case}");
                        assert_eq!(behind, whole, "{case}");
                    }
                    Err(error) => {
                        let may_fail = behind < whole || matches!(fault, Fault::Reset);
                        assert!(may_fail, "{case}: {error:?}");
                        assert_eq!(
                            unclear(&error, endpoint("Todos::add_once"), 1),
                            None,
                            "{case}: {error:?}"
                        );
                        marks::assert_none_in(&format!("{error} {error:?}"));
                        let has_head = matches!(error.attempts()[0].outcome(), Outcome::Status(_));
                        assert!(!has_head || behind >= head, "{case}: half a head: {error:?}");
                    }
                }
            }
        }
    }
}

pub(super) fn endpoint(name: &str) -> &'static reauth::Endpoint {
    TodosClient::ENDPOINTS
        .iter()
        .find(|endpoint| endpoint.name() == name)
        .unwrap()
}

/// Nothing is to be read, so a body that is cut is no reason to say that there was no success; where there may be
/// nothing, half of something is not nothing.
#[tokio::test(flavor = "multi_thread")]
async fn a_body_that_is_cut_is_not_taken_for_none() {
    let tokens = canned(Framing::Length.respond(TOKEN).0).await;
    for framing in [Framing::Length, Framing::Chunked] {
        let (response, head) = framing.respond(TODO);
        let whole = response.len();
        let api = canned(response).await;
        for behind in [head, head + 1, whole - 1] {
            let proxy = cut_first(&api, behind, Fault::Ended);
            let client = client(&tokens, &proxy.url());
            let error = client.get(1, "1").await.unwrap_err();
            assert!(error.body_error().is_some(), "{framing:?} {behind}: {error:?}");
            let proxy = cut_first(&api, behind, Fault::Ended);
            let client = self::client(&tokens, &proxy.url());
            client.remove(1, "1").await.unwrap();
        }
    }
}

/// The token server's attempt ends with its body, so one that is cut is made again; a beginning of a token is never sent.
#[tokio::test(flavor = "multi_thread")]
async fn a_token_response_that_is_cut_is_asked_for_again() {
    let api = canned(Framing::Length.respond(TODO).0).await;
    for framing in FRAMINGS {
        let (response, head) = framing.respond(TOKEN);
        let whole = response.len();
        let tokens = canned(response).await;
        for_each(0..=whole, |behind| {
            let proxies = [
                cut_first(&tokens, behind, Fault::Ended),
                Proxy::start(&api, || Fate::Passes),
            ];
            async move {
                let [to_tokens, to_api] = proxies;
                let client = client(&to_tokens.url(), &to_api.url());
                let answer = client.get(1, "1").await;
                let case = format!("{framing:?} behind {behind} of {whole}");
                // What nobody can know to be a beginning is a response that makes no sense, which no repetition mends.
                let is_known = framing != Framing::Close || behind < head;
                if is_known || behind == whole {
                    answer.unwrap_or_else(|error| panic!("{case}: {error:?}"));
                    assert_eq!(to_tokens.connections(), if behind == whole { 1 } else { 2 }, "{case}");
                    assert!(to_api.heard("Bearer canary-token\r\n"), "{case}");
                } else {
                    let error = answer.unwrap_err();
                    assert_eq!(error.stopped(), Some(&Stopped::NoToken), "{case}");
                    assert_eq!(unclear(&error, endpoint("Todos::get"), 0), None, "{case}: {error:?}");
                    marks::assert_none_in(&format!("{error} {error:?}"));
                    assert_eq!(to_api.connections(), 0, "{case}");
                }
            }
        })
        .await;
    }
}

/// What the real ones say: the first response is cut behind each byte, and the call succeeds all the same, once.
#[tokio::test(flavor = "multi_thread")]
async fn r25_an_answer_of_the_todo_api_that_is_cut_anywhere_leads_to_one_effect() {
    let (tokens, server) = servers().await;
    let auth0 = Auth0::new(tokens.url(), tokens.client_id(), tokens.client_secret()).audience(AUDIENCE);
    let mut behind = 0;
    loop {
        let proxy = cut_first(server.url(), behind, Fault::Ended);
        let client = patient(&proxy.url(), auth0.clone());
        let description = format!("cut behind {behind:04}");
        let new = NewTodo {
            description: &description,
        };
        let answer = client.add(1, &new).await;
        let added = server.added();
        assert_eq!(
            added.iter().filter(|todo| todo.description == description).count(),
            1,
            "{description}"
        );
        match answer {
            // Nothing was missing.
            Ok(_) if proxy.connections() == 1 => break assert!(behind > 150, "{behind}"),
            Ok(todo) => assert_eq!(todo.description, description),
            // The head said that it was a success, so it is not asked for again.
            Err(error) => assert!(error.body_error().is_some(), "{description}: {error:?}"),
        }
        behind += 1;
    }
}

/// The same of the real token server: a beginning of its token opens nothing, and is never tried.
#[tokio::test(flavor = "multi_thread")]
async fn a_real_token_that_is_cut_anywhere_is_asked_for_again() {
    let (tokens, todos) = servers().await;
    // Where nothing was missing any more.
    let whole = Arc::new(AtomicUsize::new(usize::MAX));
    let lengths = (0..).take_while(|behind| *behind < whole.load(Ordering::SeqCst));
    for_each(lengths, |behind| {
        let to_tokens = cut_first(tokens.url(), behind, Fault::Ended);
        let auth0 = Auth0::new(to_tokens.url(), tokens.client_id(), tokens.client_secret()).audience(AUDIENCE);
        let client = patient(todos.url(), auth0.transport(HTTP.clone()));
        let whole = Arc::clone(&whole);
        async move {
            let answer = client.list(1).await;
            answer.unwrap_or_else(|error| panic!("behind {behind}: {error:?}"));
            match to_tokens.connections() {
                1 => drop(whole.fetch_min(behind, Ordering::SeqCst)),
                count => assert_eq!(count, 2, "behind {behind}"),
            }
        }
    })
    .await;
    assert!((500..5000).contains(&whole.load(Ordering::SeqCst)), "{whole:?}");
    assert_eq!(todos.count(StatusCode::UNAUTHORIZED), 0);
}
