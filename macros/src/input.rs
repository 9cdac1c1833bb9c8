//! Reads the annotated item, piece by piece.
//!
//! While somebody types, rustc reports the half-written method and mostly still calls the macro. So what
//! `syn` cannot read is left out without a word, and the rest of the trait is there for everybody who
//! uses it.

use proc_macro2::{Delimiter, Group, TokenStream, TokenTree};
use quote::ToTokens;
use syn::parse::discouraged::Speculative;
use syn::parse::{ParseStream, Parser};
use syn::{Attribute, ItemTrait, Token, TraitItem, Visibility, token};

use crate::diagnostics::{Diagnostics, Mistake};

/// The trait under the attribute; `None` where there is none.
pub(crate) fn read(item: TokenStream, mistakes: &mut Diagnostics) -> Option<ItemTrait> {
    let mut tokens: Vec<TokenTree> = item.into_iter().collect();
    let body = match tokens.last_mut() {
        Some(TokenTree::Group(group)) if group.delimiter() == Delimiter::Brace => {
            let mut empty = Group::new(Delimiter::Brace, TokenStream::new());
            empty.set_span(group.span());
            std::mem::replace(group, empty).stream()
        }
        _ => TokenStream::new(),
    };
    let mut item: ItemTrait = match syn::parse2(tokens.iter().cloned().collect()) {
        Ok(item) => item,
        Err(error) => {
            mistakes.push(no_trait(&tokens, &error));
            return None;
        }
    };
    let parser = |input: ParseStream| {
        item.attrs.extend(Attribute::parse_inner(input).unwrap_or_default());
        while !input.is_empty() {
            if let Some(member) = member(input, mistakes) {
                item.items.push(member);
            }
        }
        Ok(())
    };
    // The parser takes everything and never fails.
    let _: syn::Result<()> = parser.parse2(body);
    Some(item)
}

/// What stands there, if it is no trait.
fn no_trait(tokens: &[TokenTree], error: &syn::Error) -> Mistake {
    const ITEMS: [&str; 10] = [
        "struct", "enum", "union", "fn", "impl", "mod", "type", "static", "const", "use",
    ];
    let mut keywords = tokens.iter().filter_map(|token| match token {
        TokenTree::Ident(ident) => Some(ident),
        _ => None,
    });
    match keywords.find(|ident| *ident == "trait" || ITEMS.iter().any(|item| *ident == item)) {
        Some(keyword) if keyword != "trait" => Mistake::at(
            keyword.span(),
            format!("`#[api_client]` on `{keyword}`"),
            "write it on a `trait`",
        ),
        _ => Mistake::at(error.span(), "the trait cannot be read", error),
    }
}

/// Reads the next member, or skips what cannot be read.
fn member(input: ParseStream, mistakes: &mut Diagnostics) -> Option<TraitItem> {
    let ahead = input.fork();
    if let Ok((attributes, visibility, mut item)) = readable(&ahead) {
        input.advance_to(&ahead);
        if !matches!(visibility, Visibility::Inherited) {
            mistakes.push(Mistake::over(
                &visibility,
                "the members of a trait are as visible as the trait",
                format!("remove `{}`", visibility.to_token_stream()),
            ));
        }
        if let Some(attrs) = attributes_of(&mut item) {
            attrs.splice(0..0, attributes);
        }
        Some(item)
    } else {
        skip(input);
        None
    }
}

fn readable(input: ParseStream) -> syn::Result<(Vec<Attribute>, Visibility, TraitItem)> {
    let mut attributes = Vec::new();
    while let Some(attribute) = attribute(input)? {
        // One that is half-written, as `#[]`, takes nothing with it but itself.
        attributes.extend(Attribute::parse_outer.parse2(attribute).unwrap_or_default());
    }
    Ok((attributes, input.parse()?, input.parse()?))
}

/// The tokens of an attribute, if one stands here.
fn attribute(input: ParseStream) -> syn::Result<Option<TokenStream>> {
    if !is_attribute(input) {
        return Ok(None);
    }
    let (pound, brackets): (TokenTree, TokenTree) = (input.parse()?, input.parse()?);
    Ok(Some(TokenStream::from_iter([pound, brackets])))
}

fn is_attribute(input: ParseStream) -> bool {
    input.peek(Token![#]) && input.peek2(token::Bracket)
}

fn attributes_of(item: &mut TraitItem) -> Option<&mut Vec<Attribute>> {
    match item {
        TraitItem::Const(item) => Some(&mut item.attrs),
        TraitItem::Fn(item) => Some(&mut item.attrs),
        TraitItem::Type(item) => Some(&mut item.attrs),
        TraitItem::Macro(item) => Some(&mut item.attrs),
        _ => None,
    }
}

/// Goes on behind the next `;` or `{…}`, or in front of what begins the next member.
fn skip(input: ParseStream) {
    let mut has_begun = false;
    while !input.is_empty() {
        if has_begun && (is_attribute(input) || input.peek(Token![async]) || input.peek(Token![fn])) {
            return;
        }
        if let Ok(Some(_)) = attribute(input) {
            continue;
        }
        // `async fn` begins a member once, not twice.
        if input.parse::<Token![async]>().is_ok() {
            let _: syn::Result<Token![fn]> = input.parse();
            has_begun = true;
            continue;
        }
        has_begun = true;
        let is_end = input.peek(Token![;]) || input.peek(token::Brace);
        if input.parse::<TokenTree>().is_err() || is_end {
            return;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The names of the methods that are left.
    fn methods(body: &str) -> Vec<String> {
        let tokens: TokenStream = format!("trait Api {{ {body} }}").parse().expect("tokens");
        let mut mistakes = Diagnostics::default();
        let item = read(tokens, &mut mistakes).expect("a trait");
        assert_eq!(mistakes.len(), 0, "{body}");
        item.items
            .iter()
            .filter_map(|item| match item {
                TraitItem::Fn(method) => Some(method.sig.ident.to_string()),
                _ => None,
            })
            .collect()
    }

    #[test]
    fn a_half_written_method_takes_no_other_with_it() {
        for half in [
            "#[get(\"/a\")] async fn a(",
            "#[get(\"/a\")] async fn a(&self, id:) -> Result<()>;",
            "#[get(\"/a\")] async fn a(&self) -> ;",
            "#[get(\"/a\")] async fn a(&self) ->",
            "#[get(\"/a\")] async fn a(&self)",
            "#[get(\"/a\")] async fn",
            "#[get(\"/a\")] async",
            "#[get(\"/a\")]",
            "#[]",
            "#[get(\"/a\")] #[=]",
            "asyn fn a(&self) {}",
            "struct Nested;",
            "= ) ]".trim_matches([')', ']', ' ']),
        ] {
            let half = half.trim_end_matches('(');
            for body in [
                format!("{half} #[get(\"/b\")] async fn b(&self) -> Result<()>;"),
                format!("fn b(&self); {half}"),
            ] {
                assert!(methods(&body).contains(&"b".to_owned()), "{body}");
            }
        }
    }

    #[test]
    fn what_is_no_trait_is_named() {
        for (item, message) in [
            ("struct A;", "`#[api_client]` on `struct`\nwrite it on a `trait`"),
            ("pub(crate) fn a() {}", "`#[api_client]` on `fn`\nwrite it on a `trait`"),
            ("impl A {}", "`#[api_client]` on `impl`\nwrite it on a `trait`"),
        ] {
            let mut mistakes = Diagnostics::default();
            assert!(read(item.parse().expect("tokens"), &mut mistakes).is_none());
            assert_eq!(mistakes.messages(), [message]);
        }
    }
}
