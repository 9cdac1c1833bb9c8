//! A response that is not what the method returns.

use std::borrow::Cow;

use super::{BodyError, BoxError, Kind};

/// Why a response could not be read as the type a method returns.
#[derive(Debug)]
pub struct DecodeError(Repr);

#[derive(Debug)]
enum Repr {
    Body(BodyError),
    Value {
        context: Cow<'static, str>,
        source: Option<BoxError>,
    },
}

impl DecodeError {
    /// The body came whole, and `source` says why it does not fit; for your own
    /// [`FromResponse`](crate::FromResponse).
    pub fn new(source: impl Into<BoxError>) -> Self {
        Self(Repr::Value {
            context: "the body does not fit".into(),
            source: Some(source.into()),
        })
    }

    /// Says what was expected, in place of "the body does not fit".
    #[must_use]
    pub fn context(self, context: impl Into<Cow<'static, str>>) -> Self {
        match self.0 {
            Repr::Value { source, .. } => Self(Repr::Value {
                context: context.into(),
                source,
            }),
            Repr::Body(_) => self,
        }
    }

    /// Which piece of a stream it is about, before what it says.
    #[must_use]
    pub(crate) fn within(self, piece: impl std::fmt::Display) -> Self {
        match self.0 {
            Repr::Value { context, source } => Self(Repr::Value {
                context: format!("{piece}: {context}").into(),
                source,
            }),
            Repr::Body(_) => self,
        }
    }

    /// Only what it says, for a rule of your own that the body breaks.
    pub fn custom(text: impl Into<Cow<'static, str>>) -> Self {
        Self(Repr::Value {
            context: text.into(),
            source: None,
        })
    }

    pub(crate) fn empty_body() -> Self {
        let context =
            "the body is empty; a method for which that is no error returns `Result<Option<T>>` or `Result<()>`";
        Self(Repr::Value {
            context: context.into(),
            source: None,
        })
    }

    pub(crate) fn into_kind(self) -> Kind {
        match self.0 {
            Repr::Body(error) => Kind::Body(error),
            Repr::Value { .. } => Kind::Decode(self),
        }
    }
}

impl From<BodyError> for DecodeError {
    fn from(error: BodyError) -> Self {
        Self(Repr::Body(error))
    }
}

impl std::fmt::Display for DecodeError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match &self.0 {
            Repr::Body(error) => write!(f, "{error}"),
            Repr::Value {
                context,
                source: Some(source),
            } => write!(f, "{context}: {source}"),
            Repr::Value { context, source: None } => f.write_str(context),
        }
    }
}

impl std::error::Error for DecodeError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match &self.0 {
            Repr::Body(error) => error.source(),
            Repr::Value { source, .. } => source.as_deref().and_then(std::error::Error::source),
        }
    }
}
