//! The whole way, on real sockets and with really signed tokens: the test kit's token server and the protected Todo
//! API of the examples.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use http::StatusCode;
use reauth::testing::{Body, Failure, LoopbackServer, TokenServer};
use reauth::{Auth0, Result, Stopped};
use reauth_examples::api::{NewTodo, Todo, TodoApi, TodoApiClient};
use reauth_examples::{AUDIENCE, SCOPE, TodoServer};
use tokio::task::JoinSet;

struct World {
    tokens: TokenServer,
    server: TodoServer,
    api: TodoApiClient,
}

async fn world() -> World {
    let tokens = TokenServer::builder()
        .audience(AUDIENCE)
        .grant(SCOPE)
        .start()
        .await
        .unwrap();
    let server = TodoServer::start(tokens.verifier(AUDIENCE).realm("todo").scope(SCOPE))
        .await
        .unwrap();
    let auth0 = Auth0::new(tokens.url(), tokens.client_id(), tokens.client_secret()).audience(AUDIENCE);
    let api = TodoApiClient::new(server.url(), auth0).unwrap();
    World { tokens, server, api }
}

fn calls(api: &TodoApiClient, count: usize) -> JoinSet<Result<Vec<Todo>>> {
    let mut calls = JoinSet::new();
    for _ in 0..count {
        let api = api.clone();
        calls.spawn(async move { api.todos(None).await });
    }
    calls
}

#[tokio::test]
async fn a_todo_lives_its_life() {
    let world = world().await;
    let (api, tokens) = (&world.api, &world.tokens);
    let todo = api.add(&NewTodo { description: "test" }).await.unwrap();
    assert_eq!(api.todos(Some(false)).await.unwrap(), std::slice::from_ref(&todo));
    assert_eq!(api.todo(&todo.id).await.unwrap(), Some(todo.clone()));
    api.remove(&todo.id).await.unwrap();
    assert_eq!(api.todo(&todo.id).await.unwrap(), None);
    assert_eq!(&*api.health().await.unwrap(), "ok");
    assert_eq!(tokens.token_requests(), 1);
}

#[tokio::test]
async fn r01_a_hundred_calls_on_sockets_and_a_cold_cache() {
    let world = world().await;
    let (api, tokens, server) = (&world.api, &world.tokens, &world.server);
    for result in calls(api, 100).join_all().await {
        result.unwrap();
    }
    assert_eq!((tokens.token_requests(), server.requests()), (1, 100));
}

#[tokio::test]
async fn r13_a_key_rotates_while_a_hundred_calls_are_in_flight() {
    let world = world().await;
    let (api, tokens, server) = (&world.api, &world.tokens, &world.server);
    api.todos(None).await.unwrap();
    let hold = server.hold();
    let in_flight = calls(api, 100);
    hold.waiting(100).await;
    tokens.rotate_key().await.unwrap();
    drop(hold);
    for result in in_flight.join_all().await {
        result.unwrap();
    }
    assert_eq!(tokens.token_requests(), 2, "one refresh");
    assert_eq!(server.requests(), 201, "each sent at most twice");
    assert_eq!(server.count(StatusCode::UNAUTHORIZED), 100);
}

#[tokio::test]
async fn r16_a_token_without_the_scope_is_not_replaced() {
    let tokens = TokenServer::builder()
        .audience(AUDIENCE)
        .grant("something:else")
        .narrow_scope()
        .start()
        .await
        .unwrap();
    let server = TodoServer::start(tokens.verifier(AUDIENCE).scope(SCOPE)).await.unwrap();
    let auth0 = Auth0::new(tokens.url(), tokens.client_id(), tokens.client_secret()).audience(AUDIENCE);
    let error = TodoApiClient::new(server.url(), auth0)
        .unwrap()
        .todos(None)
        .await
        .unwrap_err();
    assert_eq!(error.status().unwrap(), StatusCode::FORBIDDEN);
    assert!(
        error.headers().unwrap().contains_key("www-authenticate"),
        "what the server said is kept"
    );
    assert_eq!((tokens.token_requests(), server.requests()), (1, 1));
}

#[tokio::test]
async fn r25_an_answer_that_is_lost_leads_to_one_effect() {
    let world = world().await;
    let (api, server) = (&world.api, &world.server);
    server.lose_next(1);
    api.add(&NewTodo { description: "once" }).await.unwrap();
    assert_eq!((server.requests(), server.todos().len()), (2, 1));
    let keys: Vec<_> = server.log().into_iter().map(|seen| seen.idempotency_key).collect();
    assert!(keys[0].is_some() && keys[0] == keys[1]);
}

#[tokio::test]
async fn r19_after_a_fault_clears_calls_succeed_without_a_new_client() {
    let world = world().await;
    let (api, tokens) = (&world.api, &world.tokens);
    tokens.set_down(true);
    let error = api.todos(None).await.unwrap_err();
    assert_eq!(error.stopped(), Some(&Stopped::NoToken));
    tokens.set_down(false);
    api.todos(None).await.unwrap();
}

#[tokio::test]
async fn a_503_is_retried_and_a_400_is_not() {
    let world = world().await;
    let (api, server) = (&world.api, &world.server);
    server.fail_next(2, &Failure::status(StatusCode::SERVICE_UNAVAILABLE));
    api.todos(None).await.unwrap();
    assert_eq!(server.requests(), 3);
    let error = api.add(&NewTodo { description: "" }).await.unwrap_err();
    assert!(error.status().unwrap().is_client_error());
    assert_eq!(server.requests(), 4);
    assert!(
        error.json::<serde_json::Value>().unwrap()["title"].is_string(),
        "{error:?}"
    );
}

/// What is meant for this machine does not go through a proxy of the environment's, which would see the client secret
/// in clear. The environment belongs to a process, so other tests run in a process of its own.
#[tokio::test(flavor = "multi_thread")]
async fn s01_no_proxy_sees_what_is_meant_for_this_machine() {
    let seen = Arc::new(AtomicUsize::new(0));
    let proxy = {
        let seen = seen.clone();
        LoopbackServer::start(move |_| {
            seen.fetch_add(1, Ordering::SeqCst);
            async { Ok(http::Response::new(Body::from("a proxy"))) }
        })
    };
    let proxy = proxy.await.unwrap();
    let mut test = std::process::Command::new(std::env::current_exe().unwrap());
    test.args([
        "--exact",
        "whole_way::a_todo_lives_its_life",
        "composition::a_local_client_beside_a_remote_one",
    ]);
    for variable in ["HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"] {
        test.env(variable, proxy.url());
    }
    test.env_remove("NO_PROXY").env_remove("no_proxy");
    let output = tokio::task::spawn_blocking(move || test.output())
        .await
        .unwrap()
        .unwrap();
    let printed = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success() && printed.contains("2 passed"), "{printed}");
    assert_eq!(seen.load(Ordering::SeqCst), 0);
}
