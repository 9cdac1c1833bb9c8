//! Expansions as a user sees them, compared with committed files; `UPDATE_GOLDEN=1` rewrites those.

use std::path::Path;

use proc_macro2::{Delimiter, TokenStream, TokenTree};

/// Expands the annotated trait in a file.
fn expansion(source: &str) -> String {
    let mut tokens = source.parse::<TokenStream>().expect("tokens").into_iter();
    let (_, attribute) = (tokens.next(), tokens.next());
    let Some(TokenTree::Group(attribute)) = attribute else {
        panic!("the file begins with `#[api_client(…)]`");
    };
    let keys = attribute
        .stream()
        .into_iter()
        .find_map(|token| match token {
            TokenTree::Group(group) if group.delimiter() == Delimiter::Parenthesis => Some(group.stream()),
            _ => None,
        })
        .unwrap_or_default();
    let expansion = crate::client(keys, &tokens.collect());
    prettyplease::unparse(&syn::parse2(expansion).expect("a file"))
}

fn compare(name: &str, source: &str, expected: &str) {
    let expanded = expansion(source);
    if std::env::var_os("UPDATE_GOLDEN").is_some() {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("tests/golden/{name}.expanded.rs"));
        std::fs::write(path, expanded).expect("a writable folder");
        return;
    }
    assert_eq!(
        expanded, expected,
        "{name}: `UPDATE_GOLDEN=1 cargo test` writes what is expanded now"
    );
}

macro_rules! golden {
    ($($name:ident)*) => {$(
        #[test]
        fn $name() {
            compare(
                stringify!($name),
                include_str!(concat!("../tests/golden/", stringify!($name), ".rs")),
                include_str!(concat!("../tests/golden/", stringify!($name), ".expanded.rs")),
            );
        }
    )*};
}

golden! {
    api_key
    documented
    everything
    mistakes
    object
    surface
    todo
}
