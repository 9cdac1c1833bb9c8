//! A private key, RSA or on the curve P-256.

use std::sync::Arc;

use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa::KeyPair as RsaKeyPair;
use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair as _, RSA_PKCS1_SHA256};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD as BASE64URL;
use secrecy::{ExposeSecret, SecretString};
use serde_json::{Value, json};

use super::{der, pem};
use crate::error::{Error, Result};

/// A private key that signs: RSA (RS256), or elliptic on the curve P-256 (ES256).
///
/// It proves who a client is ([`ClientAuthentication`](crate::ClientAuthentication), `private_key_jwt`), and that a token
/// is this client's ([`OAuth2::dpop_with`](crate::OAuth2::dpop_with)). Clones share the key; it is never printed.
///
/// ```no_run
/// use reauth::{OAuth2, PrivateKey};
///
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let key = PrivateKey::from_pem(std::fs::read_to_string("key.pem")?)?.key_id("2026-01");
/// let oauth2 = OAuth2::from_issuer("https://login.example.com", "client id", key);
/// # Ok(()) }
/// ```
#[derive(Clone)]
pub struct PrivateKey {
    pair: Arc<Pair>,
    id: Option<String>,
}

enum Pair {
    Rsa(RsaKeyPair),
    Ec(EcdsaKeyPair),
}

impl PrivateKey {
    /// From PEM: PKCS#8 (`BEGIN PRIVATE KEY`), or what older tools write (`BEGIN RSA PRIVATE KEY`, `BEGIN EC PRIVATE
    /// KEY`), without a password. Line breaks may be written as `\n`, as in an environment variable.
    ///
    /// # Errors
    /// Where it is none of these, or a key of another kind, such as Ed25519 or P-384.
    pub fn from_pem(pem: impl Into<SecretString>) -> Result<Self> {
        Self::read(pem.into().expose_secret(), None)
            .map_err(|problem| Error::settings(vec![format!("the private key cannot be used: {problem}")]))
    }

    pub(in crate::credential) fn read(pem: &str, id: Option<String>) -> std::result::Result<Self, &'static str> {
        let pem::Block { label, der } = pem::private_key(pem)?;
        let rsa = || match label {
            "RSA PRIVATE KEY" => RsaKeyPair::from_der(&der),
            _ => RsaKeyPair::from_pkcs8(&der),
        };
        let ec = || EcdsaKeyPair::from_private_key_der(&ECDSA_P256_SHA256_FIXED_SIGNING, &der);
        let pair = ec().map(Pair::Ec).or_else(|_| rsa().map(Pair::Rsa));
        let key = |pair| Self { id, ..Self::new(pair) };
        pair.map(key)
            .map_err(|_| "it is neither an RSA key of 2048 to 8192 bits nor one on the curve P-256")
    }

    /// A new key on the curve P-256.
    ///
    /// # Errors
    /// Where the system has no random numbers.
    pub fn generate() -> Result<Self> {
        let pair = EcdsaKeyPair::generate(&ECDSA_P256_SHA256_FIXED_SIGNING);
        pair.map(|pair| Self::new(Pair::Ec(pair))).map_err(|_| {
            Error::settings(vec![
                "no private key could be made: the system has no random numbers".to_owned(),
            ])
        })
    }

    fn new(pair: Pair) -> Self {
        Self {
            pair: Arc::new(pair),
            id: None,
        }
    }

    /// How the token server calls this key (`kid`), where it knows several of this client.
    #[must_use]
    pub fn key_id(mut self, id: impl Into<String>) -> Self {
        self.id = Some(id.into());
        self
    }

    /// The public half as a JSON Web Key (RFC 7517), to register at the token server.
    #[must_use]
    pub fn public_jwk(&self) -> Value {
        let mut jwk = match &*self.pair {
            Pair::Rsa(pair) => {
                let [n, e] = der::rsa_public_key(pair.public_key().as_ref()).unwrap_or_default();
                json!({ "kty": "RSA", "n": BASE64URL.encode(n), "e": BASE64URL.encode(e) })
            }
            Pair::Ec(pair) => {
                // Uncompressed, as SEC 1 has it: 4, then both coordinates.
                let (x, y) = pair.public_key().as_ref().get(1..).unwrap_or_default().split_at(32);
                json!({ "kty": "EC", "crv": "P-256", "x": BASE64URL.encode(x), "y": BASE64URL.encode(y) })
            }
        };
        if let Some(id) = &self.id {
            jwk["kid"] = Value::from(id.as_str());
        }
        jwk
    }

    /// The public half, as text.
    pub(in crate::credential) fn public_text(&self) -> String {
        self.public_jwk().to_string()
    }

    /// `kid`.
    pub(crate) fn id(&self) -> Option<&str> {
        self.id.as_deref()
    }

    /// `alg` (RFC 7518, section 3.1).
    pub(crate) fn algorithm(&self) -> &'static str {
        match *self.pair {
            Pair::Rsa(_) => "RS256",
            Pair::Ec(_) => "ES256",
        }
    }

    pub(crate) fn sign(&self, message: &[u8]) -> Option<Vec<u8>> {
        let random = SystemRandom::new();
        match &*self.pair {
            Pair::Rsa(pair) => {
                let mut signature = vec![0; pair.public_modulus_len()];
                pair.sign(&RSA_PKCS1_SHA256, &random, message, &mut signature).ok()?;
                Some(signature)
            }
            Pair::Ec(pair) => pair
                .sign(&random, message)
                .ok()
                .map(|signature| signature.as_ref().to_vec()),
        }
    }
}

/// Its kind and id.
impl std::fmt::Debug for PrivateKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("PrivateKey")
            .field("algorithm", &self.algorithm())
            .field("id", &self.id)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use aws_lc_rs::encoding::{AsDer as _, Pkcs8V1Der};
    use aws_lc_rs::rsa::{KeyPair as RsaPair, KeySize};
    use base64::prelude::BASE64_STANDARD;

    use super::*;

    fn pem(label: &str, der: &[u8]) -> String {
        let digits = BASE64_STANDARD.encode(der);
        format!("-----BEGIN {label}-----\n{digits}\n-----END {label}-----\n")
    }

    /// `openssl genrsa` writes the one with `-traditional`, and the other without.
    #[test]
    fn an_rsa_key_is_read_as_older_tools_write_it_too() {
        let pkcs8: Pkcs8V1Der<'_> = RsaPair::generate(KeySize::Rsa2048).unwrap().as_der().unwrap();
        let pkcs8 = pkcs8.as_ref();
        // The second sequence of more than 255 bytes is what PKCS#1 is. (Not the last: the key's own numbers may look like one.)
        let mut sequences = pkcs8.windows(2).enumerate().filter(|(_, pair)| *pair == [0x30, 0x82]);
        let (start, _) = sequences.nth(1).unwrap();
        let jwk = |label, der| PrivateKey::from_pem(pem(label, der)).map(|key| key.public_jwk());
        let expected = jwk("PRIVATE KEY", pkcs8).unwrap();
        assert_eq!(jwk("RSA PRIVATE KEY", &pkcs8[start..]).unwrap(), expected);
        assert!(
            jwk("PRIVATE KEY", &pkcs8[start..]).is_err(),
            "the label says what it is"
        );
    }

    #[test]
    fn the_public_half_has_the_keys_id_where_there_is_one() {
        let key = PrivateKey::generate().unwrap();
        assert_eq!(key.public_jwk().get("kid"), None);
        let key = key.key_id("first");
        assert_eq!(key.public_jwk()["kid"], "first");
    }
}
