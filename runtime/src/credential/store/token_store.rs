//! What a store of shared tokens does: five atomic steps.

use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use crate::error::BoxError;

/// Where the processes of a fleet share what one of them has fetched. `RedisStore`, with the feature `redis`, is one; this
/// is for a store of your own.
///
/// It sees no token: names are hashes, values are encrypted ([`EncryptedStore`](crate::store::EncryptedStore)). Nor is it
/// relied on: each step is cut off after a second, and where it fails, hangs or panics, tokens are fetched without it, and
/// it is not asked for half a second to a minute. So a step returns its error at once, and does not try again.
///
/// Under each name there may be an [`Entry`] and a lease, and each lease has a number, its *fence*. Who implements this has
/// to know:
///
/// * Each step is atomic, for all processes.
/// * Fences go on growing, whatever is lost. A store that was wiped, or went back to an older state, is safe as long as the
///   next fence is greater than all before: the processes that hold tokens hold their versions too, and take only what is
///   newer. Where numbers can be lost with the data, take the time: microseconds since 1970, or one more than the greatest
///   number known where that is later.
/// * Entries and leases end by themselves.
/// * A step runs as a task of the caller's runtime, and is cut off where it awaits. One that blocks its thread is not:
///   give blocking work to [`spawn_blocking`](tokio::task::spawn_blocking).
/// * A step that is cut off may have been done: nothing is undone.
/// * A name is at most 64 of `A-Z a-z 0-9 - _`, and its case matters. A value is at most 64 KiB, and so is a note. Fences are
///   greater than zero.
/// * Times may be rounded to whole seconds: a lease's up, an entry's down.
/// * Whatever is known of a name may be forgotten once its entry and its lease have ended, where fences are a time.
///
/// The rules, in the memory of one process; and `check_token_store`, with the feature `testing`, which says where a store
/// breaks one:
///
/// ```
/// use std::collections::HashMap;
/// use std::sync::Mutex;
/// use std::time::{Duration, Instant};
///
/// use reauth::BoxError;
/// use reauth::store::{Entry, Lease, TokenStore};
///
/// #[derive(Default)]
/// struct InMemory(Mutex<HashMap<String, Slot>>);
///
/// #[derive(Default)]
/// struct Slot {
///     version: u64,
///     value: Option<(Vec<u8>, Instant)>,
///     /// The greatest fence that there was, until when it is leased, and the note.
///     fence: u64,
///     leased: Option<(Instant, Vec<u8>)>,
/// }
///
/// impl Slot {
///     fn entry(&self) -> Option<Entry> {
///         let (value, expires) = self.value.as_ref()?;
///         let expires_in = expires.checked_duration_since(Instant::now())?;
///         Some(Entry::new(self.version, value.clone(), expires_in))
///     }
/// }
///
/// impl TokenStore for InMemory {
///     async fn get(&self, name: &str) -> Result<Option<Entry>, BoxError> {
///         Ok(self.0.lock().unwrap().entry(name.to_owned()).or_default().entry())
///     }
///
///     async fn lease(&self, name: &str, newer_than: Option<u64>, term: Duration) -> Result<Lease, BoxError> {
///         let mut slots = self.0.lock().unwrap();
///         let slot = slots.entry(name.to_owned()).or_default();
///         if let Some(entry) = slot.entry()
///             && newer_than.is_some_and(|version| entry.version > version)
///         {
///             return Ok(Lease::Newer(entry));
///         }
///         if let Some((until, note)) = &slot.leased
///             && let Some(remaining) = until.checked_duration_since(Instant::now())
///         {
///             return Ok(Lease::held(slot.fence, remaining, note.clone()));
///         }
///         slot.fence = slot.fence.max(slot.version).max(newer_than.unwrap_or(0)) + 1;
///         slot.leased = Some((Instant::now() + term, Vec::new()));
///         Ok(Lease::granted(slot.fence))
///     }
///
///     async fn publish(&self, name: &str, fence: u64, value: Vec<u8>, life: Duration) -> Result<bool, BoxError> {
///         let mut slots = self.0.lock().unwrap();
///         let slot = slots.entry(name.to_owned()).or_default();
///         if fence == slot.fence {
///             slot.leased = None;
///         }
///         if fence <= slot.version {
///             return Ok(false); // somebody else was faster
///         }
///         slot.version = fence;
///         slot.value = Some((value, Instant::now() + life));
///         Ok(true)
///     }
///
///     async fn renew(&self, name: &str, fence: u64, term: Duration, note: Vec<u8>) -> Result<bool, BoxError> {
///         let mut slots = self.0.lock().unwrap();
///         let slot = slots.entry(name.to_owned()).or_default();
///         let is_mine = fence == slot.fence && fence > slot.version;
///         if is_mine {
///             slot.leased = Some((Instant::now() + term, note));
///         }
///         Ok(is_mine)
///     }
///
///     async fn release(&self, name: &str, fence: u64) -> Result<(), BoxError> {
///         let mut slots = self.0.lock().unwrap();
///         let slot = slots.entry(name.to_owned()).or_default();
///         if fence == slot.fence {
///             slot.leased = None;
///         }
///         Ok(())
///     }
/// }
/// # #[cfg(feature = "testing")]
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() {
/// reauth::testing::check_token_store(&InMemory::default()).await;
/// # }
/// # #[cfg(not(feature = "testing"))]
/// # fn main() {}
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a store for tokens",
    label = "does not implement `reauth::store::TokenStore`",
    note = "`reauth::store::RedisStore`, with the feature `redis`, is one"
)]
pub trait TokenStore: Send + Sync + 'static {
    /// What logs call it, such as its address; never a secret.
    fn name(&self) -> String {
        std::any::type_name::<Self>().to_owned()
    }

    /// What is published under this name, unless it has expired.
    ///
    /// # Errors
    /// Any.
    fn get(&self, name: &str) -> impl Future<Output = Result<Option<Entry>, BoxError>> + Send;

    /// The entry, if its version is greater than `newer_than`; else the lease for `term`, unless another has it. Where
    /// `newer_than` is `None`, no entry that is there will do.
    ///
    /// The fence must be greater than every fence granted before under this name, the entry's version, and `newer_than`. A
    /// store whose fences are a time may take a `newer_than` that is far ahead of it for zero: the clock was set back since,
    /// and what is there is newer.
    ///
    /// # Errors
    /// Any.
    fn lease(
        &self,
        name: &str,
        newer_than: Option<u64>,
        term: Duration,
    ) -> impl Future<Output = Result<Lease, BoxError>> + Send;

    /// Ends the lease with this fence, and puts an entry in the place of the one that is there. The fence is its version; it
    /// expires after `life`, which counts from when the lease was granted, or where a store does not know that, from now.
    ///
    /// Succeeds even if the lease has expired or passed to another process, as long as no entry with the same or a greater
    /// version exists: then it answers `false`. Where there is no room for the entry, the lease is ended all the same, and it is an error.
    ///
    /// # Errors
    /// Any.
    fn publish(
        &self,
        name: &str,
        fence: u64,
        value: Vec<u8>,
        life: Duration,
    ) -> impl Future<Output = Result<bool, BoxError>> + Send;

    /// Keeps the lease with this fence for `term` from now, with a note for all who ask for it, in the place of the one
    /// before. One that has run out is kept too.
    ///
    /// `false`, and not kept, where another has it since, or an entry with the same or a greater version exists.
    ///
    /// # Errors
    /// Any.
    fn renew(
        &self,
        name: &str,
        fence: u64,
        term: Duration,
        note: Vec<u8>,
    ) -> impl Future<Output = Result<bool, BoxError>> + Send;

    /// Ends the lease with this fence: the next who asks gets it. Does nothing where another has it, or nobody.
    ///
    /// # Errors
    /// Any.
    fn release(&self, name: &str, fence: u64) -> impl Future<Output = Result<(), BoxError>> + Send;
}

/// What is published under a name.
#[derive(Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Entry {
    /// The fence under which it was fetched.
    pub version: u64,
    /// Opaque, of at most 64 KiB.
    pub value: Vec<u8>,
    /// How long it will be there.
    pub expires_in: Duration,
}

impl Entry {
    /// What was published under this fence, which expires so soon.
    #[must_use]
    pub const fn new(version: u64, value: Vec<u8>, expires_in: Duration) -> Self {
        Self {
            version,
            value,
            expires_in,
        }
    }
}

/// Of the value, which is opaque, its length.
impl std::fmt::Debug for Entry {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Entry")
            .field("version", &self.version)
            .field("value", &format_args!("{} bytes", self.value.len()))
            .field("expires_in", &self.expires_in)
            .finish()
    }
}

/// What comes of asking for a lease.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Lease {
    /// It is not needed: there is a newer entry.
    Newer(Entry),
    /// It is granted.
    #[non_exhaustive]
    Granted {
        /// Greater than any before it.
        fence: u64,
    },
    /// Another has it.
    #[non_exhaustive]
    Held {
        /// The number of that lease.
        fence: u64,
        /// How long it has it yet.
        remaining: Duration,
        /// What it left for others to read, or nothing.
        note: Vec<u8>,
    },
}

impl Lease {
    /// It is granted, with this number.
    #[must_use]
    pub const fn granted(fence: u64) -> Self {
        Self::Granted { fence }
    }

    /// Another has it with this number, for so long yet, and left this note.
    #[must_use]
    pub const fn held(fence: u64, remaining: Duration, note: Vec<u8>) -> Self {
        Self::Held { fence, remaining, note }
    }
}

/// A step under way, which borrows nothing: it is run in a task of its own.
pub(super) type Step<T> = Pin<Box<dyn Future<Output = Result<T, BoxError>> + Send>>;

/// Any store.
pub(super) trait AnyStore: Send + Sync {
    fn get(self: Arc<Self>, name: Arc<str>) -> Step<Option<Entry>>;
    fn lease(self: Arc<Self>, name: Arc<str>, newer_than: Option<u64>, term: Duration) -> Step<Lease>;
    fn publish(self: Arc<Self>, name: Arc<str>, fence: u64, value: Vec<u8>, life: Duration) -> Step<bool>;
    fn renew(self: Arc<Self>, name: Arc<str>, fence: u64, term: Duration, note: Vec<u8>) -> Step<bool>;
    fn release(self: Arc<Self>, name: Arc<str>, fence: u64) -> Step<()>;
}

impl<S: TokenStore> AnyStore for S {
    fn get(self: Arc<Self>, name: Arc<str>) -> Step<Option<Entry>> {
        Box::pin(async move { TokenStore::get(&*self, &name).await })
    }

    fn lease(self: Arc<Self>, name: Arc<str>, newer_than: Option<u64>, term: Duration) -> Step<Lease> {
        Box::pin(async move { TokenStore::lease(&*self, &name, newer_than, term).await })
    }

    fn publish(self: Arc<Self>, name: Arc<str>, fence: u64, value: Vec<u8>, life: Duration) -> Step<bool> {
        Box::pin(async move { TokenStore::publish(&*self, &name, fence, value, life).await })
    }

    fn renew(self: Arc<Self>, name: Arc<str>, fence: u64, term: Duration, note: Vec<u8>) -> Step<bool> {
        Box::pin(async move { TokenStore::renew(&*self, &name, fence, term, note).await })
    }

    fn release(self: Arc<Self>, name: Arc<str>, fence: u64) -> Step<()> {
        Box::pin(async move { TokenStore::release(&*self, &name, fence).await })
    }
}
