//! What a store of shared tokens does: four atomic steps.

use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use crate::error::BoxError;

/// Where the processes of a fleet share what one of them has fetched. `RedisStore`, with the feature `redis`, is one; this
/// is for a store of your own.
///
/// It sees no token: names are hashes, values are encrypted ([`EncryptedStore`](crate::store::EncryptedStore)). Nor is it
/// relied on: each step has a second, and where it fails, hangs or panics, tokens are fetched without it, and it is left
/// alone for 1 s to 60 s.
///
/// Under each name there may be an [`Entry`] and a lease. Each step is atomic, for all processes:
///
/// ```
/// use std::collections::HashMap;
/// use std::sync::Mutex;
/// use std::time::{Duration, Instant};
///
/// use reauth::BoxError;
/// use reauth::store::{Entry, Lease, TokenStore};
///
/// /// The rules, in the memory of one process.
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
///         Some(Entry { version: self.version, value: value.clone(), expires_in })
///     }
/// }
///
/// impl TokenStore for InMemory {
///     async fn get(&self, name: &str) -> Result<Option<Entry>, BoxError> {
///         Ok(self.0.lock().unwrap().entry(name.to_owned()).or_default().entry())
///     }
///
///     async fn lease(&self, name: &str, newer_than: u64, term: Duration) -> Result<Lease, BoxError> {
///         let mut slots = self.0.lock().unwrap();
///         let slot = slots.entry(name.to_owned()).or_default();
///         if let Some(entry) = slot.entry().filter(|entry| entry.version > newer_than) {
///             return Ok(Lease::Newer(entry));
///         }
///         if let Some((until, note)) = &slot.leased
///             && let Some(remaining) = until.checked_duration_since(Instant::now())
///         {
///             return Ok(Lease::Held { fence: slot.fence, remaining, note: note.clone() });
///         }
///         let after = if newer_than == u64::MAX { 0 } else { newer_than };
///         slot.fence = slot.fence.max(slot.version).max(after) + 1;
///         slot.leased = Some((Instant::now() + term, Vec::new()));
///         Ok(Lease::Granted { fence: slot.fence })
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
///     async fn keep(&self, name: &str, fence: u64, term: Duration, note: Vec<u8>) -> Result<bool, BoxError> {
///         let mut slots = self.0.lock().unwrap();
///         let slot = slots.entry(name.to_owned()).or_default();
///         let is_mine = fence == slot.fence && fence > slot.version;
///         if is_mine {
///             slot.leased = (!term.is_zero()).then(|| (Instant::now() + term, note));
///         }
///         Ok(is_mine)
///     }
/// }
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a store for tokens",
    label = "does not implement `reauth::store::TokenStore`",
    note = "`reauth::store::RedisStore`, with the feature `redis`, is one"
)]
pub trait TokenStore: Send + Sync + 'static {
    /// What is published under this name, unless it has expired.
    ///
    /// # Errors
    /// Any.
    fn get(&self, name: &str) -> impl Future<Output = Result<Option<Entry>, BoxError>> + Send;

    /// The entry, if it is newer; else the lease for `term`, unless another has it.
    ///
    /// Its fence is greater than every other of this name, than the entry's version, and than `newer_than`, unless that is
    /// `u64::MAX`, which no version is newer than.
    ///
    /// # Errors
    /// Any.
    fn lease(
        &self,
        name: &str,
        newer_than: u64,
        term: Duration,
    ) -> impl Future<Output = Result<Lease, BoxError>> + Send;

    /// Ends the lease with this fence; and puts an entry in the place of the one that is there, unless that has the same or a
    /// greater version, also where the lease has run out, or another has it since. The fence is its version; it expires
    /// after `life`, which counts from when the lease was granted, or where a store does not know that, from now.
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

    /// Keeps the lease with this fence for `term` from now, with a note for all who ask for it; ends it where that is zero.
    /// One that has run out is kept too. `false`, and nothing done, where another has it since, or the entry has the same or a
    /// greater version.
    ///
    /// # Errors
    /// Any.
    fn keep(
        &self,
        name: &str,
        fence: u64,
        term: Duration,
        note: Vec<u8>,
    ) -> impl Future<Output = Result<bool, BoxError>> + Send;
}

/// What is published under a name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// The fence under which it was fetched.
    pub version: u64,
    /// Opaque, of at most 64 KiB.
    pub value: Vec<u8>,
    /// How long it will be there.
    pub expires_in: Duration,
}

/// What comes of asking for a lease.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Lease {
    /// It is not needed: there is a newer entry.
    Newer(Entry),
    /// It is granted.
    Granted {
        /// Greater than any before it.
        fence: u64,
    },
    /// Another has it.
    Held {
        /// The number of that lease.
        fence: u64,
        /// How long it has it yet.
        remaining: Duration,
        /// What it left for others to read, or nothing.
        note: Vec<u8>,
    },
}

/// A step under way, which borrows nothing: it is run in a task of its own.
pub(super) type Step<T> = Pin<Box<dyn Future<Output = Result<T, BoxError>> + Send>>;

/// Any store.
pub(super) trait AnyStore: Send + Sync {
    fn get(self: Arc<Self>, name: Arc<str>) -> Step<Option<Entry>>;
    fn lease(self: Arc<Self>, name: Arc<str>, newer_than: u64, term: Duration) -> Step<Lease>;
    fn publish(self: Arc<Self>, name: Arc<str>, fence: u64, value: Vec<u8>, life: Duration) -> Step<bool>;
    fn keep(self: Arc<Self>, name: Arc<str>, fence: u64, term: Duration, note: Vec<u8>) -> Step<bool>;
}

impl<S: TokenStore> AnyStore for S {
    fn get(self: Arc<Self>, name: Arc<str>) -> Step<Option<Entry>> {
        Box::pin(async move { TokenStore::get(&*self, &name).await })
    }

    fn lease(self: Arc<Self>, name: Arc<str>, newer_than: u64, term: Duration) -> Step<Lease> {
        Box::pin(async move { TokenStore::lease(&*self, &name, newer_than, term).await })
    }

    fn publish(self: Arc<Self>, name: Arc<str>, fence: u64, value: Vec<u8>, life: Duration) -> Step<bool> {
        Box::pin(async move { TokenStore::publish(&*self, &name, fence, value, life).await })
    }

    fn keep(self: Arc<Self>, name: Arc<str>, fence: u64, term: Duration, note: Vec<u8>) -> Step<bool> {
        Box::pin(async move { TokenStore::keep(&*self, &name, fence, term, note).await })
    }
}
