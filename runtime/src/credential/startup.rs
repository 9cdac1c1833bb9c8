//! Start-up jitter: processes that start together do not ask the token server together.
//!
//! Only the first token request of a cache waits. Those that follow are spread already: renewals by chance (R7), and
//! attempts after a failure by their backoff. It is a source around another; where tokens are shared with other
//! processes, [`store`](super::store) asks it whether to wait, since a process that fetches for the whole fleet does not wait.

use std::pin::Pin;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use tokio::time::{Instant, sleep_until};

use super::cache::Moment;
use super::{Fetch, Problems, Token, Wanted};
use crate::endpoint::backoff::share;
use crate::error::TokenError;

/// Half the load timeout: the other half is for the token request.
const MAX: Duration = Duration::from_secs(5);

/// The delay of one cache's first token request.
pub(super) struct StartupJitter {
    most: Duration,
    is_over: AtomicBool,
}

impl StartupJitter {
    pub(super) fn new(most: Duration) -> Self {
        Self {
            most,
            is_over: AtomicBool::new(most.is_zero()),
        }
    }

    /// What is wrong with such a setting.
    pub(super) fn check(most: Duration) -> Result<(), Problems> {
        if most > MAX {
            return Err(vec![format!(
                "a start-up jitter of {most:?} is too long: it is {MAX:?} at most, since a call waits 10 s for its token"
            )]);
        }
        Ok(())
    }

    /// When the fetch that begins now may ask the token server: the first some time later; `None` of the others, which may
    /// at once.
    pub(super) fn begin(&self) -> Option<Instant> {
        if self.is_over.swap(true, Ordering::Relaxed) {
            return None;
        }
        Some(Instant::now() + share(self.most, fastrand::f64()))
    }
}

/// A source that is asked later the first time.
pub(super) struct Jittered<S> {
    pub(super) source: S,
    pub(super) jitter: StartupJitter,
}

impl<S: Fetch> Fetch for Jittered<S> {
    fn fetch(&self, wanted: Wanted) -> Pin<Box<dyn Future<Output = Result<Token, TokenError>> + Send + '_>> {
        Box::pin(async move {
            let Some(from) = self.jitter.begin() else {
                return self.source.fetch(wanted).await;
            };
            sleep_until(from).await;
            // The token's life counts from now.
            let asked = Moment::now().into();
            let token = self.source.fetch(wanted).await?;
            Ok(Token {
                asked: token.asked.or(Some(asked)),
                ..token
            })
        })
    }

    fn limit(&self) -> Duration {
        self.source.limit()
    }

    fn is_unstored(&self) -> bool {
        self.source.is_unstored()
    }
}

#[cfg(test)]
#[cfg(not(reauth_loom))]
mod tests {
    use std::sync::Arc;

    use parking_lot::Mutex;
    use tokio::task::JoinSet;

    use super::*;
    use crate::error::BoxError;
    use crate::{Cached, OAuth2, TokenCredential, TokenRequest, TokenSource};

    const FLEET: usize = 1_000;

    /// Keeps when it was asked.
    #[derive(Clone, Default)]
    struct Server(Arc<Mutex<Vec<Instant>>>);

    impl TokenSource for Server {
        async fn fetch(&self, _: &TokenRequest) -> Result<Token, BoxError> {
            self.0.lock().push(Instant::now());
            Ok(Token::bearer("t1")?)
        }
    }

    #[tokio::test(start_paused = true)]
    async fn r07_processes_that_start_together_ask_at_moments_of_their_own() {
        let server = Server::default();
        let began = Instant::now();
        let mut fleet = JoinSet::new();
        for _ in 0..FLEET {
            let process = Cached::new(server.clone()).startup_jitter(MAX);
            fleet.spawn(async move { process.tokens().unwrap().warm_up().await.unwrap() });
        }
        fleet.join_all().await;
        let asked = server.0.lock();
        assert_eq!(asked.len(), FLEET);
        for slot in 0..10 {
            let slot = began + MAX / 10 * slot..began + MAX / 10 * (slot + 1);
            let in_slot = asked.iter().filter(|asked| slot.contains(asked)).count();
            assert!((50..=150).contains(&in_slot), "{in_slot} of {FLEET} in a tenth of it");
        }
    }

    #[tokio::test(start_paused = true)]
    async fn r07_only_the_first_token_is_asked_for_later_and_only_where_that_is_set() {
        for (jitter, most) in [(None, Duration::ZERO), (Some(MAX), MAX)] {
            let server = Server::default();
            let credential = Cached::new(server.clone());
            let credential = match jitter {
                None => credential,
                Some(jitter) => credential.startup_jitter(jitter),
            };
            let tokens = credential.tokens().unwrap();
            let began = Instant::now();
            tokens.warm_up().await.unwrap();
            assert!(began.elapsed() <= most, "{:?}", began.elapsed());
            for _ in 0..3 {
                tokens.invalidate();
                let began = Instant::now();
                tokens.warm_up().await.unwrap();
                assert_eq!(began.elapsed(), Duration::ZERO);
            }
        }
    }

    #[test]
    fn p03_where_no_jitter_is_set_nothing_waits_for_a_timer() {
        assert!(StartupJitter::new(Duration::ZERO).begin().is_none());
        let jitter = StartupJitter::new(MAX);
        assert!(jitter.begin().is_some());
        assert!(jitter.begin().is_none());
    }

    #[tokio::test(start_paused = true)]
    async fn r12_a_short_life_counts_from_after_the_jitter() {
        #[derive(Clone)]
        struct Short;
        impl TokenSource for Short {
            async fn fetch(&self, _: &TokenRequest) -> Result<Token, BoxError> {
                Ok(Token::bearer("t1")?.expires_in(Duration::from_millis(10)))
            }
        }
        for _ in 0..20 {
            let tokens = Cached::new(Short).startup_jitter(MAX).tokens().unwrap();
            tokens.warm_up().await.unwrap();
        }
    }

    #[test]
    fn a_start_up_jitter_that_calls_would_not_survive_is_refused() {
        let oauth2 = OAuth2::new("https://example.com/token", "id", "secret").startup_jitter(2 * MAX);
        let error = oauth2.tokens().unwrap_err().to_string();
        assert!(
            error.contains("start-up jitter of 10s is too long: it is 5s at most"),
            "{error}"
        );
    }
}
