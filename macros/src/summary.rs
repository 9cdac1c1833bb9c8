//! What the docs say of calls, in numbers: the paragraph that ends each method's, and the one of the client's.

use proc_macro2::TokenStream;

use crate::bounds;
use crate::grammar::backoff::{Backoff, Reauth};
use crate::grammar::duration::in_words;
use crate::grammar::quota::Quota;
use crate::model::{Credential, Endpoint, Guards};

/// `` `GET /todo/{id}`, sent at most 5 times within 30 s: retried after 100 ms up to 3 times, and once more with a new
/// token after a 401. ``
pub(crate) fn of(endpoint: &Endpoint, credential: &Credential) -> String {
    let Endpoint { verb, path, policy, .. } = endpoint;
    let within = in_words(policy.timeout.unwrap_or(bounds::DEFAULT_TIMEOUT));
    let takes_none = matches!(credential, Credential::None | Credential::Any);
    let bare = if policy.authorized || takes_none {
        ""
    } else {
        "without a token "
    };
    let sends = match bounds::sends(policy) {
        1 => format!("sent {bare}once within {within}"),
        sends => format!("sent {bare}at most {sends} times within {within}: "),
    };
    let again: Vec<String> = retries(endpoint)
        .into_iter()
        .chain(reauths(endpoint, credential))
        .chain(hedges(endpoint))
        .collect();
    let again = again.join(", and ");
    let end = if policy.authorized && bounds::reauths(policy) == 0 {
        "; a 401 is final"
    } else {
        ""
    };
    format!("`{verb} {path}`, {sends}{again}{end}.")
}

/// `retried after 100 ms up to 3 times`
fn retries(endpoint: &Endpoint) -> Option<String> {
    let retry = endpoint.policy.retry.as_ref()?;
    let after = match waits(retry) {
        Some(waits) => format!("after {waits}"),
        None => "without a wait".to_owned(),
    };
    let condition = if endpoint.is_idempotent() {
        ""
    } else {
        " where the server cannot have processed it"
    };
    Some(match retry.retries {
        1 => format!("retried once {after}{condition}"),
        retries => format!("retried {after} up to {retries} times{condition}"),
    })
}

/// `once more with a new token after a 401`
fn reauths(endpoint: &Endpoint, credential: &Credential) -> Option<String> {
    let times = match bounds::reauths(&endpoint.policy) {
        0 => return None,
        1 => "once more".to_owned(),
        reauths => format!("up to {reauths} times more"),
    };
    let waits = match &endpoint.policy.reauth {
        Some(Reauth::Schedule(schedule)) => waits(schedule),
        _ => None,
    };
    Some(match (credential, waits) {
        // Whether it has one is known when it is asked.
        (Credential::Type(ty), Some(waits)) => {
            format!("{times} {waits} after a 401 if `{}` gives a new token", compact(ty))
        }
        (Credential::Type(ty), None) => format!("{times} after a 401 if `{}` gives a new token", compact(ty)),
        (_, Some(waits)) => format!("{times} with a new token, {waits} after a 401"),
        (_, None) => format!("{times} with a new token after a 401"),
    })
}

/// `each a second time after 2 s without an answer`
fn hedges(endpoint: &Endpoint) -> Option<String> {
    let delay = in_words(endpoint.policy.hedge?);
    let which = match bounds::attempts(&endpoint.policy) {
        1 => "a second time",
        _ => "each a second time",
    };
    Some(format!("{which} after {delay} without an answer"))
}

/// `At most 100 calls run at once. …`; `None` where nothing limits them.
pub(crate) fn of_guards(guards: &Guards) -> Option<String> {
    let concurrency = guards.concurrency.map(|number| match number {
        1 => " One call runs at a time.".to_owned(),
        number => format!(" At most {number} calls run at the same time."),
    });
    let rate = guards.rate.map(|Quota { count, window }| match count {
        1 => format!(" At most one call begins in {}.", in_words(window)),
        count => format!(" At most {count} calls begin in {}.", in_words(window)),
    });
    let breaker = guards.circuit_breaker.map(|rule| {
        format!(
            " Where {} % of {} or more requests in {} fail, nothing is sent for {}.",
            rule.percent,
            rule.requests.count,
            in_words(rule.requests.window),
            in_words(rule.open_for)
        )
    });
    let sentences: String = [concurrency, rate, breaker].into_iter().flatten().collect();
    (!sentences.is_empty()).then(|| format!("{sentences} Clones count together."))
}

/// Every wait of a schedule: `100 ms`, `100 ms to 300 ms`, `up to 400 ms`; `None` where it never waits.
fn waits(schedule: &Backoff) -> Option<String> {
    let (shortest, longest) = (bounds::shortest_first_wait(schedule), bounds::longest_wait(schedule));
    Some(if longest.is_zero() {
        return None;
    } else if shortest == longest {
        in_words(longest)
    } else if shortest.is_zero() {
        format!("up to {}", in_words(longest))
    } else {
        format!("{} to {}", in_words(shortest), in_words(longest))
    })
}

/// A type without the spaces between its tokens.
fn compact(ty: &TokenStream) -> String {
    ty.clone().into_iter().map(|token| token.to_string()).collect()
}

#[cfg(test)]
mod tests {
    use proc_macro2::Span;
    use quote::quote;

    use super::*;
    use crate::diagnostics::Diagnostics;
    use crate::grammar::auth::BuiltIn;
    use crate::grammar::backoff::{self, Retry};
    use crate::grammar::lexeme::Lexemes;
    use crate::model::{Policy, Target};

    /// What stands in the docs of a method with these keys.
    fn summary(verb: &str, retry: &str, reauth: &str, credential: &Credential) -> String {
        let lexemes = |text| Lexemes::of_text(text, Span::call_site());
        let retry = match backoff::retry(lexemes(retry), &mut Diagnostics::default()) {
            Some(Retry::Schedule(schedule)) => Some(schedule),
            _ => None,
        };
        of(
            &Endpoint {
                verb: verb.to_owned(),
                path: "/todo/{id}".to_owned(),
                target: Target::Url,
                parameters: Vec::new(),
                headers: Vec::new(),
                any_origin: false,
                policy: Policy {
                    authorized: !matches!(credential, Credential::None),
                    retry,
                    reauth: backoff::reauth(lexemes(reauth), &mut Diagnostics::default()),
                    ..Policy::default()
                },
            },
            credential,
        )
    }

    #[test]
    fn says_what_limits_all_calls() {
        use crate::grammar::circuit_breaker::CircuitBreaker;
        let of = |concurrency, rate, circuit_breaker| {
            of_guards(&Guards {
                circuit_breaker,
                concurrency,
                rate,
            })
        };
        let quota = |count, seconds| Quota {
            count,
            window: std::time::Duration::from_secs(seconds),
        };
        assert_eq!(of(None, None, None), None);
        let rule = CircuitBreaker {
            percent: 10,
            requests: quota(100, 30),
            open_for: std::time::Duration::from_millis(1500),
        };
        for (concurrency, rate, rule, expected) in [
            (Some(1), None, None, " One call runs at a time."),
            (None, Some(quota(1, 60)), None, " At most one call begins in 1 min."),
            (
                Some(100),
                Some(quota(50, 1)),
                Some(rule),
                " At most 100 calls run at the same time. At most 50 calls begin in 1 s. Where 10 % of 100 or more requests in \
                 30 s fail, nothing is sent for 1.5 s.",
            ),
        ] {
            assert_eq!(
                of(concurrency, rate, rule),
                Some(format!("{expected} Clones count together."))
            );
        }
    }

    #[test]
    fn says_what_a_call_does() {
        let auth0 = Credential::BuiltIn(BuiltIn::Auth0, Span::call_site());
        let own = Credential::Type(quote!(my::Cached<Source>));
        for (verb, retry, reauth, credential, expected) in [
            ("GET", "none", "once", &Credential::None, "sent once within 30 s."),
            ("GET", "none", "none", &auth0, "sent once within 30 s; a 401 is final."),
            (
                "GET",
                "constant(100ms,3)",
                "once",
                &auth0,
                "sent at most 5 times within 30 s: retried after 100 ms up to 3 times, and once more with a new token after \
                 a 401.",
            ),
            (
                "POST",
                "exponential(100ms,1)",
                "constant(1s,3)",
                &auth0,
                "sent at most 5 times within 30 s: retried once after up to 100 ms where the server cannot have processed it, \
                 and up to 3 times more with a new token, 1 s after a 401.",
            ),
            (
                "PUT",
                "linear(400ms,3)",
                "none",
                &auth0,
                "sent at most 4 times within 30 s: retried after 400 ms to 1.2 s up to 3 times; a 401 is final.",
            ),
            (
                "GET",
                "constant(0s,2)",
                "once",
                &own,
                "sent at most 4 times within 30 s: retried without a wait up to 2 times, and once more after a 401 if \
                 `my::Cached<Source>` gives a new token.",
            ),
            (
                "GET",
                "none",
                "constant(100ms,1)",
                &own,
                "sent at most 2 times within 30 s: once more 100 ms after a 401 if `my::Cached<Source>` gives a new token.",
            ),
        ] {
            let expected = format!("`{verb} /todo/{{id}}`, {expected}");
            assert_eq!(summary(verb, retry, reauth, credential), expected);
        }
    }
}
