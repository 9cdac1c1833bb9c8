//! The newest token. It stays when it is over, so that a re-issue of it is recognized.

use std::time::Duration;

use super::clock::Moment;
use super::life::Life;
use crate::call::Authorization;

#[derive(Debug)]
pub(super) struct Held {
    pub(super) token: Authorization,
    pub(super) life: Life,
    pub(super) last_used: Moment,
    /// What ended it before its time.
    pub(super) ended: Option<Ended>,
}

#[derive(Clone, Copy, Debug)]
pub(super) enum Ended {
    /// The API rejected it: the ending of this number.
    Rejected(u64),
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

    /// The ending in which the API rejected it.
    pub(super) fn rejected(&self) -> Option<u64> {
        match self.ended {
            Some(Ended::Rejected(ending)) => Some(ending),
            _ => None,
        }
    }
}
