//! What the client can implement: `async fn name(&self, …) -> …`.

use proc_macro2::{TokenStream, TokenTree};
use quote::ToTokens;
use syn::ext::IdentExt;
use syn::{ItemTrait, ReceiverKind, ReturnType, Signature, TraitItem};

use crate::diagnostics::{Diagnostics, Mistake};

/// Whether another macro has rewritten the methods before us; that is one mistake, not one for each of them.
pub(super) fn of_trait(item: &ItemTrait, mistakes: &mut Diagnostics) {
    let rewritten = item.items.iter().find_map(|item| match item {
        TraitItem::Fn(method) if is_rewritten(&method.sig) => Some(&method.sig),
        _ => None,
    });
    if let Some(sig) = rewritten {
        mistakes.at(
            sig.ident.span(),
            "`#[async_trait]` has boxed the methods already",
            "remove it; for trait objects, write `#[api_client(dyn)]`",
        );
    }
}

/// By the lifetime that `#[async_trait]` adds.
fn is_rewritten(sig: &Signature) -> bool {
    let mut lifetimes = sig.generics.lifetimes();
    lifetimes.any(|parameter| parameter.lifetime.ident == "async_trait")
}

/// `async fn name(&self, …) -> …`
///
/// Returns whether the client can implement it.
pub(super) fn of_method(sig: &Signature, mistakes: &mut Diagnostics) -> bool {
    if is_rewritten(sig) {
        return false;
    }
    let before = mistakes.len();
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
    match &sig.output {
        ReturnType::Default => mistakes.at(
            sig.ident.span(),
            format!("`{name}` has no return type"),
            "write `-> Result<()>`",
        ),
        // What is not `async` returns something else altogether.
        ReturnType::Type(_, ty) if sig.asyncness.is_some() => output(ty.to_token_stream(), mistakes),
        ReturnType::Type(..) => {}
    }
    mistakes.len() == before
}

/// What is read from a response has a type with a name, and owns what it holds.
fn output(ty: TokenStream, mistakes: &mut Diagnostics) {
    for token in ty {
        match &token {
            TokenTree::Ident(word) if word == "impl" => {
                mistakes.at(
                    word.span(),
                    "a request cannot return an `impl` type",
                    "write the type, as `Result<Vec<T>>`; `Pages<T>`, `Lines<T>`, `Events<T>` and `ByteStream` are streams",
                );
                return;
            }
            TokenTree::Punct(punct) if punct.as_char() == '&' => {
                mistakes.at(
                    punct.span(),
                    "a response cannot be borrowed: nobody else holds it",
                    "write a type that owns what it holds, as `String` or `Vec<T>`",
                );
                return;
            }
            TokenTree::Group(group) => output(group.stream(), mistakes),
            _ => {}
        }
    }
}
