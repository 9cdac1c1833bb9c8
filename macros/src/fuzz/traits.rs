//! The attribute and the trait as a whole.

use proc_macro2::{Ident, TokenStream, TokenTree};
use reauth_fuzz::Verdict;
use syn::ItemTrait;

use crate::diagnostics::Diagnostics;
use crate::half_written::{methods_of_impls, methods_of_trait, parts};
use crate::input;

/// The complaints among some tokens.
fn complaints(tokens: &TokenStream) -> Vec<Ident> {
    let complaints = tokens.clone().into_iter().filter_map(|token| match token {
        TokenTree::Ident(ident) => Some(ident).filter(|ident| ident == "compile_error"),
        _ => None,
    });
    complaints.collect()
}

/// Whether it is at tokens of the source; only `fuzz/run` sees places, elsewhere spans have none.
fn has_place(complaint: &Ident) -> bool {
    format!("{:?}", complaint.span()) != "bytes(0..0)"
}

/// The names of the methods that a client has to have.
fn required(item: &ItemTrait) -> Vec<String> {
    let methods = item.items.iter().filter_map(|item| match item {
        syn::TraitItem::Fn(method) if method.default.is_none() => Some(&method.sig.ident),
        _ => None,
    });
    methods
        .map(|name| syn::ext::IdentExt::unraw(name).to_string())
        .collect()
}

fn check(text: &str) -> Verdict {
    let Some((keys, item)) = text.parse().ok().and_then(parts) else {
        return Verdict::Refused;
    };
    let expanded = crate::client(keys.clone(), &item);
    assert_eq!(
        expanded.to_string(),
        crate::client(keys, &item).to_string(),
        "another one each time"
    );
    let complaints = complaints(&expanded);
    let is_taken = complaints.is_empty();
    // What rustc cannot read as an item it does not pass on.
    let is_trait = input::read(item.clone(), &mut Diagnostics::default()).is_some();
    assert!(
        !is_trait || complaints.iter().all(has_place),
        "a complaint without a place in {expanded}"
    );
    if let Ok(written) = syn::parse2::<ItemTrait>(item) {
        let file: syn::File = syn::parse2(expanded).expect("items");
        let (of_trait, of_impls) = (methods_of_trait(&file), methods_of_impls(&file));
        for method in required(&written) {
            assert!(of_trait.contains(&method), "the trait lost `{method}`");
            assert!(!is_taken || of_impls.contains(&method), "the client has no `{method}`");
        }
    }
    if is_taken { Verdict::Taken } else { Verdict::Refused }
}

#[test]
fn traits() {
    // `syn` reads what is nested by recursion, without a limit: as deep as an input goes, there is room.
    let roomy = std::thread::Builder::new().stack_size(1 << 30);
    let run = roomy.spawn(|| reauth_fuzz::text("traits", check)).expect("a thread");
    if let Err(panic) = run.join() {
        std::panic::resume_unwind(panic);
    }
}
