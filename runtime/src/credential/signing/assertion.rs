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

#[cfg(test)]
mod tests {
    use base64::Engine as _;
    use base64::engine::general_purpose::URL_SAFE_NO_PAD as BASE64URL;
    use serde_json::Value;

    use super::*;

    #[test]
    fn s15_an_assertion_names_its_key_where_that_has_a_name_and_is_good_for_a_minute() {
        for name in [None, Some("first")] {
            let mut key = PrivateKey::generate().unwrap();
            if let Some(name) = name {
                key = key.key_id(name);
            }
            let assertion = Assertion::new("me", "https://x.example").sign(&key).unwrap();
            let mut parts = assertion.split('.').map(|part| BASE64URL.decode(part).unwrap());
            let mut part = || serde_json::from_slice::<Value>(&parts.next().unwrap()).unwrap();
            let (header, claims) = (part(), part());
            assert_eq!(header.get("kid").and_then(Value::as_str), name);
            assert_eq!(header["alg"], "ES256");
            let life = claims["exp"].as_u64().unwrap() - claims["iat"].as_u64().unwrap();
            assert_eq!(life, 60);
        }
    }
}
