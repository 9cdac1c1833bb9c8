//! One *call*: the loop that every request goes through, written once.
//!
//! ```text
//! deadline
//! └─ attempt 1..=1+retries
//!    ├─ token: cached and fresh → its ready-made header; else one shared, detached fetch
//!    ├─ send; response head
//!    ├─ 401 and this attempt carried our token → tell the cache which token was rejected, send again
//!    ├─ transient and allowed → wait max(schedule, Retry-After), never across the deadline
//!    └─ an answer, or an error with the history of all of this
//! ```
//!
//! The loop knows no type of the user's: it takes encoded [`RequestParts`] and gives an [`Answer`] whose body is
//! unread. What may be sent again, and after which wait, is decided in [`plan`]; the loop only carries it out. The
//! token request goes through this same loop, without a credential.

mod plan;
mod retry_after;
mod transport;

use std::time::Duration;

use reqwest::Url;
use tokio::time::{Instant, sleep_until, timeout_at};
use tracing::debug;

use self::plan::{Failure, Next, Plan};
pub(crate) use self::transport::Transport;
use crate::credential::{Authorization, TokenCache};
use crate::endpoint::Endpoint;
use crate::error::{Attempt, Error, History, Kind, Outcome, SendError, Stopped};
use crate::request::RequestParts;
use crate::response::{Answer, RawResponse};

/// How much of a failed attempt's body is read, so that its connection can be used again.
const DRAIN_BYTES: usize = 64 * 1024;
/// How long that may hold up an attempt which has nothing else to wait for.
const DRAIN_TIME: Duration = Duration::from_millis(100);

/// Everything one call needs; nothing of it changes from attempt to attempt.
pub(crate) struct Call<'a> {
    pub(crate) endpoint: &'static Endpoint,
    pub(crate) parts: RequestParts,
    pub(crate) base: &'a Url,
    pub(crate) transport: &'a Transport,
    /// Where the request's token comes from; `None` where it carries none.
    pub(crate) tokens: Option<&'a TokenCache>,
    pub(crate) max_body: usize,
}

/// One attempt: what it was sent with, when, and why.
struct Sent {
    token: Option<Authorization>,
    started: Duration,
    waited: Duration,
    reauthorized: bool,
}

impl Call<'_> {
    /// Sends until there is an answer that stands: a success, or a failure that is not to be sent again.
    pub(crate) async fn run(self) -> Result<Answer, Error> {
        let start = Instant::now();
        let timeout = self.endpoint.total_timeout();
        let deadline = start
            .checked_add(timeout)
            .unwrap_or_else(|| start + Duration::from_secs(u32::MAX.into()));
        let mut plan = Plan::new(self.endpoint);
        let mut history = History::default();
        let mut waited = Duration::ZERO;
        let mut reauthorized = false;
        loop {
            let token = match self.token(deadline).await {
                Ok(token) => token,
                Err(kind) => {
                    history.stopped = Some(Stopped::NoToken);
                    return Err(Error::call(self.endpoint, kind, history, None));
                }
            };
            let now = Instant::now();
            let limit = now
                .checked_add(self.endpoint.timeout_per_attempt())
                .map_or(deadline, |limit| limit.min(deadline));
            let request = self
                .parts
                .render(self.endpoint, self.base, token.as_ref().map(Authorization::header));
            let sent = Sent {
                token,
                started: now - start,
                waited,
                reauthorized,
            };

            let failure = match timeout_at(limit, self.transport.send(request)).await {
                Ok(Ok(response)) => {
                    let response = RawResponse::new(response, self.max_body);
                    if response.status().is_success() {
                        self.accepted(&sent);
                        return Ok(self.answer(response, history, deadline, sent));
                    }
                    Failure::Response(response)
                }
                Ok(Err(error)) => Failure::Send(error),
                Err(_) if limit == deadline => {
                    history.record(&sent, Outcome::Timeout);
                    return Err(Error::call(self.endpoint, Kind::Deadline(timeout), history, None));
                }
                Err(_) => Failure::Send(SendError::timeout(self.endpoint.timeout_per_attempt())),
            };

            let rejection = self.rejected(&sent, &failure);
            history.retry_at = failure.retry_at();
            let next = plan.after(&failure, rejection, deadline);
            match next {
                Next::Stop(stopped) => {
                    history.stopped = Some(stopped);
                    return match failure {
                        Failure::Response(response) => {
                            let outcome = Outcome::Status(response.status());
                            history.record(&sent, outcome);
                            Ok(self.answer(response, history, deadline, sent))
                        }
                        Failure::Send(error) => {
                            history.record(&sent, error.outcome());
                            Err(Error::call(self.endpoint, Kind::Send(error), history, None))
                        }
                    };
                }
                Next::Send { wait, reauthorize } => {
                    debug!(
                        endpoint = self.endpoint.name(),
                        outcome = %failure.outcome(),
                        wait_ms = u64::try_from(wait.as_millis()).unwrap_or(u64::MAX),
                        reauthorize,
                        "sending again"
                    );
                    history.record(&sent, failure.outcome());
                    failure.drain_and_wait(wait, deadline).await;
                    (waited, reauthorized) = (wait, reauthorize);
                }
            }
        }
    }

    async fn token(&self, deadline: Instant) -> Result<Option<Authorization>, Kind> {
        let Some(tokens) = self.tokens else { return Ok(None) };
        if let Some(token) = tokens.cached() {
            return Ok(Some(token));
        }
        match timeout_at(deadline, tokens.authorization()).await {
            Ok(Ok(token)) => Ok(Some(token)),
            Ok(Err(error)) => Err(Kind::Token(error)),
            Err(_) => Err(Kind::Deadline(self.endpoint.total_timeout())),
        }
    }

    /// Tells the cache that a token works, once for each token.
    fn accepted(&self, sent: &Sent) {
        if let (Some(tokens), Some(token)) = (self.tokens, &sent.token)
            && !token.is_proven()
        {
            tokens.accept(token);
        }
    }

    /// Tells the cache that the API rejected the token this attempt carried.
    fn rejected(&self, sent: &Sent, failure: &Failure) -> Option<crate::credential::Rejection> {
        let (tokens, token) = (self.tokens?, sent.token.as_ref()?);
        failure.is_rejected_token().then(|| tokens.reject(token))
    }

    fn answer(&self, response: RawResponse, history: History, deadline: Instant, sent: Sent) -> Answer {
        Answer {
            endpoint: self.endpoint,
            response,
            history,
            deadline,
            timeout: self.endpoint.total_timeout(),
            authorization: sent.token.map(Authorization::into_header),
        }
    }
}

impl History {
    fn record(&mut self, sent: &Sent, outcome: Outcome) {
        let Sent {
            started,
            waited,
            reauthorized,
            ..
        } = *sent;
        self.attempts.push(Attempt {
            started,
            outcome,
            waited,
            reauthorized,
        });
    }
}

impl Failure {
    /// Waits until the next attempt; meanwhile reads what is left of the body.
    async fn drain_and_wait(self, wait: Duration, deadline: Instant) {
        let now = Instant::now();
        let resume = now + wait;
        if let Self::Response(response) = self {
            let until = resume.max(now + DRAIN_TIME).min(deadline);
            let _ = timeout_at(until, response.drain(DRAIN_BYTES)).await;
        }
        if !wait.is_zero() {
            sleep_until(resume).await;
        }
    }
}
