//! What this process knows of an entry: the newest token that it had from there or left there, and what may replace it.

use http::HeaderValue;
use serde::{Deserialize, Serialize};

use super::record::Record;
use crate::credential::cache::{LOAD_TIMEOUT, Moment};
use crate::credential::{Reason, Token};

#[derive(Default)]
pub(super) struct Last {
    header: Option<HeaderValue>,
    version: u64,
    /// The greatest version of which it knows that an API rejected it.
    rejected: u64,
    /// Its own lease, while it fetches. Where that fetch was given up, the next one goes on with the lease.
    pub(super) fence: u64,
}

/// What a record says of a token beside the token itself.
#[derive(Clone, Copy, Serialize, Deserialize)]
pub(super) struct Standing {
    /// It is what the token server answered to whoever wanted another token than this.
    pub(super) again: bool,
    /// The greatest version of which it was known, before this one was asked for, that an API had rejected it.
    pub(super) rejected: u64,
}

impl Last {
    /// Whether it has had none yet.
    pub(super) fn is_none(&self) -> bool {
        self.version == 0
    }

    /// The version of what would not do; `None` where nothing does that was asked for before now.
    pub(super) fn newer_than(&self, reason: &Reason) -> Option<u64> {
        match reason {
            Reason::Needed => Some(self.version),
            Reason::Rejected(rejected) if self.is(rejected) => Some(self.version),
            // It is not in the store: nothing says whether what is there is newer.
            Reason::Rejected(_) | Reason::Invalidated => None,
        }
    }

    /// Whether a token that another process left is one that is wanted.
    pub(super) fn is_replaced_by(&self, record: &Record, token: &Token, reason: &Reason, now: Moment) -> bool {
        let Reason::Rejected(rejected) = reason else {
            return true;
        };
        // Where all tokens were revoked, what was fetched before somebody noticed is as good as the one that we have.
        let is_answer = !self.is(rejected) || record.standing.rejected >= self.version;
        // That the token server stood by it is an answer for as long as a fetch may take, and not for ever.
        let is_news = record.standing.again && token.asked.is_some_and(|asked| asked.age(now) < LOAD_TIMEOUT);
        is_answer && (is_news || token.header != *rejected)
    }

    /// It is this one from now on.
    pub(super) fn take(&mut self, token: &Token, version: u64, standing: &Standing) {
        self.header = Some(token.header.clone());
        self.version = version;
        self.rejected = self.rejected.max(standing.rejected);
    }

    /// It is this one from now on, which is left for all others, and ends our lease.
    pub(super) fn leave(&mut self, token: &Token, version: u64, standing: &Standing) {
        self.take(token, version, standing);
        self.fence = 0;
    }

    /// The same with one that was fetched for that reason.
    pub(super) fn leave_new(&mut self, token: &Token, version: u64, reason: &Reason) -> Standing {
        let (again, rejected) = match reason {
            Reason::Rejected(rejected) => {
                let version = if self.is(rejected) { self.version } else { 0 };
                (*rejected == token.header, version)
            }
            Reason::Needed | Reason::Invalidated => (false, 0),
        };
        let rejected = self.rejected.max(rejected);
        let standing = Standing { again, rejected };
        self.leave(token, version, &standing);
        standing
    }

    fn is(&self, header: &HeaderValue) -> bool {
        self.header.as_ref() == Some(header)
    }
}
