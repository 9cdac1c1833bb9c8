//! The attribute of [`reauth`](https://docs.rs/reauth): annotate a trait, get a typed HTTP client.
//!
//! Use it through `reauth`, which re-exports it and holds what it expands to.
//!
//! One trait passes through the modules in this order: `input` reads the item, `attr` and `keys` the attributes, `ast`
//! the members; `grammar` holds the small languages inside the values. `check` and `placement` compare all of it and
//! make the `model`, whose consequences `bounds` computes and `summary` puts into words, and which `expand` prints. Each
//! leaves its complaints in `diagnostics`.

mod ast;
mod attr;
mod bounds;
mod check;
mod diagnostics;
mod expand;
#[cfg(test)]
mod fuzz;
#[cfg(test)]
mod golden;
mod grammar;
#[cfg(test)]
mod half_written;
mod input;
mod keys;
mod model;
mod placement;
mod summary;

use diagnostics::Diagnostics;
use proc_macro2::TokenStream;
use quote::quote;

#[doc(hidden)]
#[proc_macro_attribute]
pub fn api_client(keys: proc_macro::TokenStream, item: proc_macro::TokenStream) -> proc_macro::TokenStream {
    client(keys.into(), &item.into()).into()
}

/// The whole way from the attribute to the expansion, with all complaints beside it.
fn client(keys: TokenStream, item: &TokenStream) -> TokenStream {
    let mut mistakes = Diagnostics::default();
    let arguments = keys::arguments(keys, &mut mistakes);
    let keys = keys::read(arguments, keys::Level::Trait, &mut mistakes);
    let Some(mut annotated) = input::read(item.clone(), &mut mistakes) else {
        return quote!(#mistakes #item);
    };
    let written = ast::read(&mut annotated, &mut mistakes);
    let api = check::api(&annotated, keys, written, &mut mistakes);
    let expansion = expand::api(&mut annotated, &api);
    let mistakes = mistakes.in_source_order();
    quote!(#mistakes #expansion)
}
