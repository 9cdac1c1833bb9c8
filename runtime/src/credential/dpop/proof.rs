//! One proof: a signed statement about one request (RFC 9449, section 4.2).

use std::time::{SystemTime, UNIX_EPOCH};

use aws_lc_rs::digest::{SHA256, digest};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD as BASE64URL;
use http::Method;
use reqwest::Url;
use serde::Serialize;
use serde_json::Value;
use uuid::Uuid;
use zeroize::Zeroizing;

use crate::credential::signing::{PrivateKey, compact};

/// The claims.
#[derive(Serialize)]
pub(super) struct Proof<'a> {
    jti: String,
    htm: &'a str,
    /// Without query and fragment.
    htu: String,
    iat: u64,
    /// The SHA-256 of the access token.
    #[serde(skip_serializing_if = "Option::is_none")]
    ath: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    nonce: Option<&'a str>,
}

#[derive(Serialize)]
struct Header {
    typ: &'static str,
    alg: &'static str,
    /// The public half of the key.
    jwk: Value,
}

impl<'a> Proof<'a> {
    pub(super) fn new(method: &'a Method, url: &Url, access_token: Option<&[u8]>, nonce: Option<&'a str>) -> Self {
        let mut target = url.clone();
        target.set_query(None);
        target.set_fragment(None);
        Self {
            jti: Uuid::new_v4().to_string(),
            htm: method.as_str(),
            htu: target.into(),
            iat: SystemTime::now()
                .duration_since(UNIX_EPOCH)
                .unwrap_or_default()
                .as_secs(),
            ath: access_token.map(|token| BASE64URL.encode(digest(&SHA256, token))),
            nonce,
        }
    }

    pub(super) fn sign(&self, key: &PrivateKey) -> Option<Zeroizing<String>> {
        let mut jwk = key.public_jwk();
        if let Value::Object(members) = &mut jwk {
            members.remove("kid");
        }
        let header = Header {
            typ: "dpop+jwt",
            alg: key.algorithm(),
            jwk,
        };
        compact(&header, self, |message| key.sign(message))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The key's name is between us and the token server; a proof goes to every API.
    #[test]
    fn a_proof_holds_the_public_half_of_the_key_and_not_its_name() {
        let key = PrivateKey::generate().unwrap().key_id("canary");
        let url = "https://x.example/a?b".parse().unwrap();
        let proof = Proof::new(&Method::GET, &url, None, None).sign(&key).unwrap();
        let header = BASE64URL.decode(proof.split('.').next().unwrap()).unwrap();
        let header: Value = serde_json::from_slice(&header).unwrap();
        let key = key.public_jwk();
        let members = ["kty", "crv", "x", "y"].map(|name| (name.to_owned(), key[name].clone()));
        assert_eq!(header["jwk"], Value::Object(members.into_iter().collect()));
    }
}
