//! What may be sent again, and after which wait: the endpoint's policy applied to one failure after another.
//!
//! The rules, in the order in which they are asked:
//!
//! 1. A 401 to our own token is sent again as `reauth` says, or, where the server asks for a proof with its nonce, once in
//!    a call; neither spends a retry. No other status asks for a new token.
//!    Where it is the answer to what a redirect led to, the request itself has been processed: rule 2's condition holds.
//! 2. What `retry_on` names is sent again by `retry`, where the endpoint is idempotent or the server cannot have processed
//!    the request.
//!
//! What this comes to, failure by failure, is the table *What is retried* in the docs of
//! [`api_client`](macro@crate::api_client), which a test holds against the loop, cell by cell.
//!
//! A request whose body is a stream that has begun is never sent again: there is nothing to send it from.
//!
//! No wait ever crosses the call's deadline: the failure is returned instead, as it is. So it is where the server asks to
//! be left alone for longer than a call waits for it (to send earlier would be refused, and make it worse), and where the
//! client's circuit breaker would not let it through. A retry, but not a send for a 401, also takes one from the client's
//! [budget](super::budget).

use std::time::Duration;

use tokio::time::Instant;

use super::Rejection;
use super::budget::Budget;
use super::failure::Failure;
use super::guard::Guards;
use super::policy::Policy;
use crate::endpoint::Endpoint;
use crate::endpoint::backoff::Delays;
use crate::error::Stopped;

/// A server that asks for a longer wait than this is not called again by this call.
const MAX_SERVER_WAIT: Duration = Duration::from_secs(60);

/// What happens now.
#[derive(Debug, PartialEq)]
pub(super) enum Next {
    Send {
        wait: Duration,
        reauthorize: bool,
    },
    Stop(Stopped),
    /// The call's time is over, so there is nothing to decide.
    End,
}

/// How much of the policy a call has used up.
pub(crate) struct Plan<'a> {
    policy: Policy<'a>,
    budget: Option<&'a Budget>,
    /// Whether the call has filled it.
    has_begun: bool,
    guards: Option<&'a Guards>,
    /// Made when a first retry is due; most calls never have one.
    retries: Option<Box<Delays>>,
    reauths: Option<Box<Delays>>,
    reauthorized: u32,
    /// Whether it was sent again with a server's nonce.
    has_nonce: bool,
}

impl<'a> Plan<'a> {
    /// Of a call that has not sent anything yet.
    pub(super) fn new(policy: Policy<'a>, budget: Option<&'a Budget>) -> Self {
        // What is not sent again has no part in it.
        let budget = budget.filter(|_| policy.retry().retries() > 0 || policy.hedge().is_some());
        Self {
            policy,
            budget,
            has_begun: false,
            guards: None,
            retries: None,
            reauths: None,
            reauthorized: 0,
            has_nonce: false,
        }
    }

    /// Of an endpoint as it is, whose retries nobody else counts.
    pub(crate) fn of(endpoint: &'static Endpoint) -> Self {
        Self::new(Policy::new(endpoint, None), None)
    }

    /// Of a client with these guards.
    pub(super) fn guarded(mut self, guards: Option<&'a Guards>) -> Self {
        self.guards = guards;
        self
    }

    /// An attempt goes out `now`: with the first one the call fills the budget, and one that is never sent does not.
    pub(super) fn attempts(&mut self, now: Instant) {
        if let Some(budget) = self.budget
            && !std::mem::replace(&mut self.has_begun, true)
        {
            budget.deposit(now);
        }
    }

    /// What happens after `failure`, where the server `asked` to be left alone for so long; `rejection` where it is a 401
    /// to our own token, `spent` where the body is gone.
    pub(super) fn after(
        &mut self,
        failure: &Failure,
        asked: Option<Duration>,
        rejection: Option<Rejection>,
        spent: bool,
        deadline: Instant,
    ) -> Next {
        if let Failure::Deadline { .. } = failure {
            return Next::End;
        }
        let next = self.by_policy(failure, asked.unwrap_or_default(), rejection, deadline);
        match self.unless_open(next) {
            // Also where a reason would read as if something could be done about it.
            Next::Send { .. }
            | Next::Stop(
                Stopped::NotIdempotent
                | Stopped::Deadline { .. }
                | Stopped::AskedToWait { .. }
                | Stopped::CircuitOpen { .. },
            ) if spent => Next::Stop(Stopped::BodySent),
            // Last, so that nothing is taken from it for what is not sent.
            Next::Send { reauthorize: false, .. } if self.is_overdrawn() => Next::Stop(Stopped::BudgetSpent),
            next => next,
        }
    }

    fn by_policy(
        &mut self,
        failure: &Failure,
        asked: Duration,
        rejection: Option<Rejection>,
        deadline: Instant,
    ) -> Next {
        let reauth = rejection.map(|rejection| {
            if failure.is_redirected() && !self.policy.is_idempotent() {
                return Err(Stopped::NotIdempotent);
            }
            self.reauthorize(rejection)
        });
        let wait = match reauth {
            Some(Ok(wait)) => return within(deadline, wait, true),
            // Spent: a 401 is then like any other status, for which a `retry_on` may name it.
            Some(Err(stopped)) => self.retry(failure, asked).map_err(|_| stopped),
            None => self.retry(failure, asked),
        };
        match wait {
            Ok(wait) => within(deadline, wait, false),
            Err(stopped) => Next::Stop(stopped),
        }
    }

    /// The wait before sending again with a newer token, or why it is not.
    pub(crate) fn reauthorize(&mut self, rejection: Rejection) -> Result<Duration, Stopped> {
        match rejection {
            Rejection::Fixed => return Err(Stopped::FixedCredential),
            Rejection::Nonce if self.has_nonce => return Err(Stopped::NonceRefused),
            Rejection::Nonce => {
                self.has_nonce = true;
                return Ok(Duration::ZERO);
            }
            Rejection::Newer | Rejection::Held(_) | Rejection::TooMany(_) | Rejection::NoOther(_) => {}
        }
        let rule = self.policy.reauth();
        let spent = Stopped::ReauthSpent(self.reauthorized);
        let wait = match rule.backoff() {
            Some(schedule) => {
                let delays = self
                    .reauths
                    .get_or_insert_with(|| Box::new(schedule.seeded_delays(fastrand::Rng::new())));
                delays.next().ok_or(spent)?
            }
            None if self.reauthorized >= rule.attempts() => return Err(spent),
            None => match rejection {
                Rejection::Held(replaced_in) => return Err(Stopped::FreshTokenRejected { replaced_in }),
                Rejection::TooMany(replaced_in) => return Err(Stopped::ReplacedTooOften { replaced_in }),
                Rejection::NoOther(replaced_in) => return Err(Stopped::NoOtherToken { replaced_in }),
                _ => Duration::ZERO,
            },
        };
        self.reauthorized += 1;
        Ok(wait)
    }

    /// The wait before a retry.
    fn retry(&mut self, failure: &Failure, asked: Duration) -> Result<Duration, Stopped> {
        let schedule = self.policy.retry();
        if !failure.is_retried_by(self.policy.retry_on()) {
            return Err(Stopped::NotRetryable);
        }
        if schedule.retries() == 0 {
            return Err(Stopped::NoRetry);
        }
        if !self.policy.is_idempotent() && !failure.is_certainly_unprocessed() {
            return Err(Stopped::NotIdempotent);
        }
        let delays = self
            .retries
            .get_or_insert_with(|| Box::new(schedule.seeded_delays(fastrand::Rng::new())));
        let delay = delays.next().ok_or(Stopped::RetriesSpent(schedule.retries()))?;
        if asked > delay.max(MAX_SERVER_WAIT) {
            return Err(Stopped::AskedToWait { wait: asked });
        }
        Ok(delay.max(asked))
    }

    /// A next attempt that the circuit breaker would not let through is none.
    fn unless_open(&self, next: Next) -> Next {
        let Next::Send { wait, .. } = next else { return next };
        let refused = self.guards.and_then(|guards| guards.refuses(Instant::now() + wait));
        refused.map_or(next, Next::Stop)
    }

    /// Takes one retry from the client's budget, where there is one left.
    fn is_overdrawn(&self) -> bool {
        self.budget
            .is_some_and(|budget| !budget.affords(self.policy.endpoint()))
    }
}

/// A wait that would cross the deadline never begins.
fn within(deadline: Instant, wait: Duration, reauthorize: bool) -> Next {
    let left = deadline.saturating_duration_since(Instant::now());
    if wait >= left {
        Next::Stop(Stopped::Deadline { wait })
    } else {
        Next::Send { wait, reauthorize }
    }
}

#[cfg(test)]
mod tests;
