//! Any text is one line, or refused.

use reauth_fuzz::Verdict;

use super::*;

#[test]
fn s07_header_values() {
    reauth_fuzz::text("header_values", |text| {
        let value = value(text);
        match &value {
            Ok(value) => {
                let value = value.as_ref().expect("a text is never nothing");
                assert_eq!(value.as_bytes(), text.as_bytes());
                assert!(!text.contains(['\r', '\n', '\0']));
            }
            Err(problem) => {
                assert!(
                    text.contains(|c: char| c.is_ascii_control() && c != '\t'),
                    "refused without a reason"
                );
                assert_eq!(
                    problem,
                    "cannot be a header: it has a line break or another control character"
                );
            }
        }
        Verdict::from(&value)
    });
}
