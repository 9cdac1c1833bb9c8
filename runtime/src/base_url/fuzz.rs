//! Any text as a base URL, here and in the attribute: the macro's own target has the same corpus.

use reauth_fuzz::Verdict;

use super::*;

#[test]
fn base_urls() {
    reauth_fuzz::text("base_urls", |text| {
        let read = text.parse::<BaseUrl>();
        match &read {
            Ok(url) => {
                assert_eq!(url.to_string().parse().as_ref(), Ok(url));
                let seen = url.as_url();
                assert!(matches!(seen.scheme(), "http" | "https") && seen.has_host(), "{seen}");
                assert_eq!(
                    (seen.username(), seen.password(), seen.query(), seen.fragment()),
                    ("", None, None, None)
                );
                let is_safe = seen.scheme() == "https" || url.is_loopback();
                assert_eq!(url.check_security(false, "it").is_ok(), is_safe, "S1");
                let prefix = url.path_prefix();
                assert!(
                    prefix.is_empty() || prefix.starts_with('/') && !prefix.ends_with('/'),
                    "{prefix}"
                );
            }
            Err(problem) => {
                let problem = problem.to_string();
                // Before an `@` stands what may be a password.
                let is_secret = text
                    .rsplit_once('@')
                    .is_some_and(|(before, _)| before.contains("canary"));
                assert!(!is_secret || !problem.contains("canary"), "{problem}");
            }
        }
        Verdict::from(&read)
    });
}
