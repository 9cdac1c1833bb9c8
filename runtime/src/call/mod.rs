//! One *call*: the loop that every request goes through, written once.
//!
//! ```text
//! deadline
//! ├─ a place and a turn, where the trait limits `concurrency` or `rate`
//! └─ attempt 1..=1+retries
//!    ├─ circuit breaker: open → the call fails at once
//!    ├─ token: cached and fresh → its ready-made header; else one shared, detached fetch
//!    ├─ send, and once more beside it where the endpoint hedges; response head
//!    ├─ 401 and this attempt carried our token → tell the cache which token was rejected, send again
//!    ├─ transient and allowed → wait max(schedule, Retry-After), never across the deadline
//!    └─ an answer, or an error with the history of all of this
//! ```
//!
//! The loop knows no type of the user's: it takes encoded [`RequestParts`] and gives a [`RawResponse`] whose body is
//! unread. What may be sent again, and after which wait, is decided in [`plan`], by what [`policy`] says of the endpoint
//! and of this call and by what is left of the client's [`budget`]; the loop only carries it out. How one request goes out
//! is an [`attempt`]'s own affair, where its token comes from is an [`Authorizer`] to it, and what limits all calls of a
//! client together are its [`Guards`]. The token request goes through this same loop, without them.

mod attempt;
mod authorizer;
mod budget;
mod failure;
#[cfg(test)]
mod fleet;
mod guard;
mod hedge;
mod plan;
mod policy;
pub(crate) mod retry_after;
mod transport;
mod window;

use std::pin::pin;
use std::time::{Duration, SystemTime};

use reqwest::Url;
use tokio::runtime::Handle;
use tokio::time::{Instant, timeout_at};

use self::attempt::Prepared;
pub(crate) use self::authorizer::{Authorization, Authorized, Authorizer, Authorizing, Rejection};
pub(crate) use self::budget::Budget;
pub use self::budget::RetryBudget;
use self::failure::Failure;
#[cfg(feature = "jwt")]
pub(crate) use self::failure::challenges;
pub(crate) use self::failure::is_rejection;
use self::guard::Pass;
pub(crate) use self::guard::{Guards, Place};
use self::plan::Next;
pub(crate) use self::plan::Plan;
use self::policy::Policy;
pub use self::transport::HttpService;
pub(crate) use self::transport::{Layered, Transport};
use crate::call_options::CallOptions;
use crate::endpoint::Endpoint;
use crate::error::{Attempt, Credential, Error, History, Kind, Outcome, SendError, Stopped};
use crate::request::RequestParts;
use crate::response::{Incoming, RawResponse};
use crate::telemetry::{sent_again, waited_for_its_turn};

/// Everything one call needs; nothing of it changes from attempt to attempt.
pub(crate) struct Call<'a> {
    pub(crate) endpoint: &'static Endpoint,
    /// What it does otherwise than the endpoint says.
    pub(crate) options: Option<&'a CallOptions>,
    pub(crate) request: &'a RequestParts,
    /// Whose path is not the call's, and not to be shown.
    pub(crate) base: &'a Url,
    pub(crate) transport: &'a Transport,
    /// `None` where the request carries no credential.
    pub(crate) authorizer: Option<&'a dyn Authorizer>,
    /// `None` where nothing limits the client's calls.
    pub(crate) guards: Option<&'a Guards>,
    /// `None` where every retry is made.
    pub(crate) budget: Option<&'a Budget>,
    pub(crate) max_body: usize,
    /// Whether an attempt ends with its body and not with its head: one that breaks off in between is then sent again.
    pub(crate) with_body: bool,
}

/// One attempt: what it was sent with, when, and why.
struct Sent {
    /// How many requests of the call went before it.
    resends: usize,
    carried: Option<Authorized>,
    started: Duration,
    waited: Duration,
    reauthorized: bool,
    hedged: bool,
    /// The other request of the attempt, where it hedged.
    beside: Option<Attempt>,
    /// How long that one's answer asked to leave the server alone.
    asked: Option<Duration>,
}

/// When a call began, and when an attempt of it and the call itself end at the latest.
#[derive(Clone, Copy)]
struct Times {
    start: Instant,
    limit: Instant,
    deadline: Instant,
}

impl Call<'_> {
    /// Sends until there is an answer that stands: a success, or a failure that is not to be sent again. In a box, as it
    /// is handed on some times.
    pub(crate) async fn run(&self) -> Result<Box<RawResponse>, Error> {
        let endpoint = self.endpoint;
        if Handle::try_current().is_err() {
            return Err(Error::call(endpoint, Kind::NoRuntime, History::default(), None));
        }
        let policy = self.policy();
        let start = Instant::now();
        let deadline = start
            .checked_add(policy.timeout())
            .unwrap_or_else(|| start + Duration::from_secs(u32::MAX.into()));
        let mut plan = Plan::new(policy, self.budget).guarded(self.guards);
        let mut history = History::default();
        let mut waited = Duration::ZERO;
        let mut reauthorized = false;
        // The clock is read once for each attempt, unless something was waited for.
        let (place, mut begin) = match self.admit(start, deadline).await {
            Ok(admitted) => admitted,
            Err(stopped) => return Err(self.not_sent(stopped, history)),
        };
        loop {
            // What an earlier response asked for is over.
            history.retry_at = None;
            let pass = match self.guards.map(Guards::pass).transpose() {
                Ok(pass) => pass.flatten(),
                Err(stopped) => return Err(self.not_sent(stopped, history)),
            };
            let Prepared { request, carried, now } = match self.prepare(begin, deadline).await {
                Ok(prepared) => prepared,
                Err(kind) => {
                    history.stopped = Some(Stopped::NoToken);
                    return Err(Error::call(endpoint, kind, history, None));
                }
            };
            if now >= deadline {
                return Err(Error::call(endpoint, self.deadline_passed(None), history, None));
            }
            plan.attempts(now);
            let limit = now
                .checked_add(policy.attempt_timeout())
                .map_or(deadline, |limit| limit.min(deadline));
            let mut sent = Sent {
                resends: history.attempts.len(),
                carried,
                started: now - start,
                waited,
                reauthorized,
                hedged: false,
                beside: None,
                asked: None,
            };

            let hedge = policy.hedge().filter(|_| self.may_hedge(pass.as_ref()));
            let ended = match hedge {
                // Not by `send`, in whose future it would be moved once more.
                None => {
                    let (span, departure) = self.depart(request, sent.resends, limit);
                    let head = pin!(self.head(departure));
                    timeout_at(limit, span.watch(head, Failure::outcome_of)).await.ok()
                }
                // In a box of its own: it has room for two requests, which no other call needs.
                Some(delay) => {
                    let times = Times { start, limit, deadline };
                    Box::pin(self.hedged(request, delay, times, &mut sent)).await
                }
            };
            history.attempts.extend(sent.beside.take());
            let failure = match ended {
                Some(Ok(response)) if response.status().is_success() => {
                    if let Some(pass) = pass {
                        pass.ended(false);
                    }
                    self.accepted(&sent);
                    return Ok(self.answer(response, history, deadline, sent, place));
                }
                Some(Ok(response)) => Failure::Response(response),
                Some(Err(failure)) => failure,
                None if limit == deadline => Failure::deadline(limit - now, policy),
                None => Failure::Send(SendError::timeout(policy.attempt_timeout())),
            };

            if let (Some(pass), Some(failed)) = (pass, failure.is_of_the_api()) {
                pass.ended(failed);
            }
            let rejection = self.rejected(&sent, &failure);
            let asked = failure.asked().max(sent.asked);
            history.retry_at = asked.and_then(|wait| SystemTime::now().checked_add(wait));
            match plan.after(&failure, asked, rejection, self.request.is_spent(), deadline) {
                Next::End => return self.stands(failure, history, deadline, sent, place),
                Next::Stop(stopped) => {
                    history.retry_at = history.retry_at.max(stopped.retry_at());
                    history.stopped = Some(stopped);
                    return self.stands(failure, history, deadline, sent, place);
                }
                Next::Send { wait, reauthorize } => {
                    let outcome = failure.outcome();
                    history.attempts.push(sent.ended(outcome));
                    // In a box: most calls are not sent again.
                    Box::pin(failure.drain_and_wait(wait, deadline)).await;
                    sent_again(endpoint, self.request.target(self.base), outcome, wait, reauthorize);
                    (waited, reauthorized) = (wait, reauthorize);
                    begin = Instant::now();
                }
            }
        }
    }

    fn policy(&self) -> Policy<'_> {
        Policy::new(self.endpoint, self.options)
    }

    /// Waits for its turn, where the trait limits its calls; and when that is.
    async fn admit(&self, start: Instant, deadline: Instant) -> Result<(Option<Place>, Instant), Stopped> {
        let Some(guards) = self.guards else {
            return Ok((None, start));
        };
        // In a box of its own, as most calls wait for no turn.
        let place = Box::pin(guards.admit(deadline)).await?;
        waited_for_its_turn(self.endpoint, start.elapsed());
        Ok((place, Instant::now()))
    }

    /// A failure that is not to be sent again: the response as it is, or an error where there is none.
    fn stands(
        &self,
        failure: Failure,
        mut history: History,
        deadline: Instant,
        sent: Sent,
        place: Option<Place>,
    ) -> Result<Box<RawResponse>, Error> {
        let outcome = failure.outcome();
        let kind = match failure {
            Failure::Response(response) => return Ok(self.answer(response, history, deadline, sent, place)),
            Failure::Send(error) => {
                let server = self.request.server(self.base);
                Kind::Send { server, error }
            }
            Failure::Body(error) => Kind::Body(error),
            Failure::Deadline { .. } => self.deadline_passed(None),
        };
        history.attempts.push(sent.ended(outcome));
        let carried = sent.carried.map(Authorized::into_carried);
        let kind = Credential::of(carried.as_ref()).blotted_from_kind(kind);
        Err(Error::call(self.endpoint, kind, history, None))
    }

    /// Whether a second request may go out beside the first: a stream has only one, and so has an attempt that finds out
    /// whether the API is back.
    fn may_hedge(&self, pass: Option<&Pass<'_>>) -> bool {
        !self.request.has_stream() && !pass.is_some_and(Pass::probes)
    }

    /// What a guard keeps from being sent.
    fn not_sent(&self, stopped: Stopped, mut history: History) -> Error {
        history.retry_at = stopped.retry_at();
        history.stopped = Some(stopped);
        Error::call(self.endpoint, Kind::NotSent, history, None)
    }

    fn deadline_passed(&self, waiting_for: Option<String>) -> Kind {
        Kind::Deadline {
            limit: self.policy().timeout(),
            waiting_for,
        }
    }

    /// Tells the credential that a token works, once for each token.
    fn accepted(&self, sent: &Sent) {
        if let (Some(authorizer), Some(Authorized::Token(token))) = (self.authorizer, &sent.carried)
            && !token.proven
        {
            authorizer.accepted(token);
        }
    }

    /// Tells the credential that the API rejected what this attempt carried.
    fn rejected(&self, sent: &Sent, failure: &Failure) -> Option<Rejection> {
        let (authorizer, carried) = (self.authorizer?, sent.carried.as_ref()?);
        let rejection = failure.as_rejection()?;
        Some(authorizer.rejected(carried, rejection))
    }

    fn answer(
        &self,
        incoming: Incoming,
        history: History,
        deadline: Instant,
        sent: Sent,
        place: Option<Place>,
    ) -> Box<RawResponse> {
        Box::new(RawResponse {
            endpoint: self.endpoint,
            last: sent.ended(Outcome::Status(incoming.status())),
            incoming,
            history,
            deadline,
            timeout: self.policy().timeout(),
            attempt_timeout: self.policy().attempt_timeout(),
            idle_timeout: self.policy().idle_timeout(),
            carried: sent.carried.map(Authorized::into_carried),
            place,
        })
    }
}

impl Sent {
    fn ended(&self, outcome: Outcome) -> Attempt {
        let Self {
            started,
            waited,
            reauthorized,
            hedged,
            ..
        } = *self;
        Attempt {
            started,
            outcome,
            waited,
            reauthorized,
            hedged,
        }
    }
}
