//! The arguments of an attribute: tokens between commas, some of them strings.

use proc_macro2::{Delimiter, Literal, Span, TokenStream, TokenTree};
use quote::ToTokens;
use syn::LitStr;

/// One argument of an attribute, as tokens without its comma.
pub(crate) type Argument = Vec<TokenTree>;

/// Cuts the tokens of an attribute at its commas, but for those between the `<` and `>` of a type.
pub(crate) fn arguments(tokens: TokenStream) -> Vec<Argument> {
    let mut arguments = Vec::new();
    let mut argument = Vec::new();
    let mut depth = 0_usize;
    for token in ungrouped(tokens) {
        if let TokenTree::Punct(punct) = &token {
            match punct.as_char() {
                '<' => depth += 1,
                '>' => depth = depth.saturating_sub(1),
                ',' if depth == 0 => {
                    arguments.push(std::mem::take(&mut argument));
                    continue;
                }
                _ => {}
            }
        }
        argument.push(token);
    }
    arguments.push(argument);
    arguments.retain(|argument| !argument.is_empty());
    arguments
}

/// Without the invisible groups that `macro_rules` puts around what it substitutes.
fn ungrouped(tokens: TokenStream) -> Vec<TokenTree> {
    let mut flat = Vec::new();
    for token in tokens {
        match token {
            TokenTree::Group(group) if group.delimiter() == Delimiter::None => {
                flat.extend(ungrouped(group.stream()));
            }
            token => flat.push(token),
        }
    }
    flat
}

/// A string literal and what it says.
#[derive(Clone)]
pub(crate) struct Text {
    pub(crate) value: String,
    pub(crate) literal: Literal,
}

impl Text {
    /// The argument, if it is a string literal.
    pub(crate) fn read(argument: &[TokenTree]) -> Option<Self> {
        let [TokenTree::Literal(literal)] = argument else {
            return None;
        };
        let value = syn::parse2::<LitStr>(literal.to_token_stream()).ok()?.value();
        Some(Self {
            value,
            literal: literal.clone(),
        })
    }

    pub(crate) fn span(&self) -> Span {
        self.literal.span()
    }
}
