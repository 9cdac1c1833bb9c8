//! The attribute and the trait as a whole.

use proc_macro2::{TokenStream, TokenTree};
use reauth_fuzz::Verdict;
use syn::ItemTrait;

use crate::half_written::{methods_of_impls, methods_of_trait, parts};

/// Whether `tokens` begin with a complaint; each is at tokens of the source.
fn has_complaints(tokens: &TokenStream) -> bool {
    let complaints = tokens.clone().into_iter().filter(|token| match token {
        TokenTree::Ident(ident) => ident == "compile_error",
        _ => false,
    });
    let complaints: Vec<TokenTree> = complaints.collect();
    // Elsewhere spans have no places.
    #[cfg(fuzzing_libfuzzer)]
    for complaint in &complaints {
        assert!(
            !complaint.span().byte_range().is_empty(),
            "a complaint without a place in {tokens}"
        );
    }
    !complaints.is_empty()
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

#[test]
fn traits() {
    reauth_fuzz::text("traits", |text| {
        let Some((keys, item)) = text.parse().ok().and_then(parts) else {
            return Verdict::Refused;
        };
        let expanded = crate::client(keys.clone(), &item);
        assert_eq!(
            expanded.to_string(),
            crate::client(keys, &item).to_string(),
            "another one each time"
        );
        let is_taken = !has_complaints(&expanded);
        if let Ok(written) = syn::parse2::<ItemTrait>(item) {
            let file: syn::File = syn::parse2(expanded).expect("items");
            let (of_trait, of_impls) = (methods_of_trait(&file), methods_of_impls(&file));
            for method in required(&written) {
                assert!(of_trait.contains(&method), "the trait lost `{method}`");
                assert!(!is_taken || of_impls.contains(&method), "the client has no `{method}`");
            }
        }
        if is_taken { Verdict::Taken } else { Verdict::Refused }
    });
}
