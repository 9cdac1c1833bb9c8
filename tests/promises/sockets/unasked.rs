//! A server that answers each request twice. The second response is to no request, and on a connection that is kept alive
//! it stands where the answer to the next one will: nobody may take it for that.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use reauth::{Auth0, CallOptions};
use reauth_examples::api::NewTodo;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};

use super::api::{Todos, TodosClient};
use super::truncated::{Framing, PATIENCE, TOKEN, canned, is_whole};

const CALLS: usize = 20;

/// Answers with a todo whose description is the number of the call; `more` follows each answer.
async fn answers(mut stream: TcpStream, more: String) {
    let mut request = Vec::new();
    while matches!(stream.read_buf(&mut request).await, Ok(1..)) {
        if !is_whole(&request) {
            continue;
        }
        let head = String::from_utf8(std::mem::take(&mut request)).unwrap();
        let call = head.lines().find_map(|line| line.strip_prefix("x-call: ")).unwrap();
        // In one piece, so that there is no doubt about when it came.
        let answer = respond(call) + &more;
        if stream.write_all(answer.as_bytes()).await.is_err() {
            return;
        }
    }
}

fn respond(description: &str) -> String {
    let todo = format!(r#"{{"id":"1","description":"{description}","completed":false}}"#);
    Framing::Length.respond(&todo).0
}

/// Calls one after another, and how many connections they took.
async fn connections_for_calls(more: String) -> usize {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let api = format!("http://{}", listener.local_addr().unwrap());
    let accepted = Arc::new(AtomicUsize::new(0));
    tokio::spawn({
        let accepted = Arc::clone(&accepted);
        async move {
            while let Ok((stream, _)) = listener.accept().await {
                accepted.fetch_add(1, Ordering::SeqCst);
                tokio::spawn(answers(stream, more.clone()));
            }
        }
    });
    let tokens = canned(Framing::Length.respond(TOKEN).0).await;
    let auth0 = Auth0::new(tokens, "client id", "canary-secret");
    let client = TodosClient::builder(api, auth0).build().unwrap();
    let client = client.with(CallOptions::new().timeout(PATIENCE).attempt_timeout(PATIENCE));
    for number in 0..u32::try_from(CALLS).unwrap() {
        let todo = if number % 2 == 0 {
            client.get(number, "1").await.unwrap().unwrap()
        } else {
            let description = "Buy milk";
            client.add_once(number, &NewTodo { description }).await.unwrap()
        };
        assert_eq!(todo.description, number.to_string(), "its own answer");
    }
    accepted.load(Ordering::SeqCst)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_response_to_no_request_is_nobodys_answer() {
    // A connection may come back a moment after its answer, when the next call has asked for another one.
    let kept_alive = connections_for_calls(String::new()).await;
    assert!(kept_alive <= CALLS / 2, "{kept_alive} connections");
    let left = connections_for_calls(respond("stray")).await;
    assert!(left >= CALLS, "a connection that says too much is used again: {left}");
}
