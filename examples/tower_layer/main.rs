//! The engine without the macro: authorization as a `tower` layer, around a service that is there already. Here it is
//! hyper-util's client; a tonic channel, or a whole stack, goes in its place.
//!
//! `cargo run --example tower_layer`.

use http_body_util::{BodyExt, Full};
use hyper_util::client::legacy::Client;
use hyper_util::rt::TokioExecutor;
use reauth::bytes::Bytes;
use reauth::http::{Request, StatusCode};
use reauth::middleware::{AuthorizationLayer, Cloned};
use reauth::testing::TokenServer;
use reauth::{Auth0, BoxError};
use reauth_examples::api::Todo;
use reauth_examples::{AUDIENCE, SCOPE, TodoServer};
use tower::{ServiceBuilder, ServiceExt};

#[tokio::main]
async fn main() -> Result<(), BoxError> {
    let server = TokenServer::start().await?;
    let api = TodoServer::start(server.verifier(AUDIENCE).scope(SCOPE)).await?;

    let auth0 = Auth0::new(server.url(), server.client_id(), server.client_secret());
    let auth0 = auth0.audience(AUDIENCE).scope(SCOPE);
    let client = ServiceBuilder::new()
        .layer(AuthorizationLayer::new(api.url(), auth0)?.replay(Cloned))
        .service(Client::builder(TokioExecutor::new()).build_http::<Full<Bytes>>());

    let get = || Request::get(format!("{}/todo", api.url())).body(Full::default());
    for _ in 0..2 {
        let response = client.clone().oneshot(get()?).await?;
        let todos: Vec<Todo> = serde_json::from_slice(&response.into_body().collect().await?.to_bytes())?;
        println!("todos: {}", todos.len());
    }
    println!("two requests, {} token request", server.token_requests());
    assert_eq!((api.requests(), server.token_requests()), (2, 1));

    server.rotate_key().await?;
    let body = Full::from(r#"{"description":"sent twice, added once"}"#);
    let post = Request::post(format!("{}/todo", api.url())).header("content-type", "application/json");
    let response = client.clone().oneshot(post.body(body)?).await?;
    println!(
        "the key was rotated; one POST: {} answered 401, then {}",
        api.count(StatusCode::UNAUTHORIZED),
        response.status()
    );
    assert_eq!((response.status(), server.token_requests()), (StatusCode::CREATED, 2));
    assert_eq!(api.todos().len(), 1);

    let elsewhere = Request::get("http://127.0.0.1:1/todo").body(Full::default())?;
    if let Err(error) = client.oneshot(elsewhere).await {
        println!("{error}");
    }
    Ok(())
}
