//! A credential of one's own: an API with a login of its own making, and the whole token cache behind twenty lines.
//!
//! `cargo run --example credential`. The login is itself a client made by the macro.

use std::error::Error;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use reauth::http::header::AUTHORIZATION;
use reauth::http::{Request, Response, StatusCode};
use reauth::testing::{Body, LoopbackServer, json};
use reauth::{BoxError, Cached, Result, Token, TokenRequest, TokenSource, api_client, bytes};
use serde::{Deserialize, Serialize};

/// What a login takes.
#[derive(Deserialize, Serialize)]
pub struct Login<'a> {
    /// Who it is.
    pub user: &'a str,
    /// What only they know.
    pub password: &'a str,
}

/// The login of the shop: no OAuth, only a session that ends.
#[api_client]
pub trait Sessions {
    /// A new session.
    #[post("/session", idempotent, retry = "constant(100ms,3)")]
    async fn log_in(&self, #[body] login: &Login<'_>) -> Result<Token>;
}

/// Gets a token by logging in. Caching, waiting for each other, and a new login after a 401 are [`Cached`]'s.
pub struct Shopkeeper {
    sessions: SessionsClient,
    password: String,
}

impl TokenSource for Shopkeeper {
    async fn fetch(&self, _: &TokenRequest) -> std::result::Result<Token, BoxError> {
        let login = Login {
            user: "shopkeeper",
            password: &self.password,
        };
        Ok(self.sessions.log_in(&login).await?)
    }

    fn name(&self) -> String {
        "the shop's login".to_owned()
    }
}

/// The shop, for those who are logged in.
#[api_client(auth = "Cached<Shopkeeper>")]
pub trait Shop {
    /// What is left of a thing.
    #[get("/stock/{thing}")]
    async fn stock(&self, thing: &str) -> Result<u32>;
}

#[tokio::main]
async fn main() -> std::result::Result<(), Box<dyn Error>> {
    let logins = Arc::new(AtomicUsize::new(0));
    let counted = logins.clone();
    let server = LoopbackServer::start(move |request| {
        let logins = counted.clone();
        async move { Ok(answer(&request, &logins)) }
    })
    .await?;

    let shopkeeper = Shopkeeper {
        sessions: SessionsClient::new(server.url())?,
        password: "open sesame".to_owned(),
    };
    let shop = ShopClient::new(server.url(), Cached::new(shopkeeper))?;

    for thing in ["apples", "pears"] {
        println!("{thing}: {}", shop.stock(thing).await?);
    }
    println!("two calls, {} login", logins.load(Ordering::SeqCst));
    assert_eq!(logins.load(Ordering::SeqCst), 1);

    println!(
        "all sessions are ended; apples: {}",
        shop.stock("apples?all-sessions-end").await?
    );
    println!("one call, {} logins", logins.load(Ordering::SeqCst));
    assert_eq!(logins.load(Ordering::SeqCst), 2);
    Ok(())
}

/// Only the newest session is good, and it ends where the path says so.
fn answer(request: &Request<bytes::Bytes>, logins: &AtomicUsize) -> Response<Body> {
    if request.uri().path() == "/session" {
        let session = format!("session-{}", logins.fetch_add(1, Ordering::SeqCst) + 1);
        let token = serde_json::json!({"access_token": session, "token_type": "Bearer", "expires_in": 3600});
        return json(StatusCode::OK, &token);
    }
    let newest = format!("Bearer session-{}", logins.load(Ordering::SeqCst));
    let ends = request.uri().path().ends_with("all-sessions-end") && newest == "Bearer session-1";
    if request
        .headers()
        .get(AUTHORIZATION)
        .is_none_or(|header| *header != *newest)
        || ends
    {
        return json(StatusCode::UNAUTHORIZED, "log in first");
    }
    json(StatusCode::OK, &7)
}
