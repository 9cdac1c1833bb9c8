//! The engine without the macro: the token cache by itself, beside a client that is there already. Here it is reqwest.
//!
//! `cargo run --example engine`.

use std::error::Error;

use reauth::http::StatusCode;
use reauth::http::header::AUTHORIZATION;
use reauth::testing::TokenServer;
use reauth::{Auth0, TokenCredential, Tokens, reqwest};
use reauth_examples::api::Todo;
use reauth_examples::{AUDIENCE, SCOPE, TodoServer};

/// Every todo. A request whose token the API rejects is sent once more, with a newer one.
async fn todos(http: &reqwest::Client, tokens: &Tokens, url: &str) -> Result<Vec<Todo>, Box<dyn Error + Send + Sync>> {
    let mut was_rejected = false;
    loop {
        let token = tokens.token().await?;
        let request = http.get(url).header(AUTHORIZATION, token.header());
        let response = request.send().await?;
        if response.status() == StatusCode::UNAUTHORIZED && tokens.rejected(&token).is_replaced() && !was_rejected {
            was_rejected = true;
            continue;
        }
        let response = response.error_for_status()?;
        tokens.accepted(&token);
        return Ok(serde_json::from_slice(&response.bytes().await?)?);
    }
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error + Send + Sync>> {
    let server = TokenServer::start().await?;
    let api = TodoServer::start(server.verifier(AUDIENCE).scope(SCOPE)).await?;
    let url = format!("{}/todo", api.url());

    let auth0 = Auth0::new(server.url(), server.client_id(), server.client_secret());
    let tokens = auth0.audience(AUDIENCE).scope(SCOPE).tokens()?;
    let http = reqwest::Client::new();

    println!("todos: {}", todos(&http, &tokens, &url).await?.len());
    println!("todos: {}", todos(&http, &tokens, &url).await?.len());
    println!("two requests, {} token request", server.token_requests());
    assert_eq!((api.requests(), server.token_requests()), (2, 1));

    server.rotate_key().await?;
    let calls = (0..20).map(|_| {
        let (http, tokens, url) = (http.clone(), tokens.clone(), url.clone());
        tokio::spawn(async move { todos(&http, &tokens, &url).await })
    });
    for call in calls.collect::<Vec<_>>() {
        call.await??;
    }
    println!(
        "the key was rotated; 20 requests at once: {} answered 401, {} refresh",
        api.count(StatusCode::UNAUTHORIZED),
        server.token_requests() - 1
    );
    assert_eq!(server.token_requests(), 2);
    Ok(())
}
