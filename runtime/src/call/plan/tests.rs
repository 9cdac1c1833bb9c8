//! Decisions, with failures of our own and no transport.

use super::*;
use crate::any::Any;
use crate::call::RetryBudget;
use crate::call_options::CallOptions;
use crate::endpoint::{Api, Backoff, CircuitBreaker, EndpointBuilder, Jitter, Reauth, RetryOn};
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

fn next(plan: &mut Plan<'_>, failure: &Failure, rejection: Option<Rejection>, spent: bool, deadline: Instant) -> Next {
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

/// A hundred may come without a share of the calls; then a client that makes one call needs that one to be counted.
#[tokio::test(start_paused = true)]
async fn r24_a_schedule_of_one_retry_has_its_part_in_the_budget() {
    static GET: Endpoint = EndpointBuilder::new("", "GET", "/")
        .retry(Backoff::constant(Duration::from_millis(100), 1))
        .build();
    let long = Instant::now() + Duration::from_secs(3600);
    for (percent, expected) in [(100, send(100)), (0, Next::Stop(Stopped::BudgetSpent))] {
        let budget = Budget::new(RetryBudget::new().percent(percent).per_second(0)).unwrap();
        let mut plan = Plan::new(Policy::new(&GET, None), Some(&budget));
        plan.attempts(Instant::now());
        assert_eq!(
            next(&mut plan, &response(503, &[]), None, false, long),
            expected,
            "{percent} %"
        );
    }
}

/// What is asked is whether the breaker lets the next attempt through when its time has come, not now.
#[tokio::test(start_paused = true)]
async fn a_wait_that_outlasts_the_open_circuit_breaker_begins() {
    static GET: Endpoint = EndpointBuilder::new("", "GET", "/").retry(SCHEDULE).build();
    let rule = CircuitBreaker::new(50, 1, Duration::from_secs(10), Duration::from_secs(5));
    let guards = Guards::of(&Api::new("Test").circuit_breaker(rule)).unwrap();
    guards.pass().unwrap().unwrap().ended(true);
    let after = |asked| {
        let mut plan = Plan::of(&GET).guarded(Some(&guards));
        let long = Instant::now() + Duration::from_secs(3600);
        next(&mut plan, &response(503, &[("retry-after", asked)]), None, false, long)
    };
    let retry_in = Duration::from_secs(5);
    assert_eq!(after("4"), Next::Stop(Stopped::CircuitOpen { retry_in }));
    assert_eq!(after("5"), send(5000));
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
async fn r14_a_token_that_is_kept_is_not_sent_again_at_once_and_the_reason_says_for_how_long() {
    static ONCE: Endpoint = EndpointBuilder::new("", "GET", "/").authorized().build();
    let deadline = Instant::now() + Duration::from_secs(3600);
    let replaced_in = Duration::from_secs(7);
    for (rejection, stopped) in [
        (
            Rejection::Held(replaced_in),
            Stopped::FreshTokenRejected { replaced_in },
        ),
        (
            Rejection::TooMany(replaced_in),
            Stopped::ReplacedTooOften { replaced_in },
        ),
        (Rejection::NoOther(replaced_in), Stopped::NoOtherToken { replaced_in }),
    ] {
        let mut plan = Plan::of(&ONCE);
        let stop = next(&mut plan, &response(401, &[]), Some(rejection), false, deadline);
        assert_eq!(stop, Next::Stop(stopped));
    }
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
