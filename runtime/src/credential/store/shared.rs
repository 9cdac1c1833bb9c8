//! One fetch, where there is a store: what another process has published, or what this one asks for under a lease.
//!
//! [`looking`](super::looking) says what comes of each look at the store; here are the waiting, the fetch under a lease, and
//! the two together where others take long.

use std::pin::{Pin, pin};
use std::task::Poll;
use std::time::Duration;

use parking_lot::Mutex;
use tokio::time::{Instant, sleep, sleep_until, timeout_at};
use tracing::Instrument as _;

use super::Identity;
use super::encrypted::{EncryptedStore, Names};
use super::key::Kind;
use super::last::Last;
use super::looking::{Granted, Looking, Next, Patience};
use super::record::{Pause, Record};
use super::token_store::Entry;
use crate::credential::cache::{MAX_ASKED, Moment};
use crate::credential::startup::StartupJitter;
use crate::credential::{Fetch, Reason, Token, Wanted};
use crate::endpoint::backoff::share;
use crate::error::TokenError;
use crate::telemetry::{entry_unreadable, shared_pause, waiting_for_another};

/// How long a lease is granted for. Where its holder is gone, the others wait for so long: less than half the load
/// timeout, so that one of them has time for a token request and the others for what it brings.
pub(super) const TERM: Duration = Duration::from_secs(4);
/// Its holder renews it that often, for as long as it fetches.
const RENEWAL: Duration = Duration::from_secs(2);
/// How long those who wait for a token, or for why there is none, wait until the others are told: long enough for a store
/// that is there, also for a process that ends when it has its token. It goes on behind their backs.
const TELLING: Duration = Duration::from_millis(500);
/// Kept free before a fetch is given up, so that telling the others never runs into that.
const RESERVE: Duration = Duration::from_millis(50);
/// The shortest pause that is passed on.
const MIN_PAUSE: Duration = Duration::from_secs(1);
/// What a shared token has left at least, unless its whole life is short.
const MIN_LEFT: Duration = Duration::from_secs(1);

/// A source whose tokens are shared with other processes.
pub(in crate::credential) struct Shared {
    source: Box<dyn Fetch>,
    store: EncryptedStore,
    names: Names,
    /// For errors: the origin of the token URL.
    server: String,
    startup: StartupJitter,
    last: Mutex<Last>,
}

/// What another process has left is no good.
pub(super) enum Refused {
    /// Ours is better; there may be a newer one than that.
    Passed,
    /// It cannot be read.
    Unreadable,
}

/// What comes of asking the store first.
enum Asked {
    Token(Token),
    /// The token server is left alone.
    Paused(TokenError),
    Leased(Granted),
    /// Others are at it, and take long. With the version of what is fetched beside theirs, where it is for all.
    Late(Looking, Option<u64>),
    /// It is unavailable, or not to be waited for.
    Alone,
}

/// What comes of watching others.
enum Watched {
    Token(Token),
    /// They are gone, and the lease is ours.
    Leased(u64),
    Nothing,
}

enum Either {
    Ours(Result<Token, TokenError>),
    Theirs(Watched),
}

impl EncryptedStore {
    /// Shares the tokens of a source with all processes whose tokens have the same identity.
    pub(in crate::credential) fn share(
        &self,
        source: impl Fetch,
        server: String,
        identity: &Identity,
        startup: StartupJitter,
    ) -> Shared {
        Shared {
            source: Box::new(source),
            store: self.clone(),
            names: self.names(identity),
            server,
            startup,
            last: Mutex::default(),
        }
    }
}

impl Fetch for Shared {
    fn fetch(&self, wanted: Wanted) -> Pin<Box<dyn Future<Output = Result<Token, TokenError>> + Send + '_>> {
        Box::pin(async move {
            let from = self.startup.begin();
            match self.ask_store(&wanted).await {
                Asked::Token(token) => Ok(token),
                Asked::Paused(error) => Err(error),
                Asked::Leased(granted) => self.fetch_under(granted, &wanted).await,
                Asked::Late(looking, version) => self.fetch_beside(looking, version, &wanted).await,
                Asked::Alone => {
                    if let Some(from) = from {
                        sleep_until(from).await;
                    }
                    self.ask_source(&wanted).await
                }
            }
        })
    }

    fn limit(&self) -> Duration {
        self.source.limit()
    }

    fn is_unstored(&self) -> bool {
        self.source.is_unstored()
    }
}

impl Shared {
    async fn ask_store(&self, wanted: &Wanted) -> Asked {
        let mut looking = Looking::new(self.last.lock().newer_than(&wanted.reason), Instant::now());
        loop {
            match self.look(&mut looking, wanted).await {
                Next::Token(token) => return Asked::Token(*token),
                Next::Fetch(granted) => return Asked::Leased(granted),
                Next::Paused(error) => return Asked::Paused(error),
                Next::Alone => return Asked::Alone,
                Next::Again => {}
                Next::Wait(wait) => {
                    if looking.is_first_wait() {
                        waiting_for_another(&self.server);
                    }
                    match looking.patience(Instant::now()) {
                        Patience::Left(left) => sleep(wait.min(left)).await,
                        // One of those who are late asks as well, and the others wait for the two.
                        Patience::Late => {
                            if self.store.lease_beside(&self.names, TERM).await {
                                let version = looking.after_holder();
                                return Asked::Late(looking, version);
                            }
                        }
                        Patience::Over => return Asked::Late(looking, None),
                    }
                }
            }
        }
    }

    /// One look at the store.
    async fn look(&self, looking: &mut Looking, wanted: &Wanted) -> Next {
        let Some(lease) = self.store.lease(&self.names, looking.newer_than(), TERM).await else {
            return Next::Alone;
        };
        let ours = self.last.lock().fence;
        let take = |entry: &Entry| self.take(entry, &wanted.reason);
        let noted = |fence, remaining, note: &[u8]| self.noted(fence, remaining, note);
        let next = looking.answered(lease, ours, Instant::now(), take, noted);
        match next {
            Ok(next) => next,
            Err((failure, error)) => {
                self.store.failed(failure, &error);
                Next::Alone
            }
        }
    }

    /// The token of an entry, if it is one that is wanted.
    fn take(&self, entry: &Entry, reason: &Reason) -> Result<Token, Refused> {
        let plain = self.store.open(&self.names, Kind::Entry, entry.version, &entry.value);
        let record = plain
            .and_then(|plain| Record::read(&plain))
            .ok_or(Refused::Unreadable)?;
        // It travelled meanwhile: it is as old as it is now, at least.
        let now = Moment::now();
        let token = record.token(now, entry.expires_in).ok_or(Refused::Unreadable)?;
        if ends_soon(&token, now) {
            return Err(Refused::Passed);
        }
        let mut last = self.last.lock();
        if !last.is_replaced_by(&record, &token, reason, now) {
            return Err(Refused::Passed);
        }
        last.take(&token, entry.version, &record.standing);
        drop(last);
        self.store.helped();
        Ok(token)
    }

    /// Why nobody gets the lease, and until when. Where that cannot be read, or is over by our clock, nobody is fetching:
    /// there is nothing to wait for.
    fn noted(&self, fence: u64, remaining: Duration, note: &[u8]) -> Next {
        let plain = self.store.open(&self.names, Kind::Note, fence, note);
        let Some(pause) = plain.and_then(|plain| Pause::read(&plain)) else {
            entry_unreadable("a lease's note was not written with this key, or not under this name");
            return Next::Alone;
        };
        let now = Moment::now();
        let Some(left) = pause.left(now) else {
            // The lease was granted a moment after the pause began, and ends as much later.
            let is_about_to_end = remaining <= MIN_PAUSE;
            return if is_about_to_end {
                Next::Wait(remaining + share(MIN_PAUSE / 10, fastrand::f64()))
            } else {
                Next::Alone
            };
        };
        let wait = remaining.min(left).clamp(MIN_PAUSE, MAX_ASKED);
        shared_pause(&self.server, wait);
        Next::Paused(pause.into_error(&self.server, now.wall + wait))
    }

    /// The token counts from now, and not from when the store was asked.
    async fn ask_source(&self, wanted: &Wanted) -> Result<Token, TokenError> {
        let asked = Moment::now();
        let token = self.source.fetch(wanted.clone()).await?;
        Ok(Token {
            asked: Some(asked.into()),
            ..token
        })
    }

    /// Asks the source, and goes on looking: the first token is taken, wherever it comes from.
    async fn fetch_beside(&self, looking: Looking, version: Option<u64>, wanted: &Wanted) -> Result<Token, TokenError> {
        let mut ours = pin!(self.ask_source(wanted));
        let mut theirs = pin!(self.watch(looking, wanted));
        let either = first(async { Either::Ours(ours.as_mut().await) }, async {
            Either::Theirs(theirs.as_mut().await)
        });
        let fetched = match either.await {
            Either::Theirs(Watched::Token(token)) => return Ok(token),
            Either::Theirs(Watched::Leased(fence)) => {
                return self.finish_under(fence, Duration::ZERO, ours, wanted).await;
            }
            Either::Theirs(Watched::Nothing) => ours.await,
            Either::Ours(Ok(token)) => Ok(token),
            // What they are at may come yet.
            Either::Ours(Err(error)) => match timeout_at(wanted.until - RESERVE, theirs).await {
                Ok(Watched::Token(token)) => return Ok(token),
                Ok(Watched::Leased(fence)) => {
                    self.give_back(fence, &error, wanted.until).await;
                    Err(error)
                }
                Ok(Watched::Nothing) | Err(_) => Err(error),
            },
        };
        if let (Ok(token), Some(version)) = (&fetched, version) {
            self.publish(version, token, wanted).await;
        }
        fetched
    }

    /// Looks on until something comes of it.
    async fn watch(&self, mut looking: Looking, wanted: &Wanted) -> Watched {
        loop {
            match self.look(&mut looking, wanted).await {
                Next::Token(token) => return Watched::Token(*token),
                Next::Fetch(Granted { fence, .. }) => return Watched::Leased(fence),
                Next::Wait(wait) => sleep(wait).await,
                Next::Again => {}
                Next::Paused(_) | Next::Alone => return Watched::Nothing,
            }
        }
    }

    /// Asks the source, while the lease is ours.
    async fn fetch_under(&self, Granted { fence, is_resumed }: Granted, wanted: &Wanted) -> Result<Token, TokenError> {
        self.last.lock().fence = fence;
        if let Some(token) = self.taken_over(fence, wanted).await {
            return Ok(token);
        }
        // One that is resumed may be about to end.
        let renewed_after = if is_resumed { Duration::ZERO } else { RENEWAL };
        self.finish_under(fence, renewed_after, self.ask_source(wanted), wanted)
            .await
    }

    /// Keeps the lease while something is fetched; then tells the others.
    async fn finish_under(
        &self,
        mut fence: u64,
        mut renewed_after: Duration,
        fetching: impl Future<Output = Result<Token, TokenError>>,
        wanted: &Wanted,
    ) -> Result<Token, TokenError> {
        let mut ours = pin!(fetching);
        let fetched = loop {
            self.last.lock().fence = fence;
            let theirs = async {
                self.keep_lease(fence, renewed_after).await;
                // Others were faster, or have it since.
                let looking = Looking::new(self.last.lock().newer_than(&wanted.reason), Instant::now());
                self.watch(looking, wanted).await
            };
            let either = first(async { Either::Ours(ours.as_mut().await) }, async {
                Either::Theirs(theirs.await)
            });
            match either.await {
                Either::Ours(fetched) => break fetched,
                Either::Theirs(Watched::Token(token)) => return Ok(token),
                Either::Theirs(Watched::Leased(next)) => (fence, renewed_after) = (next, RENEWAL),
                Either::Theirs(Watched::Nothing) => break ours.await,
            }
        };
        match &fetched {
            Ok(token) => self.publish(fence, token, wanted).await,
            Err(error) => self.give_back(fence, error, wanted.until).await,
        }
        fetched
    }

    /// Renews the lease for as long as it is ours.
    async fn keep_lease(&self, fence: u64, renewed_after: Duration) {
        sleep(renewed_after).await;
        while self.store.renew(&self.names, fence, TERM).await != Some(false) {
            sleep(RENEWAL).await;
        }
    }

    /// Leaves it for the others. Where that fails they fetch their own.
    async fn publish(&self, fence: u64, token: &Token, wanted: &Wanted) {
        let standing = self.last.lock().leave_new(token, fence, &wanted.reason);
        let Some(record) = Record::of(token, standing).and_then(|record| record.write()) else {
            return;
        };
        let (store, names, life) = (self.store.clone(), self.names.clone(), token.life);
        tell(wanted.until, async move {
            store.publish(&names, fence, &record, life).await;
        })
        .await;
    }

    /// So that the next may try, or nobody for as long as the token server said.
    async fn give_back(&self, fence: u64, error: &TokenError, until: Instant) {
        self.last.lock().fence = 0;
        let now = Moment::now();
        let pause = error.retry_at().map(|retry_at| {
            let asked = retry_at.duration_since(now.wall).unwrap_or_default();
            asked.clamp(MIN_PAUSE, MAX_ASKED)
        });
        let note = pause.and_then(|pause| Some((pause, Pause::of(error, now + pause)?)));
        let (store, names) = (self.store.clone(), self.names.clone());
        tell(until, async move {
            match note {
                Some((pause, note)) => store.leave_note(&names, fence, pause, &note).await,
                None => store.release(&names, fence).await,
            }
        })
        .await;
    }

    /// The token that the fleet had under its former key, under the new one from now on.
    async fn taken_over(&self, fence: u64, wanted: &Wanted) -> Option<Token> {
        let is_first = self.last.lock().is_none();
        if wanted.reason != Reason::Needed || !is_first {
            return None;
        }
        let entry = self.store.get_former(&self.names).await?;
        let plain = self.store.open_former(&self.names, &entry)?;
        let now = Moment::now();
        let record = Record::read(&plain)?;
        let token = record.token(now, entry.expires_in)?;
        if ends_soon(&token, now) {
            return None;
        }
        self.last.lock().leave(&token, fence, &record.standing);
        let (store, names) = (self.store.clone(), self.names.clone());
        // What is left of its life, since the lease is new; the record says how old it is.
        tell(wanted.until, async move {
            store.publish(&names, fence, &plain, entry.expires_in).await;
        })
        .await;
        Some(token)
    }
}

/// Whether there is nothing to be gained by sharing it any more.
fn ends_soon(token: &Token, now: Moment) -> bool {
    token.is_over(now + MIN_LEFT.min(token.life / 10))
}

/// In a task of its own, which ends within a [step](super::breaker::STEP_LIMIT): no token is lost, and no call delayed for
/// long, because a store takes its time. `until` the fetch is given up, less a little.
async fn tell<T: Send + 'static>(until: Instant, telling: impl Future<Output = T> + Send + 'static) {
    let until = (until - RESERVE).min(Instant::now() + TELLING);
    // Whether it was told in time makes no difference here.
    let _ = timeout_at(until, tokio::spawn(telling.in_current_span())).await;
}

/// What comes first of either.
async fn first<T>(one: impl Future<Output = T>, other: impl Future<Output = T>) -> T {
    let (mut one, mut other) = (pin!(one), pin!(other));
    std::future::poll_fn(|context| match one.as_mut().poll(context) {
        Poll::Ready(first) => Poll::Ready(first),
        Poll::Pending => other.as_mut().poll(context),
    })
    .await
}
