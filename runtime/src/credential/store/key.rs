//! The key of a fleet: what names and values in a store are made with.
//!
//! Two keys come of it, each for one purpose (by HKDF with SHA-256, RFC 5869). A name is a keyed hash; a value is
//! encrypted and authenticated with AES-256-GCM under a random nonce. What a value is for (the name, whether it is an
//! entry or a note, and the fence) is authenticated with it: moved to another place, it is foreign there.
//!
//! By `aws-lc-rs`, which the default TLS brings anyway. Weighed and not taken: `chacha20poly1305` or `aes-gcm` with `hmac`
//! and `sha2`, which are a dozen crates beside it.

use std::sync::Arc;

use aws_lc_rs::aead::{AES_256_GCM, Aad, NONCE_LEN, Nonce, RandomizedNonceKey};
use aws_lc_rs::hkdf::{HKDF_SHA256, Salt};
use aws_lc_rs::hmac::{self, HMAC_SHA256};
use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD as BASE64, URL_SAFE_NO_PAD as BASE64URL};
use secrecy::{ExposeSecret, SecretString};
use zeroize::Zeroizing;

use super::Identity;
use crate::credential::settings::secret_from_env;
use crate::error::{Error, Result};

const KEY: usize = 32;
const REMEDY: &str = "make one with `openssl rand -base64 32`";
const TAG: usize = 16;
/// The first byte of each value.
const FORMAT: u8 = 1;
/// A token has 16 KiB at most.
const MAX_VALUE: usize = 64 * 1024;

/// The key with which a fleet's tokens are encrypted in a [store](crate::store): 32 random bytes, the same for all
/// processes that share.
///
/// `openssl rand -base64 32` makes one. Whoever has it, and can read the store, has the tokens: it belongs where the
/// client secret is. It is zeroized when the last handle is dropped, and never printed.
///
/// ```
/// use reauth::store::StoreKey;
///
/// # fn main() -> reauth::Result<()> {
/// # let key = "q6ZxXyY0mVQx0pXj0m0bq2v8m9xW3t4u5y6z7A8B9C0=";
/// let key = StoreKey::from_base64(key)?;
/// assert_eq!(format!("{key:?}"), "StoreKey");
/// assert!(StoreKey::from_bytes(b"too short").is_err());
/// # Ok(()) }
/// ```
#[derive(Clone)]
pub struct StoreKey(Arc<Keys>);

struct Keys {
    names: hmac::Key,
    values: RandomizedNonceKey,
}

/// What a value is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Entry,
    Note,
}

/// What was in a value.
pub(super) type Plain = Zeroizing<Vec<u8>>;

/// Where a value belongs.
#[derive(Clone, Copy, Debug)]
pub(super) struct Place<'a> {
    pub(super) name: &'a str,
    pub(super) kind: Kind,
    pub(super) fence: u64,
}

impl StoreKey {
    /// From 32 random bytes.
    ///
    /// # Errors
    /// Where it is not 32 bytes, or all of them are the same.
    pub fn from_bytes(key: &[u8]) -> Result<Self> {
        let problem = |problem: String| Error::settings(vec![format!("the store's key cannot be used: {problem}")]);
        if key.len() != KEY {
            return Err(problem(format!(
                "it is {} bytes, and has to be {KEY}; {REMEDY}",
                key.len()
            )));
        }
        if key.iter().all(|byte| *byte == key[0]) {
            return Err(problem(format!("all its bytes are the same; {REMEDY}")));
        }
        let keys = Keys::new(key).ok_or_else(|| problem("it is refused".to_owned()))?;
        Ok(Self(Arc::new(keys)))
    }

    /// From Base64 in the environment variable `REAUTH_STORE_KEY`.
    ///
    /// # Errors
    /// Where that is not set, empty, or not Base64 of 32 bytes.
    pub fn from_env() -> Result<Self> {
        Self::from_base64(secret_from_env("REAUTH_STORE_KEY").map_err(Error::settings)?)
    }

    /// From Base64 (of the standard alphabet, with padding); white space around it does not matter.
    ///
    /// # Errors
    /// Where it is not Base64 of 32 bytes.
    pub fn from_base64(key: impl Into<SecretString>) -> Result<Self> {
        let key = key.into();
        let bytes = Zeroizing::new(BASE64.decode(key.expose_secret().trim()).map_err(|_| {
            Error::settings(vec![format!(
                "the store's key is not Base64 (of the standard alphabet, with padding); {REMEDY}"
            )])
        })?);
        Self::from_bytes(&bytes)
    }

    /// The name of an entry: tells nobody whose it is who has not got the key.
    pub(super) fn name(&self, identity: &Identity) -> Arc<str> {
        BASE64URL.encode(hmac::sign(&self.0.names, identity.as_bytes())).into()
    }

    /// `None` where the system has no random numbers.
    pub(super) fn seal(&self, place: Place<'_>, plain: &[u8]) -> Option<Vec<u8>> {
        // Room for the tag too: a buffer that grows would leave a copy behind.
        let mut buffer = Zeroizing::new(Vec::with_capacity(plain.len() + TAG));
        buffer.extend_from_slice(plain);
        let nonce = self
            .0
            .values
            .seal_in_place_append_tag(Aad::from(place.authenticated()), &mut *buffer)
            .ok()?;
        let mut sealed = vec![FORMAT];
        sealed.extend_from_slice(nonce.as_ref());
        sealed.extend_from_slice(&buffer);
        Some(sealed)
    }

    /// `None` where it was not sealed with this key, and for this place.
    pub(super) fn open(&self, place: Place<'_>, sealed: &[u8]) -> Option<Plain> {
        if sealed.len() > MAX_VALUE {
            return None;
        }
        let (nonce, value) = sealed.strip_prefix(&[FORMAT])?.split_first_chunk::<NONCE_LEN>()?;
        let mut buffer = Zeroizing::new(value.to_vec());
        let plain = self
            .0
            .values
            .open_in_place(
                Nonce::assume_unique_for_key(*nonce),
                Aad::from(place.authenticated()),
                &mut buffer,
            )
            .ok()?
            .len();
        buffer.truncate(plain);
        Some(buffer)
    }
}

impl Keys {
    fn new(key: &[u8]) -> Option<Self> {
        let key = Salt::new(HKDF_SHA256, b"reauth token store 1").extract(key);
        // Into a place that is wiped.
        let derived = |purpose: &[u8]| {
            let mut derived = Zeroizing::new([0; KEY]);
            key.expand(&[purpose], HKDF_SHA256).ok()?.fill(&mut *derived).ok()?;
            Some(derived)
        };
        Some(Self {
            names: hmac::Key::new(HMAC_SHA256, &*derived(b"names")?),
            values: RandomizedNonceKey::new(&AES_256_GCM, &*derived(b"values")?).ok()?,
        })
    }
}

impl Place<'_> {
    fn authenticated(&self) -> Vec<u8> {
        let kind = match self.kind {
            Kind::Entry => 0,
            Kind::Note => 1,
        };
        let mut authenticated = vec![FORMAT, kind];
        authenticated.extend_from_slice(&self.fence.to_be_bytes());
        authenticated.extend_from_slice(self.name.as_bytes());
        authenticated
    }
}

/// Nothing of it.
impl std::fmt::Debug for StoreKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("StoreKey")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(last: u8) -> StoreKey {
        let mut bytes = [7; KEY];
        bytes[KEY - 1] = last;
        StoreKey::from_bytes(&bytes).unwrap()
    }

    const HERE: Place<'_> = Place {
        name: "name",
        kind: Kind::Entry,
        fence: 3,
    };

    #[test]
    fn s08_a_value_says_nothing_and_is_read_where_it_belongs_alone() {
        let sealed = key(1).seal(HERE, b"canary").unwrap();
        assert!(!sealed.windows(6).any(|part| part == b"canary"));
        assert_eq!(**key(1).open(HERE, &sealed).unwrap(), *b"canary");
        for elsewhere in [
            Place { name: "other", ..HERE },
            Place { fence: 4, ..HERE },
            Place {
                kind: Kind::Note,
                ..HERE
            },
        ] {
            assert!(key(1).open(elsewhere, &sealed).is_none(), "{elsewhere:?}");
        }
        assert!(key(2).open(HERE, &sealed).is_none(), "another key");
        let again = key(1).seal(HERE, b"canary").unwrap();
        assert_ne!(sealed, again, "a nonce of its own");
    }

    #[test]
    fn s08_no_byte_of_a_value_can_be_changed() {
        let sealed = key(1).seal(HERE, b"canary").unwrap();
        for index in 0..sealed.len() {
            let mut changed = sealed.clone();
            changed[index] ^= 1;
            assert!(key(1).open(HERE, &changed).is_none(), "byte {index}");
            assert!(key(1).open(HERE, &sealed[..index]).is_none(), "cut at {index}");
        }
        assert!(key(1).open(HERE, &vec![FORMAT; 2 * MAX_VALUE]).is_none());
    }

    #[test]
    fn s08_a_name_is_a_keyed_hash() {
        let identity = Identity::new("test").with("client", "canary");
        let name = key(1).name(&identity);
        assert_eq!(name.len(), 43);
        assert_eq!(name, key(1).name(&identity));
        assert_ne!(name, key(2).name(&identity));
        assert_ne!(name, key(1).name(&identity.with("scope", "a")));
    }

    #[test]
    fn a_key_that_is_not_set_is_named() {
        let unset = StoreKey::from_env().unwrap_err().to_string();
        assert!(unset.contains("REAUTH_STORE_KEY"), "{unset}");
    }

    #[test]
    fn s12_a_key_of_the_wrong_length_says_so_and_shows_nothing() {
        let short = StoreKey::from_base64("Y2FuYXJ5").unwrap_err().to_string();
        assert!(short.contains("6 bytes") && !short.contains("canary"), "{short}");
        let text = StoreKey::from_base64("canary!").unwrap_err().to_string();
        assert!(text.contains("not Base64") && !text.contains("canary"), "{text}");
        assert!(StoreKey::from_bytes(&[0; KEY]).is_err());
        let padded = format!(" {}\n", BASE64.encode((0..32).collect::<Vec<u8>>()));
        assert!(StoreKey::from_base64(padded).is_ok());
    }
}
