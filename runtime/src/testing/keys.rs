//! RSA keys that sign tokens. To make one takes a tenth of a second to a second in a debug build,
//! so a process makes each of them once: the first key of every token server in it is the same, and
//! so on. That confuses nobody: tokens of different servers differ in their issuer, which a
//! verifier checks.

use std::fmt;
use std::io;
use std::sync::Arc;

use aws_lc_rs::digest::{SHA256, digest};
use aws_lc_rs::error::Unspecified;
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa::{KeyPair, KeySize, PublicKeyComponents};
use aws_lc_rs::signature::{KeyPair as _, RSA_PKCS1_2048_8192_SHA256, RSA_PKCS1_SHA256, UnparsedPublicKey};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD as BASE64URL;
use parking_lot::Mutex;
use serde_json::{Value, json};
use tokio::task::spawn_blocking;

/// The keys that were made so far, in order.
static KEYS: Mutex<Vec<Arc<SigningKey>>> = Mutex::new(Vec::new());

/// An RSA key of 2048 bits with its place in a key set.
pub(super) struct SigningKey {
    pair: KeyPair,
    id: String,
}

impl SigningKey {
    /// The key at this place, made on a thread for blocking work where it is the first time.
    pub(super) async fn nth(index: usize) -> io::Result<Arc<Self>> {
        spawn_blocking(move || {
            // Held on this thread only; a second one who needs the key waits here for the first.
            let mut keys = KEYS.lock();
            while keys.len() <= index {
                keys.push(Arc::new(Self::generate()?));
            }
            Ok(Arc::clone(&keys[index]))
        })
        .await?
    }

    fn generate() -> io::Result<Self> {
        let pair = KeyPair::generate(KeySize::Rsa2048)
            .map_err(|Unspecified| io::Error::other("no RSA key could be generated"))?;
        let id = thumbprint(&pair);
        Ok(Self { pair, id })
    }

    /// What a token's header calls this key: its thumbprint.
    pub(super) fn id(&self) -> &str {
        &self.id
    }

    /// RS256, RFC 7518 section 3.3.
    pub(super) fn sign(&self, message: &[u8]) -> io::Result<Vec<u8>> {
        let mut signature = vec![0; self.pair.public_modulus_len()];
        self.pair
            .sign(&RSA_PKCS1_SHA256, &SystemRandom::new(), message, &mut signature)
            .map_err(|Unspecified| io::Error::other("the token could not be signed"))?;
        Ok(signature)
    }

    pub(super) fn verify(&self, message: &[u8], signature: &[u8]) -> bool {
        UnparsedPublicKey::new(&RSA_PKCS1_2048_8192_SHA256, self.pair.public_key())
            .verify(message, signature)
            .is_ok()
    }

    /// The public half, RFC 7517.
    pub(super) fn jwk(&self) -> Value {
        let (n, e) = modulus_and_exponent(&self.pair);
        json!({ "kty": "RSA", "use": "sig", "alg": "RS256", "kid": self.id, "n": n, "e": e })
    }
}

/// The private half stays out.
impl fmt::Debug for SigningKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SigningKey")
            .field("id", &self.id)
            .finish_non_exhaustive()
    }
}

fn modulus_and_exponent(pair: &KeyPair) -> (String, String) {
    let PublicKeyComponents::<Vec<u8>> { n, e } = pair.public_key().into();
    (BASE64URL.encode(n), BASE64URL.encode(e))
}

/// RFC 7638: the SHA-256 of the required members, in order and without spaces.
fn thumbprint(pair: &KeyPair) -> String {
    let (n, e) = modulus_and_exponent(pair);
    let members = format!(r#"{{"e":"{e}","kty":"RSA","n":"{n}"}}"#);
    BASE64URL.encode(digest(&SHA256, members.as_bytes()))
}
