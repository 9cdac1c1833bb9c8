#![doc = include_str!("store.md")]

// For those who work on it: how it works is in `credential/store/`; this is what users find of it.

#[cfg(feature = "redis")]
pub use redis;

#[cfg(feature = "redis")]
pub use crate::credential::store::RedisStore;
pub use crate::credential::store::{EncryptedStore, Entry, Lease, StoreKey, TokenStore};
