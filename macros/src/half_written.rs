//! What an editor sees while somebody types: a trait, a method or an attribute that ends anywhere, with the delimiters
//! closed for it.
//!
//! Whatever is complete stays, in the trait and in the client.

use proc_macro2::{Delimiter, TokenStream, TokenTree};
use syn::{ImplItem, Item, TraitItem};

/// Traits that say everything there is to say.
const SOURCES: [&str; 2] = [
    include_str!("../tests/golden/object.rs"),
    include_str!("../tests/golden/surface.rs"),
];

/// A source up to some byte.
struct Cut {
    /// What closes the delimiters that are open; the last one is the trait's.
    closing: String,
    /// The methods that are complete.
    complete: Vec<String>,
    /// Whether the trait's body has begun.
    has_body: bool,
    /// Whether what ends here is the attribute or one of the trait's members.
    is_end: bool,
}

/// What is open and what is complete after each byte, for sources without character literals and block comments.
fn cuts(source: &str) -> Vec<Cut> {
    let mut cuts = Vec::new();
    let mut open: Vec<char> = Vec::new();
    let mut complete: Vec<String> = Vec::new();
    let mut method = None;
    let (mut is_text, mut is_comment, mut has_body) = (false, false, false);
    let mut is_attribute = true;
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
        let ends_member = is_member && (c == ';' || c == '}');
        if ends_member {
            complete.extend(method.take().map(|name| name.trim_start_matches("r#").to_owned()));
        }
        let ends_attribute = is_attribute && open.is_empty() && c == ']';
        is_attribute &= !ends_attribute;
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
                is_end: ends_member || ends_attribute,
            });
        }
    }
    cuts
}

/// The attribute's tokens and the item's.
pub(crate) fn parts(tokens: TokenStream) -> Option<(TokenStream, TokenStream)> {
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

pub(crate) fn methods_of_trait(file: &syn::File) -> Vec<String> {
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

pub(crate) fn methods_of_impls(file: &syn::File) -> Vec<String> {
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

/// The source up to a byte, if it means something else than it did a byte earlier.
fn prefix(source: &str, index: usize) -> Option<&str> {
    source.get(..=index).filter(|prefix| !prefix.ends_with([' ', '\n']))
}

/// Expands what was typed; `None` where it is no tokens: in the middle of a string, say, no macro is called.
fn expand(typed: &str) -> Option<TokenStream> {
    let (keys, item) = parts(typed.parse().ok()?)?;
    Some(crate::client(keys, &item))
}

/// The methods of the trait are there, and the client has those that it should.
fn check(expanded: TokenStream, methods: &[String], typed: &str) {
    let file: syn::File = syn::parse2(expanded).unwrap_or_else(|error| panic!("{error} in {typed}"));
    let (of_trait, of_impls) = (methods_of_trait(&file), methods_of_impls(&file));
    for method in methods {
        assert!(of_trait.contains(method), "`{method}` is missing in {typed}");
        let is_provided = ["both", "name", "touch", "version"].contains(&method.as_str());
        assert!(
            is_provided || of_impls.contains(method),
            "the client has no `{method}` in {typed}"
        );
    }
}

#[test]
fn a_trait_that_ends_anywhere_keeps_what_is_complete() {
    for source in SOURCES {
        let mut read = 0;
        for (index, cut) in cuts(source).into_iter().enumerate() {
            let Some(prefix) = prefix(source, index) else { continue };
            let typed = format!("{prefix}{}", cut.closing);
            if let (Some(expanded), true) = (expand(&typed), cut.has_body) {
                read += 1;
                check(expanded, &cut.complete, &typed);
            }
        }
        assert!(read > source.len() / 3, "{read} of {} could be read", source.len());
    }
}

#[test]
fn a_member_that_ends_anywhere_keeps_the_others() {
    for source in SOURCES {
        let mut read = 0;
        let cuts = cuts(source);
        let all = &cuts.last().expect("a source").complete;
        assert!(all.len() >= 4, "{all:?}");
        for (index, cut) in cuts.iter().enumerate() {
            let Some(prefix) = prefix(source, index) else { continue };
            let Some(end) = (index..cuts.len()).find(|&end| cuts[end].is_end) else {
                break;
            };
            // The trait itself is closed behind the other members.
            let closing = &cut.closing[..cut.closing.len() - usize::from(cut.has_body)];
            let typed = format!("{prefix}{closing}{}", &source[end + 1..]);
            let (before, after) = (&cut.complete, &cuts[end].complete);
            let others: Vec<String> = all
                .iter()
                .filter(|method| before.contains(method) || !after.contains(method))
                .cloned()
                .collect();
            if let Some(expanded) = expand(&typed) {
                read += 1;
                check(expanded, &others, &typed);
            }
        }
        assert!(read > source.len() / 3, "{read} of {} could be read", source.len());
    }
}
