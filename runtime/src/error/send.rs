//! A request without a response.

use std::error::Error as StdError;
use std::io;
use std::time::Duration;

use super::{BoxError, Outcome};

/// Why there is no response, as far as the retry rules care, and what the transport said.
#[derive(Debug)]
pub(crate) enum SendError {
    Connect(BoxError),
    Network(BoxError),
    Timeout { limit: Option<Duration> },
}

impl SendError {
    pub(crate) fn timeout(limit: Duration) -> Self {
        Self::Timeout { limit: Some(limit) }
    }

    /// Sorts what a transport failed with: reqwest's error knows more than the I/O error inside it.
    pub(crate) fn classify(error: BoxError) -> Self {
        let error = match error.downcast::<reqwest::Error>() {
            Ok(error) if error.is_connect() => return Self::Connect(error.without_url().into()),
            Ok(error) if error.is_timeout() => return Self::Timeout { limit: None },
            // Its URL would show the query.
            Ok(error) => return Self::Network(error.without_url().into()),
            Err(error) => error,
        };
        match error.downcast_ref::<io::Error>().map(io::Error::kind) {
            Some(io::ErrorKind::ConnectionRefused) => Self::Connect(error),
            Some(io::ErrorKind::TimedOut) => Self::Timeout { limit: None },
            _ => Self::Network(error),
        }
    }

    pub(crate) fn outcome(&self) -> Outcome {
        match self {
            Self::Connect(_) => Outcome::Connect,
            Self::Network(_) => Outcome::Network,
            Self::Timeout { .. } => Outcome::Timeout,
        }
    }

    pub(crate) fn is_timeout(&self) -> bool {
        matches!(self, Self::Timeout { .. })
    }

    pub(crate) fn is_connect(&self) -> bool {
        matches!(self, Self::Connect(_))
    }

    fn cause(&self) -> Option<&(dyn StdError + 'static)> {
        match self {
            Self::Connect(error) | Self::Network(error) => Some(&**error),
            Self::Timeout { .. } => None,
        }
    }
}

impl std::fmt::Display for SendError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Connect(_) => f.write_str("no connection could be made")?,
            Self::Network(_) => f.write_str("the connection broke before the response")?,
            Self::Timeout { limit: Some(limit) } => {
                write!(f, "no response within the attempt's time limit of {limit:?}")?;
            }
            Self::Timeout { limit: None } => f.write_str("the transport's own time limit passed")?,
        }
        // The innermost cause is the one that a person can act on: "Connection refused (os error 111)".
        let mut root = self.cause();
        while let Some(cause) = root.and_then(StdError::source) {
            root = Some(cause);
        }
        root.map_or(Ok(()), |root| write!(f, ": {root}"))
    }
}

impl StdError for SendError {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        self.cause()
    }
}
