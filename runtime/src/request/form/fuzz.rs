//! Any JSON document as a query or form, read by the URL standard's parser, against the table in the docs of [`super`].

use reauth_fuzz::Verdict;
use reqwest::Url;
use serde_json::Value;

use super::*;

type Pairs = Vec<(String, String)>;

/// What a server sees.
fn decoded(form: &str) -> Pairs {
    let url = Url::parse(&format!("https://x/?{form}")).expect("a URL");
    assert_eq!(url.query(), Some(form), "nothing to normalize");
    url.query_pairs().into_owned().collect()
}

/// What the table says; `None` where it says that there is no way.
fn expected(name: &str, value: &Value) -> Option<Pairs> {
    let pair = |text: String| Some(vec![(name.to_owned(), text)]);
    match value {
        Value::Null => Some(Vec::new()),
        Value::Bool(value) => pair(value.to_string()),
        Value::Number(number) => pair(
            number
                .as_f64()
                .filter(|_| number.is_f64())
                .map_or(number.to_string(), |number| format!("{number:?}")),
        ),
        Value::String(text) => pair(text.clone()),
        Value::Array(values) => {
            let kind = |value: &Value| match value {
                Value::Null => None,
                Value::Object(_) => Some(true),
                _ => Some(false),
            };
            let kinds: Vec<bool> = values.iter().filter_map(kind).collect();
            if kinds.windows(2).any(|pair| pair[0] != pair[1]) || values.iter().any(Value::is_array) {
                return None;
            }
            let pairs = values.iter().enumerate().map(|(index, value)| match value {
                Value::Object(_) => expected(&format!("{name}[{index}]"), value),
                plain => expected(name, plain),
            });
            pairs.collect::<Option<Vec<Pairs>>>().map(|pairs| pairs.concat())
        }
        Value::Object(fields) => {
            let pairs = fields.iter().map(|(key, value)| {
                let is_nameable = !key.is_empty() && !key.contains(['[', ']']);
                expected(&format!("{name}[{key}]"), value).filter(|_| is_nameable)
            });
            pairs.collect::<Option<Vec<Pairs>>>().map(|pairs| pairs.concat())
        }
    }
}

fn expected_of_fields(fields: &Value) -> Option<Pairs> {
    let pairs: Option<Vec<Pairs>> = match fields {
        Value::Null => Some(Vec::new()),
        Value::Object(fields) => fields.iter().map(|(key, value)| expected(key, value)).collect(),
        Value::Array(pairs) => pairs
            .iter()
            .map(|pair| match pair {
                Value::Null => Some(Vec::new()),
                Value::Array(pair) => match &pair[..] {
                    [name, value] => match name {
                        Value::String(name) => expected(name, value),
                        Value::Number(_) | Value::Bool(_) => expected(&expected("", name)?.first()?.1, value),
                        _ => None,
                    },
                    _ => None,
                },
                _ => None,
            })
            .collect(),
        _ => None,
    };
    pairs.map(|pairs| pairs.concat())
}

#[test]
fn s06_forms() {
    reauth_fuzz::bytes("forms", |input| {
        let Ok(value) = serde_json::from_slice::<Value>(input) else {
            return Verdict::Refused;
        };
        for (is_argument, expected) in [(true, expected("a[b]", &value)), (false, expected_of_fields(&value))] {
            let mut form = "before=".to_owned();
            let written = if is_argument {
                push_argument(&mut form, "a[b]", &value)
            } else {
                push_fields(&mut form, &value)
            };
            assert_eq!(written.is_ok(), expected.is_some(), "{expected:?}");
            let mut pairs = vec![("before".to_owned(), String::new())];
            pairs.extend(expected.unwrap_or_default());
            assert_eq!(decoded(&form), pairs, "{form}");
            let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~%+&=".contains(&byte);
            assert!(form.bytes().all(is_plain), "{form}");
        }
        Verdict::Taken
    });
}
