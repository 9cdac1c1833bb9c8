//! Checks proofs of possession: RFC 9449, section 4.3.

use std::collections::HashSet;
use std::time::Duration;

use aws_lc_rs::digest::{SHA256, digest};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD as BASE64URL;
use http::{HeaderMap, HeaderValue, Method};
use parking_lot::Mutex;

use super::public_key::{PublicKey, Signed};

/// How far the clock of whoever signed may be off.
const LEEWAY: u64 = 60;

/// What one server keeps about the proofs that it has seen.
#[derive(Debug, Default)]
pub(super) struct Proofs(Mutex<State>);

#[derive(Debug, Default)]
struct State {
    /// What each proof has to carry.
    nonce: Option<HeaderValue>,
    seen: HashSet<String>,
}

/// The request that a proof has to be for.
pub(super) struct Proven<'a> {
    pub(super) method: &'a Method,
    /// Without query and fragment.
    pub(super) url: &'a str,
    pub(super) headers: &'a HeaderMap,
    pub(super) access_token: Option<&'a str>,
    pub(super) now: Duration,
}

/// Why a proof is no good.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Unproven {
    /// It carries no nonce, or an old one.
    Nonce(HeaderValue),
    Invalid(&'static str),
}

impl Proofs {
    pub(super) fn set_nonce(&self, nonce: Option<HeaderValue>) {
        self.0.lock().nonce = nonce;
    }

    pub(super) fn nonce(&self) -> Option<HeaderValue> {
        self.0.lock().nonce.clone()
    }

    /// The thumbprint of the key that signed the proof; `None` where there is no proof.
    pub(super) fn check(&self, request: &Proven<'_>) -> Result<Option<String>, Unproven> {
        let invalid = |reason| Err(Unproven::Invalid(reason));
        let mut headers = request.headers.get_all("dpop").iter();
        let proof = match (headers.next(), headers.next()) {
            (None, _) => return Ok(None),
            (Some(_), Some(_)) => return invalid("More than one DPoP header"),
            (Some(proof), None) => proof.to_str().ok().and_then(Signed::read),
        };
        let Some(proof) = proof else {
            return invalid("The proof is malformed");
        };
        let Some(key) = PublicKey::read(&proof.header["jwk"]) else {
            return invalid("The proof has no public key");
        };
        if proof.header["typ"] != "dpop+jwt" || !proof.is_signed_with(&key) {
            return invalid("The signature of the proof is invalid");
        }
        if proof.text("htm") != Some(request.method.as_str()) || proof.text("htu") != Some(request.url) {
            return invalid("The proof is for another request");
        }
        let now = request.now.as_secs();
        if proof.seconds("iat").is_none_or(|issued| issued.abs_diff(now) > LEEWAY) {
            return invalid("The proof is too old");
        }
        let hash = request
            .access_token
            .map(|token| BASE64URL.encode(digest(&SHA256, token.as_bytes())));
        if proof.text("ath") != hash.as_deref() {
            return invalid("The proof is for another token");
        }
        let mut state = self.0.lock();
        if let Some(nonce) = &state.nonce
            && proof.text("nonce").map(str::as_bytes) != Some(nonce.as_bytes())
        {
            return Err(Unproven::Nonce(nonce.clone()));
        }
        let Some(id) = proof.text("jti").filter(|id| !id.is_empty()) else {
            return invalid("The proof has no jti");
        };
        if !state.seen.insert(id.to_owned()) {
            return invalid("The proof was used before");
        }
        Ok(Some(key.thumbprint()))
    }
}
