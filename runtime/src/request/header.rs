//! Header parameters: a string, number or bool, or what serializes to one.

use http::HeaderValue;
use serde::Serialize;
use serde_json::Value;

/// What can stand in a header: anything that serializes to a string, number or bool, or an `Option` of it.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be a header",
    label = "cannot be a header",
    note = "a header is written with serde: derive `serde::Serialize` for `{Self}`, to a string, number or bool"
)]
pub trait HeaderParam: Serialize {}

#[diagnostic::do_not_recommend]
impl<T: Serialize + ?Sized> HeaderParam for T {}

/// The header's value; `None` where the parameter is `None`.
pub(super) fn value<T: Serialize + ?Sized>(value: &T) -> Result<Option<HeaderValue>, &'static str> {
    let text = match serde_json::to_value(value) {
        Ok(Value::Null) => return Ok(None),
        Ok(Value::String(text)) => text,
        Ok(Value::Bool(flag)) => flag.to_string(),
        Ok(Value::Number(number)) => number.to_string(),
        Ok(Value::Array(_) | Value::Object(_)) | Err(_) => {
            return Err("cannot be a header: use a string, number, bool, unit enum or an `Option` of those");
        }
    };
    HeaderValue::try_from(text)
        .map(Some)
        .map_err(|_| "cannot be a header: it has a line break or another control character")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_plain_is_sent_as_it_is() {
        assert_eq!(value("abc").unwrap().unwrap(), "abc");
        assert_eq!(value(&Some(3)).unwrap().unwrap(), "3");
        assert_eq!(value(&true).unwrap().unwrap(), "true");
        assert_eq!(value(&None::<&str>).unwrap(), None);
        assert!(value(&["a", "b"]).is_err());
    }

    #[test]
    fn s07_line_breaks_and_nul_are_refused() {
        for text in ["a\r\nX: y", "a\nb", "a\rb", "a\0b", "\u{7f}"] {
            assert!(value(text).is_err(), "{text:?}");
        }
    }
}
