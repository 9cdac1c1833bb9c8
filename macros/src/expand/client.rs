//! The client's type and its constructors.

use proc_macro2::{Ident, Span, TokenStream};
use quote::{quote, quote_spanned};
use syn::ItemTrait;
use syn::ext::IdentExt;

use super::{cfgs, endpoint};
use crate::diagnostics::ends;
use crate::grammar::auth::{BuiltIn, KeyPlace};
use crate::model::{Api, Credential};

/// The client's type, its constructors and the description of its endpoints.
pub(super) fn client(item: &ItemTrait, api: &Api, private: &TokenStream) -> TokenStream {
    let Api { client, .. } = api;
    let vis = &item.vis;
    let cfgs = cfgs(&item.attrs);
    let name = item.ident.unraw().to_string();
    let about = format!(" HTTP client of [`{name}`].");
    let shares = match api.credential {
        Credential::None => " Clones are cheap and share their connections.",
        _ => " Clones are cheap and share their connections and tokens.",
    };
    let endpoints = endpoint::endpoints(item, api, private);
    let constructors = constructors(item, api, private);
    let with = api.takes_options.then(|| with(item, private));
    let credential = match &api.credential {
        Credential::None | Credential::Any => quote!(()),
        Credential::BuiltIn(kind, span) => built_in(kind, *span, private),
        Credential::Type(ty) => quote!(#ty),
    };
    let audience = api.audience.iter().map(|audience| quote!(.audience(#audience)));
    let scope = api.scope.iter().map(|scope| quote!(.scope(#scope)));
    let base_url = api.base_url.iter().map(|url| quote!(.base_url(#url)));
    let key_place = match &api.credential {
        Credential::BuiltIn(BuiltIn::ApiKey(KeyPlace::Header(name)), _) => quote!(.api_key_header(#name)),
        Credential::BuiltIn(BuiltIn::ApiKey(KeyPlace::Query(name)), _) => quote!(.api_key_query(#name)),
        _ => TokenStream::new(),
    };
    quote! {
        #[doc = #about]
        #[doc = ""]
        #[doc = #shares]
        #cfgs
        #[derive(#private::Clone, #private::Debug)]
        #vis struct #client {
            client: #private::Client,
        }

        #cfgs
        #[automatically_derived]
        #[allow(dead_code, non_upper_case_globals)]
        impl #client {
            #endpoints
            #constructors
            #with
        }

        #cfgs
        #[automatically_derived]
        impl #private::FromClient for #client {
            type Credential = #credential;
            const API: #private::Api = #private::Api::new(#name) #(#audience)* #(#scope)* #(#base_url)* #key_place;

            fn from_client(client: #private::Client) -> Self {
                Self { client }
            }
        }
    }
}

/// The method by which calls do otherwise than the attribute says.
fn with(item: &ItemTrait, private: &TokenStream) -> TokenStream {
    let vis = &item.vis;
    quote! {
        /// The same client, with calls that have these options.
        #[must_use]
        #vis fn with(&self, options: #private::CallOptions) -> Self {
            Self {
                client: self.client.with(options),
            }
        }
    }
}

/// The type of one of the runtime's credentials.
fn built_in(kind: &BuiltIn, span: Span, private: &TokenStream) -> TokenStream {
    let name = Ident::new(kind.type_name(), span);
    quote_spanned!(span=> #private::#name)
}

/// `new` and `builder`, which take exactly what the client needs. They stand where the trait's name and
/// the key stand, for that is where rustc points when an argument is missing.
fn constructors(item: &ItemTrait, api: &Api, private: &TokenStream) -> TokenStream {
    let at_name = Span::mixed_site().located_at(item.ident.span());
    let mut parameters = TokenStream::new();
    let mut arguments = TokenStream::new();
    let base_url = if let Some(url) = &api.base_url {
        quote!(#url)
    } else {
        parameters.extend(quote_spanned!(at_name=> base_url: impl #private::AsRef<str>,));
        arguments.extend(quote_spanned!(at_name=> base_url,));
        quote_spanned!(at_name=> base_url)
    };
    let builder = quote!(#private::ClientBuilder::new(#base_url));
    let credential = match &api.credential {
        Credential::BuiltIn(kind, span) => Some((*span, *span, built_in(kind, *span, private))),
        Credential::Type(ty) => {
            let (start, end) = ends(ty.clone());
            Some((start, end, ty.clone()))
        }
        Credential::None | Credential::Any => None,
    };
    let (generics, builder) = match (&api.credential, credential) {
        (_, Some((start, end, ty))) => {
            let span = Span::mixed_site().located_at(start);
            parameters.extend(quote_spanned!(span=> credential: #ty));
            arguments.extend(quote_spanned!(span=> credential));
            // Whether the type is a credential is asked at the type.
            let method = Ident::new("credential", Span::mixed_site().located_at(end));
            let credential = Ident::new("credential", Span::mixed_site().located_at(end));
            (TokenStream::new(), quote!(#builder.#method(#credential)))
        }
        (Credential::None, None) => (TokenStream::new(), builder),
        _ => {
            parameters.extend(quote_spanned!(at_name=> _credential: C));
            arguments.extend(quote_spanned!(at_name=> _credential));
            (quote_spanned!(at_name=> <C>), builder)
        }
    };
    let takes = match (&api.base_url, &api.credential) {
        (None, Credential::None) => " A client of the service at `base_url`.",
        (None, _) => " A client of the service at `base_url` that calls it with `credential`.",
        (Some(_), Credential::None) => " A client of the service at its usual place.",
        (Some(_), _) => " A client of the service that calls it with `credential`.",
    };
    let builds = " The same, with settings that can be changed before it is built.";
    let vis = &item.vis;
    let new = Ident::new("new", at_name);
    let build = Ident::new("builder", at_name);
    quote! {
        #[doc = #takes]
        ///
        /// # Errors
        ///
        /// The base URL is not one that the client can call; the error says why.
        #vis fn #new #generics(#parameters) -> #private::Result<Self, #private::Error> {
            Self::#build(#arguments).build()
        }

        #[doc = #builds]
        #vis fn #build #generics(#parameters) -> #private::ClientBuilder<Self> {
            #builder
        }
    }
}
