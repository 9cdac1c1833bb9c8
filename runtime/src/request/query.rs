//! Query parameters, as `application/x-www-form-urlencoded`.

use serde::Serialize;

/// What can stand in a query: anything that is `Serialize`.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be a query parameter",
    label = "cannot be a query parameter",
    note = "a query parameter is written with serde: derive `serde::Serialize` for `{Self}`"
)]
pub trait QueryParam: Serialize {}

#[diagnostic::do_not_recommend]
impl<T: Serialize + ?Sized> QueryParam for T {}

/// Appends `name=value`: nothing for `None`, one pair for each item of a sequence.
pub(super) fn push_pairs<T: Serialize + ?Sized>(
    query: &mut String,
    name: &'static str,
    value: &T,
) -> Result<(), &'static str> {
    let start = query.len();
    if start > 0 {
        query.push('&');
    }
    let separated = query.len();
    let result = serde_html_form::ser::push_to_string(query, [(name, value)]);
    if result.is_err() || query.len() == separated {
        query.truncate(start);
    }
    result.map_err(
        |_| "cannot be a query parameter: use a string, number, bool or unit enum, or an `Option`, slice or `Vec` of those",
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pushed<T: Serialize>(value: T) -> String {
        let mut query = "a=b".to_owned();
        push_pairs(&mut query, "tag", &value).unwrap();
        query
    }

    #[test]
    fn none_sends_nothing_and_a_sequence_repeats_its_key() {
        assert_eq!(pushed("x"), "a=b&tag=x");
        assert_eq!(pushed(Some(true)), "a=b&tag=true");
        assert_eq!(pushed(None::<bool>), "a=b");
        assert_eq!(pushed(vec!["x", "y"]), "a=b&tag=x&tag=y");
        assert_eq!(pushed(Vec::<u8>::new()), "a=b");
        assert_eq!(pushed(Some(vec![1, 2])), "a=b&tag=1&tag=2");
    }

    #[test]
    fn the_first_pair_has_no_separator() {
        let mut query = String::new();
        push_pairs(&mut query, "q", &"1&2=3 ä").unwrap();
        assert_eq!(query, "q=1%262%3D3+%C3%A4");
    }

    #[test]
    fn what_has_no_place_in_a_query_is_refused_whole() {
        let mut query = "a=b".to_owned();
        assert!(push_pairs(&mut query, "tag", &serde_json::json!({"nested": 1})).is_err());
        assert_eq!(query, "a=b");
    }

    #[test]
    fn s06_any_string_round_trips() {
        let seed = fastrand::u64(..);
        let mut rng = fastrand::Rng::with_seed(seed);
        for _ in 0..20_000 {
            let value: String = (0..rng.usize(..6)).map(|_| rng.char(..)).collect();
            let mut query = String::new();
            push_pairs(&mut query, "q", &value).unwrap();
            let mut url = reqwest::Url::parse("https://x").unwrap();
            url.set_query(Some(&query));
            let pairs: Vec<_> = url.query_pairs().into_owned().collect();
            assert_eq!(pairs, [("q".to_owned(), value)], "seed {seed}");
        }
    }
}
