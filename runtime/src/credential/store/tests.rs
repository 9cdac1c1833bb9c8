//! Several processes and one store, in virtual time: each process a token cache of its own, which is all that it has.

use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, SystemTime};

use parking_lot::Mutex;
use tokio::task::{JoinSet, yield_now};
use tokio::time::{Instant, advance, sleep, sleep_until};

use super::fake::{FakeStore, Fault};
use super::looking::MAX_PATIENCE;
use super::shared::TERM;
use super::{EncryptedStore, Identity, StoreKey};
use crate::call::{Authorization, Rejection};
use crate::credential::cache::{LOAD_TIMEOUT, TokenCache, set_wall};
use crate::credential::startup::StartupJitter;
use crate::credential::{Fetch, Token, Wanted};
use crate::error::{BoxError, TokenError};
use crate::{Auth0, Cached, OAuth2, TokenCredential, TokenRequest, TokenSource};

pub(super) const HOUR: Duration = Duration::from_secs(3600);
pub(super) const SECOND: Duration = Duration::from_secs(1);
pub(super) const MS: Duration = Duration::from_millis(1);

/// The token server, as all processes reach it: `t1`, `t2`, …
#[derive(Clone)]
pub(super) struct Issuer(Arc<Issuing>);

struct Issuing {
    requests: AtomicUsize,
    answer: Mutex<Answer>,
}

#[derive(Clone, Copy)]
struct Answer {
    after: Duration,
    life: Duration,
    what: What,
}

#[derive(Clone, Copy, PartialEq)]
pub(super) enum What {
    Token,
    /// The token that was the newest when this was said.
    Same(usize),
    Fails,
    Busy(Duration),
}

impl Issuer {
    pub(super) fn new(life: Duration) -> Self {
        Self(Arc::new(Issuing {
            requests: AtomicUsize::new(0),
            answer: Mutex::new(Answer {
                after: 100 * MS,
                life,
                what: What::Token,
            }),
        }))
    }

    pub(super) fn requests(&self) -> usize {
        self.0.requests.load(Ordering::SeqCst)
    }

    pub(super) fn takes(&self, after: Duration) {
        self.0.answer.lock().after = after;
    }

    pub(super) fn answers(&self, what: What) {
        self.0.answer.lock().what = what;
    }

    pub(super) fn reissues(&self) {
        self.answers(What::Same(self.requests()));
    }
}

impl Fetch for Issuer {
    fn fetch(&self, _: Wanted) -> Pin<Box<dyn Future<Output = Result<Token, TokenError>> + Send + '_>> {
        Box::pin(async move {
            let number = self.0.requests.fetch_add(1, Ordering::SeqCst) + 1;
            let Answer { after, life, what } = *self.0.answer.lock();
            sleep(after).await;
            let number = match what {
                What::Token => number,
                What::Same(number) => number,
                What::Fails => return Err(TokenError::malformed("a test")),
                What::Busy(wait) => return Err(TokenError::rate_limited("https://test", wall() + wait)),
            };
            Ok(Token::bearer(format!("canary-t{number}"))?.expires_in(life))
        })
    }
}

/// The wall clock that the cache sees.
pub(super) fn wall() -> SystemTime {
    crate::credential::cache::Moment::now().wall
}

pub(super) fn key(last: u8) -> StoreKey {
    StoreKey::from_bytes(&std::array::from_fn::<u8, 32, _>(|index| {
        last ^ u8::try_from(index).unwrap()
    }))
    .unwrap()
}

fn identity() -> Identity {
    Identity::new("test").with("client", "canary-client")
}

/// One process: a cache, with a way of its own to the store.
pub(super) fn process(store: &FakeStore, issuer: &Issuer) -> Arc<TokenCache> {
    with(&EncryptedStore::new(store.clone(), key(1)), issuer)
}

pub(super) fn with(store: &EncryptedStore, issuer: &Issuer) -> Arc<TokenCache> {
    jittered(store, issuer, Duration::ZERO)
}

/// With a start-up jitter.
pub(super) fn jittered(store: &EncryptedStore, issuer: &Issuer, jitter: Duration) -> Arc<TokenCache> {
    let server = "https://test".to_owned();
    let shared = store.share(issuer.clone(), server.clone(), &identity(), StartupJitter::new(jitter));
    Arc::new(TokenCache::new(shared, server, None))
}

pub(super) fn processes(store: &FakeStore, issuer: &Issuer, count: usize) -> Vec<Arc<TokenCache>> {
    (0..count).map(|_| process(&store.elsewhere(), issuer)).collect()
}

/// A token for each, asked for at once.
pub(super) async fn tokens(processes: &[Arc<TokenCache>]) -> Vec<Result<Arc<Authorization>, Arc<TokenError>>> {
    let mut calls = JoinSet::new();
    for process in processes {
        let process = process.clone();
        calls.spawn(async move { process.authorization(Instant::now() + LOAD_TIMEOUT).await });
    }
    calls.join_all().await
}

pub(super) async fn token(process: &Arc<TokenCache>) -> Arc<Authorization> {
    process.authorization(Instant::now() + LOAD_TIMEOUT).await.unwrap()
}

/// All of them, which have to be the same.
pub(super) async fn one_token(processes: &[Arc<TokenCache>]) -> String {
    let tokens = tokens(processes).await;
    let text = |token: &Result<Arc<Authorization>, Arc<TokenError>>| {
        let token = token.as_ref().unwrap();
        token.header.to_str().unwrap().replace("Bearer canary-", "")
    };
    let first = text(&tokens[0]);
    for token in &tokens {
        assert_eq!(text(token), first);
    }
    first
}

/// Lets everything that is ready come as far as it can.
pub(super) async fn settle() {
    for _ in 0..200 {
        yield_now().await;
    }
}

#[tokio::test(start_paused = true)]
async fn r01_a_hundred_processes_with_cold_caches_make_one_token_request() {
    let (store, issuer) = (FakeStore::default(), Issuer::new(HOUR));
    let fleet = processes(&store, &issuer, 100);
    assert_eq!(one_token(&fleet).await, "t1");
    assert_eq!(issuer.requests(), 1);
    let late = processes(&store, &issuer, 10);
    let began = Instant::now();
    assert_eq!(one_token(&late).await, "t1");
    assert_eq!((issuer.requests(), began.elapsed()), (1, Duration::ZERO));
}

#[tokio::test(start_paused = true)]
async fn p03_a_token_that_is_at_hand_never_asks_the_store() {
    let (store, issuer) = (FakeStore::default(), Issuer::new(HOUR));
    let process = process(&store, &issuer);
    token(&process).await;
    assert_eq!(store.steps(), 2, "a lease, and its publication");
    store.fail(Fault::Hangs);
    let began = Instant::now();
    for _ in 0..1_000 {
        assert!(process.at_hand().is_some());
        token(&process).await;
    }
    assert_eq!((store.steps(), began.elapsed()), (2, Duration::ZERO));
}

#[tokio::test(start_paused = true)]
async fn r13_a_token_that_all_reject_is_replaced_by_one_request_and_a_late_rejection_by_none() {
    let (store, issuer) = (FakeStore::default(), Issuer::new(HOUR));
    let fleet = processes(&store, &issuer, 100);
    for process in &fleet {
        let token = token(process).await;
        process.accepted(&token);
    }
    let old = tokens(&fleet).await;
    for (process, old) in fleet[1..].iter().zip(&old[1..]) {
        assert_eq!(process.rejected(old.as_ref().unwrap()), Rejection::Newer);
    }
    assert_eq!(one_token(&fleet[1..]).await, "t2");
    assert_eq!(issuer.requests(), 2);
    // The one that learns of it an hour later, or so.
    fleet[0].rejected(old[0].as_ref().unwrap());
    assert_eq!(one_token(&fleet).await, "t2");
    assert_eq!(issuer.requests(), 2);
}

#[tokio::test(start_paused = true)]
async fn r06_one_process_renews_for_all_and_nobody_waits() {
    let (store, issuer) = (FakeStore::default(), Issuer::new(HOUR));
    let fleet = processes(&store, &issuer, 50);
    assert_eq!(one_token(&fleet).await, "t1");
    advance(HOUR * 81 / 100).await;
    let began = Instant::now();
    assert_eq!(
        one_token(&fleet).await,
        "t1",
        "still good, and renewed behind the callers' backs"
    );
    assert_eq!(began.elapsed(), Duration::ZERO);
    sleep(4 * SECOND).await;
    assert_eq!(one_token(&fleet).await, "t2");
    assert_eq!(issuer.requests(), 2);
}

#[tokio::test(start_paused = true)]
async fn r03_a_process_that_is_gone_in_mid_fetch_is_replaced_when_its_lease_runs_out() {
    let (store, issuer) = (FakeStore::default(), Issuer::new(HOUR));
    issuer.takes(HOUR);
    let gone = process(&store.elsewhere(), &issuer);
    let began = Instant::now();
    drop(tokio::time::timeout(SECOND, gone.authorization(Instant::now() + LOAD_TIMEOUT)).await);
    drop(gone); // As with `kill -9`: it gives nothing back.
    assert_eq!(issuer.requests(), 1);
    issuer.takes(100 * MS);
    assert_eq!(one_token(&processes(&store, &issuer, 20)).await, "t2");
    assert_eq!(issuer.requests(), 2);
    let took = began.elapsed();
    assert!(took < TERM + 500 * MS, "{took:?}");
}

#[tokio::test(start_paused = true)]
async fn r01_a_token_server_that_is_slow_is_asked_once_while_the_lease_is_renewed() {
    let (store, issuer) = (FakeStore::default(), Issuer::new(HOUR));
    issuer.takes(5 * SECOND);
    assert_eq!(one_token(&processes(&store, &issuer, 20)).await, "t1");
    assert_eq!(issuer.requests(), 1);
}

#[tokio::test(start_paused = true)]
async fn r15_a_stale_holder_cannot_publish_over_a_newer_token() {
    let (store, issuer) = (FakeStore::default(), Issuer::new(HOUR));
    let way = store.elsewhere();
    let stale = process(&way, &issuer);
    let began = Instant::now();
    issuer.takes(7_500 * MS);
    let slow = tokio::spawn({
        let stale = stale.clone();
        async move { token(&stale).await }
    });
    settle().await;
    way.fail(Fault::Down); // It cannot renew its lease.
    issuer.takes(100 * MS);
    assert_eq!(one_token(&processes(&store, &issuer, 3)).await, "t2");
    // After its last renewal, before its token.
    sleep_until(began + 7_200 * MS).await;
    way.fail(Fault::None);
    assert_eq!(slow.await.unwrap().header, "Bearer canary-t1", "it has its own");
    assert_eq!(
        one_token(&processes(&store, &issuer, 3)).await,
        "t2",
        "and the others have the newer"
    );
    assert_eq!(issuer.requests(), 2);
    assert!(
        store.slots().values().all(|slot| slot.lease.is_none()),
        "nobody is waited for"
    );
}

#[tokio::test(start_paused = true)]
async fn r15_a_token_that_is_issued_again_to_one_that_had_it_rejected_is_known_to_all() {
    let (store, issuer) = (FakeStore::default(), Issuer::new(HOUR));
    let fleet = processes(&store, &issuer, 10);
    let old = tokens(&fleet).await;
    issuer.reissues();
    for (process, old) in fleet.iter().zip(old) {
        process.rejected(&old.unwrap());
    }
    for token in tokens(&fleet).await {
        assert!(matches!(*token.unwrap_err(), TokenError::Reissued));
    }
    assert_eq!(issuer.requests(), 2, "one more");
}

#[tokio::test(start_paused = true)]
async fn r15_a_renewal_that_brought_the_same_token_is_no_answer_to_its_rejection() {
    let (store, issuer) = (FakeStore::default(), Issuer::new(HOUR));
    let [renews, rejects] = [0, 1].map(|_| process(&store.elsewhere(), &issuer));
    token(&renews).await;
    let old = token(&rejects).await;
    issuer.reissues();
    advance(HOUR * 81 / 100).await;
    token(&renews).await;
    sleep(SECOND).await;
    assert_eq!(issuer.requests(), 2, "renewed, by the same token");
    // The token server has another by now; the store has not.
    issuer.answers(What::Token);
    rejects.rejected(&old);
    assert_eq!(token(&rejects).await.header, "Bearer canary-t3");
}

#[tokio::test(start_paused = true)]
async fn r10_a_life_counts_from_before_the_request_in_every_process() {
    let (store, issuer) = (FakeStore::default(), Issuer::new(HOUR));
    issuer.takes(5 * SECOND);
    let first = process(&store.elsewhere(), &issuer);
    let waits = process(&store.elsewhere(), &issuer);
    one_token(&[first.clone(), waits.clone()]).await;
    advance(20 * 60 * SECOND).await;
    let late = process(&store, &issuer);
    token(&late).await;
    let left = |process: &TokenCache| process.status().expires_in().unwrap();
    for process in [&waits, &late] {
        assert!(left(process) <= left(&first), "none longer");
        assert!(
            left(&first) <= left(process) + 6 * SECOND,
            "{:?} {:?}",
            left(&first),
            left(process)
        );
    }
}

#[tokio::test(start_paused = true)]
async fn r27_whichever_clock_says_that_a_shared_token_is_older_is_right() {
    let (store, issuer) = (FakeStore::default(), Issuer::new(2 * HOUR));
    token(&process(&store.elsewhere(), &issuer)).await;
    let left = async || {
        let process = process(&store.elsewhere(), &issuer);
        token(&process).await;
        process.status().expires_in().unwrap()
    };
    let began = wall();
    advance(600 * SECOND).await;
    set_wall(began - HOUR);
    assert!(
        left().await + 600 * SECOND <= 2 * HOUR,
        "our clock is behind: the store's counts"
    );
    set_wall(began + HOUR);
    assert!(left().await <= HOUR, "our clock is ahead: it counts");
    assert_eq!(issuer.requests(), 1);
    set_wall(began + 3 * HOUR);
    left().await;
    assert_eq!(issuer.requests(), 2, "over, by our clock");
}

#[tokio::test(start_paused = true)]
async fn r09_a_shared_token_keeps_the_margin_of_its_whole_life() {
    let (store, issuer) = (FakeStore::default(), Issuer::new(100 * SECOND));
    token(&process(&store.elsewhere(), &issuer)).await;
    advance(85 * SECOND).await;
    let late = process(&store.elsewhere(), &issuer);
    assert_eq!(token(&late).await.header, "Bearer canary-t1");
    assert_eq!(issuer.requests(), 1);
    advance(6 * SECOND).await;
    let later = process(&store.elsewhere(), &issuer);
    assert_eq!(
        token(&later).await.header,
        "Bearer canary-t2",
        "its margin, a tenth, has begun"
    );
}

#[tokio::test(start_paused = true)]
async fn r20_a_token_server_that_asks_to_be_left_alone_is_by_all() {
    let (store, issuer) = (FakeStore::default(), Issuer::new(HOUR));
    issuer.answers(What::Busy(300 * SECOND));
    let fleet = processes(&store, &issuer, 50);
    let began = wall();
    for error in tokens(&fleet).await {
        let retry_at = error.unwrap_err().retry_at().unwrap();
        assert!(retry_at >= began + 299 * SECOND, "{:?}", retry_at.duration_since(began));
    }
    let newcomers = processes(&store, &issuer, 50);
    for error in tokens(&newcomers).await {
        assert!(error.unwrap_err().retry_at().is_some());
    }
    assert_eq!(issuer.requests(), 1);
    issuer.answers(What::Token);
    // A call whose deadline is later than the pause would wait for its end.
    advance(280 * SECOND).await;
    assert!(tokens(&fleet).await.iter().all(Result::is_err));
    assert_eq!(issuer.requests(), 1);
    advance(70 * SECOND).await;
    assert_eq!(one_token(&fleet).await, "t2");
    assert_eq!(issuer.requests(), 2);
}

#[tokio::test(start_paused = true)]
async fn r20_a_pause_keeps_nobody_from_a_token_that_is_there() {
    let (store, issuer) = (FakeStore::default(), Issuer::new(HOUR));
    let first = process(&store.elsewhere(), &issuer);
    token(&first).await;
    issuer.answers(What::Busy(300 * SECOND));
    advance(HOUR * 81 / 100).await;
    token(&first).await;
    sleep(SECOND).await;
    assert_eq!(issuer.requests(), 2);
    assert_eq!(one_token(&processes(&store, &issuer, 5)).await, "t1");
    assert_eq!(issuer.requests(), 2);
}

#[tokio::test(start_paused = true)]
async fn r19_what_else_a_fetch_fails_with_is_not_shared_and_gives_the_lease_back() {
    let (store, issuer) = (FakeStore::default(), Issuer::new(HOUR));
    issuer.answers(What::Fails);
    assert!(tokens(&processes(&store, &issuer, 1)).await[0].is_err());
    issuer.answers(What::Token);
    let began = Instant::now();
    assert_eq!(one_token(&processes(&store, &issuer, 1)).await, "t2");
    assert_eq!(began.elapsed(), 100 * MS, "nobody's lease is waited for");
}

#[tokio::test(start_paused = true)]
async fn no_fault_of_the_store_makes_a_call_fail_and_it_is_tried_again() {
    let wait = |fault| match fault {
        Fault::Hangs => SECOND,
        Fault::Stuck => MAX_PATIENCE,
        _ => Duration::ZERO,
    };
    for fault in [
        Fault::Down,
        Fault::Hangs,
        Fault::Slow(1_500 * MS),
        Fault::Full,
        Fault::Panics,
        Fault::Stuck,
        Fault::Confused,
    ] {
        let (store, issuer) = (FakeStore::default(), Issuer::new(HOUR));
        store.fail(fault);
        let fleet: Vec<_> = (0..5).map(|_| process(&store, &issuer)).collect();
        let began = Instant::now();
        for token in tokens(&fleet).await {
            token.unwrap();
        }
        let took = began.elapsed();
        assert!(took <= wait(fault).max(SECOND) + 500 * MS, "{fault:?}: {took:?}");
        assert_eq!(issuer.requests(), 5, "{fault:?}: each its own");
        // The next token: the store is still unavailable, and nobody waits.
        advance(HOUR * 81 / 100).await;
        let began = Instant::now();
        for token in tokens(&fleet).await {
            token.unwrap();
        }
        assert_eq!(began.elapsed(), Duration::ZERO, "{fault:?}");
        sleep(20 * SECOND).await;
        assert_eq!(issuer.requests(), 10, "{fault:?}");
        // It is back, and so is the sharing.
        store.fail(Fault::None);
        advance(120 * SECOND + HOUR * 81 / 100).await;
        tokens(&fleet).await;
        sleep(20 * SECOND).await;
        assert_eq!(issuer.requests(), 11, "{fault:?}: one for all");
        assert_eq!(one_token(&fleet).await, "t11");
    }
}

#[tokio::test(start_paused = true)]
async fn a_store_that_is_no_help_is_left_alone_ever_longer() {
    let (store, issuer) = (FakeStore::default(), Issuer::new(HOUR));
    store.fail(Fault::Down);
    let shared = EncryptedStore::new(store.clone(), key(1));
    let fleet: Vec<_> = (0..600).map(|_| with(&shared, &issuer)).collect();
    for process in &fleet {
        token(process).await;
        sleep(900 * MS).await;
    }
    let minutes = 10;
    assert!(
        store.steps() < 8 + 2 * minutes,
        "{} in {minutes} minutes",
        store.steps()
    );
    assert!(store.steps() > minutes, "and tried again: {}", store.steps());
}

#[tokio::test(start_paused = true)]
async fn garbage_and_what_belongs_elsewhere_is_seen_and_replaced() {
    type Damage = fn(&mut Vec<u8>);
    let damages: [Damage; 4] = [
        |value| value.clear(),
        |value| value.truncate(20),
        |value| *value = b"garbage".repeat(20_000),
        |value| *value.last_mut().unwrap() ^= 1,
    ];
    for (number, damage) in damages.into_iter().enumerate() {
        let (store, issuer) = (FakeStore::default(), Issuer::new(HOUR));
        let fleet = processes(&store, &issuer, 3);
        one_token(&fleet).await;
        store.change(|slot| damage(&mut slot.entry.as_mut().unwrap().1));
        let began = Instant::now();
        assert_eq!(one_token(&processes(&store, &issuer, 5)).await, "t2", "{number}");
        assert!(began.elapsed() < SECOND, "{number}");
        assert_eq!(issuer.requests(), 2, "{number}");
    }

    // Another key's, under our name; and an older one's of ours under a newer version.
    let (store, issuer) = (FakeStore::default(), Issuer::new(HOUR));
    token(&process(&store, &issuer)).await;
    token(&with(&EncryptedStore::new(store.clone(), key(2)), &issuer)).await;
    let foreign = store
        .slots()
        .into_values()
        .map(|slot| slot.entry.unwrap())
        .collect::<Vec<_>>();
    assert_eq!(foreign.len(), 2);
    store.change(|slot| {
        let entry = slot.entry.as_mut().unwrap();
        let other = foreign.iter().find(|other| other.1 != entry.1).unwrap();
        *entry = (entry.0 + 10, other.1.clone(), entry.2);
    });
    assert_eq!(one_token(&processes(&store, &issuer, 5)).await, "t3");
    store.change(|slot| {
        let entry = slot.entry.as_mut().unwrap();
        entry.0 += 10;
    });
    assert_eq!(one_token(&processes(&store, &issuer, 5)).await, "t4");
}

#[tokio::test(start_paused = true)]
async fn a_store_that_was_flushed_costs_one_request() {
    let (store, issuer) = (FakeStore::default(), Issuer::new(HOUR));
    let fleet = processes(&store, &issuer, 20);
    let old = tokens(&fleet).await;
    store.flush();
    assert_eq!(one_token(&fleet).await, "t1", "each has its own at hand");
    for (process, old) in fleet.iter().zip(old) {
        process.rejected(&old.unwrap());
    }
    assert_eq!(one_token(&fleet).await, "t2");
    assert_eq!(issuer.requests(), 2);
}

#[tokio::test(start_paused = true)]
async fn an_older_entry_that_comes_back_is_not_taken() {
    let (store, issuer) = (FakeStore::default(), Issuer::new(HOUR));
    let fleet = processes(&store, &issuer, 5);
    let old = tokens(&fleet).await;
    let backup = store.slots().into_values().next().unwrap();
    for (process, old) in fleet.iter().zip(old) {
        process.rejected(&old.unwrap());
    }
    let old = tokens(&fleet).await;
    store.change(|slot| *slot = backup.clone()); // As from a snapshot.
    for (process, old) in fleet.iter().zip(old) {
        let old = old.unwrap();
        process.accepted(&old);
        process.rejected(&old);
    }
    assert_eq!(one_token(&fleet).await, "t3");
}

#[tokio::test(start_paused = true)]
async fn what_is_invalidated_is_replaced_by_what_is_asked_for_after_that() {
    let (store, issuer) = (FakeStore::default(), Issuer::new(HOUR));
    let [one, two] = [0, 1].map(|_| process(&store.elsewhere(), &issuer));
    let old = token(&one).await;
    token(&two).await;
    one.rejected(&old);
    token(&one).await;
    assert_eq!(issuer.requests(), 2);
    two.invalidate();
    assert_eq!(
        token(&two).await.header,
        "Bearer canary-t3",
        "not the newer one that was there before"
    );
    assert_eq!(one_token(&processes(&store, &issuer, 3)).await, "t3");
}

#[tokio::test(start_paused = true)]
async fn a_key_is_rotated_without_a_token_request() {
    let (store, issuer) = (FakeStore::default(), Issuer::new(HOUR));
    let old = EncryptedStore::new(store.elsewhere(), key(1));
    let both = EncryptedStore::new(store.elsewhere(), key(2)).former_key(key(1));
    let new = EncryptedStore::new(store.elsewhere(), key(2));
    token(&with(&old, &issuer)).await;
    advance(600 * SECOND).await;
    let rotated = with(&both, &issuer);
    assert_eq!(token(&rotated).await.header, "Bearer canary-t1");
    let left = rotated.status().expires_in().unwrap();
    assert!(left + 600 * SECOND <= HOUR, "as old as it is: {left:?}");
    assert_eq!(
        token(&with(&new, &issuer)).await.header,
        "Bearer canary-t1",
        "under the new key"
    );
    assert_eq!(issuer.requests(), 1);
    // With neither, there is nothing to share.
    token(&with(&EncryptedStore::new(store, key(3)), &issuer)).await;
    assert_eq!(issuer.requests(), 2);
}

#[tokio::test(start_paused = true)]
async fn s08_what_is_in_a_store_tells_nothing() {
    let (store, issuer) = (FakeStore::default(), Issuer::new(HOUR));
    let process = process(&store, &issuer);
    token(&process).await;
    issuer.answers(What::Busy(60 * SECOND));
    advance(HOUR * 81 / 100).await;
    token(&process).await;
    sleep(SECOND).await;
    let slots = store.slots();
    let all: Vec<u8> = slots
        .into_iter()
        .flat_map(|(name, slot)| {
            let (_, _, note) = slot.lease.expect("a pause");
            [name.into_bytes(), slot.entry.unwrap().1, note].concat()
        })
        .collect();
    assert!(all.len() > 100);
    for word in ["canary", "Bearer", "test", "429", "life"] {
        assert!(!all.windows(word.len()).any(|part| part == word.as_bytes()), "{word}");
    }
    let shown = format!("{:?}", EncryptedStore::new(store, key(1)).former_key(key(2)));
    assert_eq!(shown, "EncryptedStore { is_resting: false, has_former_key: true, .. }");
}

/// Token requests that go nowhere: `token` for each.
fn transport() -> impl tower_service::Service<
    reqwest::Request,
    Response = reqwest::Response,
    Error = std::convert::Infallible,
    Future: Send,
> + Clone
+ Send
+ Sync
+ 'static {
    tower::service_fn(|_: reqwest::Request| async {
        let body = r#"{"access_token":"token","token_type":"Bearer","expires_in":3600}"#;
        Ok(reqwest::Response::from(http::Response::new(body)))
    })
}

#[tokio::test(start_paused = true)]
async fn r17_what_makes_a_token_another_makes_its_name_another() {
    let store = FakeStore::default();
    let shared = EncryptedStore::new(store.clone(), key(1));
    let auth0 = |secret: &str| {
        let auth0 = Auth0::new("tenant.example.com", "id", secret).audience("a");
        auth0.transport(transport()).store(shared.clone())
    };
    let oauth2 = |url: &str, id: &str| {
        let oauth2 = OAuth2::new(url, id, "secret").transport(transport());
        oauth2.store(shared.clone())
    };
    let url = "https://example.com/token";
    let different = [
        auth0("secret").tokens(),
        auth0("another").tokens(),
        auth0("secret").audience("b").tokens(),
        auth0("secret").scope("a b").tokens(),
        auth0("secret").organization("org").tokens(),
        oauth2(url, "id").tokens(),
        oauth2(url, "another").tokens(),
        oauth2("https://example.com/other", "id").tokens(),
        oauth2(url, "id").resource("r").tokens(),
        oauth2(url, "id").parameter("audience_of_theirs", "r").tokens(),
    ];
    for (number, tokens) in different.into_iter().enumerate() {
        tokens.unwrap().warm_up().await.unwrap();
        assert_eq!(store.slots().len(), number + 1);
    }
    let names = store.slots().len();
    for same in [
        auth0("secret").scope("b  a").tokens(),
        auth0("secret").idle_expiry(SECOND).tokens(),
    ] {
        same.unwrap().warm_up().await.unwrap();
        assert_eq!(store.slots().len(), names);
    }
}

#[test]
fn a_refresh_token_and_a_store_do_not_go_together_and_the_error_says_why() {
    let store = EncryptedStore::new(FakeStore::default(), key(1));
    let oauth2 = OAuth2::new("https://example.com/token", "id", "secret").store(store);
    let error = oauth2.refresh_token("canary").tokens().unwrap_err().to_string();
    assert!(
        error.contains("cannot be shared in a store") && !error.contains("canary"),
        "{error}"
    );
}

struct Vault(AtomicUsize);

impl TokenSource for Arc<Vault> {
    async fn fetch(&self, _: &TokenRequest) -> Result<Token, BoxError> {
        self.0.fetch_add(1, Ordering::SeqCst);
        Ok(Token::bearer("token")?)
    }
}

#[tokio::test(start_paused = true)]
async fn a_source_of_the_users_is_shared_under_the_name_that_it_is_given() {
    let store = EncryptedStore::new(FakeStore::default(), key(1));
    let vault = Arc::new(Vault(AtomicUsize::new(0)));
    let cached = |name: &str| Cached::new(vault.clone()).store(store.clone(), name);
    for (credential, fetches) in [
        (cached("a"), 1),
        (cached("a"), 1),
        (cached("b"), 2),
        (cached("a").scope("s"), 3),
    ] {
        credential.tokens().unwrap().warm_up().await.unwrap();
        assert_eq!(vault.0.load(Ordering::SeqCst), fetches);
    }
}
