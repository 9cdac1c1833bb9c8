//! Holds requests until a test lets them go, so that "a hundred calls are in flight" is a fact and
//! not a sleep.

use std::sync::Arc;

use parking_lot::Mutex;
use tokio::sync::{Semaphore, watch};

/// Where a server's requests pass; open unless a [`Hold`] closes it.
///
/// ```
/// use reauth::testing::Gate;
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() {
/// let gate = Gate::default();
/// let hold = gate.hold();
/// let request = tokio::spawn({
///     let gate = gate.clone();
///     async move { gate.pass().await }
/// });
///
/// hold.waiting(1).await;
/// assert!(!request.is_finished());
/// drop(hold);
/// request.await.expect("the request went through");
/// # }
/// ```
#[derive(Clone, Debug, Default)]
pub struct Gate {
    current: Arc<Mutex<Option<Arc<Queue>>>>,
}

/// Those who wait for one hold to end.
#[derive(Debug)]
struct Queue {
    waiting: watch::Sender<usize>,
    /// Has no permits, and is closed when the hold ends: that wakes everyone, and lets later ones
    /// through.
    release: Semaphore,
}

impl Gate {
    /// Holds every request that comes from now on, until the [`Hold`] is dropped. A second hold
    /// takes over those who come after it; the first keeps those who wait already.
    #[must_use = "the requests are held for as long as the hold lives"]
    pub fn hold(&self) -> Hold {
        let queue = Arc::new(Queue {
            waiting: watch::Sender::new(0),
            release: Semaphore::new(0),
        });
        *self.current.lock() = Some(Arc::clone(&queue));
        Hold {
            gate: self.clone(),
            queue,
        }
    }

    /// Waits while the gate is held.
    pub async fn pass(&self) {
        let Some(queue) = self.current.lock().clone() else {
            return;
        };
        let _place = Place::take(&queue);
        // An error is what is waited for: the semaphore was closed.
        let _closed = queue.release.acquire().await;
    }
}

/// Keeps a [`Gate`] closed until it is dropped.
#[derive(Debug)]
#[must_use = "the requests are held for as long as the hold lives"]
pub struct Hold {
    gate: Gate,
    queue: Arc<Queue>,
}

impl Hold {
    /// Waits until at least `count` requests are held at the same time.
    pub async fn waiting(&self, count: usize) {
        let mut waiting = self.queue.waiting.subscribe();
        // The sender lives in `self`, so this ends only when the count is reached.
        let _reached = waiting.wait_for(|waiting| *waiting >= count).await;
    }

    /// Lets everyone through; the same as dropping the hold.
    pub fn release(self) {}
}

impl Drop for Hold {
    fn drop(&mut self) {
        let mut current = self.gate.current.lock();
        if current.as_ref().is_some_and(|queue| Arc::ptr_eq(queue, &self.queue)) {
            *current = None;
        }
        drop(current);
        self.queue.release.close();
    }
}

/// One who waits; a request that is cancelled meanwhile gives its place back.
struct Place<'a>(&'a Queue);

impl<'a> Place<'a> {
    fn take(queue: &'a Queue) -> Self {
        queue.waiting.send_modify(|waiting| *waiting += 1);
        Self(queue)
    }
}

impl Drop for Place<'_> {
    fn drop(&mut self) {
        self.0.waiting.send_modify(|waiting| *waiting -= 1);
    }
}

#[cfg(test)]
mod tests {
    use super::Gate;

    #[tokio::test]
    async fn is_open_until_it_is_held() {
        Gate::default().pass().await;
    }

    #[tokio::test]
    async fn a_request_that_is_cancelled_no_longer_counts() {
        let gate = Gate::default();
        let hold = gate.hold();
        let spawn = || {
            let gate = gate.clone();
            tokio::spawn(async move { gate.pass().await })
        };
        let (first, second) = (spawn(), spawn());
        hold.waiting(2).await;

        first.abort();
        assert!(first.await.expect_err("it was cancelled").is_cancelled());
        assert_eq!(*hold.queue.waiting.borrow(), 1);

        hold.release();
        second.await.expect("it went through");
    }

    #[tokio::test]
    async fn a_later_hold_is_not_ended_by_an_earlier_one() {
        let gate = Gate::default();
        let first = gate.hold();
        let second = gate.hold();
        drop(first);

        let request = tokio::spawn({
            let gate = gate.clone();
            async move { gate.pass().await }
        });
        second.waiting(1).await;
        assert!(!request.is_finished());
        drop(second);
        request.await.expect("it went through");
    }
}
