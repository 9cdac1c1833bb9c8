//! What those share who write their tokens by hand: how one is fetched. Each keeps it in a way of its own.

use std::time::{Duration, Instant};

use serde::{Deserialize, Serialize};

/// The token of those that never fetch one: as long as the server's are. The server takes it, except in a herd.
pub const TOKEN: &str = "fixed.abcdefghijklmnopqrstuvwxyzabcdefghijklmnopqrstuvwxyz";

/// What is asked for a token, as Auth0 has it.
#[derive(Serialize)]
struct Credentials {
    grant_type: &'static str,
    client_id: &'static str,
    client_secret: &'static str,
}

#[derive(Deserialize)]
struct Issued {
    access_token: String,
    expires_in: u64,
}

/// A token, and when it ends.
#[derive(Clone, Debug)]
pub(super) struct Token {
    pub(super) text: String,
    expires_at: Instant,
}

impl Token {
    pub(super) fn is_fresh(&self) -> bool {
        Instant::now() < self.expires_at
    }

    pub(super) async fn fetch(http: &reqwest::Client, url: &str) -> reqwest::Result<Self> {
        let credentials = Credentials {
            grant_type: "client_credentials",
            client_id: "id",
            client_secret: "secret",
        };
        let request = http.post(format!("{url}/oauth/token")).form(&credentials);
        let issued: Issued = request.send().await?.error_for_status()?.json().await?;
        Ok(Self {
            text: issued.access_token,
            expires_at: Instant::now() + Duration::from_secs(issued.expires_in.saturating_sub(30)),
        })
    }
}
