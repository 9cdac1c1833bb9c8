//! A store, or a token server, that is in trouble at the wrong moment: what it costs who waits, and who asks.

use std::sync::Arc;
use std::time::Duration;

use tokio::time::{Instant, advance, sleep};

use super::fake::{FakeStore, Fault};
use super::shared::TERM;
use super::tests::{
    HOUR, Issuer, MS, SECOND, What, jittered, key, one_token, process, processes, settle, token, tokens, with,
};
use super::{EncryptedStore, TokenStore as _};
use crate::credential::cache::{LOAD_TIMEOUT, TokenCache};

/// The holder of the lease, which is gone in mid-fetch: as with `kill -9`, it gives nothing back.
async fn killed(store: &FakeStore, issuer: &Issuer) {
    issuer.takes(HOUR);
    let gone = process(&store.elsewhere(), issuer);
    drop(tokio::time::timeout(100 * MS, gone.authorization(Instant::now() + LOAD_TIMEOUT)).await);
}

/// A call of `process`, which goes on beside the test.
fn call(process: &Arc<TokenCache>) -> tokio::task::JoinHandle<Duration> {
    let process = process.clone();
    let began = Instant::now();
    tokio::spawn(async move {
        token(&process).await;
        began.elapsed()
    })
}

#[tokio::test(start_paused = true)]
async fn r02_a_token_server_that_takes_long_fails_nobody_and_is_asked_twice() {
    for after in [7 * SECOND, 8 * SECOND, 8_900 * MS] {
        let (store, issuer) = (FakeStore::default(), Issuer::new(HOUR));
        issuer.takes(after);
        let began = Instant::now();
        one_token(&processes(&store, &issuer, 100)).await;
        assert!(began.elapsed() < after + SECOND, "{:?}", began.elapsed());
        assert!(issuer.requests() <= 2, "{} after {after:?}", issuer.requests());
    }
}

/// The second request is for all, as the first is.
#[tokio::test(start_paused = true)]
async fn r02_one_of_those_who_are_late_asks_for_all() {
    let (store, issuer) = (FakeStore::default(), Issuer::new(HOUR));
    killed(&store, &issuer).await;
    // The next has the lease, and gets no answer either.
    let calls = tokio::spawn({
        let fleet = processes(&store, &issuer, 100);
        async move { one_token(&fleet).await }
    });
    sleep(5 * SECOND).await;
    issuer.takes(100 * MS);
    let began = Instant::now();
    assert_eq!(calls.await.unwrap(), "t3");
    assert!(began.elapsed() < 4 * SECOND, "{:?}", began.elapsed());
    assert_eq!(issuer.requests(), 3);
    assert_eq!(one_token(&processes(&store, &issuer, 10)).await, "t3");
}

/// Whose lease went to another meanwhile takes what that one brought.
#[tokio::test(start_paused = true)]
async fn r03_a_holder_that_was_cut_off_takes_what_another_has_fetched() {
    let (store, issuer) = (FakeStore::default(), Issuer::new(HOUR));
    let way = store.elsewhere();
    issuer.takes(HOUR);
    let cut_off = process(&way, &issuer);
    let waits = tokio::spawn(async move { token(&cut_off).await });
    settle().await;
    way.fail(Fault::Down);
    issuer.takes(100 * MS);
    token(&process(&store, &issuer)).await;
    way.fail(Fault::None);
    assert_eq!(waits.await.unwrap().header, "Bearer canary-t2");
}

#[tokio::test(start_paused = true)]
async fn r02_an_error_of_the_one_that_asks_beside_is_no_reason_to_miss_what_the_others_wait_for() {
    for what in [What::Fails, What::Busy(60 * SECOND)] {
        let (store, issuer) = (FakeStore::default(), Issuer::new(HOUR));
        issuer.takes(8_700 * MS);
        let calls = tokio::spawn({
            let fleet = processes(&store, &issuer, 20);
            async move { one_token(&fleet).await }
        });
        sleep(SECOND).await;
        issuer.takes(50 * MS);
        issuer.answers(what);
        assert_eq!(calls.await.unwrap(), "t1");
        assert_eq!(issuer.requests(), 2);
    }
}

#[tokio::test(start_paused = true)]
async fn r03_a_lease_that_ran_out_leaves_time_for_a_token_server_that_takes_long() {
    let (store, issuer) = (FakeStore::default(), Issuer::new(HOUR));
    killed(&store, &issuer).await;
    issuer.takes(5 * SECOND);
    assert_eq!(one_token(&processes(&store, &issuer, 20)).await, "t2");
}

#[tokio::test(start_paused = true)]
async fn r02_a_token_is_not_lost_nor_kept_back_where_the_store_hangs_when_it_comes() {
    for after in [100 * MS, 2_010 * MS, 9_300 * MS, 9_900 * MS] {
        let (store, issuer) = (FakeStore::default(), Issuer::new(HOUR));
        issuer.takes(after);
        let call = call(&process(&store, &issuer));
        settle().await;
        store.fail(Fault::Hangs);
        let took = call.await.unwrap();
        assert!(took <= after + 500 * MS, "{took:?} for a token after {after:?}");
    }
}

/// A fetch that begins again has no more time than the first had left.
#[tokio::test(start_paused = true)]
async fn r02_a_token_that_is_fetched_again_is_not_lost_either_where_the_store_hangs_when_it_comes() {
    let (store, issuer) = (FakeStore::default(), Issuer::new(HOUR));
    issuer.takes(3 * SECOND);
    let process = process(&store, &issuer);
    let call = call(&process);
    sleep(2 * SECOND).await;
    process.invalidate();
    issuer.takes(6_800 * MS);
    sleep(2 * SECOND).await;
    assert_eq!(issuer.requests(), 2);
    store.fail(Fault::Hangs);
    let took = call.await.unwrap();
    assert!(took <= LOAD_TIMEOUT, "{took:?}");
}

/// What others wait for is said to a store that this process leaves alone, too.
#[tokio::test(start_paused = true)]
async fn r01_a_store_that_is_slow_for_a_moment_costs_no_second_request() {
    let (store, issuer) = (FakeStore::default(), Issuer::new(HOUR));
    issuer.takes(3_100 * MS);
    let way = store.elsewhere();
    let holder = call(&process(&way, &issuer));
    settle().await;
    let others = tokio::spawn({
        let fleet = processes(&store, &issuer, 10);
        async move { one_token(&fleet).await }
    });
    sleep(1_900 * MS).await;
    way.fail(Fault::Slow(1_100 * MS));
    sleep(1_150 * MS).await;
    way.fail(Fault::None);
    assert_eq!(others.await.unwrap(), "t1");
    holder.await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn r02_what_fails_for_all_fails_for_each_as_fast_as_without_a_store() {
    let (store, issuer) = (FakeStore::default(), Issuer::new(HOUR));
    issuer.answers(What::Fails);
    let fleet = processes(&store, &issuer, 1_000);
    let began = Instant::now();
    assert!(tokens(&fleet).await.iter().all(Result::is_err));
    assert!(began.elapsed() < 2 * SECOND, "{:?}", began.elapsed());
    assert!(store.steps() <= 20 * fleet.len(), "{}", store.steps());
    // It was the token server's trouble: the store is as good as before.
    issuer.answers(What::Token);
    sleep(60 * SECOND).await;
    let before = issuer.requests();
    one_token(&fleet).await;
    assert_eq!(issuer.requests(), before + 1);
}

#[tokio::test(start_paused = true)]
async fn a_store_without_room_for_a_token_makes_nobody_wait_for_it() {
    let (store, issuer) = (FakeStore::default(), Issuer::new(HOUR));
    let way = store.elsewhere();
    way.fail(Fault::FullForEntries);
    token(&process(&way, &issuer)).await;
    let began = Instant::now();
    assert_eq!(token(&process(&store, &issuer)).await.header, "Bearer canary-t2");
    assert_eq!(began.elapsed(), 100 * MS);
}

#[tokio::test(start_paused = true)]
async fn a_slow_store_costs_a_look_for_each_token() {
    let (store, issuer) = (FakeStore::default(), Issuer::new(HOUR));
    store.fail(Fault::Slow(900 * MS));
    let began = Instant::now();
    token(&process(&store, &issuer)).await;
    assert!(began.elapsed() <= 1_500 * MS, "{:?}", began.elapsed());
}

#[tokio::test(start_paused = true)]
async fn nobody_waits_for_the_lease_of_a_fetch_of_their_own_that_was_given_up() {
    let (store, issuer) = (FakeStore::default(), Issuer::new(HOUR));
    issuer.takes(HOUR);
    let process = process(&store, &issuer);
    let began = Instant::now();
    assert!(process.authorization(began + HOUR).await.is_err());
    assert_eq!(began.elapsed(), LOAD_TIMEOUT);
    issuer.takes(100 * MS);
    let began = Instant::now();
    token(&process).await;
    assert_eq!(began.elapsed(), 100 * MS);
}

/// The lease of a fetch that was given up has not long to live.
#[tokio::test(start_paused = true)]
async fn r01_a_lease_that_is_resumed_is_renewed_at_once() {
    let (store, issuer) = (FakeStore::default(), Issuer::new(HOUR));
    issuer.takes(HOUR);
    let holder = process(&store, &issuer);
    assert!(holder.authorization(Instant::now() + HOUR).await.is_err());
    sleep(1_700 * MS).await;
    issuer.takes(3 * SECOND);
    let resumed = call(&holder);
    sleep(600 * MS).await;
    assert_eq!(token(&process(&store, &issuer)).await.header, "Bearer canary-t2");
    resumed.await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn r04_what_the_last_handle_leaves_behind_asks_nobody_for_longer_than_a_step() {
    for asks in [true, false] {
        let (store, issuer) = (FakeStore::default(), Issuer::new(HOUR));
        let process = process(&store, &issuer);
        if asks {
            store.fail(Fault::Hangs);
        }
        let mut calling = Box::pin(process.authorization(Instant::now() + LOAD_TIMEOUT));
        assert!(tokio::time::timeout(50 * MS, &mut calling).await.is_err());
        // Where it is asking the token server, what is told afterwards hangs.
        store.fail(Fault::Hangs);
        if !asks {
            assert!(tokio::time::timeout(150 * MS, &mut calling).await.is_err());
        }
        assert!(store.handles() > 1);
        drop(calling);
        drop(process);
        sleep(SECOND + 50 * MS).await;
        assert_eq!(store.handles(), 1);
    }
}

#[test]
fn r04_a_runtime_that_shuts_down_in_a_step_leaves_a_cache_that_works() {
    let runtime = || {
        let mut runtime = tokio::runtime::Builder::new_current_thread();
        runtime.enable_time().start_paused(true).build().unwrap()
    };
    let (store, issuer) = (FakeStore::default(), Issuer::new(HOUR));
    let process = process(&store, &issuer);
    store.fail(Fault::Hangs);
    runtime().block_on(async {
        let call = call(&process);
        settle().await;
        drop(call);
    });
    store.fail(Fault::None);
    let header = runtime().block_on(async { token(&process).await.header.clone() });
    assert_eq!(header, "Bearer canary-t1");
}

#[tokio::test(start_paused = true)]
async fn r09_an_entry_that_ends_while_it_travels_is_fetched_anew() {
    let (store, issuer) = (FakeStore::default(), Issuer::new(100 * SECOND));
    token(&process(&store, &issuer)).await;
    advance(89_880 * MS).await;
    let slow = store.elsewhere();
    slow.fail(Fault::Slow(30 * MS));
    assert_eq!(token(&process(&slow, &issuer)).await.header, "Bearer canary-t2");
}

#[tokio::test(start_paused = true)]
async fn r12_a_short_life_counts_from_its_request_and_not_from_the_wait_for_a_lease() {
    let (store, issuer) = (FakeStore::default(), Issuer::new(3 * SECOND));
    killed(&store, &issuer).await;
    issuer.takes(100 * MS);
    token(&process(&store, &issuer)).await;
}

#[tokio::test(start_paused = true)]
async fn a_fleet_that_invalidates_its_tokens_asks_for_two_at_most() {
    let (store, issuer) = (FakeStore::default(), Issuer::new(HOUR));
    let fleet = processes(&store, &issuer, 100);
    one_token(&fleet).await;
    for process in &fleet {
        process.invalidate();
    }
    let began = Instant::now();
    for token in tokens(&fleet).await {
        token.unwrap();
    }
    assert!(issuer.requests() <= 3, "{}", issuer.requests());
    assert!(began.elapsed() < SECOND, "{:?}", began.elapsed());
}

/// One renews at 70 % of a life, another has the old one until 80 %: where all tokens are revoked meanwhile, the new one is
/// no better.
#[tokio::test(start_paused = true)]
async fn r13_a_token_that_was_renewed_before_all_were_revoked_replaces_none() {
    let (store, issuer) = (FakeStore::default(), Issuer::new(HOUR));
    let [renews, holds] = [0, 1].map(|_| process(&store.elsewhere(), &issuer));
    let [t1, _] = [token(&holds).await, token(&renews).await];
    holds.accepted(&t1);
    advance(HOUR * 81 / 100).await;
    token(&renews).await;
    sleep(SECOND).await;
    let t2 = token(&renews).await;
    assert_eq!(t2.header, "Bearer canary-t2");
    renews.accepted(&t2);
    holds.rejected(&t1);
    assert_eq!(token(&holds).await.header, "Bearer canary-t3");
    renews.rejected(&t2);
    let last = &token(&renews).await.header;
    assert!(last == "Bearer canary-t3" || last == "Bearer canary-t4", "{last:?}");
    assert!(issuer.requests() <= 4);
}

/// After an outage, say. What replaces one of them may be from before the others were rejected, so each may cost a request:
/// each token, and not each process.
#[tokio::test(start_paused = true)]
async fn r13_different_tokens_that_are_rejected_are_replaced_by_no_more() {
    const TOKENS: usize = 6;
    let (store, issuer) = (FakeStore::default(), Issuer::new(HOUR));
    let fleet: Vec<_> = (0..TOKENS).flat_map(|_| processes(&store, &issuer, 20)).collect();
    for ones in fleet.chunks(fleet.len() / TOKENS) {
        ones[0].invalidate();
        token(&ones[0]).await;
        one_token(ones).await;
    }
    assert_eq!(issuer.requests(), TOKENS);
    for _ in 0..3 {
        sleep(90 * SECOND).await;
        let before = issuer.requests();
        for process in &fleet {
            let held = token(process).await;
            process.rejected(&held);
        }
        // The oldest first: what replaces it knows nothing of the others.
        let mut calls = Vec::new();
        for ones in fleet.chunks(fleet.len() / TOKENS) {
            calls.extend(ones.iter().map(call));
            sleep(10 * MS).await;
        }
        for call in calls {
            call.await.unwrap();
        }
        let requests = issuer.requests() - before;
        assert!(requests <= TOKENS, "{requests}");
    }
}

#[tokio::test(start_paused = true)]
async fn r13_the_token_of_one_that_was_alone_is_not_replaced_by_an_older_one() {
    let (store, issuer) = (FakeStore::default(), Issuer::new(HOUR));
    token(&process(&store, &issuer)).await;
    let way = store.elsewhere();
    way.fail(Fault::Down);
    let alone = process(&way, &issuer);
    let t2 = token(&alone).await;
    alone.accepted(&t2);
    way.fail(Fault::None);
    sleep(2 * SECOND).await;
    alone.rejected(&t2);
    assert_eq!(token(&alone).await.header, "Bearer canary-t3", "and not t1");
}

#[tokio::test(start_paused = true)]
async fn r06_the_token_of_one_that_was_alone_is_not_renewed_by_an_older_one() {
    let (store, issuer) = (FakeStore::default(), Issuer::new(HOUR));
    token(&process(&store, &issuer)).await;
    advance(300 * SECOND).await;
    let way = store.elsewhere();
    way.fail(Fault::Down);
    let alone = process(&way, &issuer);
    token(&alone).await;
    way.fail(Fault::None);
    advance(HOUR * 81 / 100).await;
    token(&alone).await;
    sleep(SECOND).await;
    assert_eq!(
        token(&alone).await.header,
        "Bearer canary-t3",
        "t1 has less left than t2"
    );
}

#[tokio::test(start_paused = true)]
async fn r15_the_same_token_of_one_that_was_alone_and_of_the_fleet_is_asked_for_once_more() {
    let (store, issuer) = (FakeStore::default(), Issuer::new(HOUR));
    let way = store.elsewhere();
    way.fail(Fault::Down);
    let alone = process(&way, &issuer);
    let t1 = token(&alone).await;
    issuer.reissues();
    token(&process(&store, &issuer)).await;
    way.fail(Fault::None);
    sleep(2 * SECOND).await;
    // The token server has another by now; the store has not.
    issuer.answers(What::Token);
    alone.rejected(&t1);
    assert_eq!(token(&alone).await.header, "Bearer canary-t3");
}

/// That the token server stood by a token is an answer for those who ask now, and not for who asks much later.
#[tokio::test(start_paused = true)]
async fn r15_that_a_token_was_issued_again_is_no_news_for_ever() {
    let (store, issuer) = (FakeStore::default(), Issuer::new(HOUR));
    let [rejects, holds] = [0, 1].map(|_| process(&store.elsewhere(), &issuer));
    let [t1, _] = [token(&rejects).await, token(&holds).await];
    issuer.reissues();
    rejects.rejected(&t1);
    assert!(rejects.authorization(Instant::now() + LOAD_TIMEOUT).await.is_err());
    advance(1_200 * SECOND).await;
    issuer.answers(What::Token);
    holds.rejected(&t1);
    assert_eq!(token(&holds).await.header, "Bearer canary-t3");
}

#[tokio::test(start_paused = true)]
async fn r20_a_pause_that_somebody_puts_back_is_over_when_it_was() {
    let (store, issuer) = (FakeStore::default(), Issuer::new(HOUR));
    issuer.answers(What::Busy(60 * SECOND));
    assert!(tokens(&processes(&store, &issuer, 1)).await[0].is_err());
    let noted = store.slots().into_values().next().unwrap().lease.unwrap();
    issuer.answers(What::Token);
    advance(400 * SECOND).await;
    let puts_back =
        |note: Vec<u8>| store.change(|slot| slot.lease = Some((noted.0, Instant::now() + HOUR, note.clone())));
    for note in [noted.2.clone(), b"garbage".to_vec()] {
        puts_back(note);
        let began = Instant::now();
        let requests = issuer.requests();
        token(&process(&store, &issuer)).await;
        assert_eq!(issuer.requests(), requests + 1);
        assert_eq!(began.elapsed(), 100 * MS, "nobody is waited for");
    }
}

#[tokio::test(start_paused = true)]
async fn a_store_whose_holder_is_slow_is_as_good_as_before() {
    let (store, issuer) = (FakeStore::default(), Issuer::new(HOUR));
    issuer.takes(HOUR);
    let holder = call(&process(&store, &issuer));
    settle().await;
    issuer.takes(100 * MS);
    let shared = EncryptedStore::new(store.clone(), key(1));
    token(&with(&shared, &issuer)).await;
    assert!(!shared.is_resting());
    holder.abort();
}

#[tokio::test(start_paused = true)]
async fn a_store_whose_leases_never_end_is_seen_through_before_anybody_is_late() {
    let (store, issuer) = (FakeStore::default(), Issuer::new(HOUR));
    killed(&store, &issuer).await;
    issuer.takes(100 * MS);
    store.fail(Fault::Endless);
    let shared = EncryptedStore::new(store.clone(), key(1));
    let began = Instant::now();
    token(&with(&shared, &issuer)).await;
    assert!(began.elapsed() < TERM + 2 * SECOND, "{:?}", began.elapsed());
    assert!(shared.is_resting());
}

#[tokio::test(start_paused = true)]
async fn a_store_that_answers_nonsense_is_left_alone_ever_longer() {
    let (store, issuer) = (FakeStore::default(), Issuer::new(HOUR));
    store.fail(Fault::Confused);
    let shared = EncryptedStore::new(store.clone(), key(1));
    let mut asked = 0;
    for _ in 0..600 {
        asked += usize::from(!shared.is_resting());
        token(&with(&shared, &issuer)).await;
        sleep(900 * MS).await;
    }
    assert!((10..30).contains(&asked), "{asked} times in ten minutes");
}

#[tokio::test(start_paused = true)]
async fn a_lease_is_not_taken_back_from_an_entry_that_is_newer() {
    let store = FakeStore::default();
    let granted = async || match store.lease("name", Some(0), TERM).await.unwrap() {
        super::Lease::Granted { fence } => fence,
        other => panic!("{other:?}"),
    };
    let stale = granted().await;
    advance(TERM).await;
    let newer = granted().await;
    assert!(store.publish("name", newer, Vec::new(), HOUR).await.unwrap());
    assert!(!store.renew("name", stale, TERM, Vec::new()).await.unwrap());
    assert!(!store.publish("name", stale, Vec::new(), HOUR).await.unwrap());
}

/// Who asks for all has nobody to make way for; those who ask for themselves have.
#[tokio::test(start_paused = true)]
async fn r07_a_start_up_jitter_is_waited_for_only_where_the_store_is_no_help() {
    const FLEET: usize = 200;
    let jitter = 5 * SECOND;
    for (fault, most) in [(Fault::None, Duration::ZERO), (Fault::Down, jitter)] {
        let (store, issuer) = (FakeStore::default(), Issuer::new(HOUR));
        let began = Instant::now();
        let process = || {
            let way = store.elsewhere();
            way.fail(fault);
            jittered(&EncryptedStore::new(way, key(1)), &issuer, jitter)
        };
        let calls: Vec<_> = (0..FLEET).map(|_| call(&process())).collect();
        let mut took = Vec::new();
        for call in calls {
            took.push(call.await.unwrap());
        }
        assert!(began.elapsed() <= most + SECOND, "{fault:?}: {:?}", began.elapsed());
        let early = took.iter().filter(|took| **took < jitter / 2).count();
        let expected = if most.is_zero() {
            FLEET..=FLEET
        } else {
            FLEET / 3..=FLEET * 2 / 3
        };
        assert!(expected.contains(&early), "{fault:?}: {early}");
    }
}

/// What all tests here rely on.
#[cfg(feature = "testing")]
#[tokio::test(start_paused = true)]
async fn the_fake_store_keeps_the_rules() {
    crate::testing::check_token_store(&FakeStore::default()).await;
}

/// The lease that says so may end a moment later, since the store took that long to hear of it.
#[tokio::test(start_paused = true)]
async fn r20_when_a_pause_is_over_one_asks() {
    let (store, issuer) = (FakeStore::default(), Issuer::new(HOUR));
    issuer.answers(What::Busy(60 * SECOND));
    assert!(tokens(&processes(&store, &issuer, 1)).await[0].is_err());
    issuer.answers(What::Token);
    store.change(|slot| slot.lease.as_mut().unwrap().1 += 20 * MS);
    sleep(60 * SECOND + 10 * MS).await;
    assert!(tokens(&processes(&store, &issuer, 50)).await.iter().all(Result::is_ok));
    assert_eq!(issuer.requests(), 2);
}

/// Their versions are from the time when it was ahead.
#[tokio::test(start_paused = true)]
async fn when_the_clock_of_a_store_is_set_back_one_renews_for_all() {
    let (store, issuer) = (FakeStore::default(), Issuer::new(HOUR));
    store.set_clock(1 << 50);
    let fleet = processes(&store, &issuer, 50);
    assert!(tokens(&fleet).await.iter().all(Result::is_ok));
    store.set_clock(1);
    store.flush();
    for requests in 2..5 {
        advance(HOUR).await;
        assert!(tokens(&fleet).await.iter().all(Result::is_ok));
        assert_eq!(issuer.requests(), requests);
    }
}
