//! The rules of a [`TokenStore`], for whoever writes one.
//!
//! That a fleet makes one token request, and that nobody puts an old token in the place of a newer one, rests on what a
//! store promises and not on how it does it. Each function here is one rule: a few steps under a name of its own, and what
//! has to come of them. Our own stores are checked by it too.

use std::fmt::Debug;
use std::future::poll_fn;
use std::task::Poll;
use std::time::Duration;

use tokio::time::{Instant, sleep};

use crate::BoxError;
use crate::store::{Entry, Lease, TokenStore};

/// For what must not end while it is looked at, and may be left behind.
const LONG: Duration = Duration::from_secs(60);
/// For what has to end. Whole seconds: some stores know no others.
const SHORT: Duration = Duration::from_secs(1);
/// What has to end has ended after this, on a machine that has much else to do.
const LIMIT: Duration = Duration::from_secs(10);
/// Between two looks at what has to end.
const LOOK: Duration = Duration::from_millis(50);
/// How many ask at once.
const CROWD: usize = 16;
/// As much as there is in an entry at most.
const MAX_VALUE: usize = 64 * 1024;
/// Of what came: so many characters.
const SHOWN: usize = 500;

/// Checks that a store of your own keeps the rules of [`TokenStore`]: for a test of yours, against the real store.
///
/// It takes a few seconds, since it waits for what has to expire, and works under names that nobody else has: what it leaves
/// there is gone within a minute. What it cannot see is whether a step is atomic on several threads, and whether fences go
/// on growing after the store has lost its data.
///
/// ```no_run
/// # async fn example(store: impl reauth::store::TokenStore) {
/// reauth::testing::check_token_store(&store).await;
/// # }
/// ```
///
/// # Panics
/// Where a rule is broken or a step fails: with that rule, and what came instead.
pub async fn check_token_store(store: &impl TokenStore) {
    nothing_is_there_before_it_is_published(store).await;
    one_of_many_gets_the_lease(store).await;
    what_is_published_is_there(store).await;
    a_newer_entry_is_answered_also_while_a_lease_is_held(store).await;
    a_fence_is_greater_than_all_before(store).await;
    a_lease_is_renewed_with_a_note(store).await;
    a_lease_is_released_by_its_holder_alone(store).await;
    a_late_holder_publishes_what_is_newer_alone(store).await;
    a_late_holder_renews_nothing(store).await;
    a_lease_runs_out(store).await;
    a_lease_that_ran_out_is_renewed_where_nobody_has_it(store).await;
    an_entry_expires(store).await;
}

async fn nothing_is_there_before_it_is_published(store: &impl TokenStore) {
    let slot = Slot::new(store, "nothing is under a name before it is published");
    slot.expect(slot.get().await, Option::is_none);
    let fence = slot.granted(Some(0)).await;
    slot.expect(slot.get().await, Option::is_none);
    slot.expect(fence, |fence| *fence > 0);
}

async fn one_of_many_gets_the_lease(store: &impl TokenStore) {
    let slot = Slot::new(
        store,
        "of all who ask for a lease one gets it, and the others are told its fence",
    );
    let leases = all((0..CROWD).map(|_| slot.lease(Some(0)))).await;
    let granted: Vec<_> = leases.iter().filter_map(fence_granted).collect();
    let [fence] = *granted else { slot.broken(&leases) };
    for lease in leases.into_iter().filter(|lease| fence_granted(lease).is_none()) {
        slot.expect(lease, |lease| is_held(lease, fence, LONG, b""));
    }
    slot.expect(slot.lease(None).await, |lease| is_held(lease, fence, LONG, b""));
    let other = Slot::new(store, "a lease is of one name, and of no other");
    other.granted(Some(0)).await;
}

async fn what_is_published_is_there(store: &impl TokenStore) {
    let slot = Slot::new(
        store,
        "what is published is there for as long as its life, byte for byte, with its fence as the version",
    );
    for value in [every_byte(MAX_VALUE), Vec::new(), every_byte(256)] {
        let fence = slot.granted(None).await;
        slot.expect(slot.publish(fence, value.clone(), LONG).await, |published| *published);
        slot.expect(slot.get().await, |entry| {
            entry.as_ref().is_some_and(|entry| is_entry(entry, fence, &value))
        });
        slot.expect(
            slot.lease(Some(fence - 1)).await,
            |lease| matches!(lease, Lease::Newer(entry) if is_entry(entry, fence, &value)),
        );
    }
    let other = Slot::new(store, "an entry is under one name, and under no other");
    other.expect(other.get().await, Option::is_none);
}

async fn a_newer_entry_is_answered_also_while_a_lease_is_held(store: &impl TokenStore) {
    let slot = Slot::new(
        store,
        "an entry is answered to whoever has an older one, and the lease to the others",
    );
    let version = slot.granted(Some(0)).await;
    slot.publish(version, b"value".to_vec(), LONG).await;
    // That of the fence which was published has ended.
    let fence = slot.granted(Some(version)).await;
    slot.expect(
        slot.lease(Some(version - 1)).await,
        |lease| matches!(lease, Lease::Newer(entry) if is_entry(entry, version, b"value")),
    );
    for newer_than in [Some(version), None] {
        slot.expect(slot.lease(newer_than).await, |lease| is_held(lease, fence, LONG, b""));
    }
}

async fn a_fence_is_greater_than_all_before(store: &impl TokenStore) {
    let slot = Slot::new(
        store,
        "a fence is greater than those before it, than the entry's version, and than `newer_than`",
    );
    let mut last = 0;
    for _ in 0..3 {
        let fence = slot.granted(None).await;
        slot.expect(fence, |fence| *fence > last);
        slot.release(fence).await;
        last = fence;
    }
    // Of a store that has lost what it had: somebody still knows a version.
    let newer_than = last + 1_000;
    let fence = slot.granted(Some(newer_than)).await;
    slot.expect(fence, |fence| *fence > newer_than);
    slot.publish(fence, Vec::new(), LONG).await;
    slot.expect(slot.granted(None).await, |next| *next > fence);
}

async fn a_lease_is_renewed_with_a_note(store: &impl TokenStore) {
    let slot = Slot::new(
        store,
        "a lease is kept from now on, with the note in the place of the one before, and the entry is left as it is",
    );
    let fence = slot.granted(Some(0)).await;
    slot.publish(fence, b"value".to_vec(), LONG).await;
    let fence = slot.granted(Some(fence)).await;
    for (term, note) in [(3 * LONG, every_byte(256)), (LONG, Vec::new())] {
        slot.expect(slot.renew(fence, term, note.clone()).await, |renewed| *renewed);
        slot.expect(slot.lease(None).await, |lease| is_held(lease, fence, term, &note));
    }
    slot.has_entry(b"value").await;
}

async fn a_lease_is_released_by_its_holder_alone(store: &impl TokenStore) {
    let slot = Slot::new(
        store,
        "a lease ends with `release`, of its own fence and of no other, and the entry is left as it is",
    );
    let version = slot.granted(Some(0)).await;
    slot.publish(version, b"value".to_vec(), LONG).await;
    let former = slot.granted(None).await;
    slot.release(former).await;
    let fence = slot.granted(None).await;
    slot.release(former).await;
    slot.expect(slot.lease(None).await, |lease| is_held(lease, fence, LONG, b""));
    slot.release(fence).await;
    slot.release(fence).await;
    slot.has_entry(b"value").await;
    slot.granted(None).await;
}

async fn a_late_holder_publishes_what_is_newer_alone(store: &impl TokenStore) {
    let slot = Slot::new(
        store,
        "who has lost the lease publishes where there is nothing newer, and ends nobody's lease",
    );
    let late = slot.granted(Some(0)).await;
    slot.release(late).await;
    let fence = slot.granted(Some(0)).await;
    slot.expect(slot.publish(late, b"late".to_vec(), LONG).await, |published| *published);
    slot.expect(slot.lease(None).await, |lease| is_held(lease, fence, LONG, b""));
    slot.expect(slot.publish(fence, b"newer".to_vec(), LONG).await, |published| {
        *published
    });
    for fence in [late, fence] {
        slot.expect(slot.publish(fence, b"older".to_vec(), LONG).await, |published| {
            !published
        });
    }
    slot.expect(slot.get().await, |entry| {
        entry.as_ref().is_some_and(|entry| is_entry(entry, fence, b"newer"))
    });
}

async fn a_late_holder_renews_nothing(store: &impl TokenStore) {
    let slot = Slot::new(
        store,
        "a lease is not renewed where another has it, or what is there is as new",
    );
    let late = slot.granted(Some(0)).await;
    slot.release(late).await;
    let fence = slot.granted(Some(0)).await;
    slot.expect(slot.renew(late, LONG, b"late".to_vec()).await, |renewed| !renewed);
    slot.expect(slot.lease(Some(0)).await, |lease| is_held(lease, fence, LONG, b""));
    slot.publish(fence, Vec::new(), LONG).await;
    for fence in [late, fence] {
        slot.expect(slot.renew(fence, LONG, Vec::new()).await, |renewed| !renewed);
    }
    slot.granted(Some(fence)).await;
}

async fn a_lease_runs_out(store: &impl TokenStore) {
    let slot = Slot::new(store, "a lease runs out, and the next who asks gets a greater fence");
    let former = slot.granted(Some(0)).await;
    slot.renew(former, SHORT, b"note".to_vec()).await;
    let fence = slot
        .until(|| async { fence_granted(&slot.lease(Some(0)).await).ok_or("it is held for ever") })
        .await;
    slot.expect(fence, |fence| *fence > former);
    slot.expect(slot.lease(Some(0)).await, |lease| is_held(lease, fence, LONG, b""));
}

async fn a_lease_that_ran_out_is_renewed_where_nobody_has_it(store: &impl TokenStore) {
    let slot = Slot::new(store, "a lease that ran out is kept, where nobody has got it since");
    let fence = slot.granted(Some(0)).await;
    slot.renew(fence, SHORT, Vec::new()).await;
    sleep(SHORT + LOOK).await;
    slot.expect(slot.renew(fence, LONG, Vec::new()).await, |renewed| *renewed);
    slot.expect(slot.lease(Some(0)).await, |lease| is_held(lease, fence, LONG, b""));
}

async fn an_entry_expires(store: &impl TokenStore) {
    let slot = Slot::new(
        store,
        "an entry expires, and the next fence is greater than its version",
    );
    let version = slot.granted(Some(0)).await;
    slot.publish(version, b"value".to_vec(), SHORT).await;
    slot.until(|| async {
        let is_gone = slot.get().await.is_none();
        is_gone.then_some(()).ok_or("it is there for ever")
    })
    .await;
    slot.expect(slot.granted(Some(0)).await, |fence| *fence > version);
}

/// A name of its own, for one rule.
struct Slot<'a, S> {
    store: &'a S,
    name: String,
    rule: &'static str,
}

impl<'a, S: TokenStore> Slot<'a, S> {
    fn new(store: &'a S, rule: &'static str) -> Self {
        // As long as those that there are.
        let name = format!("check-{:037x}", fastrand::u128(..));
        Self { store, name, rule }
    }

    async fn get(&self) -> Option<Entry> {
        self.answered(self.store.get(&self.name).await)
    }

    async fn lease(&self, newer_than: Option<u64>) -> Lease {
        self.answered(self.store.lease(&self.name, newer_than, LONG).await)
    }

    /// The fence of a lease that has to be granted.
    async fn granted(&self, newer_than: Option<u64>) -> u64 {
        let lease = self.lease(newer_than).await;
        fence_granted(&lease).unwrap_or_else(|| self.broken(&lease))
    }

    async fn publish(&self, fence: u64, value: Vec<u8>, life: Duration) -> bool {
        self.answered(self.store.publish(&self.name, fence, value, life).await)
    }

    async fn renew(&self, fence: u64, term: Duration, note: Vec<u8>) -> bool {
        self.answered(self.store.renew(&self.name, fence, term, note).await)
    }

    async fn has_entry(&self, value: &[u8]) {
        self.expect(self.get().await, |entry| {
            entry.as_ref().is_some_and(|entry| entry.value == value)
        });
    }

    async fn release(&self, fence: u64) {
        self.answered(self.store.release(&self.name, fence).await);
    }

    /// Looks again and again, for a while.
    async fn until<T, F>(&self, look: impl Fn() -> F) -> T
    where
        F: Future<Output = Result<T, &'static str>>,
    {
        let limit = Instant::now() + LIMIT;
        loop {
            match look().await {
                Ok(seen) => return seen,
                Err(problem) if Instant::now() > limit => self.broken(&problem),
                Err(_) => sleep(LOOK).await,
            }
        }
    }

    #[track_caller]
    fn answered<T>(&self, answer: Result<T, BoxError>) -> T {
        answer.unwrap_or_else(|error| self.broken(&error))
    }

    #[track_caller]
    fn expect<T: Debug>(&self, seen: T, is_right: impl FnOnce(&T) -> bool) {
        if !is_right(&seen) {
            self.broken(&seen);
        }
    }

    #[track_caller]
    fn broken(&self, seen: &dyn Debug) -> ! {
        let seen: String = format!("{seen:?}").chars().take(SHOWN).collect();
        panic!("the store breaks a rule: {}; what came is {seen}", self.rule)
    }
}

fn fence_granted(lease: &Lease) -> Option<u64> {
    match lease {
        Lease::Granted { fence } => Some(*fence),
        Lease::Newer(_) | Lease::Held { .. } => None,
    }
}

/// Somebody's, granted for that term a moment ago.
fn is_held(lease: &Lease, by: u64, term: Duration, left: &[u8]) -> bool {
    matches!(lease, Lease::Held { fence, remaining, note }
        if *fence == by && *remaining <= term && *remaining > term / 2 && note == left)
}

/// Published for a [`LONG`] time, a moment ago.
fn is_entry(entry: &Entry, version: u64, value: &[u8]) -> bool {
    entry.version == version && entry.value == value && entry.expires_in <= LONG && entry.expires_in > LONG / 2
}

/// Whatever bytes there are, which a store has no opinion of.
fn every_byte(length: usize) -> Vec<u8> {
    (u8::MIN..=u8::MAX).cycle().take(length).collect()
}

/// All of them under way at once.
async fn all<T>(steps: impl Iterator<Item = impl Future<Output = T>>) -> Vec<T> {
    let mut steps: Vec<_> = steps.map(|step| (Box::pin(step), None)).collect();
    poll_fn(|context| {
        for (step, answer) in &mut steps {
            if answer.is_none()
                && let Poll::Ready(ready) = step.as_mut().poll(context)
            {
                *answer = Some(ready);
            }
        }
        if steps.iter().any(|(_, answer)| answer.is_none()) {
            return Poll::Pending;
        }
        Poll::Ready(steps.iter_mut().filter_map(|(_, answer)| answer.take()).collect())
    })
    .await
}

#[cfg(test)]
#[cfg(not(reauth_loom))]
mod tests;
