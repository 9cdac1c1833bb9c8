//! What the client can implement: `async fn name(&self, …) -> …`.

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
pub(super) fn of_method(sig: &Signature, mistakes: &mut Diagnostics) {
    if is_rewritten(sig) {
        return;
    }
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
