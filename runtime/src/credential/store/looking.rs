//! What comes of looking at the store, look after look: to take what is there, to fetch, to wait, to give up.
//!
//! Steps of a state machine, apart from the store and the waiting.

use std::time::Duration;

use tokio::time::Instant;

use super::shared::Refused;
use super::token_store::{Entry, Lease};
use crate::credential::Token;
use crate::endpoint::backoff::share;
use crate::error::TokenError;
use crate::telemetry::{StoreFailure, entry_unreadable};

/// A process waits so long for others, before it asks the token server itself as well: the later of them by chance.
const PATIENCE: Duration = Duration::from_secs(6);
pub(super) const MAX_PATIENCE: Duration = Duration::from_secs(8);
/// Between the looks of one that waits: 50 ms, doubling, at most half a second.
const FIRST_LOOK: Duration = Duration::from_millis(50);
const MAX_LOOK: Duration = Duration::from_millis(500);
/// Others that were waited for. After so many the token server has no token for anybody, most likely: to ask it one after
/// another would take as long as there are processes.
const MAX_HOLDERS: u32 = 2;
/// Entries that are no good, in one fetch. After so many the store is not to be trusted.
const MAX_UNREADABLE: u32 = 3;

/// The looks of one fetch.
pub(super) struct Looking {
    /// Only an entry with a greater version will do; `None` where none does that is there, or on its way.
    newer_than: Option<u64>,
    /// Whom it waits for: the last of so many.
    holder: Option<u64>,
    holders: u32,
    look: Duration,
    unreadable: u32,
    patience: Duration,
    has_waited: bool,
    has_begun_anew: bool,
}

/// What is next.
pub(super) enum Next {
    Token(Box<Token>),
    /// The lease is ours.
    Fetch {
        fence: u64,
    },
    Wait(Duration),
    Again,
    /// The token server is left alone.
    Paused(TokenError),
    /// Each asks for itself.
    Alone,
}

impl Looking {
    pub(super) fn new(newer_than: Option<u64>) -> Self {
        Self {
            newer_than,
            holder: None,
            holders: 0,
            look: FIRST_LOOK,
            unreadable: 0,
            patience: PATIENCE + share(MAX_PATIENCE.saturating_sub(PATIENCE), fastrand::f64()),
            has_waited: false,
            has_begun_anew: false,
        }
    }

    /// As the store is asked.
    pub(super) fn newer_than(&self) -> Option<u64> {
        self.newer_than
    }

    /// How much longer it waits for others.
    pub(super) fn patience(&self, began: Instant) -> Option<Duration> {
        let left = self.patience.saturating_sub(began.elapsed());
        (!left.is_zero()).then_some(left)
    }

    pub(super) fn is_first_wait(&mut self) -> bool {
        !std::mem::replace(&mut self.has_waited, true)
    }

    /// Whether it was the same all the time.
    pub(super) fn has_waited_for_one(&self) -> bool {
        self.holders == 1
    }

    /// The store answered. `ours` is the lease of a fetch of ours that was given up.
    pub(super) fn answered(
        &mut self,
        lease: Lease,
        ours: u64,
        take: impl FnOnce(&Entry) -> Result<Token, Refused>,
        noted: impl FnOnce(u64, Duration, &[u8]) -> Option<TokenError>,
    ) -> Result<Next, (StoreFailure, &'static str)> {
        match lease {
            Lease::Newer(entry) if !self.is_newer(entry.version) => Err((
                StoreFailure::Confused,
                "it answered an entry that is no newer than the one before",
            )),
            Lease::Newer(entry) => {
                self.newer_than = Some(entry.version);
                match take(&entry) {
                    Ok(token) => Ok(Next::Token(Box::new(token))),
                    Err(Refused::Passed) => Ok(Next::Again),
                    Err(Refused::Unreadable) => {
                        self.unreadable += 1;
                        let error = "it was not written with this key, or not under this name";
                        entry_unreadable(error);
                        if self.unreadable == MAX_UNREADABLE {
                            return Err((StoreFailure::Unreadable, error));
                        }
                        Ok(Next::Again)
                    }
                }
            }
            Lease::Granted { fence } => Ok(Next::Fetch { fence }),
            Lease::Held { fence, .. } if fence == ours => Ok(Next::Fetch { fence }),
            Lease::Held { fence, remaining, note } => {
                // It was granted before we asked, perhaps; what is granted after it was not.
                self.newer_than.get_or_insert(fence);
                Ok(noted(fence, remaining, &note).map_or_else(|| self.wait_for(fence, remaining), Next::Paused))
            }
        }
    }

    /// Or the store's numbers began anew, as where its clock was set back: once.
    fn is_newer(&mut self, version: u64) -> bool {
        self.newer_than
            .is_some_and(|than| version > than || version < than && !std::mem::replace(&mut self.has_begun_anew, true))
    }

    fn wait_for(&mut self, holder: u64, remaining: Duration) -> Next {
        if self.holder != Some(holder) {
            if self.holders == MAX_HOLDERS {
                return Next::Alone;
            }
            self.holders += 1;
            self.holder = Some(holder);
            self.look = FIRST_LOOK;
        }
        let wait = self.look / 2 + share(self.look / 2, fastrand::f64());
        self.look = (self.look * 2).min(MAX_LOOK);
        // When the lease runs out, somebody has to see it.
        Next::Wait(wait.min(remaining.saturating_add(share(FIRST_LOOK, fastrand::f64()))))
    }
}
