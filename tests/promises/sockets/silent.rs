//! A connection that falls silent, behind so many bytes of a request or of a response: of the API's, or of the token
//! server's. An attempt may take far longer here than the call, so that nothing but the deadline ends it.

use reauth::{Auth0, CallOptions};
use reauth_examples::AUDIENCE;
use reauth_examples::api::NewTodo;
use tokio::task::JoinSet;
use tokio::time::{Duration, Instant, timeout};

use super::api::{Todos, TodosClient};
use super::fate::{Direction, Disturbance, Fate, Fault};
use super::proxy::Proxy;
use super::truncated::{HTTP, endpoint, patient};
use super::world::servers;
use crate::all_output::{self, marks};
use crate::clear::unclear;

const LIMIT: Duration = Duration::from_millis(200);
/// A machine that has other things to do is so late at most; a fetch of a token takes longer where nobody ends it.
const GRACE: Duration = Duration::from_secs(5);
const PATIENCE: Duration = Duration::from_secs(60);
/// One byte in this time is as good as none.
const APART: Duration = Duration::from_secs(10);

const AT_ONCE: usize = 32;

/// Every way to be silent, behind each of these bytes.
fn fates(bytes: impl Iterator<Item = usize>) -> Vec<Fate> {
    let mut fates = vec![Fate::Swallowed];
    for behind in bytes {
        for direction in [Direction::Requests, Direction::Responses] {
            for fault in [Fault::Swallowed, Fault::Delayed(PATIENCE), Fault::Dripping(APART)] {
                fates.push(Fate::Disturbed(direction, Disturbance { behind, fault }));
            }
        }
    }
    fates
}

/// One call, where the API or the token server is silent on every connection.
async fn ends_in_time(api: String, auth0: Auth0, sends: usize, case: String) {
    let client = TodosClient::builder(api, auth0)
        .http_client(HTTP.clone())
        .build()
        .unwrap()
        .with(CallOptions::new().timeout(LIMIT).attempt_timeout(PATIENCE));
    let start = Instant::now();
    let answer = timeout(LIMIT + GRACE, client.list(1)).await;
    let took = start.elapsed();
    let error = answer
        .unwrap_or_else(|_| panic!("R23: goes on {GRACE:?} after its time limit: {case}"))
        .unwrap_err();
    assert!(error.is_timeout() && took >= LIMIT, "{case}: {took:?}: {error:?}");
    marks::assert_none_in(&format!("{error} {error:?}"));
    assert_eq!(
        unclear(&error, endpoint("Todos::list"), sends),
        None,
        "{case}: {error:?}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn r23_a_call_ends_in_time_wherever_its_connection_falls_silent() {
    let (tokens, todos) = servers().await;
    let auth0 = |url: &str| {
        let auth0 = Auth0::new(url, tokens.client_id(), tokens.client_secret()).audience(AUDIENCE);
        auth0.transport(HTTP.clone())
    };
    let warm = auth0(tokens.url());
    // With a body, in which a response may fall silent too.
    let description = "Buy milk ".repeat(30);
    let client = patient(todos.url(), warm.clone());
    client
        .add_once(
            0,
            &NewTodo {
                description: &description,
            },
        )
        .await
        .unwrap();

    // No request and no response is shorter: then nothing would be missing.
    let step = if all_output::is_searched() { 100 } else { 10 };
    let mut calls = JoinSet::new();
    for (server, fates) in [
        (todos.url(), fates((0..300).step_by(step))),
        (tokens.url(), fates((0..300).step_by(step))),
    ] {
        let is_api = server == todos.url();
        for fate in fates {
            let case = format!("the {}: {fate:?}", if is_api { "API" } else { "token server" });
            let silent = Proxy::start(server, move || fate.clone());
            let (api, auth0) = if is_api {
                (silent.url(), warm.clone())
            } else {
                (todos.url().to_owned(), auth0(&silent.url()))
            };
            if calls.len() >= AT_ONCE {
                calls.join_next().await.unwrap().unwrap();
            }
            calls.spawn(async move {
                ends_in_time(api, auth0, usize::from(is_api), case).await;
                drop(silent);
            });
        }
    }
    calls.join_all().await;
}
