//! A *hedge*: a request that has no answer after some time is sent a second time, beside the first.
//!
//! It is for the one request in a hundred that hangs, not for an API that is down: both belong to one attempt, under
//! its time limit, and what the attempt ends with is retried as ever. The first answer that stands is the attempt's,
//! and the other request is cancelled. One that fails as if another might do better (no response, 408, 429, 5xx) waits
//! for the other; where both do, or where time is up for the other, the later one that was answered is the attempt's, and
//! the wait that follows is the longest that either asked for.
//!
//! The second request is one more for the API to bear, so it takes a retry from the client's [budget](super::budget).

use std::future::poll_fn;
use std::pin::pin;
use std::task::Poll;
use std::time::Duration;

use reqwest::Request;
use tokio::time::{Instant, timeout_at};

use super::attempt::Prepared;
use super::failure::{Failure, is_transient};
use super::{Authorized, Call, Sent, Times};
use crate::error::{Attempt, Outcome};
use crate::response::Incoming;
use crate::telemetry::hedged;

/// A request's end, and what it carried.
type Answer = (Result<Incoming, Failure>, Option<Authorized>);

impl Call<'_> {
    /// Sends the request, and after `delay` another one that looks for its own token. `sent` becomes what was sent with
    /// the one that is answered, with the other one beside it. `None` where neither is in time.
    pub(super) async fn hedged(
        &self,
        request: Request,
        delay: Duration,
        times: Times,
        sent: &mut Sent,
    ) -> Option<Result<Incoming, Failure>> {
        let Times { start, limit, deadline } = times;
        let resends = sent.resends;
        let carried = sent.carried.take();
        let of_second = Attempt {
            started: sent.started,
            // Unless something else comes of it: then time is up for both.
            outcome: Outcome::Timeout,
            waited: Duration::ZERO,
            reauthorized: false,
            hedged: true,
        };
        let beside = &mut sent.beside;
        let first = async { (self.send(request, resends, limit).await, carried) };
        let second = async {
            // The breaker may have opened since the first went out.
            if self.guards.and_then(|guards| guards.refuses(Instant::now())).is_some() {
                return None;
            }
            // Without a token there is no second one, and the first may still be answered.
            let Prepared { request, carried, .. } = self.prepare(Instant::now(), deadline).await.ok()?;
            // Last, so that nothing is taken from it for what is not sent.
            if self.budget.is_some_and(|budget| !budget.affords(self.endpoint)) {
                return None;
            }
            hedged(self.endpoint);
            *beside = Some(Attempt {
                started: Instant::now() - start,
                ..of_second
            });
            Some((self.send(request, resends + 1, limit).await, carried))
        };
        let race = race(first, delay, second, stands, limit).await?;

        let outcome = match race.other {
            Some((answer, _)) => {
                let outcome = Failure::outcome_of(&answer);
                let failure = answer.map_or_else(|failure| failure, Failure::Response);
                sent.asked = failure.asked();
                // What has come of its body, so that its connection can be used again; nobody waits for more.
                failure.drain_and_wait(Duration::ZERO, Instant::now()).await;
                outcome
            }
            None if race.timed_out => Outcome::Timeout,
            None => Outcome::Overtaken,
        };
        if race.hedged {
            let of_first = sent.ended(outcome);
            let second = sent.beside.replace(of_first);
            sent.started = second.map_or(sent.started, |second| second.started);
            (sent.hedged, sent.waited, sent.reauthorized) = (true, Duration::ZERO, false);
        } else if let Some(second) = &mut sent.beside {
            second.outcome = outcome;
        }
        let (answer, carried) = race.winner;
        sent.carried = carried;
        Some(answer)
    }
}

/// Whether nothing better is to be expected of another request.
fn stands((answer, _): &Answer) -> bool {
    matches!(answer, Ok(response) if !is_transient(response.status()))
}

/// What came of one request, or of two.
#[derive(Debug, PartialEq)]
struct Race<T> {
    winner: T,
    /// Whether the winner is the second one.
    hedged: bool,
    /// The one that failed before the winner came.
    other: Option<T>,
    /// Whether the winner is all that there was when time was up.
    timed_out: bool,
}

/// Leads `first` to its end; where it takes longer than `delay`, beside a `second`, which is `None` where it could not be
/// sent. `None` where there is no answer at `limit`.
async fn race<T>(
    first: impl Future<Output = T>,
    delay: Duration,
    second: impl Future<Output = Option<T>>,
    stands: impl Fn(&T) -> bool,
    limit: Instant,
) -> Option<Race<T>> {
    let mut first = pin!(first);
    let hedge_at = Instant::now().checked_add(delay).map_or(limit, |at| at.min(limit));
    if let Ok(winner) = timeout_at(hedge_at, &mut first).await {
        return Some(Race {
            winner,
            hedged: false,
            other: None,
            timed_out: false,
        });
    }
    if hedge_at == limit {
        return None;
    }
    let mut second = pin!(second);
    // What has ended without being the winner, so far.
    let (mut of_first, mut of_second) = (None, None);
    let both = poll_fn(|context| {
        if of_first.is_none()
            && let Poll::Ready(answer) = first.as_mut().poll(context)
        {
            if stands(&answer) || of_second.is_some() {
                return Poll::Ready((answer, false));
            }
            of_first = Some(answer);
        }
        if of_second.is_none()
            && let Poll::Ready(answer) = second.as_mut().poll(context)
        {
            match answer {
                Some(answer) if stands(&answer) || of_first.is_some() => return Poll::Ready((answer, true)),
                answer => of_second = Some(answer),
            }
            if let Some(answer) = of_first.take() {
                return Poll::Ready((answer, false));
            }
        }
        Poll::Pending
    });
    let ended = timeout_at(limit, both).await;
    let timed_out = ended.is_err();
    let (winner, hedged) = match ended {
        Ok(won) => won,
        // At most one of them has ended.
        Err(_) => match of_first.take() {
            Some(answer) => (answer, false),
            None => (of_second.take().flatten()?, true),
        },
    };
    Some(Race {
        winner,
        hedged,
        other: if hedged { of_first } else { of_second.flatten() },
        timed_out,
    })
}

#[cfg(test)]
mod tests {
    use tokio::sync::oneshot;
    use tokio::time::sleep;

    use super::*;

    const DELAY: Duration = Duration::from_secs(2);

    fn seconds(seconds: u64) -> Duration {
        Duration::from_secs(seconds)
    }

    /// Ends after some time with an answer, which stands where it is even.
    async fn answers(after: u64, answer: u32) -> u32 {
        sleep(seconds(after)).await;
        answer
    }

    async fn raced(first: (u64, u32), second: (u64, Option<u32>)) -> (Option<Race<u32>>, Duration) {
        let start = Instant::now();
        let second = async {
            sleep(seconds(second.0)).await;
            second.1
        };
        let first = answers(first.0, first.1);
        let race = race(first, DELAY, second, |answer| answer % 2 == 0, start + seconds(20)).await;
        (race, Instant::now() - start)
    }

    fn won(winner: u32, hedged: bool, other: Option<u32>) -> Race<u32> {
        Race {
            winner,
            hedged,
            other,
            timed_out: false,
        }
    }

    #[tokio::test(start_paused = true)]
    async fn the_first_answer_that_stands_wins() {
        for (first, second, expected, after) in [
            // Before the second one is sent, whatever it is.
            ((1, 10), (0, Some(20)), won(10, false, None), 1),
            ((1, 11), (0, Some(20)), won(11, false, None), 1),
            ((9, 10), (1, Some(20)), won(20, true, None), 3),
            ((4, 10), (5, Some(20)), won(10, false, None), 4),
            // One that failed waits for the other.
            ((3, 11), (5, Some(20)), won(20, true, Some(11)), 7),
            ((9, 10), (1, Some(21)), won(10, false, Some(21)), 9),
            ((3, 11), (5, Some(21)), won(21, true, Some(11)), 7),
            ((9, 11), (1, Some(21)), won(11, false, Some(21)), 9),
            // The second could not be sent.
            ((9, 10), (1, None), won(10, false, None), 9),
            ((3, 11), (5, None), won(11, false, None), 7),
            ((9, 11), (1, None), won(11, false, None), 9),
        ] {
            assert_eq!(
                raced(first, second).await,
                (Some(expected), seconds(after)),
                "{first:?} {second:?}"
            );
        }
    }

    #[tokio::test(start_paused = true)]
    async fn when_time_is_up_whatever_was_answered_is_the_answer() {
        let late = |winner, hedged| Race {
            timed_out: true,
            ..won(winner, hedged, None)
        };
        for (first, second, expected) in [
            ((30, 10), (30, Some(20)), None),
            ((30, 10), (0, None), None),
            ((3, 11), (30, Some(20)), Some(late(11, false))),
            ((30, 10), (1, Some(21)), Some(late(21, true))),
        ] {
            assert_eq!(
                raced(first, second).await,
                (expected, seconds(20)),
                "{first:?} {second:?}"
            );
        }
    }

    #[tokio::test(start_paused = true)]
    async fn r28_the_loser_is_dropped() {
        let (held, mut dropped) = oneshot::channel::<()>();
        let first = async move {
            let _held = held;
            std::future::pending().await
        };
        let limit = Instant::now() + seconds(20);
        let race = race(first, DELAY, async { Some(2) }, |_| true, limit).await;
        assert_eq!(race.unwrap().winner, 2);
        assert_eq!(dropped.try_recv(), Err(oneshot::error::TryRecvError::Closed));
    }
}
