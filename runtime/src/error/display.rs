//! How an error reads: one line for `Display`, the whole history for `Debug` and in the chain of sources.

use std::fmt::{Debug, Display, Formatter, Result, Write};

use http::StatusCode;
use http::header::{CONTENT_TYPE, LOCATION};
use reqwest::Url;

use super::printable::{is_hidden, printable};
use super::token::date;
use super::{Error, Inner, Kind, ProblemDetails, SendError, Stopped, TokenError};
use crate::endpoint::RetryOn;

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
        if let Some(problem) = inner.problem() {
            write!(f, " (\"{problem}\")")?;
        }
        if sends > 1 {
            write!(f, " after {sends} attempts")?;
        }
        if let Some(elsewhere) = inner.redirects_to() {
            write!(
                f,
                "; a redirect to {elsewhere} is not followed, only those within the API's own origin are"
            )?;
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

impl Inner {
    /// Where a redirect points that is the answer: an origin, as the rest of it is the server's to say.
    fn redirects_to(&self) -> Option<String> {
        let (Kind::Status(status), Some(response)) = (&self.kind, &self.response) else {
            return None;
        };
        let location = response.headers.get(LOCATION).filter(|_| status.is_redirection())?;
        // A relative one stays where it is: then there were too many.
        let origin = Url::parse(location.to_str().ok()?).ok()?.origin();
        origin.is_tuple().then(|| origin.ascii_serialization())
    }

    /// What the server says is wrong, where it says so for people, by the standard.
    fn problem(&self) -> Option<String> {
        let (Kind::Status(status), Some(response)) = (&self.kind, &self.response) else {
            return None;
        };
        let content_type = response.headers.get(CONTENT_TYPE)?.to_str().ok()?;
        let media_type = content_type.split(';').next()?.trim();
        if !media_type.eq_ignore_ascii_case("application/problem+json") {
            return None;
        }
        let problem: ProblemDetails = serde_json::from_slice(&response.body).ok()?;
        problem.beside(*status).map(|told| printable(&told))
    }

    /// Why it was not sent again, where that is not in the line.
    fn write_unsaid(&self, f: &mut Formatter<'_>) -> Result {
        let Some(stopped) = &self.history.stopped else {
            return Ok(());
        };
        match (stopped, &self.kind) {
            (stopped, _) if !stopped.goes_without_saying() => Ok(()),
            (Stopped::NoToken, _) if self.history.attempts.is_empty() => write!(f, "\n  not sent: {stopped}"),
            (Stopped::NotRetryable, Kind::Status(status)) if status.is_redirection() => Ok(()),
            (
                Stopped::NotRetryable,
                Kind::Send {
                    error: SendError::Unsent(_),
                    ..
                },
            ) => Ok(()),
            (Stopped::NotRetryable, Kind::Status(status)) if is_final(*status) => write!(
                f,
                "\n  not sent again: a {} is final, unless `retry_on` names it",
                status.as_u16()
            ),
            _ => write!(f, "\n  not sent again: {stopped}"),
        }
    }
}

/// Whether the same request would be answered the same: what the server finds wrong is the request itself.
fn is_final(status: StatusCode) -> bool {
    status.is_client_error() && !RetryOn::TRANSIENT.contains_status(status.as_u16())
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

/// Writes text as it is, but for line breaks, other control characters, and those that turn a line around or hide a part
/// of it: what a server, a library or a [`FromResponse`](crate::FromResponse) of the user's says may have some.
struct OneLine<W>(W);

impl<W: Write> Write for OneLine<W> {
    fn write_str(&mut self, text: &str) -> Result {
        for piece in text.split_inclusive(is_hidden) {
            match piece.chars().next_back().filter(|c| is_hidden(*c)) {
                None => self.0.write_str(piece)?,
                Some(hidden) => {
                    self.0.write_str(&piece[..piece.len() - hidden.len_utf8()])?;
                    write!(self.0, "{}", hidden.escape_default())?;
                }
            }
        }
        Ok(())
    }
}

/// As it is, but for line breaks and other characters that do not show.
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
        inner.write_unsaid(f)?;
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
