//! Problem details (RFC 9457): what an error's body looks like where an API follows the standard.

use std::fmt::{Display, Formatter};

use http::StatusCode;
use serde::{Deserialize, Deserializer, Serialize};
use serde_json::{Map, Value};

use super::display::one_line;

/// Problem details for HTTP APIs (RFC 9457), for [`ApiError<ProblemDetails>`](crate::ApiError).
///
/// It is read from any JSON object, whatever its media type: `application/problem+json`, or plain `application/json`.
/// A member that is not of its type is ignored (section 3.1). As a line it is `title: detail`.
///
/// ```
/// use reauth::{ApiError, ProblemDetails, api_client};
///
/// #[api_client]
/// pub trait Bank {
///     #[post("/transfer/{cents}")]
///     async fn transfer(&self, cents: u32) -> Result<(), ApiError<ProblemDetails>>;
/// }
///
/// # async fn example(bank: BankClient) -> Result<(), ApiError<ProblemDetails>> {
/// let Err(error) = bank.transfer(5000).await else { return Ok(()) };
/// if let Some(problem) = error.problem() {
///     println!("{problem}"); // Out of credit: your balance is 30, but that costs 50
///     if problem.r#type == "https://bank.example.com/out-of-credit" {
///         println!("missing: {}", problem.extensions["missing"]);
///     }
/// }
/// # Err(error) }
/// ```
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ProblemDetails {
    /// What kind of problem it is, as a URI; `about:blank` where the status says it all.
    pub r#type: String,
    /// What kind of problem it is, for people: the same for each problem of this type.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
    /// The status that the server answered with, as it says; [`Error::status`](crate::Error::status) is the one that
    /// came.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub status: Option<u16>,
    /// What is wrong this time, for people.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub detail: Option<String>,
    /// This one problem, as a URI.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub instance: Option<String>,
    /// All other members.
    #[serde(flatten)]
    pub extensions: Map<String, Value>,
}

const ABOUT_BLANK: &str = "about:blank";

/// `about:blank`, and nothing else.
impl Default for ProblemDetails {
    fn default() -> Self {
        Self {
            r#type: ABOUT_BLANK.to_owned(),
            title: None,
            status: None,
            detail: None,
            instance: None,
            extensions: Map::new(),
        }
    }
}

impl ProblemDetails {
    /// Title and detail, as far as the status does not say the same.
    pub(super) fn beside(self, status: StatusCode) -> Option<String> {
        let title = self.title.filter(|title| status.canonical_reason() != Some(title));
        match (title, self.detail) {
            (Some(title), Some(detail)) => Some(format!("{title}: {detail}")),
            (title, detail) => title.or(detail),
        }
    }
}

impl<'de> Deserialize<'de> for ProblemDetails {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let mut members = Map::deserialize(deserializer)?;
        let mut text = |name| match members.remove(name) {
            Some(Value::String(text)) => Some(text),
            _ => None,
        };
        Ok(Self {
            r#type: text("type").unwrap_or_else(|| ABOUT_BLANK.to_owned()),
            title: text("title"),
            detail: text("detail"),
            instance: text("instance"),
            status: members
                .remove("status")
                .and_then(|status| u16::try_from(status.as_u64()?).ok()),
            extensions: members,
        })
    }
}

impl Display for ProblemDetails {
    fn fmt(&self, f: &mut Formatter<'_>) -> std::fmt::Result {
        let status = || StatusCode::from_u16(self.status?).ok()?.canonical_reason();
        // What `about:blank` stands for (section 4.2.1).
        let title = self
            .title
            .as_deref()
            .or_else(|| status().filter(|_| self.r#type == ABOUT_BLANK));
        let mut line = |text: &str| f.write_str(&one_line(text.as_bytes()));
        match (title, self.detail.as_deref()) {
            (Some(title), Some(detail)) => {
                line(title)?;
                line(": ")?;
                line(detail)
            }
            (Some(text), None) | (None, Some(text)) => line(text),
            (None, None) => line(&self.r#type),
        }
    }
}

#[cfg(test)]
mod fuzz;
#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn read(json: Value) -> ProblemDetails {
        serde_json::from_value(json).unwrap()
    }

    /// Section 3.
    #[test]
    fn the_standards_own_example_there_and_back() {
        let document = json!({
            "type": "https://example.com/probs/out-of-credit",
            "title": "You do not have enough credit.",
            "status": 403,
            "detail": "Your current balance is 30, but that costs 50.",
            "instance": "/account/12345/msgs/abc",
            "balance": 30,
            "accounts": ["/account/12345", "/account/67890"]
        });
        let problem = read(document.clone());
        assert_eq!(problem.status, Some(403));
        assert_eq!(problem.instance.as_deref(), Some("/account/12345/msgs/abc"));
        assert_eq!(problem.extensions["accounts"][1], "/account/67890");
        assert_eq!(problem.extensions.len(), 2);
        assert_eq!(serde_json::to_value(&problem).unwrap(), document);
    }

    #[test]
    fn members_of_the_wrong_type_are_ignored() {
        let wrong = json!({"type": null, "title": 1, "status": "403", "detail": [], "instance": {}});
        assert_eq!(read(wrong), ProblemDetails::default());
        assert_eq!(read(json!({"status": 4.03e2, "type": "x"})).status, None);
        assert_eq!(read(json!({"status": 99_999})).status, None);
        assert_eq!(read(json!({})).r#type, "about:blank");
        assert!(serde_json::from_value::<ProblemDetails>(json!(["x"])).is_err());
        assert!(serde_json::from_value::<ProblemDetails>(json!("x")).is_err());
    }

    #[test]
    fn the_line_for_people_is_one_line() {
        let line = |json| read(json).to_string();
        assert_eq!(
            line(json!({"title": "Out of credit", "detail": "30\nis left"})),
            "Out of credit: 30\\nis left"
        );
        assert_eq!(
            line(json!({"title": "Paid\u{202e}", "detail": "tuo\u{2028}"})),
            "Paid\\u{202e}: tuo\\u{2028}",
            "nothing turns it around"
        );
        assert_eq!(line(json!({"detail": "30 is left"})), "30 is left");
        assert_eq!(line(json!({"status": 404})), "Not Found");
        assert_eq!(line(json!({"status": 404, "type": "urn:gone"})), "urn:gone");
        assert_eq!(line(json!({})), "about:blank");
    }
}
