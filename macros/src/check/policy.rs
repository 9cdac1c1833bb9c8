//! The keys: those of a trait against each other, and those of a method over the trait's.

use std::time::Duration;

use proc_macro2::Span;

use super::{Trait, waits};
use crate::diagnostics::{Diagnostics, Mistake};
use crate::grammar::auth::BuiltIn;
use crate::grammar::backoff::{Backoff, Reauth, Retry};
use crate::grammar::duration;
use crate::keys::{Keys, Setting};
use crate::model::{Credential, Policy};
use crate::{ast, bounds};

/// Checks the keys of a trait against each other.
pub(super) fn of_trait(keys: &Keys, credential: &Credential, members: &[ast::Member], mistakes: &mut Diagnostics) {
    if let Credential::None = credential {
        let named = [
            ("audience", keys.audience.as_ref().map(|setting| setting.key)),
            ("scope", keys.scope.as_ref().map(|setting| setting.key)),
            ("reauth", keys.reauth.as_ref().map(|setting| setting.key)),
        ];
        for (name, key) in named {
            if let Some(key) = key {
                let instead = match keys.auth {
                    Some(_) => "write `auth = \"auth0\"` in place of `\"none\"`, or remove it",
                    None => "write `auth = \"auth0\"` beside it, or remove it",
                };
                without_auth(name, key, instead, mistakes);
            }
        }
    }
    if let Credential::BuiltIn(kind, _) = credential {
        let asks = |key: &Setting<String>| (!kind.asks_for_tokens()).then_some(key.key);
        let named = [
            ("audience", keys.audience.as_ref().and_then(asks)),
            ("scope", keys.scope.as_ref().and_then(asks)),
        ];
        for (name, key) in named {
            if let Some(key) = key {
                let what = format!("`{name}` means nothing to `auth = \"{}\"`", kind.name());
                mistakes.at(key, what, "remove it: only `auth0` and `oauth2` ask for tokens");
            }
        }
        if let Some(reauth) = &keys.reauth {
            reauth_of_fixed(kind, reauth, mistakes);
        }
    }
    if let Some(retry_on) = &keys.retry_on {
        let is_retried = |keys: &Keys| {
            keys.retry
                .as_ref()
                .is_some_and(|retry| retry.value != Some(Retry::None))
        };
        let some_method_is = members.iter().any(|member| match member {
            ast::Member::Method(method) => is_retried(&method.keys),
            _ => false,
        });
        if !is_retried(keys) && !some_method_is {
            without_retry(retry_on.key, mistakes);
        }
    }
    attempt_within_call(keys.attempt_timeout.as_ref(), keys.timeout.as_ref(), mistakes);
    waits::within_calls(keys, members, mistakes);
}

/// What never changes is not sent again after a 401.
fn reauth_of_fixed(kind: &BuiltIn, reauth: &Setting<Reauth>, mistakes: &mut Diagnostics) {
    if kind.is_fixed() && !matches!(reauth.value, Some(Reauth::None) | None) {
        mistakes.at(
            reauth.key,
            format!("`reauth` with `auth = \"{}\"`, which never changes", kind.name()),
            "remove it: a 401 to it is final",
        );
    }
}

fn without_auth(name: &str, key: Span, instead: &str, mistakes: &mut Diagnostics) {
    mistakes.at(key, format!("`{name}` without `auth`"), instead);
}

fn without_retry(key: Span, mistakes: &mut Diagnostics) {
    mistakes.at(
        key,
        "`retry_on` without `retry`",
        "write `retry = \"constant(100ms,3)\"` beside it, or remove it",
    );
}

/// An attempt that may last longer than its call. `None` for `timeout` is the default.
fn attempt_within_call(
    attempt: Option<&Setting<Duration>>,
    call: Option<&Setting<Duration>>,
    mistakes: &mut Diagnostics,
) {
    let Some(setting) = attempt else { return };
    let Some(attempt) = setting.value else { return };
    let (call, whose) = match call {
        Some(Setting { value: Some(call), .. }) => (*call, "`timeout`"),
        Some(_) => return,
        None => (bounds::DEFAULT_TIMEOUT, "the default `timeout`"),
    };
    if attempt > call {
        let (attempt, call) = (duration::written(attempt), duration::written(call));
        mistakes.push(Mistake::over(
            &setting.tokens,
            format!("one attempt may take `{attempt}`, but {whose} is `{call}` for all"),
            format!("write less than `{call}`, or `timeout = \"…\"` with more than `{attempt}`"),
        ));
    }
}

/// The method's keys over the trait's.
pub(super) fn of_method(of: &Trait<'_>, own: &Keys, mistakes: &mut Diagnostics) -> Policy {
    fn either<'a, T>(own: Option<&'a Setting<T>>, api: Option<&'a Setting<T>>) -> Option<&'a T> {
        own.or(api).and_then(|setting| setting.value.as_ref())
    }
    let Trait {
        keys: api, credential, ..
    } = of;
    let is_anonymous = own.is_anonymous();
    let authorized = matches!(credential, Credential::BuiltIn(..) | Credential::Type(_)) && !is_anonymous;
    if let Some(reauth) = &own.reauth {
        if is_anonymous {
            without_auth("reauth", reauth.key, "remove it, or `auth = \"none\"`", mistakes);
        } else if let Credential::None = credential {
            without_auth(
                "reauth",
                reauth.key,
                "write `auth = \"auth0\"` on the trait, or remove it",
                mistakes,
            );
        } else if let Credential::BuiltIn(kind, _) = credential {
            reauth_of_fixed(kind, reauth, mistakes);
        }
    }
    let retry = own.retry.as_ref().or(api.retry.as_ref());
    if let Some(retry_on) = &own.retry_on
        && retry.is_none_or(|retry| retry.value == Some(Retry::None))
    {
        without_retry(retry_on.key, mistakes);
    }
    if own.attempt_timeout.is_some() {
        let call = own.timeout.as_ref().or(api.timeout.as_ref());
        attempt_within_call(own.attempt_timeout.as_ref(), call, mistakes);
    }
    let retry: Option<Backoff> = match retry.and_then(|retry| retry.value.as_ref()) {
        Some(Retry::Schedule(backoff)) => Some(backoff.clone()),
        Some(Retry::None) | None => None,
    };
    Policy {
        authorized,
        retry,
        retry_on: either(own.retry_on.as_ref(), api.retry_on.as_ref()).cloned(),
        reauth: match credential {
            Credential::BuiltIn(kind, _) if kind.is_fixed() => Some(Reauth::None),
            _ => either(own.reauth.as_ref(), api.reauth.as_ref()).cloned(),
        },
        timeout: either(own.timeout.as_ref(), api.timeout.as_ref()).copied(),
        attempt_timeout: either(own.attempt_timeout.as_ref(), api.attempt_timeout.as_ref()).copied(),
        idle_timeout: either(own.idle_timeout.as_ref(), api.idle_timeout.as_ref()).copied(),
        idempotent: own.idempotent.is_some(),
        idempotency_key: own.idempotency_key.as_ref().and_then(|key| key.value.clone()),
    }
}
