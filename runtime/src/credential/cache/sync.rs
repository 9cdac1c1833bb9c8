//! What the cache's concurrency stands on: a lock, a word to all who wait, a task.
//!
//! It is a module of its own so that [`model`](super::model) can put `loom`'s in their place and try every order in which
//! threads can come to them.

#[cfg(not(reauth_loom))]
pub(super) use {
    parking_lot::Mutex,
    tokio::runtime::Handle,
    tokio::sync::watch,
    tokio::task::AbortHandle,
    tokio::time::{sleep_until, timeout_at},
};

#[cfg(reauth_loom)]
pub(super) use super::model::sync::{AbortHandle, Handle, Mutex, sleep_until, timeout_at, watch};
