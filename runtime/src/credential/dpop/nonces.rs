//! The newest nonce of each server: what its next proof has to carry (RFC 9449, section 8).

use std::collections::HashMap;

use http::HeaderValue;
use parking_lot::Mutex;
use reqwest::Url;

/// A credential talks to one token server and a few APIs.
const MAX_SERVERS: usize = 64;
/// What a server may have us carry around.
const MAX_NONCE: usize = 1024;

/// By origin.
#[derive(Default)]
pub(super) struct Nonces(Mutex<HashMap<String, String>>);

impl Nonces {
    pub(super) fn of(&self, url: &Url) -> Option<String> {
        self.0.lock().get(&origin(url)).cloned()
    }

    /// Keeps the newest one; what no nonce may be (RFC 9449, section 8.1) is left out.
    pub(super) fn keep(&self, url: &Url, nonce: &HeaderValue) {
        let Some(nonce) = nonce.to_str().ok().filter(|nonce| is_nonce(nonce)) else {
            return;
        };
        let mut nonces = self.0.lock();
        let origin = origin(url);
        if nonces.get(&origin).is_some_and(|kept| kept == nonce) {
            return;
        }
        if nonces.len() >= MAX_SERVERS && !nonces.contains_key(&origin) {
            nonces.clear();
        }
        nonces.insert(origin, nonce.to_owned());
    }
}

fn origin(url: &Url) -> String {
    url.origin().ascii_serialization()
}

fn is_nonce(nonce: &str) -> bool {
    let allowed = |c: char| matches!(c, '!' | '#'..='[' | ']'..='~');
    (1..=MAX_NONCE).contains(&nonce.len()) && nonce.chars().all(allowed)
}

#[cfg(test)]
mod fuzz;
#[cfg(test)]
mod tests {
    use super::*;

    fn url(text: &str) -> Url {
        text.parse().unwrap()
    }

    #[test]
    fn each_server_has_its_own_and_the_newest_counts() {
        let nonces = Nonces::default();
        for (server, nonce) in [("https://a/x?y", "1"), ("https://b/", "2"), ("https://a:443/", "3")] {
            nonces.keep(&url(server), &HeaderValue::from_static(nonce));
        }
        assert_eq!(nonces.of(&url("https://a/z")).as_deref(), Some("3"));
        assert_eq!(nonces.of(&url("https://b/z")).as_deref(), Some("2"));
        assert_eq!(nonces.of(&url("http://a/z")), None);
    }

    #[test]
    fn s10_what_servers_name_is_bounded() {
        let nonces = Nonces::default();
        let a = url("https://a/");
        for refused in ["", "a b", "a\"b", "a\\b", &"x".repeat(1025)] {
            nonces.keep(&a, &HeaderValue::from_str(refused).unwrap());
            assert_eq!(nonces.of(&a), None, "{refused:.20}");
        }
        let longest = "x".repeat(1024);
        nonces.keep(&a, &HeaderValue::from_str(&longest).unwrap());
        assert_eq!(nonces.of(&a), Some(longest));

        let server = |number| url(&format!("https://server-{number}/"));
        let keep = |number, nonce| nonces.keep(&server(number), &HeaderValue::from_static(nonce));
        for number in 0..63 {
            keep(number, "x");
        }
        keep(7, "y");
        assert_eq!(nonces.0.lock().len(), 64, "these, and `a`");
        assert_eq!(nonces.of(&server(7)).as_deref(), Some("y"));
        keep(64, "x");
        assert_eq!(nonces.0.lock().len(), 1, "they ask for theirs again");
    }
}
