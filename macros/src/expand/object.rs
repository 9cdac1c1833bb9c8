//! The trait object: `DynTodoApi` beside `TodoApi`, the same methods with boxed futures.
//!
//! Its own methods have hidden names, `boxed_todo`, and the object has `todo`: so a client that is no object has one
//! method `todo`, whichever of the two traits are in scope.

use proc_macro2::{Ident, Span, TokenStream};
use quote::{ToTokens, format_ident, quote, quote_spanned};
use syn::ext::IdentExt;
use syn::{Attribute, FnArg, Generics, ItemTrait, Pat, PatIdent, Signature, TraitItem, TraitItemFn};

use super::boxed::{self, Boxing, Words};
use super::cfgs;
use crate::model::{Api, Member, Object};

/// The trait, its implementation for everything that implements the user's, and the methods of the object.
pub(super) fn object(item: &ItemTrait, api: &Api, object: &Object, private: &TokenStream) -> TokenStream {
    let ItemTrait {
        vis, ident, generics, ..
    } = item;
    let name = &object.name;
    let words = Words::of(item);
    let boxing = Boxing {
        private,
        generics,
        words: &words,
        is_local: api.is_local,
    };
    let methods: Vec<Method> = item
        .items
        .iter()
        .zip(&api.members)
        .zip(&object.has)
        .filter_map(|((item, model), has)| match item {
            TraitItem::Fn(method) if *has => Some(Method::new(method, model, &boxing)),
            _ => None,
        })
        .collect();
    let cfgs = cfgs(&item.attrs);
    let docs = docs(item, api, name);
    let threads = (!api.is_local).then(|| quote!(#private::Send + #private::Sync));
    let supertraits = threads
        .into_iter()
        .chain(item.supertraits.iter().map(ToTokens::to_token_stream));
    let supertraits: Vec<TokenStream> = supertraits.collect();
    let colon = (!supertraits.is_empty()).then(|| quote!(:));
    let (impl_generics, arguments, where_clause) = generics.split_for_impl();
    let declared = methods.iter().map(Method::declared);
    let called = methods
        .iter()
        .map(|method| method.called(vis, &quote!(#name #arguments)));
    let implemented = methods
        .iter()
        .map(|method| method.implemented(&quote!(#ident #arguments), private));
    let implementor = format_ident!("{}", words.unused("Implementor"));
    let of_implementor = of_implementor(
        generics,
        &implementor,
        &quote!(#ident #arguments),
        api.is_local,
        private,
    );
    let (implementor_generics, _, implementor_clause) = of_implementor.split_for_impl();
    quote! {
        #docs
        #cfgs
        #[allow(dead_code, deprecated)]
        #vis trait #name #generics #colon #(#supertraits)+* #where_clause {
            #(#declared)*
        }

        #cfgs
        #[automatically_derived]
        #[allow(deprecated)]
        impl #implementor_generics #name #arguments for #implementor #implementor_clause {
            #(#implemented)*
        }

        #cfgs
        #[automatically_derived]
        #[allow(dead_code, deprecated)]
        impl #impl_generics dyn #name #arguments + '_ #where_clause {
            #(#called)*
        }
    }
}

fn docs(item: &ItemTrait, api: &Api, object: &Ident) -> TokenStream {
    let name = item.ident.unraw();
    let about =
        format!(" [`{name}`] as a trait object, as in `Arc<dyn {object}>`: the same methods with boxed futures.");
    let implementors = if api.is_local {
        format!(" Everything that implements [`{name}`] implements it.")
    } else {
        format!(" Everything that implements [`{name}`] and is `Send` and `Sync` implements it.")
    };
    quote! {
        #[doc = #about]
        #[doc = ""]
        #[doc = #implementors]
    }
}

/// The trait's generics, and the type that implements it.
fn of_implementor(
    of_trait: &Generics,
    implementor: &Ident,
    bound: &TokenStream,
    is_local: bool,
    private: &TokenStream,
) -> Generics {
    let mut generics = of_trait.clone();
    generics
        .params
        .push(syn::GenericParam::Type(implementor.clone().into()));
    let threads = (!is_local).then(|| quote!(+ #private::Send + #private::Sync));
    boxed::require(&mut generics, quote!(#implementor: #bound #threads));
    generics
}

/// One method of the object.
struct Method<'a> {
    written: &'a TraitItemFn,
    /// As it is called on the object.
    sig: Signature,
    /// The arguments behind the receiver.
    arguments: Vec<Ident>,
    /// As it is called in the trait.
    hidden: Ident,
    is_boxed: bool,
}

impl<'a> Method<'a> {
    fn new(written: &'a TraitItemFn, model: &Member, boxing: &Boxing<'_>) -> Self {
        let mut sig = written.sig.clone();
        let arguments = named_arguments(&mut sig);
        // What has a verb is `async`, or that is a mistake.
        let is_boxed = !matches!(model, Member::Provided) || sig.asyncness.is_some();
        if is_boxed {
            boxing.apply(&mut sig);
        }
        Self {
            written,
            hidden: hidden(&sig.ident, boxing.words),
            sig,
            arguments,
            is_boxed,
        }
    }

    fn hidden_sig(&self) -> Signature {
        Signature {
            ident: self.hidden.clone(),
            ..self.sig.clone()
        }
    }

    /// In the trait.
    fn declared(&self) -> TokenStream {
        let cfgs = cfgs(&self.written.attrs);
        let sig = self.hidden_sig();
        quote! {
            #cfgs
            #[doc(hidden)]
            #sig;
        }
    }

    /// For everything that implements the user's trait.
    fn implemented(&self, of_trait: &TokenStream, private: &TokenStream) -> TokenStream {
        let cfgs = cfgs(&self.written.attrs);
        let sig = self.hidden_sig();
        let call = self.call(of_trait, &self.sig.ident);
        // A lifetime that has no name, as in `NewTodo` for `NewTodo<'_>`, is noticed here.
        let at = self.sig.ident.span();
        let body = if self.is_boxed {
            let private = located(private, at);
            quote_spanned!(Span::mixed_site().located_at(at)=> #private::Box::pin(#call))
        } else {
            call
        };
        quote! {
            #cfgs
            #sig {
                #body
            }
        }
    }

    /// On the object.
    fn called(&self, vis: &syn::Visibility, of_object: &TokenStream) -> TokenStream {
        let cfgs = cfgs(&self.written.attrs);
        let told = self.written.attrs.iter().filter(|attribute| is_for_callers(attribute));
        let sig = &self.sig;
        let call = self.call(of_object, &self.hidden);
        quote! {
            #cfgs
            #(#told)*
            #vis #sig {
                #call
            }
        }
    }

    fn call(&self, of: &TokenStream, name: &Ident) -> TokenStream {
        let this = self.sig.receiver().map(|receiver| &receiver.self_token);
        let arguments = &self.arguments;
        quote_spanned! {Span::mixed_site().located_at(name.span())=>
            <Self as #of>::#name(#this #(, #arguments)*)
        }
    }
}

/// A name that no method of the user's has: the object could not tell them apart.
fn hidden(method: &Ident, words: &Words) -> Ident {
    let name = words.unused(&format!("boxed_{}", method.unraw()));
    Ident::new(&name, method.span())
}

/// What an attribute says to whoever calls the method.
fn is_for_callers(attribute: &Attribute) -> bool {
    ["doc", "deprecated", "must_use"]
        .iter()
        .any(|name| attribute.path().is_ident(name))
}

/// The same tokens, which stand where `at` stands.
fn located(tokens: &TokenStream, at: Span) -> TokenStream {
    let tokens = tokens.clone().into_iter();
    tokens
        .map(|mut token| {
            token.set_span(token.span().located_at(at));
            token
        })
        .collect()
}

/// Gives every argument a name where it has a pattern, and returns the names.
fn named_arguments(sig: &mut Signature) -> Vec<Ident> {
    let mut names = Vec::new();
    for (index, input) in sig.inputs.iter_mut().enumerate() {
        let argument = match input {
            FnArg::Receiver(receiver) => {
                receiver.mutability = None;
                continue;
            }
            FnArg::Typed(argument) => argument,
        };
        let name = match &*argument.pat {
            Pat::Ident(pattern) => pattern.ident.clone(),
            _ => format_ident!("argument{index}"),
        };
        *argument.pat = Pat::Ident(PatIdent {
            attrs: Vec::new(),
            by_ref: None,
            mutability: None,
            ident: name.clone(),
            subpat: None,
        });
        names.push(name);
    }
    names
}
