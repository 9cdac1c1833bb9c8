//! The protocol between callers and the fetch, in every order in which threads can come to its locks.
//!
//! `loom` runs each test below once for each order. What is tested is the cache itself: only what it stands on,
//! [`sync`](super::sync), is `loom`'s. How to run it is in CONTRIBUTING.md.

use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use loom::future::block_on;
use loom::thread;

use self::sync::poll_once;
use super::*;
use crate::credential::{Token, Wanted};

pub(super) mod sync;

const HOUR: Duration = Duration::from_secs(3600);

/// A token server; one fetch at a time, or the test fails.
struct Source {
    fetches: Arc<AtomicUsize>,
    fetching: AtomicUsize,
    issues: Issues,
}

#[derive(Clone, Copy)]
enum Issues {
    /// `t1`, `t2`, …
    Fresh,
    /// Always `t0`.
    Same,
    Never,
}

impl Fetch for Source {
    fn fetch(&self, _: Wanted) -> Pin<Box<dyn Future<Output = Result<Token, TokenError>> + Send + '_>> {
        Box::pin(async {
            struct Fetching<'a>(&'a AtomicUsize);
            impl Drop for Fetching<'_> {
                fn drop(&mut self) {
                    self.0.fetch_sub(1, Ordering::SeqCst);
                }
            }
            let number = self.fetches.fetch_add(1, Ordering::SeqCst) + 1;
            assert_eq!(self.fetching.fetch_add(1, Ordering::SeqCst), 0, "one fetch at a time");
            let _fetching = Fetching(&self.fetching);
            thread::yield_now();
            match self.issues {
                Issues::Fresh => token(number),
                Issues::Same => token(0),
                Issues::Never => std::future::pending().await,
            }
        })
    }
}

fn token(number: usize) -> Result<Token, TokenError> {
    Ok(Token::bearer(format!("t{number}"))?.expires_in(HOUR))
}

struct Model {
    cache: Arc<TokenCache>,
    fetches: Arc<AtomicUsize>,
}

impl Model {
    fn new(issues: Issues) -> Self {
        let fetches = Arc::new(AtomicUsize::new(0));
        let source = Source {
            fetches: fetches.clone(),
            fetching: AtomicUsize::new(0),
            issues,
        };
        let rng = fastrand::Rng::with_seed(7);
        Self {
            cache: Arc::new(TokenCache::seeded(source, String::new(), None, rng)),
            fetches,
        }
    }

    /// With `t0`, which no order of events had a part in.
    fn warm(issues: Issues) -> (Self, Arc<Authorization>) {
        let model = Self::new(issues);
        let now = Moment::now();
        let mut state = model.cache.entry.state.lock();
        let (flight, _) = state.begin(watch::channel(None).1, now);
        state.land(flight, now, token(0), now);
        let token = state.ready(now).unwrap();
        state.accept(&token);
        drop(state);
        (model, token)
    }

    fn fetches(&self) -> usize {
        self.fetches.load(Ordering::SeqCst)
    }

    fn call(&self) -> impl FnOnce() -> Fetched + Send + 'static {
        let cache = self.cache.clone();
        move || block_on(cache.authorization(Instant::now() + HOUR))
    }
}

/// Every order with at most two switches that no lock forces; `LOOM_MAX_PREEMPTIONS=3` tries ten times as many.
fn every_order(test: impl Fn() + Send + Sync + 'static) {
    let mut model = loom::model::Builder::new();
    model.preemption_bound.get_or_insert(2);
    model.check(test);
}

#[test]
fn r01_callers_share_one_fetch_and_none_misses_its_end() {
    every_order(|| {
        let model = Model::new(Issues::Fresh);
        let other = thread::spawn(model.call());
        assert_eq!(model.call()().unwrap().header, "Bearer t1");
        assert_eq!(other.join().unwrap().unwrap().header, "Bearer t1");
        assert_eq!(model.fetches(), 1);
    });
}

#[test]
fn r03_a_starter_that_goes_away_harms_nobody() {
    every_order(|| {
        let model = Model::new(Issues::Fresh);
        let cache = model.cache.clone();
        let starter = thread::spawn(move || drop(poll_once(cache.authorization(Instant::now() + HOUR))));
        assert_eq!(model.call()().unwrap().header, "Bearer t1");
        starter.join().unwrap();
        assert_eq!(model.fetches(), 1);
    });
}

#[test]
fn r04_a_fetch_that_is_cut_off_keeps_nobody_waiting() {
    every_order(|| {
        let model = Model::new(Issues::Fresh);
        let cache = model.cache.clone();
        let starter = thread::spawn(move || {
            drop(poll_once(cache.authorization(Instant::now() + HOUR)));
            // As a runtime that shuts down does with its tasks.
            let task = cache.entry.task.lock().clone();
            if let Some((_, task)) = task {
                task.abort();
            }
        });
        match model.call()() {
            Ok(token) => assert!(token.header == "Bearer t1" || token.header == "Bearer t2"),
            Err(error) => assert!(matches!(*error, TokenError::Cancelled)),
        }
        starter.join().unwrap();
        assert!(model.call()().is_ok(), "and the next one fetches");
    });
}

#[test]
fn r13_two_rejections_of_one_token_make_one_refresh() {
    every_order(|| {
        let (model, first) = Model::warm(Issues::Fresh);
        let reject_and_call = || {
            let (cache, call, first) = (model.cache.clone(), model.call(), first.clone());
            move || {
                assert_eq!(cache.rejected(&first), Rejection::Newer);
                call()
            }
        };
        let other = thread::spawn(reject_and_call());
        assert_eq!(reject_and_call()().unwrap().header, "Bearer t1");
        assert_eq!(other.join().unwrap().unwrap().header, "Bearer t1");
        assert_eq!(model.fetches(), 1);
    });
}

#[test]
fn r15_a_refresh_beside_a_rejection_does_not_bring_the_token_back() {
    every_order(|| {
        let (model, token) = Model::warm(Issues::Same);
        // Late in its life, by the wall clock: the next look renews it early.
        clock::set_wall(Moment::now().wall + HOUR * 85 / 100);
        let cache = model.cache.clone();
        let early = thread::spawn(move || drop(poll_once(cache.authorization(Instant::now() + HOUR))));
        assert_eq!(model.cache.rejected(&token), Rejection::Newer);
        assert!(model.cache.at_hand().is_none(), "it was rejected");
        let error = model.call()().unwrap_err();
        assert!(matches!(*error, TokenError::Reissued), "{error}");
        early.join().unwrap();
        assert!(model.cache.at_hand().is_none());
    });
}

#[test]
fn an_invalidation_beside_a_fetch_is_not_lost() {
    every_order(|| {
        let model = Model::new(Issues::Fresh);
        let caller = thread::spawn(model.call());
        // Perhaps the caller's fetch begins before this, perhaps after.
        thread::yield_now();
        let before = model.fetches();
        model.cache.invalidate();
        let token = model.call()().unwrap();
        caller.join().unwrap().unwrap();
        assert!(
            token.header != "Bearer t1" || before == 0,
            "what was asked for before is not sent"
        );
    });
}

#[test]
fn r04_the_last_handle_ends_the_fetch() {
    every_order(|| {
        // A task that went on for ever would be a deadlock to `loom`.
        let model = Model::new(Issues::Never);
        drop(poll_once(model.cache.authorization(Instant::now() + HOUR)));
        let cache = model.cache.clone();
        let other = thread::spawn(move || drop(cache));
        drop(model);
        other.join().unwrap();
    });
}
