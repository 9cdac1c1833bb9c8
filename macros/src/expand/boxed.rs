//! A signature whose future is boxed: `fn(&self, …) -> BoxFuture<'call, …>`.
//!
//! The future borrows all of the arguments, so every lifetime that the signature leaves out gets a name, and outlives
//! the call.

use std::collections::HashSet;

use proc_macro2::{Span, TokenStream, TokenTree};
use quote::{ToTokens, quote};
use syn::visit_mut::{self, VisitMut};
use syn::{
    FnArg, GenericParam, Generics, ItemTrait, Lifetime, LifetimeParam, ParenthesizedGenericArguments, ReceiverKind,
    ReturnType, Signature, TypeFnPtr, TypeReference,
};

use super::method;

/// Every word in a trait, so that ours is another.
pub(super) struct Words(HashSet<String>);

impl Words {
    pub(super) fn of(item: &ItemTrait) -> Self {
        let mut words = HashSet::new();
        collect(item.to_token_stream(), &mut words);
        Self(words)
    }

    /// The word, or one like it that the trait does not have.
    pub(super) fn unused(&self, word: &str) -> String {
        let mut unused = word.to_owned();
        while self.0.contains(&unused) {
            unused.push('_');
        }
        unused
    }

    fn lifetime(&self, word: &str, at: Span) -> Lifetime {
        Lifetime::new(&format!("'{}", self.unused(word)), Span::mixed_site().located_at(at))
    }
}

fn collect(tokens: TokenStream, words: &mut HashSet<String>) {
    for token in tokens {
        match token {
            TokenTree::Ident(word) => _ = words.insert(word.to_string()),
            TokenTree::Group(group) => collect(group.stream(), words),
            _ => {}
        }
    }
}

/// What the signatures of one trait have in common.
pub(super) struct Boxing<'a> {
    pub(super) private: &'a TokenStream,
    /// The trait's.
    pub(super) generics: &'a Generics,
    pub(super) words: &'a Words,
    pub(super) is_local: bool,
}

impl Boxing<'_> {
    /// Boxes the future of a method that is or should be `async`.
    pub(super) fn apply(&self, sig: &mut Signature) {
        let output = method::output(sig);
        sig.asyncness = None;
        let mut names = Names {
            words: self.words,
            given: Vec::new(),
            instead: None,
        };
        let receiver = names.of_inputs(sig);
        let call = self.words.lifetime("call", sig.ident.span());
        // A lifetime that the output leaves out is the receiver's.
        names.instead = receiver.or_else(|| names.given.first().cloned());
        let output = match syn::parse2(output.clone()) {
            Ok(mut ty) => {
                names.visit_type_mut(&mut ty);
                ty.into_token_stream()
            }
            Err(_) => output,
        };
        let private = self.private;
        let alias = if self.is_local {
            quote!(LocalBoxFuture)
        } else {
            quote!(BoxFuture)
        };
        let future = quote!(#private::#alias<#call, #output>);
        sig.output = ReturnType::Type(<syn::Token![->]>::default(), Box::new(syn::Type::Verbatim(future)));
        for name in names.given.into_iter().chain([call.clone()]) {
            let parameter = GenericParam::Lifetime(LifetimeParam::new(name));
            sig.generics.params.push(parameter);
        }
        self.outlive(&call, &mut sig.generics);
    }

    /// Everything that the future may hold outlives the call.
    fn outlive(&self, call: &Lifetime, generics: &mut Generics) {
        let own = generics.params.clone();
        for parameter in self.generics.params.iter().chain(&own) {
            match parameter {
                GenericParam::Lifetime(parameter) if parameter.lifetime == *call => {}
                GenericParam::Lifetime(LifetimeParam { lifetime, .. }) => require(generics, quote!(#lifetime: #call)),
                GenericParam::Type(parameter) => {
                    let name = &parameter.ident;
                    require(generics, quote!(#name: #call));
                }
                GenericParam::Const(_) => {}
            }
        }
        require(generics, quote!(Self: #call));
    }
}

/// Adds a predicate to a `where` clause.
pub(super) fn require(generics: &mut Generics, predicate: TokenStream) {
    if let Ok(predicate) = syn::parse2(predicate) {
        generics.make_where_clause().predicates.push(predicate);
    }
}

/// Names the lifetimes that types leave out.
struct Names<'a> {
    words: &'a Words,
    /// The new names.
    given: Vec<Lifetime>,
    /// Stands for all of them, in place of a new one for each.
    instead: Option<Lifetime>,
}

impl Names<'_> {
    /// Names those of the arguments, and returns the receiver's.
    fn of_inputs(&mut self, sig: &mut Signature) -> Option<Lifetime> {
        let mut of_receiver = None;
        for input in &mut sig.inputs {
            match input {
                FnArg::Typed(argument) => self.visit_type_mut(&mut argument.ty),
                FnArg::Receiver(receiver) => match &mut receiver.kind {
                    ReceiverKind::Reference(_, lifetime, _) => {
                        if lifetime.as_ref().is_none_or(is_left_out) {
                            *lifetime = Some(self.next());
                        }
                        of_receiver.clone_from(lifetime);
                    }
                    ReceiverKind::Typed(_, ty) => self.visit_type_mut(ty),
                    _ => {}
                },
            }
        }
        of_receiver
    }

    fn next(&mut self) -> Lifetime {
        if let Some(instead) = &self.instead {
            return instead.clone();
        }
        let name = self
            .words
            .lifetime(&format!("life{}", self.given.len()), Span::call_site());
        self.given.push(name.clone());
        name
    }
}

fn is_left_out(lifetime: &Lifetime) -> bool {
    lifetime.ident == "_"
}

impl VisitMut for Names<'_> {
    fn visit_type_reference_mut(&mut self, reference: &mut TypeReference) {
        if reference.lifetime.is_none() {
            reference.lifetime = Some(self.next());
        }
        visit_mut::visit_type_reference_mut(self, reference);
    }

    fn visit_lifetime_mut(&mut self, lifetime: &mut Lifetime) {
        if is_left_out(lifetime) {
            *lifetime = self.next();
        }
    }

    // Those that `fn(&str)` and `Fn(&str)` leave out are their own.
    fn visit_type_fn_ptr_mut(&mut self, _: &mut TypeFnPtr) {}

    fn visit_parenthesized_generic_arguments_mut(&mut self, _: &mut ParenthesizedGenericArguments) {}
}
