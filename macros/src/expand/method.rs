//! The methods: the trait's with their return types, the client's with bodies.

use proc_macro2::{Ident, Span, TokenStream, TokenTree};
use quote::{ToTokens, quote, quote_spanned};
use syn::ext::IdentExt;
use syn::{
    Expr, FnArg, GenericParam, Generics, ReceiverKind, ReturnType, Signature, Stmt, Token, TraitItem, TraitItemFn, Type,
};

use super::{Scope, cfgs, endpoint};
use crate::diagnostics::ends;
use crate::grammar::template::Piece;
use crate::model::{Endpoint, Member, Parameter, Place, Target};

/// Edits one item of the trait, and prints what the client makes of it.
pub(super) fn implementation(item: &mut TraitItem, model: &Member, scope: &Scope<'_>) -> TokenStream {
    match (item, model) {
        (TraitItem::Fn(method), Member::Endpoint(endpoint)) => {
            let output = output(&method.sig);
            let future = future(&method.sig, &output, scope);
            let captures = captures(&method.sig, &output, scope.generics);
            let body = body(&method.sig, &output, endpoint);
            write_method(method, &future, &captures, &body)
        }
        (TraitItem::Fn(method), Member::Broken) => broken(method, scope),
        (TraitItem::Fn(method), Member::Provided) => {
            provided(method, scope);
            TokenStream::new()
        }
        // Both have been reported; with these, nothing else is.
        (TraitItem::Const(item), _) if item.default.is_none() => {
            item.default = Some((<Token![=]>::default(), Expr::Verbatim(quote!(loop {}))));
            TokenStream::new()
        }
        (TraitItem::Type(item), _) => {
            let name = &item.ident;
            let (generics, _, where_clause) = item.generics.split_for_impl();
            quote!(type #name #generics = () #where_clause;)
        }
        _ => TokenStream::new(),
    }
}

/// Gives the trait's method its return type, and prints the client's with a body.
fn write_method(
    method: &mut TraitItemFn,
    future: &TokenStream,
    captures: &TokenStream,
    body: &TokenStream,
) -> TokenStream {
    method.sig.asyncness = None;
    let cfgs = cfgs(&method.attrs);
    method.sig.output = returns(quote!(#future #captures));
    let sig = &method.sig;
    let written = quote! {
        #cfgs
        #sig {
            #body
        }
    };
    method.sig.output = returns(future.clone());
    written
}

fn returns(tokens: TokenStream) -> ReturnType {
    ReturnType::Type(<Token![->]>::default(), Box::new(Type::Verbatim(tokens)))
}

/// What the method's future resolves to, as written.
pub(super) fn output(sig: &Signature) -> TokenStream {
    match &sig.output {
        ReturnType::Default => quote_spanned!(sig.ident.span()=> ()),
        ReturnType::Type(_, ty) => ty.to_token_stream(),
    }
}

/// What stands in place of `async`: a complaint about the future is a complaint about that word.
fn future(sig: &Signature, output: &TokenStream, scope: &Scope<'_>) -> TokenStream {
    let private = scope.private;
    let span = sig
        .asyncness
        .as_ref()
        .map_or(sig.fn_token.span, |asyncness| asyncness.span);
    let span = Span::mixed_site().located_at(span);
    let send = (!scope.is_local).then(|| quote_spanned!(span=> + #private::Send));
    quote_spanned!(span=> impl #private::Future<Output = #output> #send)
}

/// `+ use<'_, T>`: the future borrows the client and none of the arguments. rustc wants every type and
/// constant in scope named; lifetimes only where the output has them.
fn captures(sig: &Signature, output: &TokenStream, of_trait: &Generics) -> TokenStream {
    let has_hidden_parameter = sig
        .inputs
        .iter()
        .any(|input| matches!(input, FnArg::Typed(argument) if names(argument.ty.to_token_stream(), "impl")));
    if has_hidden_parameter {
        return TokenStream::new();
    }
    let receiver = sig.receiver().and_then(|receiver| match &receiver.kind {
        ReceiverKind::Reference(_, lifetime, _) => lifetime.as_ref(),
        _ => None,
    });
    let receiver = receiver.map_or_else(|| quote!('_), ToTokens::to_token_stream);
    let mut captured = vec![receiver.clone()];
    let all = || of_trait.params.iter().chain(&sig.generics.params);
    for parameter in all() {
        if let GenericParam::Lifetime(parameter) = parameter {
            let lifetime = &parameter.lifetime;
            if names(output.clone(), &lifetime.ident.to_string()) && lifetime.to_string() != receiver.to_string() {
                captured.push(lifetime.to_token_stream());
            }
        }
    }
    for parameter in all() {
        match parameter {
            GenericParam::Type(parameter) => captured.push(parameter.ident.to_token_stream()),
            GenericParam::Const(parameter) => captured.push(parameter.ident.to_token_stream()),
            GenericParam::Lifetime(_) => {}
        }
    }
    quote!(+ use<#(#captured),*>)
}

/// Whether a word stands anywhere among the tokens.
fn names(tokens: TokenStream, word: &str) -> bool {
    tokens.into_iter().any(|token| match token {
        TokenTree::Ident(ident) => ident == word,
        TokenTree::Group(group) => names(group.stream(), word),
        _ => false,
    })
}

/// The body of a method: build the request, send it.
fn body(sig: &Signature, output: &TokenStream, endpoint: &Endpoint) -> TokenStream {
    let this = sig.receiver().map(|receiver| &receiver.self_token);
    let constant = endpoint::constant(&sig.ident);
    let target = match &endpoint.target {
        Target::Path(template) => path(&template.pieces, &endpoint.parameters),
        Target::Url => placed(&endpoint.parameters, |place| *place == Place::Url, "url"),
    };
    let query = match &endpoint.target {
        Target::Path(template) => template.query.as_ref(),
        Target::Url => None,
    };
    let query = query.map(|query| quote_spanned!(Span::mixed_site()=> request.literal_query(#query);));
    let others = endpoint.parameters.iter().filter_map(|parameter| {
        let method = match parameter.place {
            Place::Path(_) | Place::Url => return None,
            Place::Query(_) => "query",
            Place::QueryFields => "query_fields",
            Place::Header(_) => "header",
            Place::Body => "body",
        };
        Some(statement(parameter, method))
    });
    let send = send(this, output);
    quote_spanned! {Span::mixed_site()=>
        let mut request = #this.client.request(&Self::#constant);
        #target
        #query
        #(#others)*
        #send
    }
}

/// The pieces of a path, one after another.
fn path(pieces: &[Piece], parameters: &[Parameter]) -> TokenStream {
    let is = |place: &Place, name: &String| matches!(place, Place::Path(placeholder) if placeholder == name);
    pieces
        .iter()
        .map(|piece| match piece {
            Piece::Literal(literal) => quote_spanned!(Span::mixed_site()=> request.literal(#literal);),
            Piece::Segment(name) => placed(parameters, |place| is(place, name), "segment"),
            Piece::Segments(name) => placed(parameters, |place| is(place, name), "segments"),
        })
        .collect()
}

/// Hands over the arguments that have a place.
fn placed(parameters: &[Parameter], is_there: impl Fn(&Place) -> bool, method: &str) -> TokenStream {
    parameters
        .iter()
        .filter(|parameter| is_there(&parameter.place))
        .map(|parameter| statement(parameter, method))
        .collect()
}

/// Hands one argument to a method of the request. The call stands where the argument's type stands, for that is what
/// rustc complains about.
fn statement(parameter: &Parameter, method: &str) -> TokenStream {
    let Parameter { name, ty, cfgs, place } = parameter;
    let (start, end) = ends(ty.clone());
    let value = |span: Span| {
        let mut value = name.clone();
        value.set_span(name.span().located_at(span));
        value
    };
    let named = |sent_as: &str| {
        // rustc underlines all of `&value`, but only `value` where the type is a reference itself.
        let is_reference = ty.to_string().starts_with('&');
        let value = value(if is_reference { head(ty) } else { end });
        quote_spanned!(name.span().located_at(start)=> #sent_as, &#value)
    };
    let arguments = match place {
        Place::Path(name) | Place::Query(name) => named(name),
        Place::Url | Place::QueryFields => named(&name.unraw().to_string()),
        Place::Header(name) => named(&name.to_ascii_lowercase()),
        Place::Body => value(head(ty)).into_token_stream(),
    };
    let span = Span::mixed_site().located_at(start);
    let method = Ident::new(method, span);
    quote_spanned!(span=> #cfgs request.#method(#arguments);)
}

/// Sends the request. Whether the output may be one is asked where its type stands.
fn send(this: Option<&Token![self]>, output: &TokenStream) -> TokenStream {
    let method = Ident::new("send", head(output));
    quote_spanned!(Span::mixed_site().located_at(head(output))=> #this.client.#method(request))
}

/// The word of a type that says most about it: `Cell` of `&std::cell::Cell<T>`.
fn head(ty: &TokenStream) -> Span {
    let mut head = None;
    let mut is_lifetime = false;
    for token in ty.clone() {
        match &token {
            TokenTree::Ident(ident) if is_lifetime || ["mut", "dyn", "impl"].iter().any(|word| ident == word) => {
                is_lifetime = false;
            }
            TokenTree::Ident(ident) => head = Some(ident.span()),
            TokenTree::Punct(punct) if punct.as_char() == '\'' => is_lifetime = true,
            TokenTree::Punct(punct) if "&:".contains(punct.as_char()) => {}
            token => return head.unwrap_or_else(|| token.span()),
        }
    }
    head.unwrap_or_else(|| ends(ty.clone()).0)
}

/// A method with a mistake: callers see its type, and it never answers.
fn broken(method: &mut TraitItemFn, scope: &Scope<'_>) -> TokenStream {
    let private = scope.private;
    // A body beside a verb is one of the mistakes.
    method.default = None;
    method.semi_token = Some(<Token![;]>::default());
    let output = output(&method.sig);
    let future = match names(output.clone(), "impl") {
        true if method.sig.asyncness.is_none() && names(output.clone(), "Future") => output,
        // No value has this type.
        true => future(&method.sig, &quote!(()), scope),
        false => future(&method.sig, &output, scope),
    };
    let written = write_method(method, &future, &TokenStream::new(), &quote!(#private::pending()));
    quote!(#[allow(unused_variables)] #written)
}

/// A default method of the user's. If it is `async`, its future must be like every other, mostly `Send`.
fn provided(method: &mut TraitItemFn, scope: &Scope<'_>) {
    let private = scope.private;
    if method.sig.asyncness.is_none() {
        return;
    }
    let output = output(&method.sig);
    let future = future(&method.sig, &output, scope);
    method.sig.asyncness = None;
    method.sig.output = returns(future);
    let bound = match method.sig.receiver().map(|receiver| &receiver.kind) {
        _ if scope.is_local => None,
        Some(ReceiverKind::Reference(_, _, None)) => Some(quote!(Self: #private::Sync)),
        Some(_) => Some(quote!(Self: #private::Send)),
        None => None,
    };
    if let Some(Ok(predicate)) = bound.map(syn::parse2) {
        method.sig.generics.make_where_clause().predicates.push(predicate);
    }
    if let Some(body) = &mut method.default {
        let statements = std::mem::take(&mut body.stmts);
        // What an `async` block resolves to is inferred from its first `return`; of the `async fn` that
        // this was, it was known. A hidden type cannot be named here, and is inferred.
        let typed = (!names(output.clone(), "impl")).then(|| {
            quote_spanned! {Span::mixed_site()=>
                #[allow(unreachable_code)]
                if false {
                    let unreachable: #output = loop {};
                    return unreachable;
                }
            }
        });
        let future = quote!(async move { #typed #(#statements)* });
        body.stmts.push(Stmt::Expr(Expr::Verbatim(future), None));
    }
}
