//! Header parameters: a string, number or bool, or what serializes to one.

use http::{HeaderName, HeaderValue};
use serde::Serialize;

use super::plain::{self, Refused};

/// What can stand in a header: anything that serializes to a string, number or bool, or an `Option` of it.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be a header",
    label = "cannot be a header",
    note = "a header is written with serde: derive `serde::Serialize` for `{Self}`, to a string, number or bool"
)]
pub trait HeaderParam: Serialize {}

#[diagnostic::do_not_recommend]
impl<T: Serialize + ?Sized> HeaderParam for T {}

/// What the client or its connection says, as the macro has it of names that it knows.
const RESERVED: [&str; 11] = [
    "authorization",
    "connection",
    "content-length",
    "expect",
    "host",
    "keep-alive",
    "proxy-authorization",
    "te",
    "trailer",
    "transfer-encoding",
    "upgrade",
];

/// Whether no caller may set a header.
pub(crate) fn is_reserved(name: &HeaderName) -> bool {
    RESERVED.contains(&name.as_str())
}

/// The header's value; `None` where the parameter is `None`.
pub(super) fn value<T: Serialize + ?Sized>(value: &T) -> Result<Option<HeaderValue>, String> {
    let text = plain::text(value).map_err(|Refused(problem)| format!("cannot be a header: {problem}"))?;
    text.map(HeaderValue::try_from)
        .transpose()
        .map_err(|_| "cannot be a header: it has a line break or another control character".to_owned())
}

#[cfg(test)]
mod fuzz;
#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_plain_is_sent_as_it_is() {
        assert_eq!(value("abc").unwrap().unwrap(), "abc");
        assert_eq!(value(&Some(3)).unwrap().unwrap(), "3");
        assert_eq!(value(&true).unwrap().unwrap(), "true");
        assert_eq!(value(&None::<&str>).unwrap(), None);
        assert_eq!(value(&0.1f32).unwrap().unwrap(), "0.1");
        assert_eq!(value(&1e30).unwrap().unwrap(), "1e30");
        assert_eq!(value(&u128::MAX).unwrap().unwrap(), u128::MAX.to_string().as_str());
        assert_eq!(value("a \"quoted\" ä").unwrap().unwrap(), "a \"quoted\" ä");
        for refused in [f64::NAN, f64::INFINITY] {
            assert!(value(&refused).is_err(), "and not left out");
        }
        assert!(value(&["a", "b"]).is_err());
        assert!(value(&std::collections::BTreeMap::from([(1, 2)])).is_err());
    }

    #[test]
    fn what_is_not_plain_says_what_to_use() {
        let problem = value(&["a"]).unwrap_err();
        assert!(problem.starts_with("cannot be a header: it is no plain value: use a string"));
        assert_eq!(
            value(&f32::NAN).unwrap_err(),
            "cannot be a header: it is not a finite number"
        );
    }

    #[test]
    fn s07_line_breaks_and_nul_are_refused() {
        for text in ["a\r\nX: y", "a\nb", "a\rb", "a\0b", "\u{7f}"] {
            assert!(value(text).is_err(), "{text:?}");
        }
    }

    #[test]
    fn s07_any_string_is_refused_or_sent_as_it_is() {
        let mut any = crate::any::Any::new();
        let mut taken = 0;
        for _ in 0..200_000 {
            let text = any.text();
            match value(&text) {
                Ok(value) => {
                    assert_eq!(value.unwrap().as_bytes(), text.as_bytes());
                    taken += 1;
                }
                Err(_) => assert!(text.contains(|c: char| c.is_ascii_control()), "{text:?}"),
            }
        }
        assert!(taken > 100_000, "enough of them were taken: {taken}");
    }
}
