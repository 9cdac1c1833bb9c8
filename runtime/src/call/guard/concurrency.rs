//! At most so many calls at the same time; the others wait their turn.

use std::sync::Arc;

use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::{Instant, timeout_at};

use crate::error::Stopped;

/// The places for a client's calls, given out in the order in which they are asked for.
pub(super) struct Concurrency {
    places: Arc<Semaphore>,
    limit: u32,
}

/// A place for one call, given back when this is dropped: when its method returns, or nobody waits for it any more.
#[derive(Debug)]
pub(crate) struct Place {
    _permit: OwnedSemaphorePermit,
}

impl Concurrency {
    pub(super) fn new(limit: u32) -> Self {
        let places = usize::try_from(limit).unwrap_or(usize::MAX).min(Semaphore::MAX_PERMITS);
        Self {
            places: Arc::new(Semaphore::new(places)),
            limit,
        }
    }

    /// Takes a place, or waits for one until the call is over anyway.
    pub(super) async fn enter(&self, deadline: Instant) -> Result<Place, Stopped> {
        match timeout_at(deadline, Arc::clone(&self.places).acquire_owned()).await {
            Ok(Ok(permit)) => Ok(Place { _permit: permit }),
            // Nobody closes it, so there is only the other reason.
            Ok(Err(_)) | Err(_) => Err(Stopped::ConcurrencyLimit { limit: self.limit }),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicU32, Ordering};
    use std::time::Duration;

    use super::*;

    fn in_time() -> Instant {
        Instant::now() + Duration::from_secs(3600)
    }

    #[tokio::test(start_paused = true)]
    async fn r28_a_place_is_free_again_when_its_call_is_dropped_in_it_or_before_it() {
        let concurrency = Concurrency::new(1);
        let inside = concurrency.enter(in_time()).await.unwrap();
        let mut waiting = Box::pin(concurrency.enter(in_time()));
        assert!(
            tokio::time::timeout(Duration::ZERO, &mut waiting).await.is_err(),
            "it waits"
        );
        drop(waiting);
        drop(inside);
        concurrency.enter(Instant::now()).await.unwrap();
    }

    #[tokio::test(start_paused = true)]
    async fn r23_nobody_waits_beyond_the_deadline() {
        let concurrency = Concurrency::new(1);
        let _inside = concurrency.enter(in_time()).await.unwrap();
        let start = Instant::now();
        let limit = Duration::from_secs(2);
        let refused = concurrency.enter(start + limit).await.unwrap_err();
        assert_eq!(refused, Stopped::ConcurrencyLimit { limit: 1 });
        assert_eq!(Instant::now() - start, limit);
    }

    #[tokio::test(flavor = "multi_thread", worker_threads = 4)]
    async fn there_are_never_more_than_the_limit_also_under_threads() {
        let concurrency = Arc::new(Concurrency::new(3));
        let inside = Arc::new(AtomicU32::new(0));
        let most = Arc::new(AtomicU32::new(0));
        let calls: Vec<_> = (0..200)
            .map(|_| {
                let (concurrency, inside, most) = (concurrency.clone(), inside.clone(), most.clone());
                tokio::spawn(async move {
                    let _place = concurrency.enter(in_time()).await.unwrap();
                    most.fetch_max(inside.fetch_add(1, Ordering::SeqCst) + 1, Ordering::SeqCst);
                    tokio::task::yield_now().await;
                    inside.fetch_sub(1, Ordering::SeqCst);
                })
            })
            .collect();
        for call in calls {
            call.await.unwrap();
        }
        assert_eq!(most.load(Ordering::SeqCst), 3);
    }
}
