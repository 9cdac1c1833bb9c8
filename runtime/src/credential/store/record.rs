//! What is inside a value, before it is sealed: a token, or why there is none.

use std::time::{Duration, SystemTime};

use http::StatusCode;
use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

use super::last::Standing;
use crate::credential::Token;
use crate::credential::cache::{Begun, Moment};
use crate::error::TokenError;

/// Beside the header itself.
const ROOM: usize = 512;

/// A token, as one process leaves it for the others.
#[derive(Serialize, Deserialize)]
pub(super) struct Record {
    /// `Bearer …`, or `DPoP …`.
    header: Zeroizing<String>,
    pub(super) life: Duration,
    /// Before the token request, by the clock of who made it.
    asked: SystemTime,
    exhausted_for: Option<Duration>,
    pub(super) standing: Standing,
}

impl Record {
    /// Of a token of ours.
    pub(super) fn of(token: &Token, standing: Standing) -> Option<Self> {
        Some(Self {
            header: Zeroizing::new(token.header.to_str().ok()?.to_owned()),
            life: token.life,
            asked: token.asked?.wall(),
            exhausted_for: token.exhausted_for,
            standing,
        })
    }

    pub(super) fn write(&self) -> Option<Zeroizing<Vec<u8>>> {
        // A buffer that grows would leave copies behind.
        let mut text = Zeroizing::new(Vec::with_capacity(self.header.len() + ROOM));
        serde_json::to_writer(&mut *text, self).ok()?;
        Some(text)
    }

    pub(super) fn read(text: &[u8]) -> Option<Self> {
        serde_json::from_slice(text).ok()
    }

    /// The token, if it is one; `seen` before the store was asked, which will keep it for so long. It is as old as the
    /// clock says that counted more: the store's, or ours beside that of the process that asked for it.
    pub(super) fn token(&self, seen: Moment, expires_in: Duration) -> Option<Token> {
        let by_store = self.life.saturating_sub(expires_in);
        let by_wall = seen.wall.duration_since(self.asked).unwrap_or_default();
        let age = by_store.max(by_wall);
        let exhausted_for = self.exhausted_for.map(|exhausted| exhausted.saturating_sub(age));
        Token::shared(
            &self.header,
            self.life,
            Begun::before(seen, age),
            exhausted_for.filter(|exhausted| !exhausted.is_zero()),
        )
    }
}

/// The token server asked to be left alone: for as long as the lease says that this is noted on, and not beyond its own end.
#[derive(Serialize, Deserialize)]
pub(super) struct Pause {
    status: u16,
    description: String,
    /// By the clock of who was asked.
    until: SystemTime,
}

impl Pause {
    pub(super) fn of(error: &TokenError, until: Moment) -> Option<Vec<u8>> {
        let TokenError::RateLimited {
            status, description, ..
        } = error
        else {
            return None;
        };
        let pause = Self {
            status: status.as_u16(),
            description: description.clone(),
            until: until.wall,
        };
        serde_json::to_vec(&pause).ok()
    }

    pub(super) fn read(text: &[u8]) -> Option<Self> {
        serde_json::from_slice(text).ok()
    }

    /// How long it is yet, by our clock; `None` where it is over, whatever lease it is noted on.
    pub(super) fn left(&self, now: Moment) -> Option<Duration> {
        self.until.duration_since(now.wall).ok()
    }

    pub(super) fn into_error(self, server: &str, retry_at: SystemTime) -> TokenError {
        TokenError::RateLimited {
            server: server.to_owned(),
            status: StatusCode::from_u16(self.status).unwrap_or(StatusCode::TOO_MANY_REQUESTS),
            retry_at,
            description: self.description,
        }
    }
}
