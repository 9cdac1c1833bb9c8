//! What the client knows of each endpoint: constants, so that a call costs nothing to describe.

use std::time::Duration;

use proc_macro2::{Ident, Literal, Span, TokenStream};
use quote::{format_ident, quote};
use syn::ext::IdentExt;
use syn::{ItemTrait, TraitItem};

use super::cfgs;
use crate::grammar::backoff::{Backoff, Jitter, Reauth};
use crate::grammar::retry_on::Condition;
use crate::model::{Api, Endpoint, Member, Policy};

/// `ENDPOINTS`, and the constant of each.
pub(super) fn endpoints(item: &ItemTrait, api: &Api, private: &TokenStream) -> TokenStream {
    let vis = &item.vis;
    let mut list = TokenStream::new();
    let mut constants = TokenStream::new();
    for (member, model) in item.items.iter().zip(&api.members) {
        let (TraitItem::Fn(method), Member::Endpoint(endpoint)) = (member, model) else {
            continue;
        };
        let cfgs = cfgs(&method.attrs);
        let constant = constant(&method.sig.ident);
        let name = format!("{}::{}", item.ident.unraw(), method.sig.ident.unraw());
        let Endpoint {
            verb, path, headers, ..
        } = &**endpoint;
        let headers = headers.iter().map(|(name, value)| quote!((#name, #value)));
        let headers = (!endpoint.headers.is_empty()).then(|| quote!(.headers(&[#(#headers),*])));
        let any_origin = endpoint.any_origin.then(|| quote!(.any_origin()));
        let policy = policy(&endpoint.policy, private);
        list.extend(quote!(#cfgs Self::#constant,));
        constants.extend(quote! {
            #cfgs
            const #constant: #private::Endpoint =
                #private::EndpointBuilder::new(#name, #verb, #path) #headers #any_origin #policy .build();
        });
    }
    quote! {
        /// What each method sends, and how it is retried and limited.
        #vis const ENDPOINTS: &'static [#private::Endpoint] = &[#list];
        #constants
    }
}

/// The name of the constant that describes a method.
pub(super) fn constant(method: &Ident) -> Ident {
    format_ident!(
        "endpoint_{}",
        method.unraw(),
        span = Span::mixed_site().located_at(method.span())
    )
}

/// What the trait or the method says, as calls on the builder; the defaults are the runtime's.
fn policy(policy: &Policy, private: &TokenStream) -> TokenStream {
    let mut calls = TokenStream::new();
    if policy.authorized {
        calls.extend(quote!(.authorized()));
        let reauth = policy.reauth.as_ref().map(|reauth| match reauth {
            Reauth::Once => quote!(.reauth(#private::Reauth::ONCE)),
            Reauth::None => quote!(.reauth(#private::Reauth::NONE)),
            Reauth::Schedule(schedule) => {
                let schedule = backoff(schedule, private);
                quote!(.reauth(#private::Reauth::schedule(#schedule)))
            }
        });
        calls.extend(reauth);
    }
    if let Some(retry) = &policy.retry {
        let retry = backoff(retry, private);
        calls.extend(quote!(.retry(#retry)));
        if let Some(retry_on) = &policy.retry_on {
            let conditions = retry_on.iter().map(|condition| match condition {
                Condition::Transient => quote!(.transient()),
                Condition::Connect => quote!(.connect()),
                Condition::Timeout => quote!(.timeout()),
                Condition::ServerErrors => quote!(.server_errors()),
                Condition::Status(status) => {
                    let status = Literal::u16_unsuffixed(*status);
                    quote!(.status(#status))
                }
            });
            calls.extend(quote!(.retry_on(#private::RetryOn::NONE #(#conditions)*)));
        }
    }
    if let Some(timeout) = policy.timeout {
        let timeout = duration(timeout, private);
        calls.extend(quote!(.timeout(#timeout)));
    }
    if let Some(timeout) = policy.attempt_timeout {
        let timeout = duration(timeout, private);
        calls.extend(quote!(.attempt_timeout(#timeout)));
    }
    if let Some(timeout) = policy.idle_timeout {
        let timeout = duration(timeout, private);
        calls.extend(quote!(.idle_timeout(#timeout)));
    }
    if policy.idempotent {
        calls.extend(quote!(.idempotent()));
    }
    if let Some(header) = &policy.idempotency_key {
        calls.extend(quote!(.idempotency_key(#header)));
    }
    calls
}

fn backoff(backoff: &Backoff, private: &TokenStream) -> TokenStream {
    let curve = format_ident!("{}", backoff.curve.name());
    let delay = duration(backoff.delay, private);
    let retries = Literal::u32_unsuffixed(backoff.retries);
    let mut tokens = quote!(#private::Backoff::#curve(#delay, #retries));
    if let Some(max) = backoff.max {
        let max = duration(max, private);
        tokens.extend(quote!(.max(#max)));
    }
    if let Some(factor) = backoff.factor {
        let factor = Literal::u32_unsuffixed(factor);
        tokens.extend(quote!(.factor(#factor)));
    }
    if let Some(jitter) = backoff.jitter {
        let jitter = match jitter {
            Jitter::Full => quote!(Full),
            Jitter::Equal => quote!(Equal),
            Jitter::None => quote!(None),
        };
        tokens.extend(quote!(.jitter(#private::Jitter::#jitter)));
    }
    tokens
}

fn duration(duration: Duration, private: &TokenStream) -> TokenStream {
    // No duration is longer than a day.
    let millis = Literal::u64_unsuffixed(u64::try_from(duration.as_millis()).unwrap_or(u64::MAX));
    quote!(#private::Duration::from_millis(#millis))
}
