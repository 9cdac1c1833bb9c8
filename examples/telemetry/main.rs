//! What an engineer on call sees of a call: one that was answered 401 once and 503 twice, as a tree of spans.
//!
//! `cargo run --example telemetry`. The spans go to the console through a small layer of `tracing`, `examples/spans.rs`;
//! a service puts `tracing-opentelemetry` in its place and sends the same spans to its collector.

use std::error::Error;

use reauth::Auth0;
use reauth::http::StatusCode;
use reauth::testing::{Failure, TokenServer};
use reauth_examples::api::{TodoApi, TodoApiClient};
use reauth_examples::{AUDIENCE, SCOPE, Spans, TodoServer};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn Error>> {
    let spans = Spans::default();
    tracing::subscriber::set_global_default(spans.subscriber())?;

    let tokens = TokenServer::builder().audience(AUDIENCE).grant(SCOPE).start().await?;
    let server = TodoServer::start(tokens.verifier(AUDIENCE).realm("todo").scope(SCOPE)).await?;
    let auth0 = Auth0::new(tokens.url(), tokens.client_id(), tokens.client_secret()).audience(AUDIENCE);
    let api = TodoApiClient::new(server.url(), auth0)?;

    println!("The first call fetches a token. Others may wait for the same one: it is a trace of its own (⇢).\n");
    api.todos(None).await?;
    print_all(&spans);

    println!("The API answers 503 twice, and the token server's key has been rotated.\n");
    server.fail_next(2, &Failure::status(StatusCode::SERVICE_UNAVAILABLE));
    tokens.rotate_key().await?;
    api.todos(None).await?;
    let statuses = print_all(&spans);
    assert_eq!(statuses, ["503", "503", "401", "200"]);
    Ok(())
}

/// Prints what has ended, and says how the attempts of the last call did.
fn print_all(spans: &Spans) -> Vec<String> {
    let mut statuses = Vec::new();
    for tree in spans.take() {
        println!("{tree}");
        let attempts = tree
            .spans()
            .filter_map(|attempt| attempt.field("http.response.status_code"));
        statuses = attempts.map(str::to_owned).collect();
    }
    statuses
}
