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
