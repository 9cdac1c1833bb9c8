//! The main job, from end to end: an annotated trait becomes a client that fetches its tokens, retries, and
//! re-authorizes when the API rejects one. The trait is in `examples/api.rs`.
//!
//! `cargo run --example todo` needs no account: a token server and a protected Todo API start in this process, on
//! loopback, with tokens that are really signed and really checked. Each step says what it expects of the servers, and
//! the program fails where they saw something else. With `AUTH0_DOMAIN`, `AUTH0_CLIENT_ID`, `AUTH0_CLIENT_SECRET`,
//! `AUTH0_AUDIENCE` and `TODO_BASE_URL` set, it lists the todos of the real thing instead.

mod report;

use std::error::Error;

use http::StatusCode;
use reauth::testing::{Failure, TokenServer};
use reauth::{Auth0, Result};
use reauth_examples::api::{NewTodo, Todo, TodoApi, TodoApiClient};
use reauth_examples::{AUDIENCE, SCOPE, TodoServer};
use tokio::task::JoinSet;

use crate::report::{Report, Seen};

#[tokio::main]
async fn main() -> std::result::Result<(), Box<dyn Error>> {
    if std::env::var_os("AUTH0_DOMAIN").is_some() {
        real_tenant().await
    } else {
        on_loopback().await
    }
}

/// What a program of yours would do; the settings of a whole program are checked together.
async fn real_tenant() -> std::result::Result<(), Box<dyn Error>> {
    let mut missing = Vec::new();
    let mut variable = |name| std::env::var(name).map_err(|_| missing.push(format!("`{name}` is missing")));
    let (base_url, audience) = (variable("TODO_BASE_URL"), variable("AUTH0_AUDIENCE"));
    match (Auth0::from_env(), base_url, audience) {
        (Ok(auth0), Ok(base_url), Ok(_)) => {
            let api = TodoApiClient::new(base_url, auth0)?;
            println!("Todos: {}", api.todos(None).await?.len());
            Ok(())
        }
        (auth0, ..) => {
            let problems: Vec<_> = auth0.err().iter().map(ToString::to_string).chain(missing).collect();
            Err(problems.join("; ").into())
        }
    }
}

/// The same client against servers that can be told to fail.
async fn on_loopback() -> std::result::Result<(), Box<dyn Error>> {
    let tokens = TokenServer::builder().audience(AUDIENCE).grant(SCOPE).start().await?;
    let server = TodoServer::start(tokens.verifier(AUDIENCE).realm("todo").scope(SCOPE)).await?;
    let credential = || Auth0::new(tokens.url(), tokens.client_id(), tokens.client_secret()).audience(AUDIENCE);
    let api = TodoApiClient::new(server.url(), credential())?;
    let mut report = Report::start(&tokens, &server);

    report.step("Three todos are created");
    for description in ["write a trait", "annotate it", "never write a token loop again"] {
        report.counted(api.add(&NewTodo { description }).await)?;
    }
    let expected = Seen {
        sends: 3,
        token_requests: 1,
        rejected: 0,
    };
    report.outcome(expected, "the first call fetched a token, the others used it")?;

    report.step("They are listed");
    let todos = report.counted(api.todos(None).await)?;
    let expected = Seen {
        sends: 1,
        token_requests: 0,
        rejected: 0,
    };
    report.outcome(expected, &format!("Todos: {}", todos.len()))?;

    report.step("100 calls at once, and no token yet (a new credential)");
    let cold = TodoApiClient::new(server.url(), credential())?;
    let calls = hundred_calls(&cold);
    report.all_counted(calls.join_all().await)?;
    let expected = Seen {
        sends: 100,
        token_requests: 1,
        rejected: 0,
    };
    report.outcome(expected, "one fetched the token, all waited for the same one")?;

    report.step("The token server rotates its key while 100 calls are in flight");
    let hold = server.hold();
    let calls = hundred_calls(&api);
    hold.waiting(100).await;
    tokens.rotate_key().await?;
    drop(hold);
    report.all_counted(calls.join_all().await)?;
    let expected = Seen {
        sends: 200,
        token_requests: 1,
        rejected: 100,
    };
    report.outcome(expected, "100 times 401, one refresh, each call sent again at once")?;

    report.step("The API answers 503 twice");
    server.fail_next(2, &Failure::status(StatusCode::SERVICE_UNAVAILABLE));
    report.counted(api.todos(Some(false)).await)?;
    let expected = Seen {
        sends: 3,
        token_requests: 0,
        rejected: 0,
    };
    report.outcome(expected, "sent at 0, 100 and 200 ms, as `constant(100ms,3)` says")?;

    report.step("A todo that does not exist");
    let missing = report.counted(api.todo("no-such-id").await)?;
    let expected = Seen {
        sends: 1,
        token_requests: 0,
        rejected: 0,
    };
    report.outcome(expected, &format!("{missing:?}, for 404 and `Option` mean the same"))?;

    report.step("The token server goes down, the token is still valid");
    tokens.set_down(true);
    for todo in &todos {
        report.counted(api.complete(&todo.id, &todo.completed()).await)?;
    }
    let done = report.counted(api.todos(Some(true)).await)?;
    let expected = Seen {
        sends: 4,
        token_requests: 0,
        rejected: 0,
    };
    report.outcome(expected, &format!("no call fails; {} todos are done", done.len()))?;

    report.step("They are removed");
    for todo in done {
        report.counted(api.remove(&todo.id).await)?;
    }
    let health = report.counted(api.health().await)?;
    let expected = Seen {
        sends: 4,
        token_requests: 0,
        rejected: 0,
    };
    report.outcome(
        expected,
        &format!("Todos: {}; the API says it is {health}", server.todos().len()),
    )?;

    report.finish();
    Ok(())
}

fn hundred_calls(api: &TodoApiClient) -> JoinSet<Result<Vec<Todo>>> {
    let mut calls = JoinSet::new();
    for _ in 0..100 {
        let api = api.clone();
        calls.spawn(async move { api.todos(None).await });
    }
    calls
}
