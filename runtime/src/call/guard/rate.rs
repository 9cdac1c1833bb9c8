//! At most so many calls begin within any window of time; the others wait their turn.
//!
//! The moments at which the last calls began are kept, as many as may begin within a window: the next one begins a
//! window after the oldest of them. So the limit holds for *every* window, wherever it is laid, and what was not used
//! may be used at once: `50/s` lets fifty calls begin together.
//!
//! Those who wait stand in line, so each knows its moment when it comes, and one whose moment lies beyond its deadline
//! fails at once. Who leaves the line, or is dropped, lets the others move up. That is why this is not `governor`: its
//! limiter has no line (who waits asks again, and may be overtaken), so it cannot tell when a turn will come.

use std::collections::VecDeque;
use std::time::Duration;

use parking_lot::Mutex;
use tokio::sync::Semaphore;
use tokio::time::{Instant, sleep_until, timeout_at};

use crate::endpoint::RateLimit;
use crate::error::Stopped;

/// The calls of one client that have begun, and those that wait.
pub(super) struct Rate {
    line: Mutex<Line>,
    /// Held by the first in line: the others come after it, in the order in which they came.
    first: Semaphore,
}

struct Line {
    limit: RateLimit,
    /// The last ones, oldest first.
    begun: VecDeque<Instant>,
    waiting: usize,
}

impl Rate {
    pub(super) fn new(limit: RateLimit) -> Self {
        Self {
            line: Mutex::new(Line {
                limit,
                begun: VecDeque::new(),
                waiting: 0,
            }),
            first: Semaphore::new(1),
        }
    }

    /// Waits until it is this call's turn; one whose turn comes too late is told so at once.
    pub(super) async fn wait(&self, deadline: Instant) -> Result<(), Stopped> {
        let turn = {
            let mut line = self.line.lock();
            let now = Instant::now();
            let moment = line.moment(line.waiting);
            if line.waiting == 0 && moment.is_some_and(|moment| moment <= now) {
                line.begin(now);
                return Ok(());
            }
            match moment {
                Some(moment) if moment < deadline => {}
                _ => return Err(too_late(moment, now)),
            }
            line.waiting += 1;
            Turn(self)
        };
        // Those in front may come late, and a timer is not exact.
        timeout_at(deadline, turn.come()).await.map_err(|_| {
            let line = self.line.lock();
            too_late(line.moment(line.waiting), Instant::now())
        })
    }
}

impl Line {
    /// When the call may begin that has so many others in front of it; `None` if that is beyond all reckoning.
    fn moment(&self, ahead: usize) -> Option<Instant> {
        let limit = usize::try_from(self.limit.calls()).unwrap_or(usize::MAX);
        if self.begun.len() < limit {
            return Some(Instant::now());
        }
        let windows = u32::try_from(ahead / limit).ok()?.checked_add(1)?;
        let after = self.limit.window().checked_mul(windows)?;
        self.begun.get(ahead % limit)?.checked_add(after)
    }

    fn begin(&mut self, now: Instant) {
        let limit = usize::try_from(self.limit.calls()).unwrap_or(usize::MAX);
        if self.begun.len() == limit {
            self.begun.pop_front();
        }
        self.begun.push_back(now);
    }
}

fn too_late(moment: Option<Instant>, now: Instant) -> Stopped {
    Stopped::RateLimit {
        retry_in: moment.map_or(Duration::MAX, |moment| moment.saturating_duration_since(now)),
    }
}

/// A place in the line, left when it is dropped.
struct Turn<'a>(&'a Rate);

impl Turn<'_> {
    async fn come(self) {
        // Nobody closes it.
        let _first = self.0.first.acquire().await;
        let moment = self.0.line.lock().moment(0);
        if let Some(moment) = moment {
            sleep_until(moment).await;
        }
        let mut line = self.0.line.lock();
        line.begin(Instant::now());
        line.waiting -= 1;
        drop(line);
        // It has left the line already, in the same moment.
        std::mem::forget(self);
    }
}

impl Drop for Turn<'_> {
    fn drop(&mut self) {
        self.0.line.lock().waiting -= 1;
    }
}

#[cfg(test)]
mod tests {
    use std::future::poll_fn;
    use std::pin::{Pin, pin};
    use std::sync::Arc;
    use std::task::Poll;

    use tokio::task::JoinSet;

    use super::*;
    use crate::any::Any;

    const MS: Duration = Duration::from_millis(1);

    fn rate(calls: u32, window: Duration) -> Arc<Rate> {
        Arc::new(Rate::new(RateLimit::new(calls, window)))
    }

    /// What comes of polling it once.
    async fn polled<F: Future + Unpin>(future: &mut F) -> Poll<F::Output> {
        poll_fn(|context| Poll::Ready(Pin::new(&mut *future).poll(context))).await
    }

    fn in_time() -> Instant {
        Instant::now() + Duration::from_secs(3600)
    }

    #[tokio::test(start_paused = true)]
    async fn what_was_not_used_is_used_at_once_and_then_each_waits_its_turn() {
        let rate = rate(2, 1000 * MS);
        let start = Instant::now();
        let mut began = Vec::new();
        for _ in 0..5 {
            rate.wait(in_time()).await.unwrap();
            began.push((Instant::now() - start).as_millis());
        }
        assert_eq!(began, [0, 0, 1000, 1000, 2000]);
    }

    #[tokio::test(start_paused = true)]
    async fn no_window_has_more_than_the_limit_and_nobody_is_overtaken() {
        let mut any = Any::new();
        for _ in 0..50 {
            let (calls, window) = (any.u32(1..6), any.u32(1..500) * MS);
            let rate = rate(calls, window);
            let mut tasks = JoinSet::new();
            for number in 0..40 {
                tokio::time::sleep(any.u32(0..100) * MS).await;
                let rate = rate.clone();
                tasks.spawn(async move {
                    rate.wait(in_time()).await.unwrap();
                    (number, Instant::now())
                });
                tokio::task::yield_now().await;
            }
            let mut began = tasks.join_all().await;
            began.sort_unstable_by_key(|&(number, _)| number);
            assert!(began.is_sorted_by_key(|&(_, at)| at), "{began:?}");
            for few in began.windows(calls as usize + 1) {
                let (first, last) = (few[0].1, few[calls as usize].1);
                assert!(last - first >= window, "{calls} in {window:?}: {began:?}");
            }
        }
    }

    #[tokio::test(start_paused = true)]
    async fn r23_a_turn_beyond_the_deadline_fails_at_once_and_says_when() {
        let rate = rate(1, 1000 * MS);
        rate.wait(in_time()).await.unwrap();
        let waits = tokio::spawn({
            let rate = rate.clone();
            async move { rate.wait(in_time()).await }
        });
        tokio::task::yield_now().await;
        let start = Instant::now();
        assert_eq!(
            rate.wait(start + 2000 * MS).await,
            Err(Stopped::RateLimit { retry_in: 2000 * MS }),
            "it would begin as it ends"
        );
        assert_eq!(Instant::now(), start);
        assert_eq!(rate.wait(start + 2001 * MS).await, Ok(()));
        assert_eq!(Instant::now() - start, 2000 * MS);
        waits.await.unwrap().unwrap();
    }

    /// The first in line may be woken late; who comes in between stands behind it all the same.
    #[tokio::test(start_paused = true)]
    async fn nobody_overtakes_one_whose_turn_has_come_and_who_has_not_been_woken_yet() {
        let rate = rate(1, 1000 * MS);
        rate.wait(in_time()).await.unwrap();
        let mut first = pin!(rate.wait(in_time()));
        assert!(polled(&mut first).await.is_pending());
        tokio::time::advance(5000 * MS).await;
        let mut second = pin!(rate.wait(in_time()));
        assert!(polled(&mut second).await.is_pending());
        assert_eq!(polled(&mut first).await, Poll::Ready(Ok(())));
        let start = Instant::now();
        assert_eq!(second.await, Ok(()));
        assert_eq!(Instant::now() - start, 1000 * MS);
    }

    #[tokio::test(start_paused = true)]
    async fn r23_of_many_in_line_each_is_told_its_own_turn() {
        let rate = rate(2, 1000 * MS);
        for _ in 0..2 {
            rate.wait(in_time()).await.unwrap();
        }
        let mut waiting = Vec::new();
        for number in 0..6 {
            let now = Instant::now();
            let turn = (number / 2 + 1) * 1000 * MS;
            let mut wait = Box::pin(rate.wait(now + turn));
            assert_eq!(
                polled(&mut wait).await,
                Poll::Ready(Err(Stopped::RateLimit { retry_in: turn })),
                "{number} in front"
            );
            let mut wait = Box::pin(rate.wait(now + turn + MS));
            assert!(polled(&mut wait).await.is_pending());
            waiting.push(wait);
        }
    }

    #[tokio::test(start_paused = true)]
    async fn r28_who_is_dropped_leaves_the_line() {
        let rate = rate(1, 1000 * MS);
        rate.wait(in_time()).await.unwrap();
        let start = Instant::now();
        let waiting: Vec<_> = (0..10)
            .map(|_| {
                let rate = rate.clone();
                tokio::spawn(async move { rate.wait(in_time()).await })
            })
            .collect();
        tokio::task::yield_now().await;
        assert_eq!(rate.line.lock().waiting, 10);
        for task in waiting {
            task.abort();
            assert!(task.await.unwrap_err().is_cancelled());
        }
        rate.wait(start + 1001 * MS).await.unwrap();
        assert_eq!(Instant::now() - start, 1000 * MS);
        assert_eq!(rate.line.lock().waiting, 0);
    }

    #[tokio::test(start_paused = true)]
    async fn a_window_without_end_does_not_panic() {
        let rate = rate(1, Duration::MAX);
        rate.wait(in_time()).await.unwrap();
        assert!(matches!(rate.wait(in_time()).await, Err(Stopped::RateLimit { .. })));
    }
}
