//! Signatures with a private key: client assertions (RFC 7523) and proofs of possession (RFC 9449).
//!
//! By `aws-lc-rs` itself, which the default TLS brings anyway. Weighed and not taken: `jsonwebtoken` 11, whose choice of
//! cryptography is one for the whole process, and panics where the user's tree has another; `oauth2` 5, whose requests
//! have neither our bounds (size of a response, redirects, deadlines) nor a proof for each attempt, and which knows
//! neither `private_key_jwt` nor `DPoP`; `josekit` and `openssl`, which bring a second TLS library. What is left to do is
//! a header, some claims and one call to sign them.

mod assertion;
mod jwt;
mod key;
mod pem;

pub(super) use self::assertion::Assertion;
pub(crate) use self::jwt::compact;
#[cfg(all(test, feature = "testing"))]
pub(crate) use self::jwt::encode;
pub use self::key::PrivateKey;
