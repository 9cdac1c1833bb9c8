//! Which methods a trait object can have, and what stands in the way of the others.
//!
//! A method with `where Self: Sized` is left out, as everywhere in Rust. One that could not be called on an object for
//! another reason is a mistake, at the token that would have to change.

use proc_macro2::{Ident, Span, TokenStream, TokenTree};
use quote::{ToTokens, format_ident};
use syn::ext::IdentExt;
use syn::{
    FnArg, GenericParam, ItemTrait, ReceiverKind, ReturnType, Signature, TraitItem, TraitItemFn, TypeParamBound,
    WherePredicate,
};

use crate::diagnostics::{Diagnostics, Mistake};
use crate::model::Object;

/// Traits of the standard library that no object can have.
const OBJECTLESS: [&str; 10] = [
    "Clone",
    "Copy",
    "Default",
    "Eq",
    "Hash",
    "Ord",
    "PartialEq",
    "PartialOrd",
    "Sized",
    "StructuralPartialEq",
];

/// The object of a trait; `None` where it cannot have one.
pub(super) fn of(item: &ItemTrait, mistakes: &mut Diagnostics) -> Option<Object> {
    let name = format_ident!("Dyn{}", item.ident.unraw(), span = item.ident.span());
    let can_be = supertraits(item, &name, mistakes);
    let has = item
        .items
        .iter()
        .map(|item| match item {
            TraitItem::Fn(method) => has(method, &name, mistakes),
            _ => false,
        })
        .collect();
    can_be.then_some(Object { name, has })
}

/// Whether an object can be all that the trait asks for.
fn supertraits(item: &ItemTrait, object: &Ident, mistakes: &mut Diagnostics) -> bool {
    let before = mistakes.len();
    for bound in &item.supertraits {
        let TypeParamBound::Trait(bound) = bound else { continue };
        let Some(name) = bound.path.segments.last() else {
            continue;
        };
        if OBJECTLESS.iter().any(|objectless| name.ident == objectless) {
            let instead = match name.ident.to_string().as_str() {
                "Clone" => format!("remove it; an `Arc<dyn {object}>` is cloned in its place"),
                _ => format!("remove it, or `dyn`, and with it `{object}`"),
            };
            mistakes.at(
                name.ident.span(),
                format!("a trait object cannot be `{}`", name.ident),
                instead,
            );
        }
    }
    mistakes.len() == before
}

/// Whether the object has this method.
fn has(method: &TraitItemFn, object: &Ident, mistakes: &mut Diagnostics) -> bool {
    let sig = &method.sig;
    if is_left_out(sig) {
        return false;
    }
    let before = mistakes.len();
    let obstacles = Obstacles {
        method: sig.ident.unraw(),
        object,
        mistakes,
    };
    let can_be_called = obstacles.look(sig, method.default.is_some());
    can_be_called && mistakes.len() == before
}

/// `where Self: Sized`
fn is_left_out(sig: &Signature) -> bool {
    bounds_on_self(sig).any(|(_, bounds)| names(bounds, "Sized").is_some())
}

/// The predicates on `Self` alone, with what follows the colon.
fn bounds_on_self(sig: &Signature) -> impl Iterator<Item = (Span, TokenStream)> {
    let clause = sig.generics.where_clause.iter();
    clause.flat_map(|clause| &clause.predicates).filter_map(|predicate| {
        let WherePredicate::Type(predicate) = predicate else {
            return None;
        };
        let bounded = predicate.bounded_ty.to_token_stream();
        let mut tokens = bounded.into_iter();
        match (tokens.next(), tokens.next()) {
            (Some(TokenTree::Ident(word)), None) if word == "Self" => {
                Some((word.span(), predicate.bounds.to_token_stream()))
            }
            _ => None,
        }
    })
}

/// Collects what keeps one method off the object.
struct Obstacles<'a> {
    method: Ident,
    object: &'a Ident,
    mistakes: &'a mut Diagnostics,
}

impl Obstacles<'_> {
    /// Whether there is something to call it on. What a request lacks as well has been reported.
    fn look(mut self, sig: &Signature, is_provided: bool) -> bool {
        if is_provided && sig.receiver().is_none() {
            self.at(
                sig.ident.span(),
                format!("`{}` has no `&self` to call it on", self.method),
                "write `&self`",
            );
        }
        for parameter in &sig.generics.params {
            let (name, what, instead) = match parameter {
                GenericParam::Type(parameter) => (&parameter.ident, "type", "write `&dyn …`, or the type,"),
                GenericParam::Const(parameter) => (&parameter.ident, "constant", "write an argument"),
                GenericParam::Lifetime(_) => continue,
            };
            self.at(
                name.span(),
                format!("a trait object has no method with a {what} parameter: `{name}`"),
                &format!("{instead} in its place"),
            );
        }
        for (span, bounds) in bounds_on_self(sig) {
            self.at(
                span,
                format!("`Self: {bounds}` is not known of a trait object"),
                "remove it",
            );
        }
        for input in &sig.inputs {
            let FnArg::Typed(argument) = input else { continue };
            self.ty(argument.ty.to_token_stream(), "write `&dyn …`, or the type");
            if let Some(cfg) = argument.attrs.iter().find(|attr| attr.path().is_ident("cfg")) {
                self.mistakes.push(Mistake::over(
                    cfg.path(),
                    "a trait object has no argument under `#[cfg]`",
                    format!(
                        "write `{}` twice, each under its `#[cfg]`, or remove `dyn`",
                        self.method
                    ),
                ));
            }
        }
        // What has a verb and is not `async` has been reported.
        let is_read = is_provided || sig.asyncness.is_some();
        if let (true, ReturnType::Type(_, ty)) = (is_read, &sig.output) {
            self.ty(ty.to_token_stream(), "write `Box<dyn …>`, or the type");
        }
        // By value, rustc asks for `Self: Sized` by itself.
        sig.receiver()
            .is_some_and(|receiver| !matches!(receiver.kind, ReceiverKind::Value))
    }

    fn ty(&mut self, ty: TokenStream, instead: &str) {
        if let Some(span) = names(ty.clone(), "impl") {
            self.at(
                span,
                "a trait object has no method with an `impl` type".to_owned(),
                instead,
            );
        }
        if let Some(span) = names(ty, "Self") {
            self.at(
                span,
                "the type behind a trait object is not known: `Self`".to_owned(),
                "write the type",
            );
        }
    }

    fn at(&mut self, span: Span, what: String, instead: &str) {
        self.mistakes.at(
            span,
            what,
            format!(
                "{instead}; or `where Self: Sized`, which leaves `{}` out of `{}`; or remove `dyn`",
                self.method, self.object
            ),
        );
    }
}

/// Where a word stands among the tokens.
fn names(tokens: TokenStream, word: &str) -> Option<Span> {
    tokens.into_iter().find_map(|token| match token {
        TokenTree::Ident(ident) if ident == word => Some(ident.span()),
        TokenTree::Group(group) => names(group.stream(), word),
        _ => None,
    })
}
