//! Which keys there are, where each may stand, and what is meant by those that there are not.

use proc_macro2::Span;

use super::Level;
use crate::diagnostics::{Diagnostics, one_of};

/// A key, where it belongs, and how it is written.
pub(super) struct Key {
    pub(super) name: &'static str,
    levels: &'static [Level],
    pub(super) example: &'static str,
    pub(super) is_flag: bool,
}

const BOTH: &[Level] = &[Level::Trait, Level::Method];
const TRAIT: &[Level] = &[Level::Trait];
const METHOD: &[Level] = &[Level::Method];

const KEYS: [Key; 20] = [
    key("auth", BOTH, "auth = \"auth0\""),
    key("audience", TRAIT, "audience = \"https://api.example.com\""),
    key("scope", TRAIT, "scope = \"todo:read todo:write\""),
    key("retry", BOTH, "retry = \"constant(100ms,3)\""),
    key("retry_on", BOTH, "retry_on = \"transient, 404\""),
    key("reauth", BOTH, "reauth = \"once\""),
    key("timeout", BOTH, "timeout = \"30s\""),
    key("attempt_timeout", BOTH, "attempt_timeout = \"10s\""),
    key("hedge", BOTH, "hedge = \"2s\""),
    key("circuit_breaker", TRAIT, "circuit_breaker = \"10%, 100/30s, 5s\""),
    key("concurrency", TRAIT, "concurrency = 100"),
    key("rate", TRAIT, "rate = \"50/s\""),
    key("idle_timeout", BOTH, "idle_timeout = \"60s\""),
    flag("idempotent", METHOD, "idempotent"),
    flag("idempotency_key", METHOD, "idempotency_key"),
    key("base_url", TRAIT, "base_url = \"https://api.example.com\""),
    key("client", TRAIT, "client = \"TodoClient\""),
    key("crate", TRAIT, "crate = \"::reauth\""),
    flag("dyn", TRAIT, "dyn"),
    flag("local", TRAIT, "local"),
];

const fn key(name: &'static str, levels: &'static [Level], example: &'static str) -> Key {
    Key {
        name,
        levels,
        example,
        is_flag: false,
    }
}

const fn flag(name: &'static str, levels: &'static [Level], example: &'static str) -> Key {
    Key {
        name,
        levels,
        example,
        is_flag: true,
    }
}

/// The key of this name.
pub(super) fn find(name: &str) -> Option<&'static Key> {
    KEYS.iter().find(|key| key.name == name)
}

/// Finds a key that may stand at `level`.
pub(super) fn at_level(name: &str, at: Span, level: Level, mistakes: &mut Diagnostics) -> Option<&'static Key> {
    let Some(key) = find(name) else {
        let here: Vec<_> = KEYS
            .iter()
            .filter(|key| key.levels.contains(&level))
            .map(|key| key.name)
            .collect();
        let instead = match meant(name, level) {
            Some(instead) => instead.to_owned(),
            None => one_of(name, &here),
        };
        mistakes.at(at, format!("unknown key `{name}`"), instead);
        return None;
    };
    if key.levels.contains(&level) {
        return Some(key);
    }
    let (what, instead) = match level {
        Level::Method => (
            format!("`{name}` belongs on the trait"),
            format!("write `#[api_client({})]`", key.example),
        ),
        Level::Trait => (
            format!("`{name}` belongs on a method"),
            format!("write `#[post(\"/…\", {})]`", key.example),
        ),
    };
    mistakes.at(at, what, instead);
    None
}

/// What to write for a key that other libraries have, or that has a place of its own here.
fn meant(name: &str, level: Level) -> Option<&'static str> {
    let everywhere = match name {
        "max" | "factor" | "jitter" => {
            "write it inside the parentheses of a schedule, as `retry = \"exponential(100ms,3,max=10s)\"`"
        }
        "headers" | "header" | "accept" | "content_type" | "user_agent" => {
            "write `#[headers(\"Name: value\")]` below this attribute"
        }
        "retries" | "max_retries" | "attempts" | "max_attempts" | "backoff" | "delay" => {
            "write `retry = \"constant(100ms,3)\"`, which is a delay and a number of retries"
        }
        "connect_timeout" => "say `.connect_timeout(…)` to the client's builder",
        "read_timeout" | "stream_timeout" | "stream_idle_timeout" => {
            "write `idle_timeout = \"60s\"` for the silence of a stream, or `timeout = \"30s\"` for the whole call"
        }
        "retry_budget" | "budget" => "say `.retry_budget(…)` to the client's builder",
        "request_timeout" => {
            "write `attempt_timeout = \"10s\"` for one attempt, or `timeout = \"30s\"` for the whole call"
        }
        "breaker" | "circuit" | "fuse" => {
            "write `circuit_breaker = \"10%, 100/30s, 5s\"` on the trait: which share of failures opens it, among at least how \
             many requests in what time, and for how long"
        }
        "rate_limit" | "throttle" | "requests_per_second" | "rps" | "qps" => "write `rate = \"50/s\"` on the trait",
        "bulkhead" | "max_concurrent" | "max_concurrency" | "concurrency_limit" | "parallel" | "in_flight" => {
            "write `concurrency = 100` on the trait"
        }
        "query" | "body" | "form" | "json" | "multipart" => {
            "mark an argument of the method, as `#[query] tag` or `#[body] todo`"
        }
        _ => return on_trait(name).filter(|_| level == Level::Trait),
    };
    Some(everywhere)
}

fn on_trait(name: &str) -> Option<&'static str> {
    let instead = match name {
        "url" | "base" | "host" | "endpoint" | "root" | "server" | "base_path" | "path" => {
            "write `base_url = \"https://api.example.com\"`, or hand it to the client's `new`"
        }
        "token" | "bearer" | "credential" | "authorization" | "basic" | "api_key" | "oauth2" | "auth0" => {
            "write `auth = \"auth0\"`, or the type of another credential, as `auth = \"reauth::Cached<MySource>\"`"
        }
        "aud" => "write `audience = \"https://api.example.com\"`",
        "name" | "struct" | "rename" => "write `client = \"TodoClient\"`",
        "boxed" | "object" | "object_safe" | "dynamic" | "async_trait" => "write `dyn`",
        "Send" | "send" | "no_send" | "not_send" => "write `local` for futures that are not `Send`",
        _ => return None,
    };
    Some(instead)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Has a table with a row for each key.
    const GUIDE: &str = include_str!("../../../runtime/src/api_client.md");

    #[test]
    fn the_guide_says_where_each_key_may_stand() {
        for key in &KEYS {
            let rows: Vec<Vec<&str>> = GUIDE
                .lines()
                .map(|line| line.split(" | ").collect())
                .filter(|row: &Vec<_>| row.len() == 4 && row[0].contains(&format!("`{}`", key.name)))
                .collect();
            let [row] = rows.as_slice() else {
                panic!("{} rows for `{}`", rows.len(), key.name);
            };
            let expected = match key.levels {
                [Level::Trait, Level::Method] => "both",
                [Level::Trait] => "trait",
                _ => "method",
            };
            assert_eq!(row[2], expected, "{row:?}");
        }
    }

    #[test]
    fn the_guide_has_no_key_that_there_is_not() {
        let (_, behind) = GUIDE.split_once("| key | values | on | default |").expect("a table");
        let rows = behind.lines().skip(2).take_while(|line| line.starts_with('|'));
        let cells = rows.filter_map(|row| row.split('|').nth(1));
        let words: Vec<&str> = cells.flat_map(|cell| cell.split('`').skip(1).step_by(2)).collect();
        assert!(words.len() >= KEYS.len(), "{words:?}");
        for word in words {
            let name = word.split(' ').next().unwrap_or_default();
            assert!(find(name).is_some(), "`{word}` is not a key");
        }
    }

    #[test]
    fn every_key_is_read() {
        for key in &KEYS {
            let mut mistakes = Diagnostics::default();
            let written = key.example.parse().expect(key.name);
            let arguments = super::super::arguments(written, &mut mistakes);
            let level = key.levels[0];
            let _ = super::super::read(arguments, level, &mut mistakes);
            let mistakes = quote::quote!(#mistakes).to_string();
            assert!(mistakes.is_empty(), "{}: {mistakes}", key.name);
        }
    }
}
