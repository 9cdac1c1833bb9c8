//! JSON, decoded twice only where it is wrong: the second time to say where.

use http::HeaderMap;
use http::header::CONTENT_TYPE;
use serde::de::DeserializeOwned;

use crate::error::DecodeError;

/// Reads `body` as JSON; the error names the path inside the document, as `items[3].id`.
pub(super) fn decode<T: DeserializeOwned>(body: &[u8], headers: &HeaderMap) -> Result<T, DecodeError> {
    serde_json::from_slice(body).map_err(|error| explain::<T>(body, headers, error))
}

#[cold]
fn explain<T: DeserializeOwned>(body: &[u8], headers: &HeaderMap, error: serde_json::Error) -> DecodeError {
    let content_type = headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok());
    if let Some(other) = content_type.filter(|content_type| !content_type.to_ascii_lowercase().contains("json")) {
        return DecodeError::new(error).context(format!("expected JSON, the server sent {other}"));
    }
    let mut json = serde_json::Deserializer::from_slice(body);
    match serde_path_to_error::deserialize::<_, T>(&mut json) {
        Err(located) if located.path().iter().next().is_some() => {
            let path = located.path().to_string();
            DecodeError::new(located.into_inner()).context(format!("the JSON does not fit at `{path}`"))
        }
        _ => DecodeError::new(error).context("the JSON does not fit"),
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
    fn another_content_type_is_named() {
        let headers = HeaderMap::from_iter([(CONTENT_TYPE, "text/html".parse().unwrap())]);
        let error = decode::<List>(b"<html>", &headers).unwrap_err();
        assert!(
            error.to_string().contains("expected JSON, the server sent text/html"),
            "{error}"
        );
    }
}
