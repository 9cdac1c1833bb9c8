//! The newest token. It stays when it is over, so that a re-issue of it is recognized.

use std::sync::Arc;
use std::time::Duration;

use super::clock::Moment;
use super::life::Life;
use crate::call::Authorization;
use crate::credential::Token;

#[derive(Debug)]
pub(super) struct Held {
    pub(super) token: Arc<Authorization>,
    pub(super) life: Life,
    pub(super) last_used: Moment,
    /// What ended it before its time.
    pub(super) ended: Option<Ended>,
    /// The token server stands by it: it issued it again after a rejection.
    pub(super) reissued: bool,
}

#[derive(Clone, Copy, Debug)]
pub(super) enum Ended {
    /// The API rejected it, in the ending of this number.
    Rejected { ending: u64, worked_since: bool },
    /// The user did not want it any more.
    Invalidated,
}

impl Held {
    /// Whether it may be sent.
    pub(super) fn is_usable(&self, now: Moment, idle_expiry: Option<Duration>) -> bool {
        let is_idle = idle_expiry.is_some_and(|limit| now.since(self.last_used) >= limit);
        self.ended.is_none() && !now.has_reached(self.life.usable_until) && !is_idle
    }

    /// Whether `token` is this one, and nothing has ended it.
    pub(super) fn is_current(&self, token: &Authorization) -> bool {
        self.token.generation == token.generation && self.ended.is_none()
    }

    /// Whether a token that another process asked for is no replacement: it may be from before the rejection, or it is older
    /// than this one, which this process fetched alone while the store was unavailable.
    pub(super) fn must_refuse(&self, shared: &Token, began_after: u64, now: Moment) -> bool {
        let Some(asked) = shared.asked.filter(|_| shared.is_shared) else {
            return false;
        };
        let is_older = self.is_usable(now, None) && asked.age(now) > self.life.age(now);
        is_older || self.rejected().is_some_and(|ending| began_after < ending)
    }

    /// The ending in which the API rejected it.
    pub(super) fn rejected(&self) -> Option<u64> {
        match self.ended {
            Some(Ended::Rejected { ending, .. }) => Some(ending),
            _ => None,
        }
    }

    /// Whether it is sent again when it is issued again after a rejection: it worked since, or the token server had stood by
    /// it before, so that the API may be the one that is wrong.
    pub(super) fn is_worth_another_try(&self) -> bool {
        let worked_since = matches!(self.ended, Some(Ended::Rejected { worked_since: true, .. }));
        self.reissued || worked_since
    }
}
