//! One fetch, where there is a store: what another process has published, or what this one asks for under a lease.

use std::pin::Pin;
use std::time::Duration;

use http::HeaderValue;
use parking_lot::Mutex;
use tokio::time::{Instant, sleep, timeout};

use super::Identity;
use super::encrypted::{EncryptedStore, Names};
use super::key::Kind;
use super::record::{Pause, Record};
use super::token_store::{Entry, Lease};
use crate::credential::cache::{MAX_ASKED, Moment};
use crate::credential::{Fetch, Token, Wanted};
use crate::endpoint::backoff::share;
use crate::error::TokenError;
use crate::telemetry::{StoreFailure, entry_unreadable, shared_pause, waiting_for_another};

/// How long a lease is granted for. Where its holder is gone, the others wait for so long: less than half the load
/// timeout, so that one of them has time for a token request and the others for what it brings.
pub(super) const TERM: Duration = Duration::from_secs(4);
/// Its holder renews it that often, for as long as it fetches.
const RENEWAL: Duration = Duration::from_secs(2);
/// No process waits longer for others: what is left of the load timeout is enough to fetch a token itself.
pub(super) const MAX_WAIT: Duration = Duration::from_secs(7);
/// Between the looks of one that waits: 50 ms, doubling, at most 2 s.
const FIRST_LOOK: Duration = Duration::from_millis(50);
const MAX_LOOK: Duration = Duration::from_secs(2);
/// No version is newer: only what is leased from now on will do.
const ANEW: u64 = u64::MAX;
/// Entries that are no good, in one fetch. After so many the store is not to be trusted.
const MAX_UNREADABLE: u32 = 3;
/// Between what one process tells another and when that does as told.
const MIN_PAUSE: Duration = Duration::from_secs(1);

/// A source whose tokens are shared with other processes.
pub(in crate::credential) struct Shared {
    source: Box<dyn Fetch>,
    store: EncryptedStore,
    names: Names,
    /// For errors: the origin of the token URL.
    server: String,
    last: Mutex<Last>,
}

/// The newest token that this process had.
#[derive(Default)]
struct Last {
    /// The greatest version of which this process knows.
    version: u64,
    /// The greatest that was an answer to a rejection, likewise.
    answer: u64,
    header: Option<HeaderValue>,
    /// It is not in the store: nothing says whether what is there is newer.
    is_alone: bool,
}

/// What another process has left is no good.
enum Refused {
    /// Ours is better; there may be a newer one than that.
    Passed,
    /// It cannot be read.
    Unreadable,
}

impl EncryptedStore {
    /// Shares the tokens of a source with all processes whose tokens have the same identity.
    pub(in crate::credential) fn share(&self, source: impl Fetch, server: String, identity: &Identity) -> Shared {
        Shared {
            source: Box::new(source),
            store: self.clone(),
            names: self.names(identity),
            server,
            last: Mutex::default(),
        }
    }
}

impl Fetch for Shared {
    fn fetch(&self, wanted: Wanted) -> Pin<Box<dyn Future<Output = Result<Token, TokenError>> + Send + '_>> {
        Box::pin(async move {
            match self.ask_store(wanted).await {
                Some(fetched) => fetched,
                None => self.fetch_alone(wanted).await,
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
    /// What comes of asking the store first; `None` where it is no help.
    async fn ask_store(&self, wanted: Wanted) -> Option<Result<Token, TokenError>> {
        let began = Instant::now();
        let (mut look, mut holder, mut unreadable) = (FIRST_LOOK, None, 0);
        let mut newer_than = self.newer_than(wanted);
        loop {
            let now = Moment::now();
            match self.store.lease(&self.names, newer_than, TERM).await? {
                Lease::Newer(entry) if entry.version <= newer_than => {
                    let error = "it answered an entry that is no newer than the one before";
                    self.store.failed(StoreFailure::Confused, &error);
                    return None;
                }
                Lease::Newer(entry) => {
                    newer_than = entry.version;
                    match self.take(&entry, wanted, now) {
                        Ok(token) => return Some(Ok(token)),
                        Err(Refused::Passed) => {}
                        Err(Refused::Unreadable) => {
                            unreadable += 1;
                            let error = "it was not written with this key, or not under this name";
                            entry_unreadable(error);
                            if unreadable == MAX_UNREADABLE {
                                self.store.failed(StoreFailure::Unreadable, &error);
                                return None;
                            }
                        }
                    }
                }
                Lease::Granted { fence } => return Some(self.fetch_under(fence, wanted).await),
                Lease::Held { fence, remaining, note } => {
                    // It began before we asked; whatever is leased from now on began after that.
                    newer_than = if newer_than == ANEW { fence } else { newer_than };
                    if let Some(error) = self.noted(fence, remaining, &note) {
                        return Some(Err(error));
                    }
                    if holder != Some(fence) {
                        if holder.is_none() {
                            waiting_for_another(&self.server);
                        }
                        holder = Some(fence);
                        look = FIRST_LOOK;
                    }
                    // When the lease runs out, somebody has to see it.
                    let wait = look / 2 + share(look / 2, fastrand::f64());
                    let wait = wait.min(remaining.saturating_add(share(FIRST_LOOK, fastrand::f64())));
                    look = (look * 2).min(MAX_LOOK);
                    let patience = MAX_WAIT.saturating_sub(began.elapsed());
                    if patience.is_zero() {
                        let error = format!("another process has been fetching for {MAX_WAIT:?}, and no token came");
                        self.store.failed(StoreFailure::Stuck, &error);
                        return None;
                    }
                    sleep(wait.min(patience)).await;
                }
            }
        }
    }

    /// The token of an entry, if it is one that is wanted; `now` before the store was asked.
    fn take(&self, entry: &Entry, wanted: Wanted, now: Moment) -> Result<Token, Refused> {
        let plain = self.store.open(&self.names, Kind::Entry, entry.version, &entry.value);
        let record = plain
            .and_then(|plain| Record::read(&plain))
            .ok_or(Refused::Unreadable)?;
        let mut last = self.last.lock();
        let had = last.version;
        last.version = had.max(entry.version);
        last.answer = last.answer.max(record.answer);
        let is_same = last.header.as_ref().is_some_and(|header| record.is(header));
        // What was there before somebody saw a rejection is as good as what was rejected: perhaps all of them were.
        let is_answer = last.is_alone || record.answer > had;
        if wanted == Wanted::Another && (!is_answer || is_same && !record.again) {
            return Err(Refused::Passed);
        }
        let token = record.token(now, entry.expires_in).ok_or(Refused::Unreadable)?;
        if token.is_over(now) {
            return Err(Refused::Passed);
        }
        last.header = Some(token.header.clone());
        last.is_alone = false;
        Ok(token)
    }

    /// Why nobody gets the lease.
    fn noted(&self, fence: u64, remaining: Duration, note: &[u8]) -> Option<TokenError> {
        if note.is_empty() {
            return None;
        }
        let note = self.store.open(&self.names, Kind::Note, fence, note)?;
        let wait = remaining.clamp(MIN_PAUSE, MAX_ASKED);
        shared_pause(&self.server, wait);
        Some(Pause::read(&note)?.into_error(&self.server, Moment::now().wall + wait))
    }

    /// The version of what would not do, in the store as it is when it is asked first.
    fn newer_than(&self, wanted: Wanted) -> u64 {
        let last = self.last.lock();
        match wanted {
            Wanted::Anew => ANEW,
            Wanted::Another if last.is_alone => ANEW,
            Wanted::Any | Wanted::Another => last.version,
        }
    }

    /// Asks the source, and tells nobody.
    async fn fetch_alone(&self, wanted: Wanted) -> Result<Token, TokenError> {
        let token = self.source.fetch(wanted).await?;
        let mut last = self.last.lock();
        last.header = Some(token.header.clone());
        last.is_alone = true;
        Ok(token)
    }

    /// Asks the source, while the lease is ours; then tells the others.
    async fn fetch_under(&self, fence: u64, wanted: Wanted) -> Result<Token, TokenError> {
        if let Some(token) = self.taken_over(fence, wanted).await {
            return Ok(token);
        }
        let asked = Moment::now();
        let mut fetch = self.source.fetch(wanted);
        let fetched = loop {
            match timeout(RENEWAL, &mut fetch).await {
                Ok(fetched) => break fetched,
                // Where that fails somebody else fetches too: one request more.
                Err(_) => drop(self.store.keep(&self.names, fence, TERM, None).await),
            }
        };
        match &fetched {
            Ok(token) => self.publish(fence, token, asked, wanted).await,
            Err(error) => self.give_back(fence, error).await,
        }
        fetched
    }

    /// Leaves it for the others. Where that fails they fetch their own.
    async fn publish(&self, fence: u64, token: &Token, asked: Moment, wanted: Wanted) {
        let (is_same, answer) = {
            let last = self.last.lock();
            let is_same = last.header.as_ref() == Some(&token.header);
            (is_same, if wanted == Wanted::Any { last.answer } else { fence })
        };
        let again = is_same && wanted == Wanted::Another;
        let record = Record::of(token, asked, again, answer).and_then(|record| record.write());
        let published = match record {
            Some(record) => self.store.publish(&self.names, fence, &record, token.life).await,
            None => None,
        };
        *self.last.lock() = Last {
            version: fence,
            answer,
            header: Some(token.header.clone()),
            is_alone: published.is_none(),
        };
    }

    /// So that the next may try, or nobody for as long as the token server said.
    async fn give_back(&self, fence: u64, error: &TokenError) {
        let pause = error.retry_at().map(|retry_at| {
            let asked = retry_at.duration_since(Moment::now().wall).unwrap_or_default();
            asked.clamp(MIN_PAUSE, MAX_ASKED)
        });
        let note = pause.and_then(|_| Pause::of(error));
        let term = pause.unwrap_or_default();
        self.store.keep(&self.names, fence, term, note.as_deref()).await;
    }

    /// The token that the fleet had under its former key, under the new one from now on.
    async fn taken_over(&self, fence: u64, wanted: Wanted) -> Option<Token> {
        let is_first = self.last.lock().version == 0;
        if wanted != Wanted::Any || !is_first {
            return None;
        }
        let now = Moment::now();
        let entry = self.store.get_former(&self.names).await?;
        let plain = self.store.open_former(&self.names, &entry)?;
        let record = Record::read(&plain)?;
        let token = record.token(now, entry.expires_in)?;
        if token.is_over(now) {
            return None;
        }
        // What is left of its life, since the lease is new; the record says how old it is.
        let published = self.store.publish(&self.names, fence, &plain, entry.expires_in).await;
        *self.last.lock() = Last {
            version: fence,
            answer: record.answer,
            header: Some(token.header.clone()),
            is_alone: published.is_none(),
        };
        Some(token)
    }
}
