//! Compares the keys with each other and each method with what a request needs. What passes becomes the
//! [`Api`].
//!
//! What rustc says better is left to rustc: types, lifetimes, bounds, names.

mod object;
mod policy;
mod signature;
mod waits;

use proc_macro2::Ident;
use quote::{ToTokens, format_ident, quote};
use syn::ext::IdentExt;
use syn::{ItemTrait, Signature, TraitItem};

use crate::ast;
use crate::diagnostics::{Diagnostics, Mistake, ends};
use crate::keys::{Auth, Keys, Setting};
use crate::model::{Api, Credential, Endpoint, Member, Place, Target};
use crate::placement;

/// Checks one trait.
pub(crate) fn api(item: &ItemTrait, keys: Keys, written: ast::Trait, mistakes: &mut Diagnostics) -> Api {
    let ast::Trait { headers, members } = written;
    let name = item.ident.unraw();
    let credential = credential(keys.auth.as_ref());
    policy::of_trait(&keys, &credential, &members, mistakes);
    signature::of_trait(item, mistakes);
    let object = keys.object.as_ref().and_then(|_| object::of(item, mistakes));
    let client = client_name(item, &keys, mistakes);
    let of = Trait {
        keys: &keys,
        credential: &credential,
        headers: &headers,
    };
    let members = item
        .items
        .iter()
        .zip(members)
        .map(|(item, member)| match (item, member) {
            (TraitItem::Fn(written), ast::Member::Method(method)) => {
                match endpoint(&written.sig, *method, &of, mistakes) {
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
        is_local: keys.local.is_some(),
        takes_options: !has_method(item, "with"),
        object,
        members,
    }
}

fn has_method(item: &ItemTrait, name: &str) -> bool {
    let is_it = |item: &TraitItem| matches!(item, TraitItem::Fn(method) if method.sig.ident.unraw() == name);
    item.items.iter().any(is_it)
}

/// What holds for every method of a trait.
struct Trait<'a> {
    keys: &'a Keys,
    credential: &'a Credential,
    headers: &'a [ast::Header],
}

fn credential(auth: Option<&Setting<Auth>>) -> Credential {
    let Some(auth) = auth else { return Credential::None };
    match &auth.value {
        Some(Auth::None) => Credential::None,
        Some(Auth::BuiltIn(kind)) => Credential::BuiltIn(kind.clone(), ends(auth.tokens.clone()).0),
        Some(Auth::Type(path)) => Credential::Type(path.clone()),
        None => Credential::Any,
    }
}

fn client_name(item: &ItemTrait, keys: &Keys, mistakes: &mut Diagnostics) -> Option<Ident> {
    let setting = keys.client.as_ref()?;
    let client = setting.value.clone()?;
    let name = item.ident.unraw();
    let is_object = keys.object.is_some() && client == format!("Dyn{name}");
    if client.unraw() != name && !is_object {
        return Some(client);
    }
    let what = if is_object { "trait object" } else { "trait itself" };
    mistakes.push(Mistake::over(
        &setting.tokens,
        format!("`{client}` is the {what}"),
        format!("write another name, as `client = \"{name}Client\"`"),
    ));
    None
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

/// Checks one method; `None` where it has a mistake.
fn endpoint(sig: &Signature, method: ast::Method, of: &Trait<'_>, mistakes: &mut Diagnostics) -> Option<Endpoint> {
    let before = mistakes.len();
    let ast::Method {
        verb,
        path,
        keys,
        headers,
        parameters,
        is_sound,
    } = method;
    let policy = policy::of_method(of, &keys, mistakes);
    let is_sound = signature::of_method(sig, mistakes) && is_sound;
    let placed = placement::places(verb.as_deref(), path.as_ref(), parameters, mistakes);
    let is_url = placed.iter().any(|placed| placed.parameter.place == Place::Url);
    let any_origin = is_url && keys.is_anonymous();
    let headers = placement::headers(
        // Those of the trait are for the API, and not for whoever else it links to.
        if any_origin { &[] } else { of.headers },
        &headers,
        &placed,
        policy.idempotency_key.as_deref(),
        mistakes,
    );
    let parameters: Vec<_> = placed.into_iter().map(|placed| placed.parameter).collect();
    let url = parameters.iter().find(|parameter| parameter.place == Place::Url);
    let (path, target) = match (path, url) {
        (Some(path), _) => (path.written, Target::Path(path.template)),
        (None, Some(url)) => (format!("{{{}}}", url.name.unraw()), Target::Url),
        (None, None) => return None,
    };
    let verb = verb?;
    (is_sound && mistakes.len() == before).then_some(Endpoint {
        verb,
        path,
        target,
        parameters,
        headers,
        any_origin,
        policy,
    })
}
