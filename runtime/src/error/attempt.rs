//! One request that was sent, and how it ended.

use std::time::Duration;

use http::StatusCode;

/// One request of a call, for the history in an [`Error`](crate::Error).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Attempt {
    pub(crate) started: Duration,
    pub(crate) outcome: Outcome,
    pub(crate) waited: Duration,
    pub(crate) reauthorized: bool,
    pub(crate) hedged: bool,
}

/// How an attempt ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Outcome {
    /// A response with this status.
    Status(StatusCode),
    /// No connection could be made: the server has seen nothing.
    Connect,
    /// The server refused it without looking at it (HTTP/2 `REFUSED_STREAM`, RFC 9113, section 8.7).
    Refused,
    /// No response head within the attempt's time limit.
    Timeout,
    /// The connection broke before the response was there: the server may have seen the request.
    Network,
    /// The body could not be sent to its end: the stream that it is failed.
    Body,
    /// The transport did not send it, and would not another time: a `FakeTransport` that does not expect it.
    Unsent,
    /// The other of two requests that `hedge` had sent was answered first, so this one was cancelled.
    Overtaken,
}

impl Attempt {
    /// When it was sent, counted from the start of the call.
    #[must_use]
    pub fn started(&self) -> Duration {
        self.started
    }

    /// How it ended.
    #[must_use]
    pub fn outcome(&self) -> Outcome {
        self.outcome
    }

    /// The wait before it; zero for the first, and for one sent at once after a 401.
    #[must_use]
    pub fn waited(&self) -> Duration {
        self.waited
    }

    /// Whether it was sent again because the one before was answered 401.
    #[must_use]
    pub fn reauthorized(&self) -> bool {
        self.reauthorized
    }

    /// Whether `hedge` sent it beside one that had no answer yet.
    #[must_use]
    pub fn hedged(&self) -> bool {
        self.hedged
    }
}

/// As `at 300ms, after a wait of 100ms: 503 Service Unavailable`.
impl std::fmt::Display for Attempt {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "at {:?}", round(self.started))?;
        if !self.waited.is_zero() {
            write!(f, ", after a wait of {:?}", round(self.waited))?;
        }
        if self.reauthorized {
            f.write_str(", re-authorized")?;
        }
        if self.hedged {
            f.write_str(", hedged")?;
        }
        write!(f, ": {}", self.outcome)
    }
}

impl std::fmt::Display for Outcome {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Status(status) => write!(f, "{status}"),
            Self::Connect => f.write_str("no connection"),
            Self::Refused => f.write_str("refused unprocessed"),
            Self::Timeout => f.write_str("no response in time"),
            Self::Network => f.write_str("the connection broke"),
            Self::Body => f.write_str("its body failed"),
            Self::Unsent => f.write_str("not sent"),
            Self::Overtaken => f.write_str("cancelled, as the other one was answered first"),
        }
    }
}

/// To what a person reads: whole milliseconds, as `0ms`, `100ms` or `1.5s`.
pub(super) fn round(duration: Duration) -> impl std::fmt::Debug {
    struct Rounded(Duration);

    impl std::fmt::Debug for Rounded {
        fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
            if self.0.is_zero() {
                // By itself it would be `0ns`.
                return f.write_str("0ms");
            }
            self.0.fmt(f)
        }
    }

    Rounded(Duration::from_millis(
        u64::try_from(duration.as_millis()).unwrap_or(u64::MAX),
    ))
}
