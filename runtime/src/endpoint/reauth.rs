//! What a rejected token (401) leads to.

use super::Backoff;

/// How often, and after which waits, a call that was answered 401 is sent again with a newer token.
///
/// The key `reauth` of the attribute: `"once"` (the default where a token can be renewed), `"none"`, or a schedule.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Reauth(Rule);

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Rule {
    None,
    /// At once, without a delay, and only with a newer token: waiting first is pure loss.
    Once,
    Schedule(Backoff),
}

impl Reauth {
    /// A 401 ends the call.
    pub const NONE: Self = Self(Rule::None);
    /// Sent again once, at once, and only with a newer token.
    pub const ONCE: Self = Self(Rule::Once);

    /// Sent again as `backoff` says, each time with a newer token where one may be fetched.
    #[must_use]
    pub const fn schedule(backoff: Backoff) -> Self {
        Self(Rule::Schedule(backoff))
    }

    /// The most times that one call is sent again for a 401.
    #[must_use]
    pub const fn attempts(&self) -> u32 {
        match self.0 {
            Rule::None => 0,
            Rule::Once => 1,
            Rule::Schedule(backoff) => backoff.retries(),
        }
    }

    /// The waits between those sends, where this is a schedule.
    pub(crate) const fn backoff(&self) -> Option<Backoff> {
        match self.0 {
            Rule::None | Rule::Once => None,
            Rule::Schedule(backoff) => Some(backoff),
        }
    }
}
