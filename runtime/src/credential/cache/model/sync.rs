//! `loom`'s in place of `parking_lot`'s and tokio's: each step that one thread can see of another is one that `loom` may
//! put before or after any other. There are no timers: what would time out waits, and if for ever, `loom` says so.

use std::future::poll_fn;
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::task::Poll;

use loom::future::{AtomicWaker, block_on};
use loom::sync::atomic::{AtomicBool, Ordering};
use tokio::time::Instant;

/// A lock that is never poisoned, as `parking_lot`'s.
#[derive(Debug)]
pub(in crate::credential::cache) struct Mutex<T>(loom::sync::Mutex<T>);

impl<T> Mutex<T> {
    pub(in crate::credential::cache) fn new(value: T) -> Self {
        Self(loom::sync::Mutex::new(value))
    }

    pub(in crate::credential::cache) fn lock(&self) -> loom::sync::MutexGuard<'_, T> {
        self.0.lock().unwrap()
    }

    pub(in crate::credential::cache) fn get_mut(&mut self) -> &mut T {
        self.0.get_mut().unwrap()
    }
}

/// What is used of `tokio::sync::watch`.
pub(in crate::credential::cache) mod watch {
    use super::{Arc, Mutex, Poll, poll_fn};
    use std::task::Waker;

    #[derive(Debug)]
    struct Shared<T> {
        value: T,
        is_closed: bool,
        waiting: Vec<Waker>,
    }

    #[derive(Debug)]
    pub(in crate::credential::cache) struct Sender<T>(Arc<Mutex<Shared<T>>>);

    #[derive(Debug)]
    pub(in crate::credential::cache) struct Receiver<T>(Arc<Mutex<Shared<T>>>);

    /// The sender is gone.
    pub(in crate::credential::cache) struct Closed;

    pub(in crate::credential::cache) fn channel<T>(value: T) -> (Sender<T>, Receiver<T>) {
        let shared = Arc::new(Mutex::new(Shared {
            value,
            is_closed: false,
            waiting: Vec::new(),
        }));
        (Sender(shared.clone()), Receiver(shared))
    }

    impl<T> Sender<T> {
        pub(in crate::credential::cache) fn send_replace(&self, value: T) {
            self.change(|shared| shared.value = value);
        }

        fn change(&self, change: impl FnOnce(&mut Shared<T>)) {
            let mut shared = self.0.lock();
            change(&mut shared);
            let waiting = std::mem::take(&mut shared.waiting);
            drop(shared);
            waiting.into_iter().for_each(Waker::wake);
        }
    }

    impl<T> Drop for Sender<T> {
        fn drop(&mut self) {
            self.change(|shared| shared.is_closed = true);
        }
    }

    impl<T: Clone> Receiver<T> {
        pub(in crate::credential::cache) async fn wait_for(&mut self, is_it: fn(&T) -> bool) -> Result<T, Closed> {
            poll_fn(|context| {
                let mut shared = self.0.lock();
                if is_it(&shared.value) {
                    return Poll::Ready(Ok(shared.value.clone()));
                }
                if shared.is_closed {
                    return Poll::Ready(Err(Closed));
                }
                shared.waiting.push(context.waker().clone());
                Poll::Pending
            })
            .await
        }
    }

    impl<T> Clone for Receiver<T> {
        fn clone(&self) -> Self {
            Self(self.0.clone())
        }
    }
}

/// Each task is a thread.
pub(in crate::credential::cache) struct Handle;

pub(in crate::credential::cache) struct NoRuntime;

pub(in crate::credential::cache) struct Elapsed;

/// Drops a task's future, between two of its steps.
#[derive(Clone, Debug)]
pub(in crate::credential::cache) struct AbortHandle(Arc<Aborted>);

#[derive(Debug, Default)]
struct Aborted {
    aborted: AtomicBool,
    task: AtomicWaker,
}

impl Handle {
    #[expect(clippy::unnecessary_wraps, reason = "as tokio's")]
    pub(in crate::credential::cache) fn try_current() -> Result<Self, NoRuntime> {
        Ok(Self)
    }

    #[expect(clippy::unused_self, reason = "as tokio's")]
    pub(in crate::credential::cache) fn spawn(&self, future: impl Future<Output = ()> + Send + 'static) -> AbortHandle {
        let handle = AbortHandle(Arc::default());
        let aborted = handle.0.clone();
        loom::thread::spawn(move || {
            let mut future = Some(Box::pin(future));
            block_on(poll_fn(|context| {
                aborted.task.register_by_ref(context.waker());
                if aborted.aborted.load(Ordering::SeqCst) {
                    future = None;
                }
                match &mut future {
                    Some(future) => future.as_mut().poll(context),
                    None => Poll::Ready(()),
                }
            }));
        });
        handle
    }
}

impl AbortHandle {
    pub(in crate::credential::cache) fn abort_handle(&self) -> Self {
        self.clone()
    }

    pub(in crate::credential::cache) fn abort(&self) {
        self.0.aborted.store(true, Ordering::SeqCst);
        self.0.task.wake();
    }
}

/// It never elapses.
pub(in crate::credential::cache) async fn timeout_at<F: Future>(_: Instant, future: F) -> Result<F::Output, Elapsed> {
    Ok(future.await)
}

pub(in crate::credential::cache) async fn sleep_until(_: Instant) {
    unreachable!("no token server of a model names a time");
}

/// Polls once, and drops what is not ready.
pub(in crate::credential::cache) fn poll_once<F: Future>(future: F) -> Option<F::Output> {
    let mut future: Pin<&mut F> = pin!(future);
    block_on(poll_fn(|context| {
        Poll::Ready(match future.as_mut().poll(context) {
            Poll::Ready(output) => Some(output),
            Poll::Pending => None,
        })
    }))
}
