//! The arguments of an attribute whose last ones are keys, also where a comma between them was forgotten.

use proc_macro2::{Punct, Spacing, TokenStream, TokenTree};

use super::known;
use crate::attr::{self, Argument};
use crate::diagnostics::Diagnostics;

/// Cuts an attribute's tokens at its commas, and where one is missing.
pub(crate) fn arguments(tokens: TokenStream, mistakes: &mut Diagnostics) -> Vec<Argument> {
    let arguments = together(attr::arguments(tokens));
    arguments
        .into_iter()
        .flat_map(|argument| apart(&argument, mistakes))
        .collect()
}

/// Gives a circuit breaker its three parts back: they are numbers, as no key is, so the commas in front of them are its
/// own.
fn together(arguments: Vec<Argument>) -> Vec<Argument> {
    let mut joined: Vec<Argument> = Vec::new();
    for argument in arguments {
        match (joined.last_mut(), argument.first()) {
            (Some(breaker), Some(TokenTree::Literal(part))) if is_circuit_breaker(breaker) => {
                let mut comma = Punct::new(',', Spacing::Alone);
                comma.set_span(part.span());
                breaker.push(comma.into());
                breaker.extend(argument);
            }
            _ => joined.push(argument),
        }
    }
    joined
}

fn is_circuit_breaker(argument: &[TokenTree]) -> bool {
    matches!(
        argument,
        [TokenTree::Ident(name), equals, TokenTree::Literal(_), sign, ..]
            if name == "circuit_breaker" && is(equals, '=') && is(sign, '%')
    )
}

fn apart(argument: &[TokenTree], mistakes: &mut Diagnostics) -> Vec<Argument> {
    let mut arguments = Vec::new();
    let mut begun: Argument = Vec::new();
    let mut rest = argument;
    while let [token, after @ ..] = rest {
        if is(token, ';') {
            mistakes.at(token.span(), "`;` between keys", "write `,`");
            arguments.push(std::mem::take(&mut begun));
        } else {
            if begun.last().is_some_and(is_end_of_value) && is_begin_of_key(token, after) {
                mistakes.at(
                    token.span(),
                    format!("no comma in front of `{token}`"),
                    "write `,` between keys",
                );
                arguments.push(std::mem::take(&mut begun));
            }
            begun.push(token.clone());
        }
        rest = after;
    }
    arguments.push(begun);
    arguments.retain(|argument| !argument.is_empty());
    arguments
}

fn is(token: &TokenTree, c: char) -> bool {
    matches!(token, TokenTree::Punct(punct) if punct.as_char() == c)
}

/// `auth = retry` is a value that is called as a key is.
fn is_end_of_value(token: &TokenTree) -> bool {
    !matches!(token, TokenTree::Punct(_)) || is(token, '>')
}

fn is_begin_of_key(token: &TokenTree, after: &[TokenTree]) -> bool {
    let TokenTree::Ident(name) = token else { return false };
    let Some(key) = known::find(&name.to_string()) else {
        return false;
    };
    match after {
        [] => key.is_flag,
        [next, ..] => is(next, '=') || key.is_flag && (is(next, ';') || matches!(next, TokenTree::Ident(_))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_comma_that_is_missing_is_one_mistake() {
        let text = |argument: Argument| argument.into_iter().collect::<TokenStream>().to_string();
        for (tokens, expected, mistakes) in [
            ("a = 1, b = 2,", vec!["a = 1", "b = 2"], 0),
            ("\"/x\", timeout = 2s", vec!["\"/x\"", "timeout = 2s"], 0),
            ("\"/x\" timeout = 2s", vec!["\"/x\"", "timeout = 2s"], 1),
            ("timeout = 2s retry = none", vec!["timeout = 2s", "retry = none"], 1),
            ("timeout = 2s; retry = none", vec!["timeout = 2s", "retry = none"], 1),
            ("idempotent timeout = 2s", vec!["idempotent", "timeout = 2s"], 1),
            ("timeout = 2s dyn local", vec!["timeout = 2s", "dyn", "local"], 2),
            ("client = retry", vec!["client = retry"], 0),
            ("auth = my :: local", vec!["auth = my :: local"], 0),
            (
                "circuit_breaker = 10%, 100/30s, 5s, retry = none",
                vec!["circuit_breaker = 10 %, 100 / 30s , 5s", "retry = none"],
                0,
            ),
            (
                "circuit_breaker = 10%, \"/x\"",
                vec!["circuit_breaker = 10 %, \"/x\""],
                0,
            ),
            ("timeout = 2s, 5s", vec!["timeout = 2s", "5s"], 0),
            ("auth = A < B > timeout = 2s", vec!["auth = A < B >", "timeout = 2s"], 1),
        ] {
            let mut found = Diagnostics::default();
            let arguments = arguments(tokens.parse().expect("tokens"), &mut found);
            assert_eq!(
                arguments.into_iter().map(text).collect::<Vec<_>>(),
                expected,
                "{tokens}"
            );
            assert_eq!(found.len(), mistakes, "{tokens}");
        }
    }
}
