//! Reads what an OAuth server says when it refuses: RFC 6749, section 5.2.

use std::cmp::Reverse;

use serde::Deserialize;

use crate::error::OAuthErrorCode;

/// Descriptions are text of the server's: this much of one is kept, printable characters only.
const MAX_DESCRIPTION: usize = 256;

#[derive(Deserialize)]
struct ErrorResponse {
    error: String,
    error_description: Option<String>,
}

/// Reads an error response; `None` where it is none. Some servers repeat what they were sent: secrets are taken out
/// first, so that no part of one is left by the limit.
pub(super) fn read(body: &[u8], secrets: &[impl AsRef<str>]) -> Option<(OAuthErrorCode, String)> {
    let response: ErrorResponse = serde_json::from_slice(body).ok()?;
    let mut description = response.error_description.unwrap_or_default();
    let mut secrets: Vec<_> = secrets
        .iter()
        .map(AsRef::as_ref)
        .filter(|text| !text.is_empty())
        .collect();
    // One may be a part of another: the longest goes first.
    secrets.sort_by_key(|secret| Reverse(secret.len()));
    for secret in secrets {
        description = description.replace(secret, "[secret]");
    }
    let printable = description
        .chars()
        .filter(|c| !c.is_control())
        .take(MAX_DESCRIPTION)
        .collect();
    Some((OAuthErrorCode::read(&response.error), printable))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn s09_a_description_is_short_and_printable() {
        let body = format!(
            r#"{{"error":"invalid_client","error_description":"a\n\u001b[31m{}"}}"#,
            "b".repeat(1000)
        );
        let (code, description) = read(body.as_bytes(), &["canary"]).unwrap();
        assert_eq!(code, OAuthErrorCode::InvalidClient);
        assert_eq!(description.chars().count(), MAX_DESCRIPTION);
        assert!(!description.contains(char::is_control));
    }

    #[test]
    fn s09_a_secret_is_taken_out_before_the_limit_cuts_it() {
        let body = format!(
            r#"{{"error":"x","error_description":"{}canary"}}"#,
            "a".repeat(MAX_DESCRIPTION - 3)
        );
        let (_, description) = read(body.as_bytes(), &["canary"]).unwrap();
        assert!(!description.contains("can"), "{description}");
    }

    #[test]
    fn a_code_without_a_name_is_not_repeated() {
        assert_eq!(
            read(br#"{"error":"canary"}"#, &[""]),
            Some((OAuthErrorCode::Other, String::new()))
        );
        assert_eq!(read(b"<html>", &[""]), None);
    }
}
