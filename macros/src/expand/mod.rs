//! Prints the model: the trait, its client, the client's implementation of the trait.
//!
//! Nothing is decided here. Every path is absolute through the crate's `__private`, locals have a hygiene of their
//! own, and what a type must fulfil is asked at the span of that type.

mod boxed;
mod client;
mod docs;
mod endpoint;
mod method;
mod object;

use proc_macro2::{Ident, TokenStream};
use quote::quote;
use syn::{Attribute, Generics, ItemTrait};

use crate::model::Api;

/// The whole expansion.
pub(crate) fn api(item: &mut ItemTrait, api: &Api) -> TokenStream {
    let root = &api.root;
    let private = quote!(#root::__private);
    docs::append(item, api);
    let object = api
        .object
        .as_ref()
        .map(|object| object::object(item, api, object, &private));
    let scope = Scope {
        private: &private,
        generics: &item.generics,
        is_local: api.is_local,
    };
    let methods: Vec<TokenStream> = item
        .items
        .iter_mut()
        .zip(&api.members)
        .map(|(member, model)| method::implementation(member, model, &scope))
        .collect();
    let client = client::client(item, api, &private);
    let imp = trait_impl(item, api, &methods);
    quote! {
        #item
        #client
        #imp
        #object
    }
}

/// What all methods of a trait have in common.
struct Scope<'a> {
    private: &'a TokenStream,
    /// The trait's.
    generics: &'a Generics,
    /// Whether futures need not be `Send`.
    is_local: bool,
}

/// The `#[cfg]`s among the attributes.
fn cfgs(attrs: &[Attribute]) -> TokenStream {
    attrs
        .iter()
        .filter(|attr| attr.path().is_ident("cfg"))
        .map(|attr| {
            let meta = &attr.meta;
            quote!(#[#meta])
        })
        .collect()
}

/// `impl Trait for Client`, with the methods that the trait leaves to it.
fn trait_impl(item: &ItemTrait, api: &Api, methods: &[TokenStream]) -> TokenStream {
    let ItemTrait { unsafety, ident, .. } = item;
    let client = &api.client;
    let cfgs = cfgs(&item.attrs);
    let (impl_generics, arguments, where_clause) = item.generics.split_for_impl();
    // Where rustc would add a parameter to the trait for a type that is missing, it would add it to the
    // `impl` at the same place: one message, not two.
    let keyword = Ident::new("impl", ident.span());
    quote! {
        #cfgs
        #[automatically_derived]
        #[allow(deprecated, refining_impl_trait)]
        #unsafety #keyword #impl_generics #ident #arguments for #client #where_clause {
            #(#methods)*
        }
    }
}
