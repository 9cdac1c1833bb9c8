//! What is known of one schedule: what the servers saw and did, to hold every promise against.

use std::collections::HashMap;

use reauth::{Endpoint, Error};
use tokio::time::{Duration, Instant};

use crate::clear::unclear;

/// A timer is exact to a millisecond.
const TIMER: Duration = Duration::from_millis(1);
/// At once under `concurrency`, each of them perhaps with a hedge beside it.
const CONCURRENCY: usize = 2;

/// One schedule.
pub(super) struct World {
    pub(super) rng: fastrand::Rng,
    /// Of ten requests, so many meet no fault.
    pub(super) healthy: u8,
    /// No token is ever good enough.
    pub(super) rejects_all: bool,
    /// Whether the client has guards.
    pub(super) guarded: bool,
    pub(super) calls: Vec<Called>,
    pub(super) tokens: Vec<Issued>,
    /// The newest token that is not good any more, from 1.
    pub(super) revoked: usize,
    /// Which call first came with an idempotency key.
    keys: HashMap<String, u32>,
    /// Whether each call succeeded; `None` where it was dropped.
    pub(super) results: Vec<Option<bool>>,
    pub(super) broken: Vec<String>,
}

/// One call, as its caller meant it and as the API has seen it so far.
pub(super) struct Called {
    pub(super) endpoint: &'static Endpoint,
    /// Whether it may be sent twice: by its endpoint, or by a key that the caller gave.
    pub(super) idempotent: bool,
    pub(super) has_key: bool,
    pub(super) body: Vec<u8>,
    pub(super) limit: Duration,
    pub(super) max_sends: u32,
    pub(super) start: Instant,
    pub(super) over: bool,
    pub(super) sends: u32,
    pub(super) in_flight: u32,
    pub(super) effects: u32,
    /// How often something of its stream was read.
    pub(super) streamed: u32,
    /// The newest of its tokens that was answered 401.
    pub(super) rejected: usize,
    key: Option<String>,
}

/// A token that reached the client.
#[derive(Clone, Copy)]
pub(super) struct Issued {
    pub(super) at: Instant,
    pub(super) life: Duration,
}

/// What of a request is held against the promises.
pub(super) struct Arrival<'a> {
    pub(super) call: u32,
    pub(super) authorization: Option<&'a str>,
    pub(super) key: Option<&'a str>,
    /// `None` where it is a stream.
    pub(super) body: Option<&'a [u8]>,
}

impl Called {
    pub(super) fn new(endpoint: &'static Endpoint, body: &[u8]) -> Self {
        Self {
            endpoint,
            idempotent: endpoint.is_idempotent(),
            has_key: endpoint.idempotency_key().is_some(),
            body: body.to_vec(),
            limit: endpoint.timeout(),
            max_sends: endpoint.max_sends(),
            start: Instant::now(),
            over: false,
            sends: 0,
            in_flight: 0,
            effects: 0,
            streamed: 0,
            rejected: 0,
            key: None,
        }
    }
}

impl World {
    pub(super) fn new(mut rng: fastrand::Rng, guarded: bool) -> Self {
        Self {
            healthy: rng.u8(0..=9),
            rejects_all: rng.u8(..16) == 0,
            rng,
            guarded,
            calls: Vec::new(),
            tokens: Vec::new(),
            revoked: 0,
            keys: HashMap::new(),
            results: Vec::new(),
            broken: Vec::new(),
        }
    }

    pub(super) fn call(&mut self, call: u32) -> &mut Called {
        &mut self.calls[call as usize]
    }

    fn breaks(&mut self, call: u32, promise: &str) {
        let Called { endpoint, sends, .. } = self.call(call);
        let what = format!("{promise}: call {call} of {}, request {sends}", endpoint.name());
        self.broken.push(what);
    }

    /// A request has come; gives which token it carries, or 0.
    pub(super) fn arrives(&mut self, arrival: &Arrival<'_>) -> usize {
        let number = arrival.call;
        let called = self.call(number);
        called.sends += 1;
        called.in_flight += 1;
        let (sends, max_sends, over, in_time) = (
            called.sends,
            called.max_sends,
            called.over,
            called.start.elapsed() <= called.limit + TIMER,
        );
        if over {
            self.breaks(number, "R28: sent after its call was over");
        }
        if !in_time {
            self.breaks(number, "R23: sent after the deadline");
        }
        if sends > max_sends {
            self.breaks(number, "sent more often than `max_sends` says");
        }
        let busy = self.calls.iter().filter(|called| called.in_flight > 0).count();
        if self.guarded && busy > CONCURRENCY {
            self.breaks(number, "more calls at once than `concurrency` says");
        }
        if arrival.body.is_some_and(|body| body != self.call(number).body) {
            self.breaks(number, "R26: another body");
        }
        self.check_key(number, arrival.key);
        self.check_token(number, arrival.authorization)
    }

    fn check_key(&mut self, number: u32, key: Option<&str>) {
        let called = self.call(number);
        if key.is_some() != called.has_key {
            return self.breaks(number, "R26: a key that is missing, or that nobody asked for");
        }
        let Some(key) = key else { return };
        let same = called.key.get_or_insert_with(|| key.to_owned()) == key;
        let first = *self.keys.entry(key.to_owned()).or_insert(number);
        if !same || first != number {
            self.breaks(number, "R26: not the key of this call");
        }
    }

    fn check_token(&mut self, number: u32, authorization: Option<&str>) -> usize {
        if !self.call(number).endpoint.is_authorized() {
            if authorization.is_some() {
                self.breaks(number, "a token that nobody asked for");
            }
            return 0;
        }
        let carried = authorization.and_then(|value| value.strip_prefix("Bearer canary~t")?.parse().ok());
        let Some(carried) = carried.filter(|&carried: &usize| 0 < carried && carried <= self.tokens.len()) else {
            self.breaks(number, "S13: sent without its token");
            return 0;
        };
        // What came in this very moment may still be on its way between two tasks.
        let now = Instant::now();
        let newest = self
            .tokens
            .iter()
            .rposition(|token| token.at < now)
            .map_or(0, |index| index + 1);
        if carried < newest {
            let rejected = self.call(number).rejected;
            self.breaks(
                number,
                if carried <= rejected {
                    "R15, R26: the rejected token, although there was a newer one"
                } else {
                    "R26: not the current token"
                },
            );
        }
        let Issued { at, life } = self.tokens[carried - 1];
        if now - at >= life {
            self.breaks(number, "R9: an expired token");
        }
        carried
    }

    /// A request does what it asks for.
    pub(super) fn takes_effect(&mut self, number: u32) {
        let called = self.call(number);
        // By the key the API knows what it has done already.
        if called.has_key && called.effects > 0 {
            return;
        }
        called.effects += 1;
        if called.effects > 1 && !called.idempotent {
            self.breaks(number, "R25: done twice");
        }
    }

    /// A stream is read from its beginning.
    pub(super) fn streams(&mut self, number: u32) {
        self.call(number).streamed += 1;
        if self.call(number).streamed > 1 {
            self.breaks(number, "R26: a stream that was begun is sent again");
        }
    }

    /// A call has returned, or nobody waits for it any more (`None`).
    pub(super) fn ends(&mut self, number: u32, result: Option<&Result<Option<u32>, Error>>) {
        let called = self.call(number);
        called.over = true;
        let (took, limit, in_flight, sends) = (called.start.elapsed(), called.limit, called.in_flight, called.sends);
        if took > limit + TIMER {
            self.breaks(number, &format!("R23: took {took:?} of {limit:?}"));
        }
        if in_flight > 0 {
            self.breaks(number, "R28: left a request or a response behind");
        }
        match result {
            Some(Ok(Some(id))) if *id != number => self.breaks(number, "somebody else's response"),
            Some(Ok(_)) if sends == 0 => self.breaks(number, "a result without a request"),
            Some(Err(error)) => self.check_error(number, error),
            Some(Ok(_)) | None => {}
        }
    }

    fn check_error(&mut self, number: u32, error: &Error) {
        let Called { endpoint, sends, .. } = *self.call(number);
        if let Some(what) = unclear(error, endpoint, sends as usize) {
            self.breaks(number, &format!("{what}: {error:?}"));
        }
    }
}
