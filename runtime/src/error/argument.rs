//! An argument that cannot be sent.

use std::borrow::Cow;

/// Which argument was refused, and why; the value itself is left out.
#[derive(Debug, thiserror::Error)]
#[error("`{name}` {problem}")]
pub struct ArgumentError {
    name: Cow<'static, str>,
    problem: Cow<'static, str>,
}

impl ArgumentError {
    pub(crate) fn new(name: &'static str, problem: impl Into<Cow<'static, str>>) -> Self {
        Self {
            name: name.into(),
            problem: problem.into(),
        }
    }

    /// The argument as the request names it: a placeholder, a query parameter, a header, or `body`.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// A body that cannot be encoded, for your own `IntoBody`.
    ///
    /// ```
    /// let error = reauth::ArgumentError::body("has no elements");
    /// assert_eq!(error.to_string(), "`body` has no elements");
    /// ```
    pub fn body(problem: impl Into<Cow<'static, str>>) -> Self {
        Self {
            name: "body".into(),
            problem: problem.into(),
        }
    }
}
