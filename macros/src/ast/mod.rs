//! What is written: the trait's headers and members, with our attributes taken off them and read.
//!
//! The trait itself stays as it is and where it is; nothing is compared with anything else yet.

mod headers;
mod role;
mod verb;

use proc_macro2::{Ident, Span, TokenStream};
use quote::ToTokens;
use syn::ext::IdentExt;
use syn::{Attribute, FnArg, ItemTrait, Meta, Pat, PatType, PatWild, TraitItem, TraitItemFn};

pub(crate) use self::headers::Header;
pub(crate) use self::role::Role;
use crate::attr::{self, Text};
use crate::diagnostics::{Diagnostics, Mistake, ends, list, nearest};
use crate::grammar::template::Template;
use crate::keys::Keys;

/// The attributes that make a method a request.
const VERBS: [&str; 8] = ["get", "head", "post", "put", "patch", "delete", "options", "request"];
/// The attribute of a trait or a method that adds headers.
const HEADERS: &str = "headers";

/// One trait.
pub(crate) struct Trait {
    /// `#[headers(…)]` on it.
    pub(crate) headers: Vec<Header>,
    /// One for each of its items.
    pub(crate) members: Vec<Member>,
}

/// One item of the trait.
pub(crate) enum Member {
    /// Has a verb.
    Method(Box<Method>),
    /// Has neither a verb nor a body, which has been reported.
    Unsent,
    /// Has a body and no verb.
    Provided,
    /// Not a method.
    Other,
}

/// A method that makes a request.
pub(crate) struct Method {
    /// As it is sent: `GET`; `None` where it is wrong.
    pub(crate) verb: Option<String>,
    /// `None` where it is missing or wrong, or where an argument is the URL.
    pub(crate) path: Option<PathTemplate>,
    pub(crate) keys: Keys,
    /// `#[headers(…)]` on it.
    pub(crate) headers: Vec<Header>,
    pub(crate) parameters: Vec<Parameter>,
    /// Whether no mistake was found so far.
    pub(crate) is_sound: bool,
}

/// The path of a method.
pub(crate) struct PathTemplate {
    pub(crate) span: Span,
    pub(crate) written: String,
    pub(crate) template: Template,
}

/// An argument with the attribute that says where it is sent.
pub(crate) struct Parameter {
    /// `None` for a pattern that is no name, which has been reported.
    pub(crate) name: Option<Ident>,
    pub(crate) ty: TokenStream,
    pub(crate) cfgs: TokenStream,
    pub(crate) role: Role,
}

/// Reads the trait and takes our attributes off it.
pub(crate) fn read(item: &mut ItemTrait, mistakes: &mut Diagnostics) -> Trait {
    out_of_place(&mut item.attrs, mistakes);
    Trait {
        headers: headers::take(&mut item.attrs, mistakes),
        members: members(item, mistakes),
    }
}

/// Reads every member and takes our attributes off it.
fn members(item: &mut ItemTrait, mistakes: &mut Diagnostics) -> Vec<Member> {
    without_namesakes(item, mistakes);
    item.items
        .iter_mut()
        .map(|item| match item {
            TraitItem::Fn(method) => member(method, mistakes),
            _ => Member::Other,
        })
        .collect()
}

/// Keeps the first of several methods with one name, unless a `#[cfg]` may choose between them.
fn without_namesakes(item: &mut ItemTrait, mistakes: &mut Diagnostics) {
    let mut seen: Vec<Ident> = Vec::new();
    item.items.retain(|item| {
        let TraitItem::Fn(method) = item else { return true };
        let name = &method.sig.ident;
        if method.attrs.iter().any(|attr| attr.path().is_ident("cfg")) {
            return true;
        }
        if seen.contains(name) {
            mistakes.at(name.span(), format!("a second method `{name}`"), "give it another name");
            return false;
        }
        seen.push(name.clone());
        true
    });
}

fn member(method: &mut TraitItemFn, mistakes: &mut Diagnostics) -> Member {
    let before = mistakes.len();
    out_of_place(&mut method.attrs, mistakes);
    let mut verbs = take(&mut method.attrs, &VERBS).into_iter();
    let Some(first) = verbs.next() else {
        if method.default.is_some() {
            without_request(method, mistakes);
            return Member::Provided;
        }
        no_verb(method, mistakes);
        // Whatever else we could read belongs to the verb that is missing.
        headers::take(&mut method.attrs, &mut Diagnostics::default());
        parameters(method, &mut Diagnostics::default());
        return Member::Unsent;
    };
    for second in verbs {
        mistakes.push(Mistake::over(
            second.path(),
            format!("a second verb on `{}`", method.sig.ident.unraw()),
            "write a method for each",
        ));
    }
    if let Some(body) = &method.default {
        mistakes.at(
            body.brace_token.span.open(),
            format!("`{}` has both a verb and a body", method.sig.ident.unraw()),
            "remove the body, which the client writes, or the verb",
        );
    }
    let headers = headers::take(&mut method.attrs, mistakes);
    let parameters = parameters(method, mistakes);
    // What could not be read may have been meant for one.
    let has_url = parameters
        .iter()
        .any(|parameter| matches!(parameter.role, Role::Url { .. } | Role::Unreadable));
    let (verb, path, keys) = verb::read(&first, has_url, mistakes);
    Member::Method(Box::new(Method {
        verb,
        path,
        keys,
        headers,
        parameters,
        is_sound: mistakes.len() == before,
    }))
}

/// A method with a body of the user's sends nothing, so nothing can be said of its request.
fn without_request(method: &mut TraitItemFn, mistakes: &mut Diagnostics) {
    let name = method.sig.ident.unraw();
    let on_arguments = method.sig.inputs.iter_mut().flat_map(|input| match input {
        FnArg::Typed(argument) => take(&mut argument.attrs, &role::ROLES),
        FnArg::Receiver(_) => Vec::new(),
    });
    for attribute in take(&mut method.attrs, &[HEADERS]).into_iter().chain(on_arguments) {
        let written = attribute.path().to_token_stream();
        mistakes.push(Mistake::over(
            &written,
            format!("`#[{written}]` on `{name}`, which has a body and makes no request"),
            "remove it, or write `#[get(\"/…\")]` in place of the body",
        ));
    }
}

/// Takes off what belongs on an argument, or on nothing at all.
fn out_of_place(attrs: &mut Vec<Attribute>, mistakes: &mut Diagnostics) {
    for attribute in take(attrs, &role::ROLES) {
        let written = attribute.path().to_token_stream().to_string();
        let instead = match written.as_str() {
            "header" => match sole_text(&attribute) {
                Some(text) if text.value.contains(':') => format!("write `#[headers({})]`", text.literal),
                _ => "write `#[headers(\"Name: value\")]`, or mark an argument `#[header(\"Name\")]`".to_owned(),
            },
            "path" => "write the path behind the verb, as `#[get(\"/…\")]`".to_owned(),
            _ => format!("mark an argument `#[{written}]`"),
        };
        mistakes.push(Mistake::over(
            attribute.path(),
            format!("`#[{written}]` belongs on an argument"),
            instead,
        ));
    }
    let boxing = attrs.extract_if(.., |attr| {
        let name = attr.path().segments.last();
        name.is_some_and(|name| name.ident == "async_trait")
    });
    for attribute in boxing {
        mistakes.push(Mistake::over(
            attribute.path(),
            "`#[async_trait]` beside `#[api_client]`",
            "remove it; for trait objects, write `#[api_client(dyn)]`",
        ));
    }
}

/// The string that is all of an attribute's arguments.
fn sole_text(attribute: &Attribute) -> Option<Text> {
    let Meta::List(list) = &attribute.meta else { return None };
    match attr::arguments(list.tokens.clone()).as_slice() {
        [argument] => Text::read(argument),
        _ => None,
    }
}

/// Takes the attributes of these names off an item.
fn take(attrs: &mut Vec<Attribute>, names: &[&str]) -> Vec<Attribute> {
    attrs
        .extract_if(.., |attr| names.iter().any(|name| attr.path().is_ident(name)))
        .collect()
}

/// A method that the client cannot write; perhaps its verb is misspelt.
fn no_verb(method: &mut TraitItemFn, mistakes: &mut Diagnostics) {
    let Some(misspelt) = method.attrs.iter().position(is_meant_as_verb) else {
        mistakes.at(
            method.sig.ident.span(),
            format!("`{}` has neither a verb nor a body", method.sig.ident.unraw()),
            "write `#[get(\"/…\")]` above it, or give it a body",
        );
        return;
    };
    let attribute = method.attrs.remove(misspelt);
    let path = attribute.path();
    let written: String = path
        .to_token_stream()
        .into_iter()
        .map(|token| token.to_string())
        .collect();
    let name = path
        .segments
        .last()
        .map(|segment| segment.ident.to_string())
        .unwrap_or_default();
    let instead = match nearest(&name, &VERBS) {
        Some(verb) => format!("write `#[{verb}(\"/…\")]`"),
        None => format!(
            "write one of {}, or `#[request(\"{}\", \"/…\")]`",
            list(VERBS),
            name.to_uppercase()
        ),
    };
    mistakes.push(Mistake::over(path, format!("`#[{written}]` is not a verb"), instead));
}

/// Whether the attribute is almost a verb, `reauth::get` or has a path.
fn is_meant_as_verb(attr: &Attribute) -> bool {
    let Some(name) = attr.path().get_ident() else {
        let name = attr.path().segments.last();
        return name.is_some_and(|name| VERBS.iter().any(|verb| name.ident == verb));
    };
    let has_a_path = matches!(&attr.meta, Meta::List(list) if {
        let arguments = attr::arguments(list.tokens.clone());
        arguments.first().and_then(|first| Text::read(first)).is_some_and(|text| text.value.starts_with('/'))
    });
    has_a_path || nearest(&name.to_string(), &VERBS).is_some()
}

/// Reads the arguments after the receiver.
fn parameters(method: &mut TraitItemFn, mistakes: &mut Diagnostics) -> Vec<Parameter> {
    let mut parameters = Vec::new();
    for input in &mut method.sig.inputs {
        let argument = match input {
            FnArg::Typed(argument) => argument,
            FnArg::Receiver(receiver) => {
                for attribute in take(&mut receiver.attrs, &role::ROLES) {
                    let written = attribute.path().to_token_stream();
                    mistakes.push(Mistake::over(
                        &written,
                        format!("`#[{written}]` on `self`"),
                        "mark the argument that is sent",
                    ));
                }
                continue;
            }
        };
        let role = role::read(argument, mistakes);
        let name = argument_name(argument, mistakes);
        let cfgs = argument.attrs.iter().filter(|attr| attr.path().is_ident("cfg"));
        parameters.push(Parameter {
            role: role.unwrap_or(Role::Unmarked).named_after(name.as_ref()),
            ty: argument.ty.to_token_stream(),
            cfgs: cfgs.map(ToTokens::to_token_stream).collect(),
            name,
        });
    }
    parameters
}

/// The argument's name; what is no name becomes `_`, so that rustc does not complain as well.
fn argument_name(argument: &mut PatType, mistakes: &mut Diagnostics) -> Option<Ident> {
    let span = match &mut *argument.pat {
        Pat::Ident(pattern) => match (&pattern.by_ref, &pattern.mutability, &pattern.subpat) {
            (None, None, None) => return Some(pattern.ident.clone()),
            _ => pattern.ident.span(),
        },
        Pat::Wild(_) => {
            mistakes.push(Mistake::over(
                &argument.pat,
                "`_` cannot be sent",
                "give the argument a name",
            ));
            return None;
        }
        pattern => ends(pattern.to_token_stream()).0,
    };
    let written = argument.pat.to_token_stream();
    mistakes.push(Mistake::over(
        &written,
        format!("the pattern `{written}` cannot be sent"),
        "write a name, as `todo: …`",
    ));
    *argument.pat = Pat::Wild(PatWild {
        attrs: Vec::new(),
        underscore_token: syn::Token![_](span),
    });
    None
}
