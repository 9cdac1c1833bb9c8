//! Compares the keys with each other and each method with what a request needs. What passes becomes the
//! [`Api`].
//!
//! What rustc says better is left to rustc: types, lifetimes, bounds, names.

use std::time::Duration;

use proc_macro2::{Ident, Span};
use quote::{ToTokens, format_ident, quote};
use syn::ext::IdentExt;
use syn::{ItemTrait, ReceiverKind, ReturnType, Signature, TraitItem};

use crate::ast;
use crate::diagnostics::{Diagnostics, Mistake, ends};
use crate::grammar::backoff::{Backoff, Retry};
use crate::keys::{Auth, Keys, Setting};
use crate::model::{Api, Credential, Endpoint, Member, Policy};
use crate::placement;

/// The runtime's `Endpoint::DEFAULT_TIMEOUT`, for the check of an `attempt_timeout` that is longer. A test of the
/// runtime compares them.
const DEFAULT_TIMEOUT: Duration = Duration::from_secs(30);

/// Checks one trait.
pub(crate) fn api(item: &ItemTrait, keys: Keys, members: Vec<ast::Member>, mistakes: &mut Diagnostics) -> Api {
    let name = item.ident.unraw();
    let credential = match &keys.auth {
        None => Credential::None,
        Some(auth) => match auth.value {
            Some(Auth::None) => Credential::None,
            Some(Auth::Auth0) => Credential::Auth0(ends(auth.tokens.clone()).0),
            None => Credential::Any,
        },
    };
    trait_keys(&keys, credential, &members, mistakes);
    let client = client_name(item, &keys, mistakes);
    let members = item
        .items
        .iter()
        .zip(members)
        .map(|(item, member)| match (item, member) {
            (TraitItem::Fn(written), ast::Member::Method(method)) => {
                match endpoint(&written.sig, *method, &keys, credential, mistakes) {
                    Some(endpoint) => Member::Endpoint(Box::new(endpoint)),
                    None => Member::Broken,
                }
            }
            (_, ast::Member::Provided) => Member::Provided,
            (_, ast::Member::Unsent) => Member::Broken,
            (item, _) => {
                unknown_to_the_client(item, mistakes);
                Member::Other
            }
        })
        .collect();
    let root = keys
        .root
        .and_then(|root| root.value)
        .unwrap_or_else(|| quote!(::reauth));
    Api {
        client: client.unwrap_or_else(|| format_ident!("{name}Client", span = item.ident.span())),
        root,
        credential,
        audience: keys.audience.and_then(|audience| audience.value),
        scope: keys.scope.and_then(|scope| scope.value),
        // Where it is wrong, the constructors still do without it.
        base_url: keys.base_url.map(|url| url.value.unwrap_or_default()),
        members,
    }
}

fn client_name(item: &ItemTrait, keys: &Keys, mistakes: &mut Diagnostics) -> Option<Ident> {
    let setting = keys.client.as_ref()?;
    let client = setting.value.clone()?;
    if client.unraw() == item.ident.unraw() {
        mistakes.push(Mistake::over(
            &setting.tokens,
            format!("`{client}` is the trait itself"),
            format!("write another name, as `client = \"{client}Client\"`"),
        ));
        return None;
    }
    Some(client)
}

/// What only the trait's implementor could give.
fn unknown_to_the_client(item: &TraitItem, mistakes: &mut Diagnostics) {
    match item {
        TraitItem::Type(item) => mistakes.at(
            item.ident.span(),
            format!("the client cannot know the type `{}`", item.ident),
            format!("make it a parameter of the trait, as `<{}>`", item.ident),
        ),
        TraitItem::Const(item) if item.default.is_none() => mistakes.at(
            item.ident.span(),
            format!("the client cannot know the value of `{}`", item.ident),
            format!("write `const {}: {} = …;`", item.ident, item.ty.to_token_stream()),
        ),
        _ => {}
    }
}

/// Checks the keys of a trait against each other.
fn trait_keys(keys: &Keys, credential: Credential, members: &[ast::Member], mistakes: &mut Diagnostics) {
    if let Credential::None = credential {
        let named = [
            ("audience", keys.audience.as_ref().map(|setting| setting.key)),
            ("scope", keys.scope.as_ref().map(|setting| setting.key)),
            ("reauth", keys.reauth.as_ref().map(|setting| setting.key)),
        ];
        for (name, key) in named {
            if let Some(key) = key {
                without_auth(name, key, "write `auth = \"auth0\"` beside it, or remove it", mistakes);
            }
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
        None => (DEFAULT_TIMEOUT, "the default `timeout`"),
    };
    if attempt > call {
        let (attempt, call) = (shown(attempt), shown(call));
        mistakes.push(Mistake::over(
            &setting.tokens,
            format!("one attempt may take `{attempt}`, but {whose} is `{call}` for all"),
            format!("write less than `{call}`, or `timeout = \"…\"` with more than `{attempt}`"),
        ));
    }
}

/// A duration as it is written in a key.
fn shown(duration: Duration) -> String {
    let millis = duration.as_millis();
    [(3_600_000, "h"), (60_000, "m"), (1_000, "s")]
        .into_iter()
        .find(|(unit, _)| millis.is_multiple_of(*unit))
        .map_or_else(
            || format!("{millis}ms"),
            |(unit, name)| format!("{}{name}", millis / unit),
        )
}

/// Checks one method; `None` where it has a mistake.
fn endpoint(
    sig: &Signature,
    method: ast::Method,
    api: &Keys,
    credential: Credential,
    mistakes: &mut Diagnostics,
) -> Option<Endpoint> {
    let before = mistakes.len();
    let ast::Method {
        verb,
        path,
        keys,
        parameters,
        is_sound,
    } = method;
    let policy = policy(api, &keys, credential, mistakes);
    signature(sig, mistakes);
    let placed = placement::places(verb.as_deref(), path.as_ref(), parameters, mistakes);
    placement::headers(&placed, policy.idempotency_key.as_deref(), mistakes);
    let (verb, path) = verb.zip(path)?;
    (is_sound && mistakes.len() == before).then(|| Endpoint {
        verb,
        path: path.written,
        template: path.template,
        parameters: placed.into_iter().map(|placed| placed.parameter).collect(),
        policy,
    })
}

/// The method's keys over the trait's.
fn policy(api: &Keys, own: &Keys, credential: Credential, mistakes: &mut Diagnostics) -> Policy {
    fn either<'a, T>(own: Option<&'a Setting<T>>, api: Option<&'a Setting<T>>) -> Option<&'a T> {
        own.or(api).and_then(|setting| setting.value.as_ref())
    }
    let is_anonymous = own.auth.as_ref().is_some_and(|auth| auth.value == Some(Auth::None));
    let authorized = matches!(credential, Credential::Auth0(_)) && !is_anonymous;
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
        reauth: either(own.reauth.as_ref(), api.reauth.as_ref()).cloned(),
        timeout: either(own.timeout.as_ref(), api.timeout.as_ref()).copied(),
        attempt_timeout: either(own.attempt_timeout.as_ref(), api.attempt_timeout.as_ref()).copied(),
        idempotent: own.idempotent.is_some(),
        idempotency_key: own.idempotency_key.as_ref().and_then(|key| key.value.clone()),
    }
}

/// `async fn name(&self, …) -> …`
fn signature(sig: &Signature, mistakes: &mut Diagnostics) {
    let name = sig.ident.unraw();
    if sig.asyncness.is_none() {
        mistakes.at(
            sig.fn_token.span,
            format!("`{name}` is not `async`"),
            format!("write `async fn {name}`"),
        );
    }
    match sig.receiver() {
        None => mistakes.at(
            sig.ident.span(),
            format!("`{name}` has no `&self`, and so no client"),
            format!("write `{name}(&self, …)`"),
        ),
        Some(receiver) if !matches!(receiver.kind, ReceiverKind::Reference(_, _, None)) => {
            let written = match receiver.kind {
                ReceiverKind::Reference(..) => "&mut self",
                ReceiverKind::Value => "self",
                _ => "self: …",
            };
            mistakes.push(Mistake::over(
                receiver,
                format!("a client is called through `&self`, not through `{written}`"),
                "write `&self`",
            ));
        }
        Some(_) => {}
    }
    if let ReturnType::Default = sig.output {
        mistakes.at(
            sig.ident.span(),
            format!("`{name}` has no return type"),
            "write `-> Result<()>`",
        );
    }
}
