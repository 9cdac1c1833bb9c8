//! One record of a stream, a line or an event's data, being decoded.

use serde::de::DeserializeOwned;

use super::{absent, json};
use crate::error::DecodeError;

/// What [`Lines`](crate::Lines) and [`Events`](crate::Events) can consist of.
///
/// Anything that is `DeserializeOwned` comes from JSON; an `Option` is also `None` where an event has no data.
/// [`Text`](crate::Text) is the line, or the data, as it is.
///
/// Implement it for a type of yours to read another format:
///
/// ```
/// use reauth::{DecodeError, FromRecord};
///
/// struct Reading { sensor: String, celsius: f32 }
///
/// impl FromRecord for Reading {
///     fn from_record(record: &[u8]) -> Result<Self, DecodeError> {
///         let line = std::str::from_utf8(record).map_err(DecodeError::new)?;
///         let (sensor, celsius) = line.split_once(';').ok_or_else(|| DecodeError::custom("the line has no `;`"))?;
///         let celsius = celsius.parse().map_err(DecodeError::new)?;
///         Ok(Self { sensor: sensor.to_owned(), celsius })
///     }
/// }
/// ```
#[diagnostic::on_unimplemented(
    message = "a stream cannot consist of `{Self}`",
    label = "cannot be read from a line or an event",
    note = "each is read as JSON: derive `serde::Deserialize` for `{Self}`, or implement `reauth::FromRecord`"
)]
pub trait FromRecord: Sized {
    /// Reads a line without its end, or an event's data.
    ///
    /// # Errors
    /// Where it does not fit.
    fn from_record(record: &[u8]) -> Result<Self, DecodeError>;

    /// Whether an event's data only says that there are no more.
    ///
    /// For JSON that is `[DONE]`, which is none: OpenAI's API ends its streams so, and many after it.
    #[must_use]
    fn is_end(data: &[u8]) -> bool {
        let _ = data;
        false
    }
}

#[diagnostic::do_not_recommend]
impl<T: DeserializeOwned> FromRecord for T {
    fn from_record(record: &[u8]) -> Result<Self, DecodeError> {
        if record.is_empty()
            && let Some(none) = absent::none()
        {
            return Ok(none);
        }
        json::decode_record(record)
    }

    fn is_end(data: &[u8]) -> bool {
        data.trim_ascii() == b"[DONE]"
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_an_option_may_be_without_data() {
        assert_eq!(Option::<u8>::from_record(b"").unwrap(), None);
        assert_eq!(Option::<u8>::from_record(b"7").unwrap(), Some(7));
        assert!(u8::from_record(b"").unwrap_err().to_string().contains("EOF"));
    }
}
