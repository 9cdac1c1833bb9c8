//! How an error reads: one line for `Display`, the whole history for `Debug` and in the chain of sources.

use std::fmt::{Debug, Display, Formatter, Result, Write};

use super::token::date;
use super::{Error, Inner, Kind, TokenError};

/// How much of a body `{:?}` shows.
const EXCERPT: usize = 512;

impl Display for Error {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        self.write_line(&mut OneLine(f))
    }
}

impl Error {
    fn write_line(&self, f: &mut impl Write) -> Result {
        let inner = &*self.0;
        if let Some(endpoint) = inner.endpoint {
            write!(f, "{endpoint}: ")?;
            if let Kind::Token(error) = &inner.kind {
                f.write_str(match (&**error, &inner.history.attempts[..]) {
                    (TokenError::Authorize { .. }, []) => "nothing was sent: ",
                    (TokenError::Authorize { .. }, _) => "not sent again: ",
                    (_, []) => "no token, so nothing was sent: ",
                    _ => "no newer token, so it was not sent again: ",
                })?;
            }
        }
        let sends = inner.history.attempts.len();
        if let (Kind::NotSent, Some(stopped)) = (&inner.kind, &inner.history.stopped) {
            return match sends {
                0 => write!(f, "nothing was sent: {stopped}"),
                1 => write!(f, "not sent again: {stopped}"),
                sends => write!(f, "not sent again after {sends} attempts: {stopped}"),
            };
        }
        write!(f, "{}", inner.kind)?;
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
            Self::Token(error) => write!(f, "{error}"),
            Self::Send { server, error } => error.fmt_for(server, f),
            Self::Unsendable(problem) => write!(f, "nothing was sent: {problem}"),
            Self::NoCredential => f.write_str("the client was built without its credential, so nothing was sent"),
            Self::NoRuntime => f.write_str("a call runs on a Tokio runtime, and this one was made outside of one"),
            Self::NotSent => f.write_str("not sent"),
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

impl Kind {
    /// What led to it, as the transport and the libraries below tell it.
    fn cause(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Send { error, .. } => error.cause(),
            Self::Token(error) => match &**error {
                TokenError::Unreachable { error, .. } => error.kind().cause(),
                _ => None,
            },
            Self::Body(error) => std::error::Error::source(error),
            Self::Decode(error) => std::error::Error::source(error),
            _ => None,
        }
    }
}

/// The cause of a call that failed after several attempts is what came of each.
impl Display for Inner {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        for (number, attempt) in (1..).zip(&self.history.attempts) {
            let separator = if number == 1 { "" } else { "; " };
            write!(f, "{separator}attempt {number} {attempt}")?;
        }
        Ok(())
    }
}

impl Debug for Inner {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        Display::fmt(self, f)
    }
}

/// Writes text as it is, but for line breaks and other control characters: what a server, a library or a
/// [`FromResponse`](crate::FromResponse) of the user's says may have some.
struct OneLine<W>(W);

impl<W: Write> Write for OneLine<W> {
    fn write_str(&mut self, text: &str) -> Result {
        for piece in text.split_inclusive(char::is_control) {
            match piece.chars().next_back().filter(|c| c.is_control()) {
                None => self.0.write_str(piece)?,
                Some(control) => {
                    self.0.write_str(&piece[..piece.len() - control.len_utf8()])?;
                    write!(self.0, "{}", control.escape_default())?;
                }
            }
        }
        Ok(())
    }
}

/// As it is, but for line breaks and other control characters.
pub(super) fn one_line(text: &[u8]) -> String {
    let mut line = OneLine(String::new());
    // A string takes anything.
    let _ = line.write_str(&String::from_utf8_lossy(text));
    line.0
}

/// What `fn main() -> Result<()>` prints: the line, then causes, attempts and what the server said.
impl Debug for Error {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        write!(f, "{self}")?;
        let inner = &*self.0;
        if let Some(endpoint) = inner.endpoint {
            write!(f, "\n  method: {}", endpoint.name())?;
        }
        let mut cause = inner.kind.cause();
        while let Some(error) = cause {
            f.write_str("\n  because: ")?;
            write!(OneLine(&mut *f), "{error}")?;
            cause = error.source();
        }
        for (number, attempt) in (1..).zip(&inner.history.attempts) {
            write!(f, "\n  attempt {number} {attempt}")?;
        }
        let stopped = inner.history.stopped.as_ref();
        if let Some(stopped) = stopped.filter(|stopped| stopped.goes_without_saying()) {
            write!(f, "\n  not sent again: {stopped}")?;
        }
        if let Some(time) = self.retry_at() {
            write!(f, "\n  not before: {}", date(time))?;
        }
        if let Some(response) = &inner.response {
            for challenge in response.headers.get_all(http::header::WWW_AUTHENTICATE) {
                write!(f, "\n  the server asks for: {}", one_line(challenge.as_bytes()))?;
            }
            let excerpt = &response.body[..response.body.len().min(EXCERPT)];
            if !excerpt.is_empty() {
                let more = if excerpt.len() < response.body.len() { "…" } else { "" };
                write!(f, "\n  the server said: {}{more}", one_line(excerpt))?;
            }
        }
        Ok(())
    }
}
