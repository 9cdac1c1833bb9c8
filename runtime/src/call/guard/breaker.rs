//! Leaves an API alone that is down.
//!
//! ```text
//!          too many failed                  its time is over
//! closed ──────────────────▶ open ─────────────────────────────▶ half open
//!   ▲                         ▲  nothing is sent                 │ one attempt goes out, no other
//!   │                         └──────────── it failed ───────────┤
//!   └────────────────────────────────────── it did not ──────────┘
//! ```
//!
//! Attempts are counted in a window that slides by tenths of itself, and it opens at a failure only. What an attempt
//! began under it ends under: one that was sent before the breaker opened neither closes it nor opens it again. One
//! that never ends, because its call was dropped, counts as nothing, and where it was the one that found out, the next
//! one does. Where it takes longer than the breaker stays open, it is one request that hangs and no answer: the next one
//! finds out in its place.
//!
//! It is ours, as part of the call loop. Of the crates that there are, `recloser` and `failsafe` read the system's clock,
//! which a test cannot lead, and refuse without saying until when; that of `tower-resilience` is a service around a whole
//! call, where this one stands between its attempts.

use std::ops::AddAssign;

use parking_lot::Mutex;
use tokio::time::Instant;

use crate::call::window::Window;
use crate::endpoint::CircuitBreaker;
use crate::error::Stopped;
use crate::telemetry::{circuit_closed, circuit_not_probed, circuit_opened, circuit_probed, circuit_stays_open};

/// The breaker of one client.
pub(super) struct Breaker {
    /// The API's, for events.
    name: &'static str,
    rule: CircuitBreaker,
    state: Mutex<State>,
}

struct State {
    mode: Mode,
    /// What came of the attempts since it closed last.
    window: Window<Counts>,
    /// Counts the changes of mode; what began under another one is not counted.
    epoch: u64,
}

#[derive(Clone, Copy, Default)]
struct Counts {
    failures: u64,
    requests: u64,
}

impl AddAssign for Counts {
    fn add_assign(&mut self, more: Self) {
        self.failures += more.failures;
        self.requests += more.requests;
    }
}

#[derive(Clone, Copy)]
enum Mode {
    Closed,
    Open {
        until: Instant,
    },
    /// One attempt finds out, and after that moment another one.
    HalfOpen {
        until: Instant,
    },
}

/// An attempt that may be made; dropped where nothing comes of it.
pub(in crate::call) struct Pass<'a> {
    breaker: &'a Breaker,
    epoch: u64,
    /// Whether it finds out if the API is back.
    probes: bool,
}

impl Breaker {
    pub(super) fn new(name: &'static str, rule: CircuitBreaker) -> Self {
        Self {
            name,
            rule,
            state: Mutex::new(State {
                mode: Mode::Closed,
                window: Window::new(rule.window(), Instant::now()),
                epoch: 0,
            }),
        }
    }

    /// Lets an attempt through, or says why not.
    pub(super) fn pass(&self) -> Result<Pass<'_>, Stopped> {
        let now = Instant::now();
        let mut state = self.state.lock();
        if let Some(refused) = state.mode.refuses(now) {
            return Err(refused);
        }
        let probes = !matches!(state.mode, Mode::Closed);
        if probes {
            let until = now.checked_add(self.rule.open_for()).unwrap_or(now);
            state.enter(Mode::HalfOpen { until });
        }
        let epoch = state.epoch;
        drop(state);
        if probes {
            circuit_probed(self.name);
        }
        Ok(Pass {
            breaker: self,
            epoch,
            probes,
        })
    }

    /// What an attempt at `then` would be refused with, if nothing happens until then.
    pub(super) fn refuses(&self, then: Instant) -> Option<Stopped> {
        self.state.lock().mode.refuses(then)
    }

    /// Counts what came of an attempt, and opens or closes by it.
    fn ended(&self, epoch: u64, failed: bool) {
        let now = Instant::now();
        let until = now.checked_add(self.rule.open_for()).unwrap_or(now);
        let mut state = self.state.lock();
        if state.epoch != epoch {
            return;
        }
        match state.mode {
            Mode::Closed => {
                state.window.count(
                    now,
                    Counts {
                        failures: failed.into(),
                        requests: 1,
                    },
                );
                let Counts { failures, requests } = state.window.sum(now);
                if failed && self.rule.is_tripped_by(failures, requests) {
                    state.enter(Mode::Open { until });
                    drop(state);
                    let open_for = self.rule.open_for();
                    circuit_opened(self.name, failures, requests, open_for);
                }
            }
            Mode::HalfOpen { .. } if failed => {
                state.enter(Mode::Open { until });
                drop(state);
                let open_for = self.rule.open_for();
                circuit_stays_open(self.name, open_for);
            }
            Mode::HalfOpen { .. } => {
                state.window = Window::new(self.rule.window(), now);
                state.enter(Mode::Closed);
                drop(state);
                circuit_closed(self.name);
            }
            // Nothing begins under it.
            Mode::Open { .. } => {}
        }
    }

    /// The attempt that was to find out never ended.
    fn abandoned(&self, epoch: u64) {
        let mut state = self.state.lock();
        if state.epoch == epoch {
            state.enter(Mode::Open { until: Instant::now() });
            drop(state);
            circuit_not_probed(self.name);
        }
    }
}

impl State {
    fn enter(&mut self, mode: Mode) {
        self.mode = mode;
        self.epoch += 1;
    }
}

impl Mode {
    fn refuses(self, then: Instant) -> Option<Stopped> {
        match self {
            Self::Closed => None,
            Self::Open { until } | Self::HalfOpen { until } if until <= then => None,
            Self::Open { until } | Self::HalfOpen { until } => {
                let retry_in = until.saturating_duration_since(Instant::now());
                Some(Stopped::CircuitOpen { retry_in })
            }
        }
    }
}

impl Pass<'_> {
    /// Whether everybody else waits for what comes of it.
    pub(in crate::call) fn probes(&self) -> bool {
        self.probes
    }

    /// Tells what came of the attempt.
    pub(in crate::call) fn ended(mut self, failed: bool) {
        self.probes = false;
        self.breaker.ended(self.epoch, failed);
    }
}

impl Drop for Pass<'_> {
    fn drop(&mut self) {
        if self.probes {
            self.breaker.abandoned(self.epoch);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use tokio::time::advance;

    use super::*;
    use crate::any::Any;

    const SECOND: Duration = Duration::from_secs(1);
    const RULE: CircuitBreaker = CircuitBreaker::new(50, 4, Duration::from_secs(10), Duration::from_secs(5));

    fn pass(breaker: &Breaker) -> Pass<'_> {
        breaker.pass().unwrap_or_else(|stopped| panic!("{stopped}"))
    }

    fn send(breaker: &Breaker, failed: bool) {
        pass(breaker).ended(failed);
    }

    fn refused(breaker: &Breaker) -> Option<Stopped> {
        breaker.pass().err()
    }

    /// Refused for so many seconds.
    fn open_for(seconds: u64) -> Stopped {
        let retry_in = Duration::from_secs(seconds);
        Stopped::CircuitOpen { retry_in }
    }

    fn opened() -> Breaker {
        let breaker = Breaker::new("Test", RULE);
        for failed in [false, false, true, true] {
            send(&breaker, failed);
        }
        breaker
    }

    #[tokio::test(start_paused = true)]
    async fn opens_at_its_share_of_enough_requests_and_says_for_how_long() {
        let breaker = Breaker::new("Test", RULE);
        assert!(!pass(&breaker).probes(), "nobody waits for what comes of it");
        for failed in [true, true, true] {
            send(&breaker, failed);
        }
        assert_eq!(refused(&breaker), None, "three are too few to tell");
        send(&breaker, true);
        assert_eq!(refused(&breaker), Some(open_for(5)));
        advance(2 * SECOND).await;
        assert_eq!(refused(&breaker), Some(open_for(3)));
    }

    #[tokio::test(start_paused = true)]
    async fn what_is_older_than_the_window_does_not_count() {
        let breaker = Breaker::new("Test", RULE);
        for failed in [true, true, true] {
            send(&breaker, failed);
        }
        advance(10 * SECOND).await;
        send(&breaker, true);
        assert_eq!(refused(&breaker), None);
    }

    #[tokio::test(start_paused = true)]
    async fn one_attempt_finds_out_and_the_others_wait_for_it() {
        let breaker = opened();
        advance(5 * SECOND).await;
        let probe = pass(&breaker);
        assert!(probe.probes());
        assert_eq!(refused(&breaker), Some(open_for(5)), "at the latest");
        probe.ended(true);
        assert_eq!(refused(&breaker), Some(open_for(5)), "open again");

        advance(5 * SECOND).await;
        send(&breaker, false);
        for failed in [true, true, true] {
            assert_eq!(refused(&breaker), None, "closed, and what was before is forgotten");
            send(&breaker, failed);
        }
    }

    #[tokio::test(start_paused = true)]
    async fn r28_a_dropped_attempt_counts_as_nothing_and_frees_its_turn() {
        let breaker = Breaker::new("Test", RULE);
        for _ in 0..100 {
            drop(pass(&breaker));
        }
        assert_eq!(refused(&breaker), None);
        let breaker = opened();
        advance(5 * SECOND).await;
        drop(pass(&breaker));
        assert!(pass(&breaker).probes(), "the next one finds out");
    }

    #[tokio::test(start_paused = true)]
    async fn what_was_sent_before_it_opened_does_not_change_it() {
        let breaker = Breaker::new("Test", RULE);
        let before = [pass(&breaker), pass(&breaker)];
        for _ in 0..4 {
            send(&breaker, true);
        }
        let [late_failure, late_success] = before;
        advance(4 * SECOND).await;
        late_failure.ended(true);
        assert_eq!(refused(&breaker), Some(open_for(1)), "not longer");
        advance(SECOND).await;
        let _probe = pass(&breaker);
        late_success.ended(false);
        assert_eq!(refused(&breaker), Some(open_for(5)), "not closed");
    }

    #[tokio::test(start_paused = true)]
    async fn an_attempt_that_takes_too_long_to_find_out_keeps_nobody_out() {
        let breaker = opened();
        advance(5 * SECOND).await;
        let slow = pass(&breaker);
        advance(4 * SECOND).await;
        assert_eq!(refused(&breaker), Some(open_for(1)));
        advance(SECOND).await;
        let next = pass(&breaker);
        assert!(next.probes());
        assert_eq!(refused(&breaker), Some(open_for(5)), "one at a time");
        slow.ended(true);
        next.ended(false);
        assert_eq!(refused(&breaker), None, "by the one that came later");
    }

    /// The same rules, written down without a thought for cost: a list of everything that ever happened.
    struct Naive {
        rule: CircuitBreaker,
        /// What was counted, since it closed last: in which tenth of a window, and whether it failed.
        counted: Vec<(u128, bool)>,
        closed_at: Instant,
        opened_at: Option<Instant>,
        /// The attempts that may still change something.
        under_way: Vec<usize>,
        /// And since when it finds out.
        probe: Option<(usize, Instant)>,
    }

    impl Naive {
        fn pass(&mut self, id: usize) -> bool {
            let now = Instant::now();
            match self.opened_at {
                None => self.under_way.push(id),
                Some(opened)
                    if now >= opened + self.rule.open_for()
                        && self.probe.is_none_or(|(_, since)| now >= since + self.rule.open_for()) =>
                {
                    self.probe = Some((id, now));
                }
                Some(_) => return false,
            }
            true
        }

        fn ended(&mut self, id: usize, failed: bool) {
            let now = Instant::now();
            if self.probe.is_some_and(|(probe, _)| probe == id) {
                self.probe = None;
                if failed {
                    self.opened_at = Some(now);
                } else {
                    (self.opened_at, self.closed_at) = (None, now);
                    self.counted.clear();
                    self.under_way.clear();
                }
            } else if self.under_way.contains(&id) && self.opened_at.is_none() {
                let tenth = |at: Instant| (at - self.closed_at).as_nanos() / (self.rule.window() / 10).as_nanos();
                self.counted.push((tenth(now), failed));
                let recent: Vec<bool> = self
                    .counted
                    .iter()
                    .filter(|(number, _)| number + 10 > tenth(now))
                    .map(|&(_, failed)| failed)
                    .collect();
                let failures = recent.iter().filter(|&&failed| failed).count();
                if failed && self.rule.is_tripped_by(failures as u64, recent.len() as u64) {
                    self.opened_at = Some(now);
                }
            }
        }

        fn dropped(&mut self, id: usize) {
            if self.probe.is_some_and(|(probe, _)| probe == id) {
                self.probe = None;
            }
        }
    }

    #[tokio::test(start_paused = true)]
    async fn does_what_a_naive_one_does() {
        let mut any = Any::new();
        let mut opened = 0;
        for _ in 0..300 {
            let seconds = |seconds: u32| seconds * SECOND;
            let rule = CircuitBreaker::new(
                any.u8(1..=100),
                any.u32(1..8),
                seconds(any.u32(1..20)),
                seconds(any.u32(1..10)),
            );
            let breaker = Breaker::new("Test", rule);
            let mut naive = Naive {
                rule,
                counted: Vec::new(),
                closed_at: Instant::now(),
                opened_at: None,
                under_way: Vec::new(),
                probe: None,
            };
            let mut under_way = Vec::new();
            for id in 0..300 {
                match any.u8(0..10) {
                    0..=3 => {
                        let pass = breaker.pass();
                        assert_eq!(pass.is_ok(), naive.pass(id), "attempt {id} of {rule:?}");
                        opened += usize::from(pass.is_err());
                        under_way.extend(pass.ok().map(|pass| (id, pass)));
                    }
                    4..=7 if !under_way.is_empty() => {
                        let (id, pass) = under_way.swap_remove(any.usize(..under_way.len()));
                        let failed = any.bool();
                        pass.ended(failed);
                        naive.ended(id, failed);
                    }
                    8 if !under_way.is_empty() => {
                        let (id, pass) = under_way.swap_remove(any.usize(..under_way.len()));
                        drop(pass);
                        naive.dropped(id);
                    }
                    _ => advance(Duration::from_millis(any.u64(0..2_000))).await,
                }
            }
        }
        assert!(opened > 1_000, "only {opened} attempts were refused");
    }
}
