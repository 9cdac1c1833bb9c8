//! What an editor sees while somebody types: a trait that ends anywhere, with the delimiters closed for it.
//!
//! Whatever was complete before stays, in the trait and in the client.

use proc_macro2::{Delimiter, TokenStream, TokenTree};
use syn::{ImplItem, Item, TraitItem};

/// Traits that say everything there is to say.
const SOURCES: [&str; 3] = [
    include_str!("../tests/golden/everything.rs"),
    include_str!("../tests/golden/object.rs"),
    include_str!("../tests/golden/surface.rs"),
];

/// A source up to some byte.
struct Cut {
    /// What closes the delimiters that are open.
    closing: String,
    /// The methods that are complete.
    complete: Vec<String>,
    /// Whether the trait's body has begun.
    has_body: bool,
}

/// What is open and what is complete after each byte, for sources without character literals and block comments.
fn cuts(source: &str) -> Vec<Cut> {
    let mut cuts = Vec::new();
    let mut open: Vec<char> = Vec::new();
    let mut complete: Vec<String> = Vec::new();
    let mut method = None;
    let (mut is_text, mut is_comment, mut has_body) = (false, false, false);
    for (index, c) in source.char_indices() {
        let rest = &source[index..];
        match c {
            '\n' => is_comment = false,
            _ if is_comment => {}
            '"' => is_text = !is_text,
            _ if is_text => {}
            '/' if rest.starts_with("//") => is_comment = true,
            '(' | '[' | '{' => open.push(c),
            ')' | ']' | '}' => _ = open.pop(),
            _ => {}
        }
        let is_member = open == ['{'] && !is_text && !is_comment;
        has_body |= is_member;
        if let (true, Some(name)) = (is_member, rest.strip_prefix("fn ")) {
            method = name.split(['(', '<']).next();
        }
        if is_member && (c == ';' || c == '}') {
            complete.extend(method.take().map(|name| name.trim_start_matches("r#").to_owned()));
        }
        let closing = open.iter().rev().map(|open| match open {
            '(' => ')',
            '[' => ']',
            _ => '}',
        });
        for _ in 0..c.len_utf8() {
            cuts.push(Cut {
                // Behind the end of a comment.
                closing: std::iter::once('\n').chain(closing.clone()).collect(),
                complete: complete.clone(),
                has_body,
            });
        }
    }
    cuts
}

/// The attribute's tokens and the item's.
fn parts(tokens: TokenStream) -> Option<(TokenStream, TokenStream)> {
    let mut tokens = tokens.into_iter();
    let (Some(_), Some(TokenTree::Group(attribute))) = (tokens.next(), tokens.next()) else {
        return None;
    };
    let keys = attribute.stream().into_iter().find_map(|token| match token {
        TokenTree::Group(group) if group.delimiter() == Delimiter::Parenthesis => Some(group.stream()),
        _ => None,
    });
    Some((keys.unwrap_or_default(), tokens.collect()))
}

fn methods_of_trait(file: &syn::File) -> Vec<String> {
    let item = file.items.iter().find_map(|item| match item {
        Item::Trait(item) => Some(item),
        _ => None,
    });
    let items = item.into_iter().flat_map(|item| &item.items);
    items
        .filter_map(|item| match item {
            TraitItem::Fn(method) => Some(syn::ext::IdentExt::unraw(&method.sig.ident).to_string()),
            _ => None,
        })
        .collect()
}

fn methods_of_impls(file: &syn::File) -> Vec<String> {
    let items = file.items.iter().flat_map(|item| match item {
        Item::Impl(item) => item.items.as_slice(),
        _ => &[],
    });
    items
        .filter_map(|item| match item {
            ImplItem::Fn(method) => Some(syn::ext::IdentExt::unraw(&method.sig.ident).to_string()),
            _ => None,
        })
        .collect()
}

#[test]
fn a_trait_that_ends_anywhere_keeps_what_is_complete() {
    for source in SOURCES {
        let mut read = 0;
        let whole = cuts(source).pop().expect("a source").complete;
        assert!(whole.len() >= 4, "{whole:?}");
        for (index, cut) in cuts(source).into_iter().enumerate() {
            let Some(prefix) = source.get(..=index) else { continue };
            // In the middle of a string, say; an editor does not call the macro then.
            let Ok(tokens) = format!("{prefix}{}", cut.closing).parse::<TokenStream>() else {
                continue;
            };
            let Some((keys, item)) = parts(tokens) else { continue };
            let expanded = crate::client(keys, &item);
            if !cut.has_body {
                continue;
            }
            read += 1;
            let file: syn::File = syn::parse2(expanded).unwrap_or_else(|error| panic!("{error} after {prefix}"));
            let (of_trait, of_impls) = (methods_of_trait(&file), methods_of_impls(&file));
            for method in &cut.complete {
                assert!(of_trait.contains(method), "{method} is missing after {prefix}");
                let is_provided = ["both", "name", "touch", "version"].contains(&method.as_str());
                assert!(
                    is_provided || of_impls.contains(method),
                    "the client lacks {method} after {prefix}"
                );
            }
        }
        assert!(read > source.len() / 3, "{read} of {} could be read", source.len());
    }
}
