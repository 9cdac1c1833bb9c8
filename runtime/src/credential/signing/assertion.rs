//! A client assertion: what a client signs to prove to a token server who it is (RFC 7523, section 3).

use std::time::{SystemTime, UNIX_EPOCH};

use serde::Serialize;
use uuid::Uuid;
use zeroize::Zeroizing;

use super::{PrivateKey, compact};

/// S15: a request takes less, and a copy of it is worth nothing soon after.
const LIFE_IN_SECONDS: u64 = 60;

/// The claims, for one request.
#[derive(Serialize)]
pub(in crate::credential) struct Assertion<'a> {
    iss: &'a str,
    sub: &'a str,
    /// One server and no list: whoever gets it cannot use it elsewhere (RFC 7523bis).
    aud: &'a str,
    iat: u64,
    exp: u64,
    /// S15: the server takes each of them once, so each attempt has its own.
    jti: String,
}

#[derive(Serialize)]
struct Header<'a> {
    alg: &'a str,
    typ: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    kid: Option<&'a str>,
}

impl<'a> Assertion<'a> {
    pub(in crate::credential) fn new(client_id: &'a str, audience: &'a str) -> Self {
        let now = SystemTime::now()
            .duration_since(UNIX_EPOCH)
            .unwrap_or_default()
            .as_secs();
        Self {
            iss: client_id,
            sub: client_id,
            aud: audience,
            iat: now,
            exp: now + LIFE_IN_SECONDS,
            jti: Uuid::new_v4().to_string(),
        }
    }

    pub(in crate::credential) fn sign(&self, key: &PrivateKey) -> Option<Zeroizing<String>> {
        let header = Header {
            alg: key.algorithm(),
            typ: "JWT",
            kid: key.id(),
        };
        compact(&header, self, |message| key.sign(message))
    }
}
