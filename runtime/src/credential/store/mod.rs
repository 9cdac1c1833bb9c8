//! Tokens that a fleet shares: one token request for all processes of a service.
//!
//! Where no store is set, nothing here is run. Where one is, a [`Shared`] source stands between the cache and the source
//! that asks the token server: the store is asked where the token server would be, inside the detached fetch, and never
//! on the way of a call that has its token. The cache knows nothing of it but that a token may have been asked for
//! earlier, and by somebody else ([`Begun`](super::cache::Begun)).
//!
//! ```text
//! TokenCache ── fetch(wanted) ──▶ Shared ── lease, publish … ─▶ EncryptedStore ──▶ a TokenStore, such as Redis
//!                                   │                                  names, seals, limits, rests
//!                                   └── fetch(wanted) ──▶ the source: the token server
//! ```
//!
//! * [`token_store`]: the trait; what a store does is five atomic steps on opaque bytes;
//! * [`key`]: the user's key, and what is made with it: names that tell nothing, values that only we can read;
//! * [`identity`]: whose token it is, which a name is made of;
//! * [`record`]: what is inside a value;
//! * [`breaker`]: whatever a store does, each step is cut off after a second; after a failure it is not asked for half a
//!   second to a minute;
//! * [`encrypted`]: a store with a key, behind a breaker;
//! * [`shared`]: one fetch, by the rules below; [`looking`]: what comes of each look at the store; [`last`]: what this process
//!   knows of the entry, and whether what is there may replace it;
//! * [`redis`]: the store that most have.
//!
//! # The rules
//!
//! An entry has a *version*, which only grows. To fetch is to hold a *lease*, and each lease has a number, its *fence*,
//! greater than any version before it: it becomes the version of what is fetched under it. So whoever lost a lease, and
//! comes late, cannot put an older token in the place of a newer one.
//!
//! * A process knows the version that it had last, and takes only what is newer. That makes a rejection one *by
//!   generation*: a hundred that were rejected with version 7 all ask for a newer one than 7; one of them gets the lease,
//!   the others what it publishes, and one that is late finds it there.
//! * But newer is not enough, since all tokens may have been revoked at once: what was renewed before that is as bad. So an
//!   entry says which version was known to be rejected before it was asked for, and replaces that one and those before it.
//! * A token that a process fetched alone, while the store was unavailable, has no version. Where it is rejected nothing will do
//!   that is there; only what is leased from now on. The same goes for what the user invalidates.
//! * A lease runs out in seconds, and is renewed for as long as the fetch goes on: where its holder is gone, another
//!   takes its place; where the token server is slow, none does. Whose lease went to another meanwhile takes what comes
//!   first, its own token or the other's.
//! * The others look again, at growing intervals with jitter. Where nothing has come after six seconds or so, *one* of them
//!   asks as well, under a lease of its own beside the first, and all take what comes first; after nine seconds each asks.
//!   So no store is waited for that says for ever that somebody else is fetching, nobody misses what comes late, and a slow
//!   token server is asked twice. Where two holders have brought nothing, each asks at once: what fails for all shall not
//!   take as long as there are processes.
//! * A caller waits at most half a second while its token, or the error, is told to the others; telling goes on behind its
//!   back.
//! * A token server that asks to be left alone is: the lease is kept for as long as it said, with a note that says why,
//!   and nobody gets it meanwhile (R20).
//! * What a fetch fails with otherwise is not shared: it may be the trouble of that one process. The lease is given back.
//! * A life counts from before the token request (R10), in the time of the store, and by the wall clock too: the token is
//!   as old as the one says that counted more. Two processes whose clocks differ share less, and send nothing that has
//!   expired.
//! * An answer of the token server that is the token it was to replace is published as such, so that it is *one* request
//!   that learns of it. That token from a fetch that was no answer to a rejection is no replacement (R15).

mod breaker;
mod encrypted;
mod identity;
mod key;
mod last;
mod looking;
mod record;
#[cfg(feature = "redis")]
mod redis;
mod shared;
mod token_store;

pub use self::encrypted::EncryptedStore;
pub(crate) use self::identity::Identity;
pub use self::key::StoreKey;
#[cfg(feature = "redis")]
pub use self::redis::RedisStore;
pub use self::token_store::{Entry, Lease, TokenStore};

#[cfg(test)]
#[cfg(not(reauth_loom))]
mod fake;
#[cfg(test)]
#[cfg(not(reauth_loom))]
mod fleet;
#[cfg(test)]
#[cfg(not(reauth_loom))]
mod schedules;
#[cfg(test)]
#[cfg(not(reauth_loom))]
mod tests;
#[cfg(test)]
#[cfg(not(reauth_loom))]
mod trouble;
