//! The paragraph at the end of each method's docs.

use proc_macro2::TokenStream;
use quote::quote;
use syn::parse::Parser;
use syn::{Attribute, ItemTrait, TraitItem};

use crate::model::{Api, Member};
use crate::summary;

/// Says below each method's own docs what a call does.
pub(super) fn append(item: &mut ItemTrait, api: &Api) {
    for (member, model) in item.items.iter_mut().zip(&api.members) {
        let (TraitItem::Fn(method), Member::Endpoint(endpoint)) = (member, model) else {
            continue;
        };
        let summary = format!(" {}", summary::of(endpoint, &api.credential));
        let blank = method.attrs.iter().any(is_doc).then(|| quote!(#[doc = ""]));
        method.attrs.extend(attributes(quote!(#blank #[doc = #summary])));
    }
}

pub(super) fn is_doc(attribute: &Attribute) -> bool {
    attribute.path().is_ident("doc")
}

fn attributes(tokens: TokenStream) -> Vec<Attribute> {
    Attribute::parse_outer.parse2(tokens).unwrap_or_default()
}
