//! Reads what an OAuth server says when it refuses: RFC 6749, section 5.2.

use bytes::Bytes;
use serde::Deserialize;
use serde_json::Value;

use crate::error::{Credential, OAuthErrorCode, printable, shown};

#[derive(Deserialize)]
struct ErrorResponse {
    error: String,
    /// Whatever it is: the code is good all the same.
    error_description: Option<Value>,
}

/// Reads an error response; `None` where it is none. Some servers repeat what they were sent: secrets are taken out
/// before the limit cuts, so that no part of one is left, and again without what does not show, in which one may hide.
pub(super) fn read(body: &[u8], sent: &Credential<'_>) -> Option<(OAuthErrorCode, String)> {
    let response: ErrorResponse = serde_json::from_slice(body).ok()?;
    let description = match response.error_description {
        Some(Value::String(text)) => sent.blotted_from(text.into()),
        _ => Bytes::new(),
    };
    let shown: String = shown(&String::from_utf8_lossy(&description)).collect();
    let description = printable(&String::from_utf8_lossy(&sent.blotted_from(shown.into())));
    Some((OAuthErrorCode::read(&response.error), description))
}

#[cfg(test)]
mod fuzz;
#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::{Carried, MAX_DESCRIPTION};

    fn read_sent(body: &str, secret: &str) -> Option<(OAuthErrorCode, String)> {
        read(body.as_bytes(), &Credential::of(Some(&Carried::secrets([secret]))))
    }

    #[test]
    fn s09_a_description_is_short_and_printable() {
        let body = format!(
            r#"{{"error":"invalid_client","error_description":"a\n\u001b[31m\u202e\u200b\ufeff{}"}}"#,
            "b".repeat(1000)
        );
        let (code, description) = read_sent(&body, "canarybird").unwrap();
        assert_eq!(code, OAuthErrorCode::InvalidClient);
        assert_eq!(description.chars().count(), MAX_DESCRIPTION);
        assert!(description.starts_with("a[31mb"), "{description:?}");
    }

    #[test]
    fn s09_a_secret_is_taken_out_before_the_limit_cuts_it() {
        let body = format!(
            r#"{{"error":"x","error_description":"{}canarybird"}}"#,
            "a".repeat(MAX_DESCRIPTION - 3)
        );
        let (_, description) = read_sent(&body, "canarybird").unwrap();
        assert!(!description.contains("can"), "{description}");
    }

    #[test]
    fn s09_a_secret_does_not_hide_behind_what_does_not_show() {
        let body = r#"{"error":"x","error_description":"it was can\u0000arybird, or c\u200banarybird"}"#;
        let (_, description) = read_sent(body, "canarybird").unwrap();
        assert_eq!(description, "it was [credential], or [credential]");
    }

    #[test]
    fn a_code_without_a_name_is_not_repeated() {
        assert_eq!(
            read_sent(r#"{"error":"canary"}"#, ""),
            Some((OAuthErrorCode::Other, String::new()))
        );
        assert_eq!(read_sent("<html>", ""), None);
    }

    #[test]
    fn a_description_that_is_no_text_does_not_lose_the_code() {
        for description in ["null", "7", r#"{"canary":1}"#, r#"["canary"]"#] {
            let body = format!(r#"{{"error":"invalid_client","error_description":{description}}}"#);
            assert_eq!(
                read_sent(&body, ""),
                Some((OAuthErrorCode::InvalidClient, String::new()))
            );
        }
    }
}
