//! Query parameters, as [`form`] writes them.

use serde::Serialize;

use super::form::{self, Refused};

/// What can stand in a query: anything that is `Serialize`.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be a query parameter",
    label = "cannot be a query parameter",
    note = "a query parameter is written with serde: derive `serde::Serialize` for `{Self}`"
)]
pub trait QueryParam: Serialize {}

#[diagnostic::do_not_recommend]
impl<T: Serialize + ?Sized> QueryParam for T {}

/// What can be flattened into a query: a struct or map that is `Serialize`, an `Option` of it, or a list of pairs.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be flattened into a query",
    label = "cannot be flattened into a query",
    note = "its fields are written with serde: derive `serde::Serialize` for `{Self}`, which is a struct or a map"
)]
pub trait QueryFields: Serialize {}

#[diagnostic::do_not_recommend]
impl<T: Serialize + ?Sized> QueryFields for T {}

/// Appends what stands under one name.
pub(super) fn push_argument<T: Serialize + ?Sized>(
    query: &mut String,
    name: &'static str,
    value: &T,
) -> Result<(), String> {
    form::push_argument(query, name, value)
        .map_err(|Refused(problem)| format!("cannot be a query parameter: {problem}"))
}

/// Appends what has names of its own.
pub(super) fn push_fields<T: Serialize + ?Sized>(query: &mut String, value: &T) -> Result<(), String> {
    form::push_fields(query, value).map_err(|Refused(problem)| format!("cannot be flattened into a query: {problem}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_cannot_be_sent_says_why() {
        let mut query = "a=b".to_owned();
        let named = push_argument(&mut query, "ratio", &f64::NAN).unwrap_err();
        assert_eq!(named, "cannot be a query parameter: it is not a finite number");
        let flat = push_fields(&mut query, &1).unwrap_err();
        assert!(flat.starts_with("cannot be flattened into a query: it has no names: use a struct"));
        assert_eq!(query, "a=b");
    }
}
