//! How an error reads: one line for `Display`, the whole history for `Debug`.

use std::fmt::{Debug, Display, Formatter, Result};

use super::{Error, Kind};

/// How much of a body `{:?}` shows.
const EXCERPT: usize = 512;

impl Display for Error {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        let inner = &*self.0;
        if let Some(endpoint) = inner.endpoint {
            write!(f, "{endpoint}: ")?;
        }
        write!(f, "{}", inner.kind)?;
        let sends = inner.history.attempts.len();
        if sends > 1 {
            write!(f, " after {sends} attempts")?;
        }
        if let Some(stopped) = inner
            .history
            .stopped
            .as_ref()
            .filter(|stopped| !stopped.goes_without_saying())
        {
            write!(f, "; not sent again: {stopped}")?;
        }
        Ok(())
    }
}

/// What happened, without the endpoint and the attempts.
impl Display for Kind {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        match self {
            Self::Settings(problems) => f.write_str(&problems.join("; ")),
            Self::Argument(error) => write!(f, "{error}"),
            Self::Token(error) => write!(f, "no token, so nothing was sent: {error}"),
            Self::Send(error) => write!(f, "{error}"),
            Self::Deadline {
                limit,
                waiting_for: None,
            } => write!(f, "not done within its time limit of {limit:?}"),
            Self::Deadline {
                limit,
                waiting_for: Some(server),
            } => {
                write!(
                    f,
                    "not done within its time limit of {limit:?}: it still waited for a token from {server}"
                )
            }
            Self::Status(status) => write!(f, "{status}"),
            Self::Body(error) => write!(f, "{error}"),
            Self::Decode(error) => write!(f, "{error}"),
        }
    }
}

/// What `fn main() -> Result<()>` prints: the line, then causes, attempts and what the server said.
impl Debug for Error {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        write!(f, "{self}")?;
        let inner = &*self.0;
        if let Some(endpoint) = inner.endpoint {
            write!(f, "\n  method: {}", endpoint.name())?;
        }
        let mut source = std::error::Error::source(self).and_then(std::error::Error::source);
        while let Some(cause) = source {
            write!(f, "\n  because: {cause}")?;
            source = cause.source();
        }
        for (number, attempt) in (1..).zip(&inner.history.attempts) {
            write!(f, "\n  attempt {number} {attempt}")?;
        }
        if let Some(response) = &inner.response {
            let excerpt = &response.body[..response.body.len().min(EXCERPT)];
            if !excerpt.is_empty() {
                let more = if excerpt.len() < response.body.len() { "…" } else { "" };
                write!(
                    f,
                    "\n  the server said: {}{more}",
                    String::from_utf8_lossy(excerpt).escape_debug()
                )?;
            }
        }
        Ok(())
    }
}
