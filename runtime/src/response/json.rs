//! JSON, decoded twice only where it is wrong: the second time to say where.

use http::HeaderMap;
use http::header::CONTENT_TYPE;
use serde::de::DeserializeOwned;

use crate::error::DecodeError;

/// Reads a whole body as JSON; the error names the path inside the document, as `items[3].id`.
pub(super) fn decode<T: DeserializeOwned>(body: &[u8], headers: &HeaderMap) -> Result<T, DecodeError> {
    serde_json::from_slice(body).map_err(|error| {
        let content_type = headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok());
        let other = content_type.filter(|content_type| !content_type.to_ascii_lowercase().contains("json"));
        let (context, error) = match other {
            Some(other) => (format!("expected JSON, the server sent {other}"), error),
            // Nothing in it is, from the first character on.
            None if content_type.is_none() && error.is_syntax() && (error.line(), error.column()) == (1, 1) => {
                let context =
                    "expected JSON, and the body is none (nor has it a `Content-Type`; text is a `reauth::Text`)";
                (context.to_owned(), error)
            }
            None => locate::<T>(body, error),
        };
        DecodeError::new(error).context(context)
    })
}

/// Reads one record of a stream as JSON; the error names the path likewise.
pub(super) fn decode_record<T: DeserializeOwned>(record: &[u8]) -> Result<T, DecodeError> {
    serde_json::from_slice(record).map_err(|error| {
        let (context, error) = locate::<T>(record, error);
        DecodeError::new(without_line(&error)).context(context)
    })
}

/// Where in the document it is wrong.
#[cold]
fn locate<T: DeserializeOwned>(document: &[u8], error: serde_json::Error) -> (String, serde_json::Error) {
    let mut json = serde_json::Deserializer::from_slice(document);
    match serde_path_to_error::deserialize::<_, T>(&mut json) {
        Err(located) if located.path().iter().next().is_some() => (
            format!("the JSON does not fit at `{}`", located.path()),
            located.into_inner(),
        ),
        _ => ("the JSON does not fit".to_owned(), error),
    }
}

/// "line 1" would be wrong where the record is line 7 of a stream.
fn without_line(error: &serde_json::Error) -> String {
    let text = error.to_string();
    match text.strip_suffix(&format!(" at line 1 column {}", error.column())) {
        Some(what) => format!("{what} at column {}", error.column()),
        None => text,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(serde::Deserialize, Debug)]
    struct List {
        #[allow(dead_code)]
        items: Vec<Item>,
    }

    #[derive(serde::Deserialize, Debug)]
    struct Item {
        #[allow(dead_code)]
        id: u32,
    }

    #[test]
    fn the_error_names_the_path() {
        let body = br#"{"items":[{"id":1},{"id":2},{"id":3},{"id":"four"}]}"#;
        let error = decode::<List>(body, &HeaderMap::new()).unwrap_err();
        assert!(error.to_string().contains("`items[3].id`"), "{error}");
    }

    #[test]
    fn a_records_error_does_not_count_lines() {
        let error = decode_record::<Item>(br#"{"id":"four"}"#).unwrap_err();
        let expected = "the JSON does not fit at `id`: invalid type: string \"four\", expected u32 at column 12";
        assert_eq!(error.to_string(), expected);
        let error = decode_record::<Item>(b"{\"id\":\n\"four\"}").unwrap_err();
        assert!(error.to_string().ends_with("at line 2 column 6"), "{error}");
    }

    #[test]
    fn text_without_a_content_type_is_told_from_json_that_does_not_fit() {
        let told = |body: &[u8]| decode::<String>(body, &HeaderMap::new()).unwrap_err().to_string();
        assert!(told(b"pong").contains("`reauth::Text`"), "{}", told(b"pong"));
        assert!(!told(b"7").contains("reauth::Text"), "it is JSON");
        assert!(!told(b"\"pong").contains("reauth::Text"), "it breaks off");
        let headers = HeaderMap::from_iter([(CONTENT_TYPE, "application/json".parse().unwrap())]);
        let error = decode::<String>(b"pong", &headers).unwrap_err();
        assert!(error.to_string().starts_with("the JSON does not fit"), "{error}");
    }

    #[test]
    fn another_content_type_is_named() {
        let headers = HeaderMap::from_iter([(CONTENT_TYPE, "text/html".parse().unwrap())]);
        let error = decode::<List>(b"<html>", &headers).unwrap_err();
        assert!(
            error.to_string().contains("expected JSON, the server sent text/html"),
            "{error}"
        );
    }
}
