//! The engine without the macro: authorization in a stack of reqwest-middleware that is there already.
//!
//! `cargo run --example middleware`, with the feature `reqwest-middleware`.

use std::error::Error;

use reauth::http::StatusCode;
use reauth::middleware::AuthorizationMiddleware;
use reauth::reqwest_middleware::ClientBuilder;
use reauth::testing::TokenServer;
use reauth::{Auth0, reqwest};
use reauth_examples::api::Todo;
use reauth_examples::{AUDIENCE, SCOPE, TodoServer};

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let server = TokenServer::start().await?;
    let api = TodoServer::start(server.verifier(AUDIENCE).scope(SCOPE)).await?;

    let auth0 = Auth0::new(server.url(), server.client_id(), server.client_secret());
    let auth0 = auth0.audience(AUDIENCE).scope(SCOPE);
    // Middlewares that retry, log or cache go before it.
    let client = ClientBuilder::new(reqwest::Client::new())
        .with(AuthorizationMiddleware::new(api.url(), auth0)?)
        .build();

    let url = format!("{}/todo", api.url());
    for _ in 0..2 {
        let response = client.get(&url).send().await?.error_for_status()?;
        let todos: Vec<Todo> = serde_json::from_slice(&response.bytes().await?)?;
        println!("todos: {}", todos.len());
    }
    println!("two requests, {} token request", server.token_requests());
    assert_eq!((api.requests(), server.token_requests()), (2, 1));

    server.rotate_key().await?;
    let response = client.get(&url).send().await?;
    println!(
        "the key was rotated; one request: {} answered 401, then {}",
        api.count(StatusCode::UNAUTHORIZED),
        response.status()
    );
    assert_eq!((response.status(), server.token_requests()), (StatusCode::OK, 2));

    if let Err(error) = client.get("http://127.0.0.1:1/todo").send().await {
        println!("{error}");
    }
    Ok(())
}
