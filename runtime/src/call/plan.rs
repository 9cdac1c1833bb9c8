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
mod tests {
    use super::*;
    use crate::any::Any;
    use crate::call::RetryBudget;
    use crate::call_options::CallOptions;
    use crate::endpoint::{Backoff, EndpointBuilder, Jitter, Reauth, RetryOn};
    use crate::error::SendError;
    use crate::response::Incoming;

    const SCHEDULE: Backoff = Backoff::constant(Duration::from_millis(100), 3);

    fn response(status: u16, headers: &[(&str, &str)]) -> Failure {
        let mut response = http::Response::builder().status(status);
        for &(name, value) in headers {
            response = response.header(name, value);
        }
        Failure::Response(Incoming::new(response.body("").unwrap().into(), 1024))
    }

    fn next(
        plan: &mut Plan<'_>,
        failure: &Failure,
        rejection: Option<Rejection>,
        spent: bool,
        deadline: Instant,
    ) -> Next {
        plan.after(failure, failure.asked(), rejection, spent, deadline)
    }

    fn first(endpoint: &'static Endpoint, failure: &Failure) -> Next {
        let deadline = Instant::now() + Duration::from_secs(3600);
        next(&mut Plan::of(endpoint), failure, None, false, deadline)
    }

    fn send(millis: u64) -> Next {
        Next::Send {
            wait: Duration::from_millis(millis),
            reauthorize: false,
        }
    }

    #[tokio::test(start_paused = true)]
    async fn r25_post_is_sent_twice_only_where_the_server_cannot_have_processed_it() {
        static POST: Endpoint = EndpointBuilder::new("", "POST", "/").retry(SCHEDULE).build();
        assert_eq!(first(&POST, &response(500, &[])), Next::Stop(Stopped::NotIdempotent));
        assert_eq!(first(&POST, &response(503, &[])), Next::Stop(Stopped::NotIdempotent));
        assert_eq!(first(&POST, &response(503, &[("retry-after", "1")])), send(1000));
        assert_eq!(first(&POST, &response(429, &[])), send(100));
        let timeout = Failure::Send(SendError::timeout(Duration::from_secs(1)));
        assert_eq!(first(&POST, &timeout), Next::Stop(Stopped::NotIdempotent));
        static KEYED: Endpoint = EndpointBuilder::new("", "POST", "/")
            .retry(SCHEDULE)
            .idempotency_key("Idempotency-Key")
            .build();
        assert_eq!(first(&KEYED, &response(500, &[])), send(100));
    }

    #[tokio::test(start_paused = true)]
    async fn r16_a_403_is_not_sent_again() {
        static GET: Endpoint = EndpointBuilder::new("", "GET", "/")
            .authorized()
            .retry(SCHEDULE)
            .build();
        assert_eq!(first(&GET, &response(403, &[])), Next::Stop(Stopped::NotRetryable));
    }

    #[tokio::test(start_paused = true)]
    async fn s14_a_server_that_asks_for_more_than_60_s_is_not_called_again() {
        static GET: Endpoint = EndpointBuilder::new("", "GET", "/").retry(SCHEDULE).build();
        let after = |value| first(&GET, &response(503, &[("retry-after", value)]));
        let stop = |seconds| {
            let wait = Duration::from_secs(seconds);
            Next::Stop(Stopped::AskedToWait { wait })
        };
        assert_eq!(after("60"), send(60_000));
        assert_eq!(after("61"), stop(61));
        assert_eq!(after("18446744073709551615"), stop(u64::MAX));
        assert_eq!(after("-5"), send(100));
        assert_eq!(after("soon"), send(100));

        static PATIENT: Endpoint = EndpointBuilder::new("", "GET", "/")
            .retry(Backoff::constant(Duration::from_secs(90), 1))
            .build();
        assert_eq!(
            first(&PATIENT, &response(503, &[("retry-after", "90")])),
            send(90_000),
            "no longer than the schedule waits by itself"
        );
    }

    #[tokio::test(start_paused = true)]
    async fn a_rate_limit_that_is_spent_is_waited_for() {
        static GET: Endpoint = EndpointBuilder::new("", "GET", "/").retry(SCHEDULE).build();
        static FORBIDDEN: Endpoint = EndpointBuilder::new("", "GET", "/")
            .retry(SCHEDULE)
            .retry_on(RetryOn::NONE.status(403))
            .build();
        let spent = [("x-ratelimit-remaining", "0"), ("x-ratelimit-reset", "30")];
        assert_eq!(first(&GET, &response(429, &spent)), send(30_000), "Auth0");
        assert_eq!(first(&GET, &response(403, &spent)), Next::Stop(Stopped::NotRetryable));
        assert_eq!(first(&FORBIDDEN, &response(403, &spent)), send(30_000), "GitHub");
        assert_eq!(
            first(&GET, &response(429, &[("retry-after-ms", "1500")])),
            send(1500),
            "OpenAI"
        );
    }

    #[tokio::test(start_paused = true)]
    async fn r24_only_a_retry_that_is_made_is_taken_from_the_budget() {
        static GET: Endpoint = EndpointBuilder::new("", "GET", "/")
            .authorized()
            .retry(Backoff::constant(Duration::from_millis(100), 9))
            .build();
        static POST: Endpoint = EndpointBuilder::new("", "POST", "/").retry(SCHEDULE).build();
        static UNRETRIED: Endpoint = EndpointBuilder::new("", "GET", "/").build();
        let budget = Budget::new(RetryBudget::new().percent(100).per_second(0)).unwrap();
        let now = Instant::now();
        let long = now + Duration::from_secs(3600);
        let plan_of = |endpoint| {
            let mut plan = Plan::new(Policy::new(endpoint, None), Some(&budget));
            plan.attempts(now);
            plan.attempts(now);
            plan
        };
        let status = |status| response(status, &[]);

        let mut get = plan_of(&GET);
        let spent = Next::Stop(Stopped::BudgetSpent);
        assert_eq!(
            next(&mut get, &status(400), None, false, long),
            Next::Stop(Stopped::NotRetryable)
        );
        assert_eq!(
            next(&mut get, &status(503), None, true, long),
            Next::Stop(Stopped::BodySent)
        );
        let reauth = next(&mut get, &status(401), Some(Rejection::Newer), false, long);
        assert!(matches!(reauth, Next::Send { reauthorize: true, .. }));
        let hurried = next(&mut get, &status(503), None, false, now);
        assert!(matches!(hurried, Next::Stop(Stopped::Deadline { .. })));
        assert_eq!(
            next(&mut get, &status(503), None, false, long),
            send(100),
            "the one that there was"
        );
        assert_eq!(next(&mut get, &status(503), None, false, long), spent);

        for _ in 0..5 {
            plan_of(&UNRETRIED);
        }
        assert_eq!(
            next(&mut get, &status(503), None, false, long),
            spent,
            "these fill nothing"
        );
        let mut post = plan_of(&POST);
        assert_eq!(
            next(&mut post, &status(500), None, false, long),
            Next::Stop(Stopped::NotIdempotent)
        );
        assert_eq!(next(&mut post, &status(429), None, false, long), send(100));
    }

    #[tokio::test(start_paused = true)]
    async fn what_a_call_says_wins_over_its_endpoint() {
        static POST: Endpoint = EndpointBuilder::new("", "POST", "/").retry(SCHEDULE).build();
        let first = |options: &CallOptions, failure| {
            let deadline = Instant::now() + Duration::from_secs(3600);
            let mut plan = Plan::new(Policy::new(&POST, Some(options)), None);
            next(&mut plan, &failure, None, false, deadline)
        };
        let never = CallOptions::new().retry(Backoff::NONE);
        assert_eq!(first(&never, response(429, &[])), Next::Stop(Stopped::NoRetry));
        let slow = CallOptions::new().retry(Backoff::constant(Duration::from_secs(1), 1));
        assert_eq!(first(&slow, response(429, &[])), send(1000));
        assert_eq!(first(&slow, response(500, &[])), Next::Stop(Stopped::NotIdempotent));
        let keyed = CallOptions::new().idempotency_key("order-7");
        assert_eq!(first(&keyed, response(500, &[])), send(100));
    }

    /// Whatever a server asks for, and whatever the schedule.
    #[tokio::test(start_paused = true)]
    async fn r22_no_wait_is_above_its_cap() {
        let mut any = Any::new();
        let durations = [0, 1, 100, 59_999, 60_000, 61_000, u64::MAX];
        let values = [
            "0",
            "59",
            "60",
            "61",
            "18446744073709551615",
            "18446744073709551616",
            "-1",
            "soon",
            "Fri, 31 Dec 9999 23:59:59 GMT",
        ];
        let names = ["retry-after", "retry-after-ms", "x-ratelimit-reset"];
        static GET: Endpoint = EndpointBuilder::new("", "GET", "/").build();
        let start = Instant::now();
        for _ in 0..20_000 {
            let delay = Duration::from_millis(durations[any.usize(..durations.len())]);
            let max = Duration::from_millis(durations[any.usize(..durations.len())]);
            let curve = [
                Backoff::constant,
                Backoff::linear,
                Backoff::exponential,
                Backoff::fibonacci,
                Backoff::decorrelated,
            ][any.usize(..5)];
            let jitter = [Jitter::Full, Jitter::Equal, Jitter::None][any.usize(..3)];
            let schedule = curve(delay, any.u32(1..2000))
                .max(max)
                .jitter(jitter)
                .factor(any.u32(..));
            let options = CallOptions::new().retry(schedule);
            let mut plan = Plan::new(Policy::new(&GET, Some(&options)), None);
            for _ in 0..any.usize(1..50) {
                let value = match any.u8(..4) {
                    0 => any.pieces(&values),
                    _ => values[any.usize(..values.len())].to_owned(),
                };
                let asked = [(names[any.usize(..names.len())], value.as_str())];
                let asked = &asked[..any.usize(..=1)];
                let deadline = start + Duration::from_secs(1 << 40);
                match next(&mut plan, &response(429, asked), None, false, deadline) {
                    Next::Send { wait, .. } if asked.is_empty() => assert!(wait <= max, "{wait:?} of {schedule:?}"),
                    Next::Send { wait, .. } => assert!(wait <= max.max(MAX_SERVER_WAIT), "{wait:?} of {schedule:?}"),
                    Next::Stop(_) | Next::End => break,
                }
            }
        }
    }

    #[tokio::test(start_paused = true)]
    async fn r23_a_wait_that_would_cross_the_deadline_never_begins() {
        static GET: Endpoint = EndpointBuilder::new("", "GET", "/").retry(SCHEDULE).build();
        let mut plan = Plan::of(&GET);
        let deadline = Instant::now() + Duration::from_millis(100);
        let wait = Duration::from_millis(100);
        assert_eq!(
            next(&mut plan, &response(500, &[]), None, false, deadline),
            Next::Stop(Stopped::Deadline { wait })
        );
    }

    #[tokio::test(start_paused = true)]
    async fn r26_a_body_that_is_gone_is_not_sent_again() {
        static PUT: Endpoint = EndpointBuilder::new("", "PUT", "/")
            .authorized()
            .retry(SCHEDULE)
            .build();
        static POST: Endpoint = EndpointBuilder::new("", "POST", "/").retry(SCHEDULE).build();
        let after = |endpoint, status, rejection| {
            let deadline = Instant::now() + Duration::from_secs(3600);
            next(
                &mut Plan::of(endpoint),
                &response(status, &[]),
                rejection,
                true,
                deadline,
            )
        };
        assert_eq!(after(&PUT, 503, None), Next::Stop(Stopped::BodySent));
        assert_eq!(after(&PUT, 401, Some(Rejection::Newer)), Next::Stop(Stopped::BodySent));
        assert_eq!(
            after(&POST, 503, None),
            Next::Stop(Stopped::BodySent),
            "a key would be no help"
        );
        assert_eq!(after(&PUT, 400, None), Next::Stop(Stopped::NotRetryable));
    }

    #[tokio::test(start_paused = true)]
    async fn a_retry_on_can_name_404_and_leave_out_500() {
        static GET: Endpoint = EndpointBuilder::new("", "GET", "/")
            .retry(SCHEDULE)
            .retry_on(RetryOn::NONE.status(404))
            .build();
        assert_eq!(first(&GET, &response(404, &[])), send(100));
        assert_eq!(first(&GET, &response(500, &[])), Next::Stop(Stopped::NotRetryable));
    }

    #[tokio::test(start_paused = true)]
    async fn once_is_once_and_at_once_and_a_schedule_waits() {
        let deadline = Instant::now() + Duration::from_secs(3600);
        let unauthorized = response(401, &[]);
        let reauth = |millis| Next::Send {
            wait: Duration::from_millis(millis),
            reauthorize: true,
        };

        static ONCE: Endpoint = EndpointBuilder::new("", "GET", "/").authorized().build();
        let mut plan = Plan::of(&ONCE);
        assert_eq!(
            next(&mut plan, &unauthorized, Some(Rejection::Newer), false, deadline),
            reauth(0)
        );
        assert_eq!(
            next(&mut plan, &unauthorized, Some(Rejection::Newer), false, deadline),
            Next::Stop(Stopped::ReauthSpent(1))
        );

        static SCHEDULED: Endpoint = EndpointBuilder::new("", "GET", "/")
            .authorized()
            .reauth(Reauth::schedule(SCHEDULE))
            .build();
        let mut plan = Plan::of(&SCHEDULED);
        for _ in 0..3 {
            let held = Some(Rejection::Held(Duration::from_secs(1)));
            assert_eq!(next(&mut plan, &unauthorized, held, false, deadline), reauth(100));
        }
        assert_eq!(
            next(&mut plan, &unauthorized, Some(Rejection::Newer), false, deadline),
            Next::Stop(Stopped::ReauthSpent(3))
        );
    }

    #[tokio::test(start_paused = true)]
    async fn a_credential_that_stays_the_same_is_not_sent_again() {
        static SCHEDULED: Endpoint = EndpointBuilder::new("", "GET", "/")
            .authorized()
            .reauth(Reauth::schedule(SCHEDULE))
            .build();
        let deadline = Instant::now() + Duration::from_secs(3600);
        let unauthorized = response(401, &[]);
        assert_eq!(
            next(
                &mut Plan::of(&SCHEDULED),
                &unauthorized,
                Some(Rejection::Fixed),
                false,
                deadline
            ),
            Next::Stop(Stopped::FixedCredential)
        );
    }

    #[tokio::test(start_paused = true)]
    async fn a_nonce_is_answered_once_and_spends_neither_reauth_nor_retry() {
        static POST: Endpoint = EndpointBuilder::new("", "POST", "/").authorized().build();
        let deadline = Instant::now() + Duration::from_secs(3600);
        let unauthorized = response(401, &[]);
        let at_once = || Next::Send {
            wait: Duration::ZERO,
            reauthorize: true,
        };
        let mut plan = Plan::of(&POST);
        for rejection in [Rejection::Nonce, Rejection::Newer] {
            assert_eq!(
                next(&mut plan, &unauthorized, Some(rejection), false, deadline),
                at_once()
            );
        }
        assert_eq!(
            next(&mut plan, &unauthorized, Some(Rejection::Nonce), false, deadline),
            Next::Stop(Stopped::NonceRefused)
        );
    }
}
