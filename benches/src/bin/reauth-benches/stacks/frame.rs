//! One function in a stack, by a name that a person can read.

/// A function, without its type parameters.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Frame(String);

impl Frame {
    /// As `rustc` writes it into a program: `<a::B<C> as d::E>::f::{{closure}}` is `a::B::f`.
    pub(crate) fn new(symbol: &str) -> Self {
        let symbol = symbol.replace("->", "").replace("::{{closure}}", "");
        let symbol = symbol.strip_prefix('<').map_or(symbol.clone(), implementing);
        let mut name = String::new();
        let mut depth = 0_usize;
        for letter in symbol.chars() {
            match letter {
                '<' => depth += 1,
                '>' => depth = depth.saturating_sub(1),
                _ if depth == 0 => name.push(letter),
                _ => {}
            }
        }
        Self(name.replace("::::", "::").trim_start_matches(['&', '*']).to_owned())
    }

    pub(crate) fn name(&self) -> &str {
        &self.0
    }

    /// The last parts, where there is not much room.
    pub(crate) fn short(&self) -> &str {
        let before = self.0.rmatch_indices("::").nth(1);
        before.map_or(&self.0, |(at, _)| &self.0[at + 2..])
    }

    /// The crate that it is a part of, with those that belong together under one name.
    pub(crate) fn owner(&self) -> &str {
        match self.0.split("::").next().unwrap_or_default() {
            "worker" | "reauth_benches" => "worker",
            "tower" | "tower_http" | "tower_service" => "tower",
            "httparse" | "want" => "hyper",
            "mio" | "socket2" => "tokio",
            "serde" | "serde_core" | "serde_json" | "serde_path_to_error" => "serde",
            "idna" | "percent_encoding" | "form_urlencoded" => "url",
            owner => owner,
        }
    }

    /// Whether it asks for memory or gives it back.
    pub(crate) fn is_allocator(&self) -> bool {
        [
            "malloc",
            "free",
            "realloc",
            "calloc",
            "_int_malloc",
            "_int_free",
            "__rust_alloc",
            "__rust_dealloc",
        ]
        .contains(&self.name())
    }
}

/// `a::B<C> as d::E>::f` is `a::B<C>::f`.
fn implementing(rest: &str) -> String {
    let mut depth = 1_usize;
    for (at, letter) in rest.char_indices() {
        match letter {
            '<' => depth += 1,
            '>' => depth -= 1,
            _ => {}
        }
        if depth == 0 {
            let (of, function) = rest.split_at(at);
            let of = of
                .split_once(" as ")
                .filter(|(of, _)| of.matches('<').count() == of.matches('>').count())
                .map_or(of, |(of, _)| of);
            // `impl d::E for a::B` stands in the module that has it.
            let of = of
                .split_once(" for ")
                .filter(|(of, _)| of.starts_with("impl "))
                .map_or(of, |(_, of)| of);
            return format!("{of}{}", &function[1..]);
        }
    }
    rest.to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_symbol_is_shown_as_a_path() {
        for (symbol, name) in [
            ("<a::B<C> as d::E<F>>::f::{{closure}}", "a::B::f"),
            ("<A<B as C>>::f", "A::f"),
            ("a::b::<impl c::D for e::F>::g", "a::b::g"),
            ("core::ptr::drop_in_place<a::B<c::D>>", "core::ptr::drop_in_place"),
            ("malloc", "malloc"),
        ] {
            assert_eq!(Frame::new(symbol).name(), name, "{symbol}");
        }
    }

    #[test]
    fn little_room_shows_the_last_two_parts() {
        assert_eq!(Frame::new("a::b::C::d").short(), "C::d");
        assert_eq!(Frame::new("a::b").short(), "a::b");
        assert_eq!(Frame::new("free").short(), "free");
    }
}
