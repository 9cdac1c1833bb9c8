//! A header value that is a secret: in one buffer, which is zeroized when its last clone is gone.

use bytes::Bytes;
use http::HeaderValue;
use zeroize::Zeroizing;

/// These parts, one after another; `None` where they have a line break or another control character.
pub(super) fn secret_header(parts: &[&str]) -> Option<HeaderValue> {
    // `concat` makes one allocation: a buffer that grows would leave copies behind.
    let line = Zeroizing::new(parts.concat().into_bytes());
    let mut header = HeaderValue::from_maybe_shared(Bytes::from_owner(line)).ok()?;
    header.set_sensitive(true);
    Some(header)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn s12_the_header_is_sensitive() {
        let header = secret_header(&["Bearer ", "canary"]).unwrap();
        assert_eq!(header, "Bearer canary");
        assert!(!format!("{header:?}").contains("canary"));
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn s12_the_header_is_wiped_with_its_last_clone() {
        use crate::credential::wiped::{is_left, secret};

        let header = secret_header(&["Bearer ", &secret()]).unwrap();
        let sent = header.clone();
        assert!(!is_left((header, sent), |(header, _)| header.as_bytes()));
    }

    #[test]
    fn s07_line_breaks_and_nul_are_refused() {
        for text in ["a\r\nX: y", "a\nb", "a\0b"] {
            assert_eq!(secret_header(&[text]), None, "{text:?}");
        }
    }
}
