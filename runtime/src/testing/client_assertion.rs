//! Checks client assertions: RFC 7523, section 3, as strictly as a server may.

use std::collections::HashSet;
use std::time::Duration;

use parking_lot::Mutex;

use super::public_key::{PublicKey, Signed};

/// The only type that there is.
pub(super) const TYPE: &str = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";
/// The longest life, and a second for what is said in whole seconds.
const MAX_LIFE: u64 = 60 + 1;

/// The assertions that were taken: none of them is taken twice.
#[derive(Debug, Default)]
pub(super) struct Assertions(Mutex<HashSet<String>>);

impl Assertions {
    /// Says what is wrong with an assertion, if anything.
    pub(super) fn check(
        &self,
        assertion: &str,
        key: &PublicKey,
        client_id: &str,
        audiences: &[&str],
        now: Duration,
    ) -> Result<(), &'static str> {
        let assertion = Signed::read(assertion).ok_or("The assertion is malformed")?;
        if !assertion.is_signed_with(key) {
            return Err("The signature of the assertion is invalid");
        }
        if assertion.text("iss") != Some(client_id) || assertion.text("sub") != Some(client_id) {
            return Err("The assertion is another client's");
        }
        if assertion
            .text("aud")
            .is_none_or(|audience| !audiences.contains(&audience))
        {
            return Err("The assertion is for someone else");
        }
        let now = now.as_secs();
        match assertion.seconds("exp") {
            Some(end) if end <= now => return Err("The assertion expired"),
            Some(end) if end > now + MAX_LIFE => return Err("The assertion lives too long"),
            Some(_) => {}
            None => return Err("The assertion has no end"),
        }
        let id = assertion.text("jti").filter(|id| !id.is_empty());
        let id = id.ok_or("The assertion has no jti")?;
        if self.0.lock().insert(id.to_owned()) {
            Ok(())
        } else {
            Err("The assertion was used before")
        }
    }
}
