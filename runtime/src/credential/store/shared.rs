//! One fetch, where there is a store: what another process has published, or what this one asks for under a lease.
//!
//! [`looking`](super::looking) says what comes of each look at the store; here are the waiting, the fetch under a lease, and
//! the two together where others take long.

use std::convert::Infallible;
use std::pin::{Pin, pin};
use std::task::Poll;
use std::time::Duration;

use http::HeaderValue;
use parking_lot::Mutex;
use tokio::time::{Instant, sleep, sleep_until, timeout_at};

use super::Identity;
use super::encrypted::{EncryptedStore, Names};
use super::key::Kind;
use super::looking::{Looking, Next};
use super::record::{Pause, Record};
use super::token_store::Entry;
use crate::credential::cache::{MAX_ASKED, Moment};
use crate::credential::startup::StartupJitter;
use crate::credential::{Fetch, Token, Wanted};
use crate::error::TokenError;
use crate::telemetry::{StoreFailure, shared_pause, waiting_for_another};

/// How long a lease is granted for. Where its holder is gone, the others wait for so long: less than half the load
/// timeout, so that one of them has time for a token request and the others for what it brings.
pub(super) const TERM: Duration = Duration::from_secs(4);
/// Its holder renews it that often, for as long as it fetches.
const RENEWAL: Duration = Duration::from_secs(2);
/// How long those who wait for a token, or for why there is none, wait until the others are told: long enough for a store
/// that is there, also for a process that ends when it has its token. It goes on behind their backs.
const TELLING: Duration = Duration::from_millis(500);
/// What is left of the time for a fetch when that ends at the latest.
const RESERVE: Duration = Duration::from_millis(50);
/// Pauses that others were asked for are kept for so long at least, and a token has so much left at least.
const SECOND: Duration = Duration::from_secs(1);

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

/// What this process knows of the entry.
#[derive(Default)]
struct Last {
    /// The newest token that it had from the store, or left there.
    header: Option<HeaderValue>,
    version: u64,
    /// The greatest version of which it knows that an API rejected it.
    rejected: u64,
    /// The lease that it had last: nobody to wait for, where a fetch was given up.
    fence: u64,
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
    Leased(u64),
    /// Others are at it, and take long.
    Late(Looking),
    /// It is no help.
    Alone,
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
            let tell_until = Instant::now() + self.limit().saturating_sub(RESERVE);
            match self.ask_store(&wanted).await {
                Asked::Token(token) => Ok(token),
                Asked::Paused(error) => Err(error),
                Asked::Leased(fence) => self.fetch_under(fence, wanted, tell_until).await,
                Asked::Late(looking) => self.fetch_beside(looking, wanted, tell_until).await,
                Asked::Alone => {
                    sleep_until(from).await;
                    self.ask_source(wanted).await
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
        let mut looking = Looking::new(self.newer_than(wanted));
        let began = Instant::now();
        loop {
            match self.look(&mut looking, wanted).await {
                Next::Token(token) => return Asked::Token(*token),
                Next::Fetch { fence } => return Asked::Leased(fence),
                Next::Paused(error) => return Asked::Paused(error),
                Next::Alone => return Asked::Alone,
                Next::Again => {}
                Next::Wait(wait) => {
                    if looking.is_first_wait() {
                        waiting_for_another(&self.server);
                    }
                    let Some(patience) = looking.patience(began) else {
                        return Asked::Late(looking);
                    };
                    sleep(wait.min(patience)).await;
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
        let take = |entry: &Entry| self.take(entry, wanted);
        let next = looking.answered(lease, ours, take, |fence, remaining, note| {
            self.noted(fence, remaining, note)
        });
        match next {
            Ok(next) => next,
            Err((failure, error)) => {
                self.store.failed(failure, &error);
                Next::Alone
            }
        }
    }

    /// The version of what would not do; `None` where nothing does that was asked for before now.
    fn newer_than(&self, wanted: &Wanted) -> Option<u64> {
        let last = self.last.lock();
        match wanted {
            Wanted::Any => Some(last.version),
            Wanted::Another(rejected) if last.header.as_ref() == Some(rejected) => Some(last.version),
            // It is not in the store: nothing says whether what is there is newer.
            Wanted::Another(_) | Wanted::Anew => None,
        }
    }

    /// The token of an entry, if it is one that is wanted.
    fn take(&self, entry: &Entry, wanted: &Wanted) -> Result<Token, Refused> {
        let plain = self.store.open(&self.names, Kind::Entry, entry.version, &entry.value);
        let record = plain
            .and_then(|plain| Record::read(&plain))
            .ok_or(Refused::Unreadable)?;
        let mut last = self.last.lock();
        if let Wanted::Another(rejected) = wanted {
            // Where all tokens were revoked, what was fetched before somebody noticed is as good as the one that we have.
            let is_ours = last.header.as_ref() == Some(rejected);
            let is_answer = !is_ours || record.rejected >= last.version;
            if !is_answer || record.is(rejected) && !record.again {
                return Err(Refused::Passed);
            }
        }
        // It travelled meanwhile: it is as old as it is now, at least.
        let now = Moment::now();
        let token = record.token(now, entry.expires_in).ok_or(Refused::Unreadable)?;
        if token.is_over(now + SECOND.min(token.life / 10)) {
            return Err(Refused::Passed);
        }
        *last = Last {
            header: Some(token.header.clone()),
            version: entry.version,
            rejected: last.rejected.max(record.rejected),
            fence: last.fence,
        };
        drop(last);
        self.store.helped();
        Ok(token)
    }

    /// Why nobody gets the lease, and until when.
    fn noted(&self, fence: u64, remaining: Duration, note: &[u8]) -> Option<TokenError> {
        if note.is_empty() {
            return None;
        }
        let note = self.store.open(&self.names, Kind::Note, fence, note)?;
        let now = Moment::now();
        let pause = Pause::read(&note)?;
        let wait = remaining.min(pause.left(now)?).clamp(SECOND, MAX_ASKED);
        shared_pause(&self.server, wait);
        Some(pause.into_error(&self.server, now.wall + wait))
    }

    /// The token counts from now, and not from when the store was asked.
    async fn ask_source(&self, wanted: Wanted) -> Result<Token, TokenError> {
        let asked = Moment::now();
        let token = self.source.fetch(wanted).await?;
        Ok(Token {
            asked: Some(asked.into()),
            ..token
        })
    }

    /// Asks the source, and goes on looking: whichever comes first.
    async fn fetch_beside(
        &self,
        mut looking: Looking,
        wanted: Wanted,
        tell_until: Instant,
    ) -> Result<Token, TokenError> {
        let theirs = async {
            loop {
                match self.look(&mut looking, &wanted).await {
                    Next::Token(token) => return Some(*token),
                    Next::Wait(wait) => sleep(wait).await,
                    Next::Again => {}
                    Next::Fetch { fence } => {
                        self.end(fence, Duration::ZERO, None, tell_until).await;
                        return None;
                    }
                    Next::Paused(_) | Next::Alone => return None,
                }
            }
        };
        let theirs = async {
            match theirs.await {
                Some(token) => Ok(token),
                None => std::future::pending().await,
            }
        };
        let ours = async {
            let fetched = self.ask_source(wanted.clone()).await;
            (fetched, true)
        };
        let (fetched, is_ours) = first(ours, async { (theirs.await, false) }).await;
        if is_ours && fetched.is_ok() && looking.has_waited_for_one() {
            let error = "it says for ever that another process is fetching, and no token comes";
            self.store.failed(StoreFailure::Stuck, &error);
        }
        fetched
    }

    /// Asks the source, while the lease is ours; then tells the others.
    async fn fetch_under(&self, fence: u64, wanted: Wanted, tell_until: Instant) -> Result<Token, TokenError> {
        self.last.lock().fence = fence;
        if let Some(token) = self.taken_over(fence, &wanted, tell_until).await {
            return Ok(token);
        }
        let keep = async { match self.keep_lease(fence).await {} };
        let fetched = first(self.ask_source(wanted.clone()), keep).await;
        match &fetched {
            Ok(token) => self.publish(fence, token, &wanted, tell_until).await,
            Err(error) => self.give_back(fence, error, tell_until).await,
        }
        fetched
    }

    /// For as long as somebody waits for this.
    async fn keep_lease(&self, fence: u64) -> Infallible {
        loop {
            sleep(RENEWAL).await;
            if self.store.renew(&self.names, fence, TERM, None).await == Some(false) {
                // Somebody else has it: one request more.
                std::future::pending::<()>().await;
            }
        }
    }

    /// Leaves it for the others. Where that fails they fetch their own.
    async fn publish(&self, fence: u64, token: &Token, wanted: &Wanted, tell_until: Instant) {
        let (again, rejected) = {
            let mut last = self.last.lock();
            let is_ours = |rejected| last.header.as_ref() == Some(rejected);
            let (again, ours) = match wanted {
                Wanted::Another(rejected) => (*rejected == token.header, is_ours(rejected)),
                Wanted::Any | Wanted::Anew => (false, false),
            };
            let ours = if ours { last.version } else { 0 };
            let rejected = last.rejected.max(ours);
            *last = Last {
                header: Some(token.header.clone()),
                version: fence,
                rejected,
                fence: 0,
            };
            (again, rejected)
        };
        let Some(record) = Record::of(token, again, rejected).and_then(|record| record.write()) else {
            return;
        };
        let (store, names, life) = (self.store.clone(), self.names.clone(), token.life);
        tell(
            tell_until,
            async move { store.publish(&names, fence, &record, life).await },
        )
        .await;
    }

    /// So that the next may try, or nobody for as long as the token server said.
    async fn give_back(&self, fence: u64, error: &TokenError, tell_until: Instant) {
        let now = Moment::now();
        let pause = error.retry_at().map(|retry_at| {
            let asked = retry_at.duration_since(now.wall).unwrap_or_default();
            asked.clamp(SECOND, MAX_ASKED)
        });
        let note = pause.and_then(|pause| Pause::of(error, now + pause));
        self.end(fence, pause.unwrap_or_default(), note, tell_until).await;
    }

    /// Nobody fetches under that lease any more; with a note, nobody does for so long.
    async fn end(&self, fence: u64, term: Duration, note: Option<Vec<u8>>, tell_until: Instant) {
        self.last.lock().fence = 0;
        let (store, names) = (self.store.clone(), self.names.clone());
        tell(tell_until, async move {
            if term.is_zero() {
                store.release(&names, fence).await;
            } else {
                store.renew(&names, fence, term, note.as_deref()).await;
            }
        })
        .await;
    }

    /// The token that the fleet had under its former key, under the new one from now on.
    async fn taken_over(&self, fence: u64, wanted: &Wanted, tell_until: Instant) -> Option<Token> {
        let is_first = self.last.lock().version == 0;
        if *wanted != Wanted::Any || !is_first {
            return None;
        }
        let entry = self.store.get_former(&self.names).await?;
        let plain = self.store.open_former(&self.names, &entry)?;
        let now = Moment::now();
        let record = Record::read(&plain)?;
        let token = record.token(now, entry.expires_in)?;
        if token.is_over(now + SECOND.min(token.life / 10)) {
            return None;
        }
        *self.last.lock() = Last {
            header: Some(token.header.clone()),
            version: fence,
            rejected: record.rejected,
            fence: 0,
        };
        let (store, names) = (self.store.clone(), self.names.clone());
        // What is left of its life, since the lease is new; the record says how old it is.
        tell(tell_until, async move {
            store.publish(&names, fence, &plain, entry.expires_in).await
        })
        .await;
        Some(token)
    }
}

/// In a task of its own, which ends within a [step](super::encrypted::STEP_LIMIT): no token is lost, and no call delayed for
/// long, because a store takes its time.
async fn tell<T: Send + 'static>(until: Instant, telling: impl Future<Output = T> + Send + 'static) {
    let until = until.min(Instant::now() + TELLING);
    // Whether it was told in time makes no difference here.
    let _ = timeout_at(until, tokio::spawn(telling)).await;
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
