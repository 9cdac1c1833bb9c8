//! A signed token in its compact form (RFC 7515, section 7.1).

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD as BASE64URL;
use serde::Serialize;
use zeroize::Zeroizing;

/// Header and claims, signed by `sign`; `None` where that fails.
pub(crate) fn compact(
    header: &impl Serialize,
    claims: &impl Serialize,
    sign: impl FnOnce(&[u8]) -> Option<Vec<u8>>,
) -> Option<Zeroizing<String>> {
    let message = Zeroizing::new([encode(header)?, encode(claims)?].join("."));
    let signature = sign(message.as_bytes())?;
    Some(Zeroizing::new([&*message, ".", &BASE64URL.encode(signature)].concat()))
}

/// One part of it.
pub(crate) fn encode(part: &impl Serialize) -> Option<String> {
    serde_json::to_vec(part).ok().map(|json| BASE64URL.encode(json))
}
