//! Why there is no token.

use std::error::Error as StdError;
use std::time::{Duration, SystemTime};

use http::StatusCode;

use super::OAuthErrorCode;

/// Why no token could be had. Everybody who waited for the same fetch gets the same one.
///
/// What each variant holds may become more: match it with `..`. To make one yourself there is
/// [`rate_limited`](Self::rate_limited); any other error of a [`TokenSource`](crate::TokenSource) of yours becomes a
/// [`Source`](Self::Source), and is its `source()`.
///
/// It never holds a token response: what a server says here is an enum, and a description of at most 256 printable
/// characters.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum TokenError {
    /// No connection, or it broke, also after the token request's own retries.
    #[error("the token server cannot be reached: {}, after {} attempts", .error.kind(), .error.attempts().len())]
    #[non_exhaustive]
    Unreachable {
        /// Origin of the token URL.
        server: String,
        /// How the request went.
        #[source]
        error: Box<crate::Error>,
    },
    /// The whole token response did not come within the load timeout.
    #[error("the token server at {server} did not answer within {limit:?}")]
    #[non_exhaustive]
    Timeout {
        /// Origin of the token URL.
        server: String,
        /// The load timeout.
        limit: Duration,
    },
    /// The token server refused.
    #[error("the token server at {server} answered {status}: {code}{}; {advice}", described(.description))]
    #[non_exhaustive]
    Refused {
        /// Origin of the token URL.
        server: String,
        /// Its status.
        status: StatusCode,
        /// Its `error`.
        code: OAuthErrorCode,
        /// Its `error_description`: at most 256 printable characters.
        description: String,
        /// What to look at.
        advice: &'static str,
    },
    /// The token server answered with a status and no OAuth error.
    #[error("the token server at {server} answered {status} without an OAuth error; {}", status_advice(*.status))]
    #[non_exhaustive]
    Status {
        /// Origin of the token URL.
        server: String,
        /// Its status.
        status: StatusCode,
    },
    /// The server's discovery document cannot be used (RFC 8414, section 3).
    #[error("the discovery document of {issuer} {problem}")]
    #[non_exhaustive]
    Discovery {
        /// The issuer that was asked for.
        issuer: String,
        /// What is wrong with it.
        problem: String,
    },
    /// The private key could not sign what the request has to carry: a token request's assertion or proof, or the proof of
    /// one to the API.
    #[error("the request could not be signed with the private key")]
    Signing,
    /// The token server asks to be left alone (429, or a 5xx with `Retry-After`), and it is: nobody asks it for this token
    /// before `retry_at`. A call whose deadline is later waits for that, for a minute at most; any other fails at once.
    ///
    /// A [`TokenSource`](crate::TokenSource) of yours may [fail with it](Self::rate_limited) too.
    #[error(
        "the token server at {server} answered {status}{}, and is not asked again before {}",
        described(.description),
        date(*.retry_at)
    )]
    #[non_exhaustive]
    RateLimited {
        /// Origin of the token URL.
        server: String,
        /// Its status.
        status: StatusCode,
        /// When it may be asked again: the time that it named, and a little later for some, so that not all come at once.
        retry_at: SystemTime,
        /// Its `error_description`: at most 256 printable characters.
        description: String,
    },
    /// The response is not a token response.
    #[error("the token response{} cannot be read: {problem}; {WHERE}", of(.server.as_deref()))]
    #[non_exhaustive]
    Malformed {
        /// Origin of the token URL, or what the source calls itself; `None` outside of a fetch.
        server: Option<String>,
        /// What is wrong with it.
        problem: &'static str,
    },
    /// The response holds a token that is not to be sent.
    #[error("the token response{} holds no usable token: {problem}", of(.server.as_deref()))]
    #[non_exhaustive]
    Unacceptable {
        /// Origin of the token URL, or what the source calls itself; `None` outside of a fetch.
        server: Option<String>,
        /// What is wrong with it.
        problem: &'static str,
    },
    /// The API rejected a token, and the token server issued the same one again.
    #[error("the token server issued the very token again that the API had rejected; check audience and signing keys")]
    Reissued,
    /// A [`TokenSource`](crate::TokenSource) of yours failed.
    #[error("no token from {name}: {error}")]
    #[non_exhaustive]
    Source {
        /// What it calls itself.
        name: String,
        /// What it said.
        #[source]
        error: super::BoxError,
    },
    /// An [`Authorize`](crate::Authorize) of yours failed.
    #[error("{name} could not authorize the request: {error}")]
    #[non_exhaustive]
    Authorize {
        /// What it calls itself.
        name: String,
        /// What it said.
        #[source]
        error: super::BoxError,
    },
    /// The fetch was cut off with the runtime it ran on.
    #[error("the token fetch was cut off: the Tokio runtime it ran on has shut down or stands still")]
    Cancelled,
    /// The fetch panicked; the panic's own message says where.
    #[error("the token fetch{} panicked", from(.server.as_deref()))]
    #[non_exhaustive]
    Panicked {
        /// Origin of the token URL, or what the source calls itself.
        server: Option<String>,
    },
    /// The call was made outside a Tokio runtime.
    #[error("tokens are fetched on a Tokio runtime, and this call was made outside of one")]
    NoRuntime,
}

impl TokenError {
    /// For a [`TokenSource`](crate::TokenSource) of yours whose server asks to be left alone: it is, for as long as it
    /// says, but a second at least and an hour at most.
    ///
    /// `server` is what errors call it, as an origin; never a secret.
    ///
    /// ```
    /// use std::time::{Duration, SystemTime};
    /// use reauth::{BoxError, Token, TokenError, TokenRequest, TokenSource};
    ///
    /// struct Busy;
    ///
    /// impl TokenSource for Busy {
    ///     async fn fetch(&self, _: &TokenRequest) -> Result<Token, BoxError> {
    ///         let retry_at = SystemTime::now() + Duration::from_secs(30);
    ///         Err(TokenError::rate_limited("https://tokens.example.com", retry_at).into())
    ///     }
    /// }
    /// ```
    #[must_use]
    pub fn rate_limited(server: impl Into<String>, retry_at: SystemTime) -> Self {
        Self::RateLimited {
            server: server.into(),
            status: StatusCode::TOO_MANY_REQUESTS,
            retry_at,
            description: String::new(),
        }
    }

    pub(crate) fn malformed(problem: &'static str) -> Self {
        Self::Malformed { server: None, problem }
    }

    pub(crate) fn unacceptable(problem: &'static str) -> Self {
        Self::Unacceptable { server: None, problem }
    }

    /// Says whose token it was: who reads one does not know where it came from.
    pub(crate) fn issued_by(mut self, name: &str) -> Self {
        if let Self::Malformed { server, .. } | Self::Unacceptable { server, .. } | Self::Panicked { server } =
            &mut self
        {
            server.get_or_insert_with(|| name.to_owned());
        }
        self
    }

    /// Whether a time limit passed.
    #[must_use]
    pub fn is_timeout(&self) -> bool {
        match self {
            Self::Timeout { .. } => true,
            Self::Unreachable { error, .. } => error.is_timeout(),
            _ => false,
        }
    }

    /// Whether no connection could be made.
    #[must_use]
    pub fn is_connect(&self) -> bool {
        matches!(self, Self::Unreachable { error, .. } if error.is_connect())
    }

    /// When the token server may be asked again, where it named that time.
    #[must_use]
    pub fn retry_at(&self) -> Option<SystemTime> {
        match self {
            Self::RateLimited { retry_at, .. } => Some(*retry_at),
            _ => None,
        }
    }

    /// Whether the next fetch may succeed without a change on this side.
    #[must_use]
    pub fn is_transient(&self) -> bool {
        match self {
            Self::Unreachable { .. }
            | Self::Timeout { .. }
            | Self::RateLimited { .. }
            | Self::Cancelled
            | Self::Source { .. }
            | Self::Authorize { .. } => true,
            Self::Status { status, .. } | Self::Refused { status, .. } => {
                crate::RetryOn::TRANSIENT.contains_status(status.as_u16())
            }
            Self::Malformed { .. }
            | Self::Unacceptable { .. }
            | Self::Discovery { .. }
            | Self::Signing
            | Self::Reissued
            | Self::NoRuntime
            | Self::Panicked { .. } => false,
        }
    }
}

const WHERE: &str = "check that the domain, issuer or token URL is a token server's";

fn of(server: Option<&str>) -> String {
    server.map_or_else(String::new, |server| format!(" of {server}"))
}

fn from(server: Option<&str>) -> String {
    server.map_or_else(String::new, |server| format!(" from {server}"))
}

fn described(description: &str) -> String {
    if description.is_empty() {
        String::new()
    } else {
        format!(" (\"{description}\")")
    }
}

/// As in a `Retry-After`; later than the year 9999 there is no such date.
pub(super) fn date(time: SystemTime) -> String {
    const LAST: Duration = Duration::from_secs(253_402_300_799);
    let since_epoch = time.duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
    httpdate::fmt_http_date(SystemTime::UNIX_EPOCH + since_epoch.min(LAST))
}

fn status_advice(status: StatusCode) -> &'static str {
    if status.is_redirection() {
        "redirects of a token request are not followed: set the domain or token URL that it points to"
    } else if status.is_server_error() || status == StatusCode::TOO_MANY_REQUESTS {
        "it may pass"
    } else {
        WHERE
    }
}

const _: fn() = || {
    fn is_error<T: StdError + Send + Sync + 'static>() {}
    is_error::<TokenError>();
};

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_chain_goes_on_to_what_a_source_said() {
        let full = || -> super::super::BoxError { std::io::Error::from(std::io::ErrorKind::StorageFull).into() };
        let name = || "a test".to_owned();
        for error in [
            TokenError::Source {
                name: name(),
                error: full(),
            },
            TokenError::Authorize {
                name: name(),
                error: full(),
            },
        ] {
            let error = crate::Error::outside(super::super::Kind::Token(std::sync::Arc::new(error)));
            let source = error
                .source()
                .and_then(|source| source.downcast_ref::<std::io::Error>());
            assert_eq!(source.unwrap().kind(), std::io::ErrorKind::StorageFull);
        }
    }
}
