//! What comes of looking at the store, look after look: to take what is there, to fetch, to wait, to give up.
//!
//! Steps of a state machine, apart from the store and the waiting.

use std::time::Duration;

use tokio::time::Instant;

use super::shared::{Refused, TERM};
use super::token_store::{Entry, Lease};
use crate::credential::Token;
use crate::endpoint::backoff::share;
use crate::error::TokenError;
use crate::telemetry::{StoreFailure, entry_unreadable};

/// After this long, plus a random part of two seconds, a waiter is late: one of those asks the token server as well.
const LATE: Duration = Duration::from_secs(6);
const LATEST: Duration = Duration::from_secs(8);
/// After this long, plus a random part of half a second, each asks for itself: with what is left of the load timeout.
const OVER: Duration = Duration::from_secs(9);
pub(super) const MAX_PATIENCE: Duration = Duration::from_millis(9_500);
/// How far a lease's end moves at least where it was renewed, and how long it is believed after that.
const SLACK: Duration = Duration::from_secs(1);
/// Between the looks of one that waits: 50 ms, doubling, at most half a second.
const FIRST_LOOK: Duration = Duration::from_millis(50);
const MAX_LOOK: Duration = Duration::from_millis(500);
/// Others that were waited for. After so many have come and gone without a token the token server is failing, most likely:
/// to take turns would take as long as there are processes.
const MAX_HOLDERS: u32 = 2;
/// Entries that are no good, in one fetch. After so many the store is not to be trusted.
const MAX_UNREADABLE: u32 = 3;

/// The looks of one fetch.
pub(super) struct Looking {
    /// Only an entry with a greater version will do; `None` where none does that is there, or on its way.
    newer_than: Option<u64>,
    /// Whom it waits for: the last of so many.
    holder: Option<Holder>,
    holders: u32,
    look: Duration,
    unreadable: u32,
    late: Instant,
    over: Instant,
    is_late: bool,
    has_waited: bool,
    has_begun_anew: bool,
}

/// Another process, which has the lease.
struct Holder {
    fence: u64,
    /// When the lease ends, as it was last renewed.
    end: Instant,
}

/// A lease that is ours.
pub(super) struct Granted {
    pub(super) fence: u64,
    /// From a fetch of ours that was given up.
    pub(super) is_resumed: bool,
}

/// What is left of it.
pub(super) enum Patience {
    Left(Duration),
    /// One of those who wait has to ask, too; said once.
    Late,
    /// It is too late to wait for anybody.
    Over,
}

/// What is next.
pub(super) enum Next {
    Token(Box<Token>),
    Fetch(Granted),
    Wait(Duration),
    Again,
    /// The token server is left alone.
    Paused(TokenError),
    /// Each asks for itself.
    Alone,
}

impl Looking {
    pub(super) fn new(newer_than: Option<u64>, began: Instant) -> Self {
        let spread = |from: Duration, to: Duration| began + from + share(to.saturating_sub(from), fastrand::f64());
        Self {
            newer_than,
            holder: None,
            holders: 0,
            look: FIRST_LOOK,
            unreadable: 0,
            late: spread(LATE, LATEST),
            over: spread(OVER, MAX_PATIENCE),
            is_late: false,
            has_waited: false,
            has_begun_anew: false,
        }
    }

    /// As the store is asked.
    pub(super) fn newer_than(&self) -> Option<u64> {
        self.newer_than
    }

    /// How much longer it waits for others.
    pub(super) fn patience(&mut self, now: Instant) -> Patience {
        if now >= self.over {
            return Patience::Over;
        }
        if now >= self.late && !std::mem::replace(&mut self.is_late, true) {
            return Patience::Late;
        }
        let next = if self.is_late { self.over } else { self.late };
        Patience::Left(next - now)
    }

    /// The version of what is asked for while another has the lease: newer than what that one brings, older than what is
    /// leased later.
    pub(super) fn after_holder(&self) -> Option<u64> {
        Some(self.holder.as_ref()?.fence.saturating_add(1))
    }

    pub(super) fn is_first_wait(&mut self) -> bool {
        !std::mem::replace(&mut self.has_waited, true)
    }

    /// The store answered. `ours` is the lease of a fetch of ours that was given up.
    pub(super) fn answered(
        &mut self,
        lease: Lease,
        ours: u64,
        now: Instant,
        take: impl FnOnce(&Entry) -> Result<Token, Refused>,
        noted: impl FnOnce(u64, Duration, &[u8]) -> Next,
    ) -> Result<Next, (StoreFailure, &'static str)> {
        match lease {
            Lease::Newer(entry) if !self.is_newer(entry.version) => Err((
                StoreFailure::Confused,
                "it answered an entry that is no newer than the one before",
            )),
            Lease::Newer(entry) => {
                self.newer_than = Some(entry.version);
                // Whoever had the lease has brought something.
                self.holders = 0;
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
            Lease::Granted { fence } => Ok(Next::Fetch(Granted {
                fence,
                is_resumed: false,
            })),
            Lease::Held { fence, .. } if fence == ours => Ok(Next::Fetch(Granted {
                fence,
                is_resumed: true,
            })),
            Lease::Held { fence, remaining, note } => {
                // It was granted before we asked, perhaps; what is granted after it was not.
                self.newer_than.get_or_insert(fence);
                if note.is_empty() {
                    self.wait_for(fence, remaining, now)
                } else {
                    Ok(noted(fence, remaining, &note))
                }
            }
        }
    }

    /// Or the store's numbers began anew, as where its clock was set back: once.
    fn is_newer(&mut self, version: u64) -> bool {
        self.newer_than
            .is_some_and(|than| version > than || version < than && !std::mem::replace(&mut self.has_begun_anew, true))
    }

    fn wait_for(
        &mut self,
        fence: u64,
        remaining: Duration,
        now: Instant,
    ) -> Result<Next, (StoreFailure, &'static str)> {
        const STUCK: &str = "it says for ever that another process is fetching, and no token comes";
        if remaining > TERM + SLACK {
            return Err((StoreFailure::Stuck, STUCK));
        }
        let end = now + remaining;
        match &mut self.holder {
            Some(holder) if holder.fence == fence => {
                if remaining > holder.end.saturating_duration_since(now) + SLACK {
                    holder.end = end;
                } else if now > holder.end + SLACK {
                    return Err((StoreFailure::Stuck, STUCK));
                }
            }
            _ if self.holders == MAX_HOLDERS => return Ok(Next::Alone),
            _ => {
                self.holders += 1;
                self.holder = Some(Holder { fence, end });
                self.look = FIRST_LOOK;
            }
        }
        let wait = self.look / 2 + share(self.look / 2, fastrand::f64());
        self.look = (self.look * 2).min(MAX_LOOK);
        // When the lease runs out, somebody has to see it.
        let ended = remaining + FIRST_LOOK / 2 + share(FIRST_LOOK, fastrand::f64());
        Ok(Next::Wait(wait.min(ended)))
    }
}
