//! The cache with its tasks, in virtual time: gates instead of sleeps, and a token source that does as it is told.

use std::pin::Pin;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use tokio::sync::Semaphore;
use tokio::task::{JoinSet, yield_now};

use super::*;
use crate::credential::{Token, Wanted};

const HOUR: Duration = Duration::from_secs(3600);

/// Issues `t1`, `t2`, …, each good for an hour, one for each permit; or fails.
#[derive(Clone)]
struct Source(Arc<Inner>);

struct Inner {
    fetches: AtomicUsize,
    permits: Semaphore,
    failing: bool,
    /// The next fetch brings the token of the one before.
    reissue: AtomicBool,
}

impl Source {
    fn new(failing: bool) -> Self {
        Self(Arc::new(Inner {
            fetches: AtomicUsize::new(0),
            permits: Semaphore::new(0),
            failing,
            reissue: AtomicBool::new(false),
        }))
    }

    fn fetches(&self) -> usize {
        self.0.fetches.load(Ordering::SeqCst)
    }

    fn reissue_next(&self) {
        self.0.reissue.store(true, Ordering::SeqCst);
    }

    /// Lets the next fetch finish.
    fn permit(&self) {
        self.0.permits.add_permits(1);
    }
}

impl Fetch for Source {
    fn fetch(&self, _: Wanted) -> Pin<Box<dyn Future<Output = Result<Token, TokenError>> + Send + '_>> {
        Box::pin(async move {
            let mut number = self.0.fetches.fetch_add(1, Ordering::SeqCst) + 1;
            if self.0.reissue.swap(false, Ordering::SeqCst) {
                number -= 1;
            }
            self.0.permits.acquire().await.unwrap().forget();
            if self.0.failing {
                return Err(TokenError::malformed("a test"));
            }
            let body = format!(r#"{{"access_token":"t{number}","token_type":"Bearer","expires_in":3600}}"#);
            Token::from_response(body.as_bytes())
        })
    }
}

fn cache(source: &Source) -> Arc<TokenCache> {
    Arc::new(TokenCache::new(source.clone(), "https://test".to_owned(), None))
}

/// A deadline that is too late to matter.
fn never() -> Instant {
    Instant::now() + 1_000 * HOUR
}

/// Starts callers and lets them all come as far as they can.
async fn callers(cache: &Arc<TokenCache>, count: usize) -> JoinSet<Fetched> {
    let mut callers = JoinSet::new();
    for _ in 0..count {
        let cache = cache.clone();
        callers.spawn(async move { cache.authorization(never()).await });
    }
    settle().await;
    callers
}

/// Polls a call once.
async fn is_pending<F: Future + Unpin>(call: &mut F) -> bool {
    std::future::poll_fn(|context| std::task::Poll::Ready(Pin::new(&mut *call).poll(context).is_pending())).await
}

/// Lets every task that can go on do so; time stands still meanwhile.
async fn settle() {
    for _ in 0..100 {
        yield_now().await;
    }
}

#[tokio::test(start_paused = true)]
async fn r01_a_thousand_callers_and_a_cold_cache_make_one_request() {
    let source = Source::new(false);
    let cache = cache(&source);
    let callers = callers(&cache, 1_000).await;
    assert_eq!(source.fetches(), 1);
    source.permit();
    for fetched in callers.join_all().await {
        assert_eq!(fetched.unwrap().header, "Bearer t1");
    }
    assert_eq!(source.fetches(), 1);
}

#[tokio::test(start_paused = true)]
async fn r02_a_thousand_callers_share_one_failure() {
    let source = Source::new(true);
    let cache = cache(&source);
    let callers = callers(&cache, 1_000).await;
    source.permit();
    let errors: Vec<_> = callers
        .join_all()
        .await
        .into_iter()
        .map(|fetched| fetched.unwrap_err())
        .collect();
    assert!(
        errors.iter().all(|error| Arc::ptr_eq(error, &errors[0])),
        "the same error"
    );
    assert_eq!(source.fetches(), 1);
}

#[tokio::test(start_paused = true)]
async fn r02_nobody_waits_longer_than_the_load_timeout() {
    let source = Source::new(false);
    let cache = cache(&source);
    let start = Instant::now();
    let callers = callers(&cache, 1_000).await;
    for fetched in callers.join_all().await {
        assert!(matches!(*fetched.unwrap_err(), TokenError::Timeout { .. }));
    }
    assert_eq!((Instant::now() - start).as_secs(), LOAD_TIMEOUT.as_secs());
}

#[tokio::test(start_paused = true)]
async fn r03_dropping_any_callers_at_any_poll_costs_no_other_caller_anything() {
    for seed in 0..200 {
        let mut rng = fastrand::Rng::with_seed(seed);
        let source = Source::new(false);
        let cache = cache(&source);
        let mut futures: Vec<_> = (0..20).map(|_| cache.authorization(never())).collect();
        // Polls callers in any order and drops any of them, the one that started the fetch among them.
        for _ in 0..rng.usize(..60) {
            if futures.len() > 1 {
                let index = rng.usize(..futures.len());
                if rng.bool() {
                    drop(futures.swap_remove(index));
                } else {
                    assert!(
                        is_pending(&mut futures[index]).await,
                        "seed {seed}: nothing was permitted yet"
                    );
                }
            }
            if rng.u8(..4) == 0 {
                settle().await;
            }
        }
        source.permit();
        for future in futures {
            assert_eq!(future.await.unwrap().header, "Bearer t1", "seed {seed}");
        }
        assert_eq!(source.fetches(), 1, "seed {seed}");
    }
}

#[tokio::test(start_paused = true)]
async fn r03_a_fetch_goes_on_when_everybody_has_left() {
    let source = Source::new(false);
    let cache = cache(&source);
    drop(callers(&cache, 5).await);
    settle().await;
    source.permit();
    settle().await;
    assert_eq!(cache.at_hand().unwrap().header, "Bearer t1");
}

#[tokio::test(start_paused = true)]
async fn r04_the_last_handle_takes_the_fetch_with_it() {
    let source = Source::new(false);
    let cache = cache(&source);
    let mut call = cache.authorization(never());
    assert!(is_pending(&mut call).await);
    settle().await;
    assert_eq!(
        source.fetches(),
        1,
        "the fetch is under way, and its task holds the source"
    );
    drop(call);
    drop(cache);
    settle().await;
    assert_eq!(Arc::strong_count(&source.0), 1, "nothing is left behind");
}

#[tokio::test(start_paused = true)]
async fn r04_the_last_handle_takes_a_later_fetch_with_it_too() {
    let source = Source::new(false);
    let cache = cache(&source);
    source.permit();
    cache.authorization(never()).await.unwrap();
    cache.invalidate();
    assert!(is_pending(&mut cache.authorization(never())).await);
    settle().await;
    assert_eq!(source.fetches(), 2);
    drop(cache);
    settle().await;
    assert_eq!(Arc::strong_count(&source.0), 1, "nothing is left behind");
}

#[test]
fn r04_a_runtime_that_shuts_down_gives_an_error_and_the_next_one_a_token() {
    let runtime = || {
        tokio::runtime::Builder::new_current_thread()
            .enable_time()
            .build()
            .unwrap()
    };
    let source = Source::new(false);
    let cache = cache(&source);
    let first = runtime();
    let call = {
        let cache = cache.clone();
        first.spawn(async move { cache.authorization(never()).await })
    };
    first.block_on(settle());
    drop(first);
    assert!(runtime().block_on(call).unwrap_err().is_cancelled());
    source.permit();
    let start = std::time::Instant::now();
    assert_eq!(
        runtime().block_on(cache.authorization(never())).unwrap().header,
        "Bearer t2"
    );
    assert!(
        start.elapsed() < LOAD_TIMEOUT / 2,
        "nobody waits for the fetch that is gone to be given up"
    );
}

/// A handle may be entered that no runtime is behind any more: what is spawned there never begins.
#[test]
fn r04_a_runtime_that_has_shut_down_gives_an_error_at_once() {
    let cache = cache(&Source::new(false));
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_time()
        .build()
        .unwrap();
    let handle = runtime.handle().clone();
    drop(runtime);
    let _entered = handle.enter();
    let mut call = cache.authorization(never());
    let mut context = std::task::Context::from_waker(std::task::Waker::noop());
    match call.as_mut().poll(&mut context) {
        std::task::Poll::Ready(Err(error)) => assert!(matches!(*error, TokenError::Cancelled)),
        other => panic!("{other:?}"),
    }
}

/// Asks to be left alone for so long, the first time.
struct RateLimited(Duration, AtomicBool);

impl Fetch for RateLimited {
    fn fetch(&self, _: Wanted) -> Pin<Box<dyn Future<Output = Result<Token, TokenError>> + Send + '_>> {
        Box::pin(async {
            if self.1.swap(true, Ordering::SeqCst) {
                Ok(Token::bearer("t1")?)
            } else {
                Err(TokenError::rate_limited("", Moment::now().wall + self.0))
            }
        })
    }
}

#[tokio::test(start_paused = true)]
async fn r20_a_time_that_comes_before_the_deadline_is_waited_for_up_to_a_minute() {
    for (asked, is_waited_for) in [(3, true), (50, true), (61, false), (3600, false)] {
        let asked = Duration::from_secs(asked);
        let cache = TokenCache::new(RateLimited(asked, AtomicBool::default()), String::new(), None);
        let start = Instant::now();
        let fetched = cache.authorization(never()).await;
        assert_eq!(fetched.is_ok(), is_waited_for, "{asked:?}");
        let waited = start.elapsed();
        let expected = if is_waited_for { asked } else { Duration::ZERO };
        assert!(
            waited >= expected && waited <= expected * 11 / 10,
            "{asked:?}: {waited:?}"
        );
    }
}

#[tokio::test(start_paused = true)]
async fn r20_a_warm_up_waits_for_a_time_that_comes_within_the_load_timeout() {
    for (asked, is_waited_for) in [(5, true), (11, false)] {
        let asked = Duration::from_secs(asked);
        let cache = TokenCache::new(RateLimited(asked, AtomicBool::default()), String::new(), None);
        assert_eq!(cache.warm_up().await.is_ok(), is_waited_for, "{asked:?}");
    }
}

#[test]
fn r04_a_caller_outlives_the_runtime_that_fetches_for_it() {
    let source = Source::new(false);
    let cache = cache(&source);
    let (first, second) = (
        tokio::runtime::Builder::new_multi_thread()
            .worker_threads(1)
            .enable_time()
            .build()
            .unwrap(),
        tokio::runtime::Builder::new_multi_thread()
            .worker_threads(1)
            .enable_time()
            .build()
            .unwrap(),
    );
    let started = {
        first.spawn({
            let cache = cache.clone();
            async move { cache.authorization(never()).await }
        })
    };
    while source.fetches() == 0 {
        std::thread::yield_now();
    }
    let waiting = second.spawn({
        let cache = cache.clone();
        async move { cache.authorization(never()).await }
    });
    first.shutdown_background();
    source.permit();
    source.permit();
    // The first runtime's fetch is gone, or had just made it; either way the second's caller has its token.
    assert!(second.block_on(waiting).unwrap().is_ok());
    drop(started);
}

#[test]
fn r04_outside_of_a_runtime_there_is_an_error_and_no_panic() {
    let cache = cache(&Source::new(false));
    let mut call = cache.authorization(never());
    let mut context = std::task::Context::from_waker(std::task::Waker::noop());
    match call.as_mut().poll(&mut context) {
        std::task::Poll::Ready(Err(error)) => assert!(matches!(*error, TokenError::NoRuntime)),
        other => panic!("{other:?}"),
    }
}

#[tokio::test(start_paused = true)]
async fn r06_above_the_margin_no_caller_waits_for_a_token_server_that_hangs() {
    let source = Source::new(false);
    let cache = cache(&source);
    source.permit();
    cache.authorization(never()).await.unwrap();
    tokio::time::advance(HOUR * 81 / 100).await;
    let until_margin = (HOUR * 19 / 100).as_secs() - 31;
    for _ in 0..until_margin {
        let start = Instant::now();
        assert_eq!(cache.authorization(never()).await.unwrap().header, "Bearer t1");
        assert_eq!(Instant::now(), start, "nobody waited");
        tokio::time::advance(Duration::from_secs(1)).await;
        settle().await;
    }
    assert!(source.fetches() > 5, "it kept trying");
}

#[tokio::test(start_paused = true)]
async fn r13_five_hundred_rejections_of_one_token_make_one_refresh() {
    let source = Source::new(false);
    let cache = cache(&source);
    source.permit();
    let first = cache.authorization(never()).await.unwrap();
    for _ in 0..500 {
        assert_eq!(cache.rejected(&first), Rejection::Newer);
    }
    let callers = callers(&cache, 500).await;
    source.permit();
    for fetched in callers.join_all().await {
        assert_eq!(fetched.unwrap().header, "Bearer t2");
    }
    assert_eq!(cache.rejected(&first), Rejection::Newer, "late");
    assert_eq!(cache.at_hand().unwrap().header, "Bearer t2");
    assert_eq!(source.fetches(), 2);
}

/// The whole of what a call with a cached token does for it. The look is not even async: no lock can be held across an
/// await.
#[tokio::test(start_paused = true)]
async fn r05_a_cached_token_costs_no_allocation() {
    let source = Source::new(false);
    let cache = cache(&source);
    source.permit();
    cache.authorization(never()).await.unwrap();
    let looks = || {
        for _ in 0..1_000 {
            assert!(cache.at_hand().unwrap().header.is_sensitive());
        }
    };
    assert_eq!(allocation_counter::measure(looks).count_total, 0);
    let one = allocation_counter::measure(|| drop(std::hint::black_box(Box::new(1))));
    assert_eq!(one.count_total, 1, "the counter counts");
}

#[tokio::test(start_paused = true)]
async fn r02_a_second_fetch_of_the_same_flight_has_no_time_limit_of_its_own() {
    let source = Source::new(false);
    let cache = cache(&source);
    source.permit();
    let token = cache.authorization(never()).await.unwrap();
    source.reissue_next();
    tokio::time::advance(HOUR * 81 / 100).await;
    cache.authorization(never()).await.unwrap();
    settle().await;
    let start = Instant::now();
    cache.rejected(&token);
    let callers = callers(&cache, 3).await;
    tokio::time::advance(Duration::from_secs(6)).await;
    source.permit();
    for fetched in callers.join_all().await {
        assert!(matches!(*fetched.unwrap_err(), TokenError::Timeout { .. }));
    }
    assert_eq!(
        source.fetches(),
        3,
        "the early one brought the rejected token back, and another began"
    );
    assert_eq!((Instant::now() - start).as_secs(), 10);
}

/// A runtime that nobody drives, as a current-thread one between two `block_on`s: its timers stand still too.
#[test]
fn r02_a_fetch_on_a_runtime_that_stands_still_is_taken_over() {
    let runtime = || {
        let mut builder = tokio::runtime::Builder::new_current_thread();
        builder.enable_time().start_paused(true).build().unwrap()
    };
    let (still, driven) = (runtime(), runtime());
    let source = Source::new(false);
    let cache = cache(&source);
    drop(still.block_on(callers(&cache, 1)));
    assert_eq!(source.fetches(), 1);
    // The fetch that stands still is first in the queue for the source.
    source.permit();
    source.permit();
    let fetched = driven.block_on(async {
        // The two runtimes' clocks stood still at about the same time.
        let start = Instant::now();
        let fetched = cache.authorization(never()).await;
        assert!(Instant::now() - start <= LOAD_TIMEOUT + Duration::from_secs(2));
        fetched
    });
    assert_eq!(fetched.unwrap().header, "Bearer t2");
}

#[tokio::test(start_paused = true)]
async fn r02_a_fetch_that_panics_fails_for_all_at_once() {
    struct Panics(Arc<AtomicUsize>);
    impl Fetch for Panics {
        fn fetch(&self, _: Wanted) -> Pin<Box<dyn Future<Output = Result<Token, TokenError>> + Send + '_>> {
            Box::pin(async {
                self.0.fetch_add(1, Ordering::SeqCst);
                yield_now().await;
                panic!("a test")
            })
        }
    }
    let fetches = Arc::new(AtomicUsize::new(0));
    let cache = Arc::new(TokenCache::new(Panics(fetches.clone()), "the vault".to_owned(), None));
    for fetched in callers(&cache, 100).await.join_all().await {
        let error = fetched.unwrap_err();
        assert!(matches!(*error, TokenError::Panicked { .. }));
        assert_eq!(error.to_string(), "the token fetch from the vault panicked");
    }
    assert_eq!(fetches.load(Ordering::SeqCst), 1);
}

#[tokio::test(start_paused = true)]
async fn a_token_that_is_idle_at_once_serves_those_who_waited_for_it() {
    let source = Source::new(false);
    let cache = Arc::new(TokenCache::new(source.clone(), String::new(), Some(Duration::ZERO)));
    let callers = callers(&cache, 10).await;
    source.permit();
    for fetched in callers.join_all().await {
        assert_eq!(fetched.unwrap().header, "Bearer t1");
    }
    assert_eq!(source.fetches(), 1);
}

#[tokio::test(start_paused = true)]
async fn r13_a_caller_that_wakes_late_does_not_get_a_token_that_was_rejected_meanwhile() {
    let source = Source::new(false);
    let cache = cache(&source);
    let mut late = cache.authorization(never());
    assert!(is_pending(&mut late).await);
    source.permit();
    settle().await;
    let token = cache.at_hand().unwrap();
    assert_eq!(cache.rejected(&token), Rejection::Newer);
    source.permit();
    assert_eq!(late.await.unwrap().header, "Bearer t2");
}

#[tokio::test(start_paused = true)]
async fn r27_after_a_suspend_of_two_hours_a_new_token_is_sent() {
    let source = Source::new(false);
    let cache = cache(&source);
    source.permit();
    let before = cache.authorization(never()).await.unwrap();
    set_wall(Moment::now().wall + 2 * HOUR);
    assert!(cache.at_hand().is_none(), "only the wall clock went on");
    source.permit();
    let after = cache.authorization(never()).await.unwrap();
    assert_eq!(
        (before.header.clone(), after.header.clone()),
        ("Bearer t1".parse().unwrap(), "Bearer t2".parse().unwrap())
    );
    set_wall(Moment::now().wall - HOUR);
    assert_eq!(
        cache.at_hand().unwrap().header,
        "Bearer t2",
        "set back, it costs nothing"
    );
    tokio::time::advance(HOUR).await;
    assert!(cache.at_hand().is_none(), "and no life is extended");
}

/// anthropic-sdk-python#1841: an invalidation lost to a refresh already under way.
#[tokio::test(start_paused = true)]
async fn an_invalidation_is_not_lost_to_a_refresh_under_way() {
    let source = Source::new(false);
    let cache = cache(&source);
    let caller = callers(&cache, 1).await;
    cache.invalidate();
    source.permit();
    source.permit();
    for fetched in caller.join_all().await {
        assert_eq!(fetched.unwrap().header, "Bearer t2", "asked for after the invalidation");
    }
}

/// auth0.net: a token and its expiry, read one after the other, may be of two tokens.
#[tokio::test(start_paused = true)]
async fn a_token_is_not_paired_with_the_expiry_of_another() {
    let mut state: State<()> = State::new(LOAD_TIMEOUT, None, fastrand::Rng::with_seed(7));
    let start = Moment::now();
    let token = |text, life| {
        let token = Token::bearer(text)?.expires_in(life);
        Ok::<_, TokenError>(token)
    };
    let long = state.begin((), start).0;
    state.land(long, start, token("long", 24 * HOUR), start);
    let first = state.ready(start).unwrap();
    state.reject(&first, start);
    let short = state.begin((), start).0;
    state.land(short, start, token("short", Duration::from_secs(10)), start);
    assert_eq!(state.ready(start).unwrap().header, "Bearer short");
    let later = start + Duration::from_secs(9);
    assert!(state.ready(later).is_none() && matches!(state.lookup(later), Lookup::Fetch));
}
