//! Any discovery document: tokens are asked for over https, and only where the issuer itself says so.

use reauth_fuzz::Verdict;
use serde_json::Value;

use super::*;

#[test]
fn s01_discovery_documents() {
    const ISSUER: &str = "https://x.example";
    let discovery = Discovery::new(ISSUER.to_owned(), ISSUER.parse().expect("a URL"), false);
    reauth_fuzz::bytes("discovery_documents", |body| {
        let place = discovery.check(body);
        match &place {
            Ok(place) => {
                let url = &place.token_url;
                let is_here = |host: &str| host == "localhost" || host.starts_with("127.") || host == "[::1]";
                let is_safe = url.scheme() == "https" || url.host_str().is_some_and(is_here);
                assert!(is_safe, "{url}");
                assert_eq!((url.username(), url.password()), ("", None));
                assert_eq!(place.issuer.as_deref(), Some(ISSUER));
                let document = serde_json::from_slice::<Value>(body).ok();
                let named = document
                    .as_ref()
                    .and_then(|document| document.get("token_endpoint")?.as_str());
                assert!(
                    named.is_none_or(|named| named.parse::<Url>().as_ref() == Ok(url)),
                    "{url}"
                );
            }
            Err(error) => {
                let text = error.to_string();
                assert!(
                    text.starts_with("the discovery document of https://x.example"),
                    "{text}"
                );
                // Another issuer is named, and the origin of a token endpoint.
                let document = serde_json::from_slice::<Value>(body).unwrap_or_default();
                let named = document.get("token_endpoint").and_then(Value::as_str);
                let host = named.and_then(|named| named.parse::<Url>().ok()?.host_str().map(str::to_owned));
                let is_named = host.is_some_and(|host| host.contains("canary"));
                let is_other = document.get("issuer").is_none_or(|issuer| issuer != ISSUER);
                assert!(is_other || is_named || !text.contains("canary"), "{text}");
                assert!(crate::fuzz::is_plain(&text), "{text}");
            }
        }
        Verdict::from(&place)
    });
}
