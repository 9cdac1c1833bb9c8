//! A request without a response.

use std::error::Error as StdError;
use std::io;
use std::time::Duration;

use super::{BoxError, Outcome};

/// Why there is no response, as far as the retry rules care, and what the transport said.
#[derive(Debug)]
pub(crate) enum SendError {
    Connect(BoxError),
    /// The server has said that it did not process the request.
    Refused(BoxError),
    Network(BoxError),
    Timeout {
        limit: Option<Duration>,
    },
    /// The transport does not send it, and nor would it the next time.
    Unsent(BoxError),
}

impl SendError {
    pub(crate) fn timeout(limit: Duration) -> Self {
        Self::Timeout { limit: Some(limit) }
    }

    /// Sorts what a transport failed with, also where a layer wrapped it.
    pub(crate) fn classify(error: BoxError) -> Self {
        let sort = sort(&*error);
        // Its URL would show the query, and only the outermost one can be rid of it.
        let error = match error.downcast::<reqwest::Error>() {
            Ok(error) => error.without_url().into(),
            Err(error) if chain(&*error).any(<dyn StdError>::is::<reqwest::Error>) => nested(root(&*error)).into(),
            Err(error) => error,
        };
        match sort {
            Sort::Connect => Self::Connect(error),
            Sort::Refused => Self::Refused(error),
            Sort::Timeout => Self::Timeout { limit: None },
            Sort::Network => Self::Network(error),
            Sort::Unsent => Self::Unsent(error),
        }
    }

    /// With the text of its cause in the cause's place, where `blotted` finds something in what that shows.
    pub(super) fn blotted(self, blotted: impl Fn(&str) -> Option<String>) -> Self {
        let clean = |error: BoxError| {
            let shown = chain(&*error).any(|cause| blotted(&cause.to_string()).is_some());
            if !shown && blotted(&format!("{error:?}")).is_none() {
                return error;
            }
            let root = root(&*error).to_string();
            blotted(&root).unwrap_or(root).into()
        };
        match self {
            Self::Connect(error) => Self::Connect(clean(error)),
            Self::Refused(error) => Self::Refused(clean(error)),
            Self::Network(error) => Self::Network(clean(error)),
            Self::Unsent(error) => Self::Unsent(clean(error)),
            Self::Timeout { .. } => self,
        }
    }

    pub(crate) fn outcome(&self) -> Outcome {
        match self {
            Self::Connect(_) => Outcome::Connect,
            Self::Refused(_) => Outcome::Refused,
            Self::Network(_) => Outcome::Network,
            Self::Timeout { .. } => Outcome::Timeout,
            Self::Unsent(_) => Outcome::Unsent,
        }
    }

    pub(crate) fn is_timeout(&self) -> bool {
        matches!(self, Self::Timeout { .. })
    }

    pub(crate) fn is_connect(&self) -> bool {
        matches!(self, Self::Connect(_))
    }

    pub(super) fn cause(&self) -> Option<&(dyn StdError + 'static)> {
        match self {
            Self::Connect(error) | Self::Refused(error) | Self::Network(error) | Self::Unsent(error) => Some(&**error),
            Self::Timeout { .. } => None,
        }
    }
}

impl SendError {
    /// What happened on the way to `server`.
    pub(super) fn fmt_for(&self, server: &str, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Connect(_) => write!(f, "no connection could be made to {server}")?,
            Self::Refused(_) => write!(f, "{server} refused the request unprocessed")?,
            Self::Network(_) => write!(f, "the connection to {server} broke")?,
            Self::Unsent(_) => write!(f, "nothing was sent to {server}")?,
            Self::Timeout { limit: Some(limit) } => {
                write!(
                    f,
                    "no response from {server} within the attempt's time limit of {limit:?}"
                )?;
            }
            Self::Timeout { limit: None } => write!(f, "the transport's own time limit for {server} passed")?,
        }
        // The innermost cause is the one that a person can act on: "Connection refused (os error 111)".
        self.cause().map_or(Ok(()), |cause| write!(f, ": {}", root(cause)))
    }
}

/// What the innermost cause says, unless that is reqwest's error, which would show the query.
fn nested(root: &(dyn StdError + 'static)) -> String {
    match root.downcast_ref::<reqwest::Error>() {
        None => root.to_string(),
        Some(error) => match error.status() {
            Some(status) => format!("a layer made an error of {status}"),
            None => "reqwest failed inside a layer".to_owned(),
        },
    }
}

enum Sort {
    Connect,
    Refused,
    Timeout,
    Network,
    Unsent,
}

/// By the first cause that says more than "it broke".
///
/// A bare [`io::Error`] that says that nobody listens is a transport's own word, so believed where it is the whole error.
/// Inside another one it may be about anybody, such as a cache that a layer asks when the request has been sent.
fn sort(error: &(dyn StdError + 'static)) -> Sort {
    let io = error.downcast_ref::<io::Error>();
    if io.is_some_and(|error| error.kind() == io::ErrorKind::ConnectionRefused) {
        return Sort::Connect;
    }
    chain(error).find_map(sort_one).unwrap_or(Sort::Network)
}

fn sort_one(error: &(dyn StdError + 'static)) -> Option<Sort> {
    if is_refused_stream(error) {
        return Some(Sort::Refused);
    }
    if is_unexpected(error) {
        return Some(Sort::Unsent);
    }
    if let Some(error) = error.downcast_ref::<reqwest::Error>() {
        return match error {
            error if error.is_connect() => Some(Sort::Connect),
            error if error.is_timeout() => Some(Sort::Timeout),
            _ => None,
        };
    }
    if error.is::<tokio::time::error::Elapsed>() || error.is::<tower::timeout::error::Elapsed>() {
        return Some(Sort::Timeout);
    }
    match error.downcast_ref::<io::Error>()?.kind() {
        io::ErrorKind::TimedOut => Some(Sort::Timeout),
        _ => None,
    }
}

/// RFC 9113, section 8.7: the server has not looked at the request.
#[cfg(feature = "http2")]
fn is_refused_stream(error: &(dyn StdError + 'static)) -> bool {
    let error = error.downcast_ref::<h2::Error>();
    error.is_some_and(|error| error.reason() == Some(h2::Reason::REFUSED_STREAM))
}

/// Only HTTP/2 has it.
#[cfg(not(feature = "http2"))]
fn is_refused_stream(_: &(dyn StdError + 'static)) -> bool {
    false
}

/// The test kit's transport has no answer for it, however often it is sent.
#[cfg(feature = "testing")]
fn is_unexpected(error: &(dyn StdError + 'static)) -> bool {
    error.is::<crate::testing::Unexpected>()
}

/// Only the test kit has it.
#[cfg(not(feature = "testing"))]
fn is_unexpected(_: &(dyn StdError + 'static)) -> bool {
    false
}

/// An error and its causes.
fn chain<'a>(error: &'a (dyn StdError + 'static)) -> impl Iterator<Item = &'a (dyn StdError + 'static)> {
    std::iter::successors(Some(error), |&error: &&'a (dyn StdError + 'static)| error.source())
}

fn root<'a>(error: &'a (dyn StdError + 'static)) -> &'a (dyn StdError + 'static) {
    chain(error).last().unwrap_or(error)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, thiserror::Error)]
    #[error("a layer failed")]
    struct Layer(#[source] BoxError);

    /// Of the error itself, and of the same inside a layer's.
    fn outcomes<E: Into<BoxError>>(error: impl Fn() -> E) -> [Outcome; 2] {
        [error().into(), Layer(error().into()).into()].map(|error: BoxError| SendError::classify(error).outcome())
    }

    #[test]
    fn r25_a_failure_is_known_for_what_it_is_also_inside_a_layers_error() {
        let io = |kind: io::ErrorKind| outcomes(|| io::Error::from(kind));
        assert_eq!(
            io(io::ErrorKind::ConnectionRefused),
            [Outcome::Connect, Outcome::Network],
            "whose connection it was, a layer's error does not say"
        );
        assert_eq!(io(io::ErrorKind::ConnectionReset), [Outcome::Network; 2]);
        assert_eq!(io(io::ErrorKind::TimedOut), [Outcome::Timeout; 2]);
        assert_eq!(outcomes(|| "anything"), [Outcome::Network; 2]);
        assert_eq!(outcomes(tower::timeout::error::Elapsed::new), [Outcome::Timeout; 2]);
        #[cfg(feature = "http2")]
        {
            assert_eq!(
                outcomes(|| h2::Error::from(h2::Reason::REFUSED_STREAM)),
                [Outcome::Refused; 2]
            );
            assert_eq!(
                outcomes(|| h2::Error::from(h2::Reason::PROTOCOL_ERROR)),
                [Outcome::Network; 2]
            );
        }
    }

    #[tokio::test]
    async fn s09_a_query_does_not_come_with_an_error_from_inside_a_layer() {
        let url = "http://127.0.0.1:1/?canary";
        let mut response = http::Response::new("");
        *response.status_mut() = http::StatusCode::BAD_GATEWAY;
        let status = reqwest::Response::from(response).error_for_status().unwrap_err();
        let status = status.with_url(url.parse().unwrap());
        assert!(status.to_string().contains("canary"), "as reqwest has it");
        let error = SendError::classify(Layer(status.into()).into());
        assert!(!format!("{error:?}").contains("canary"), "{error:?}");
    }
}
