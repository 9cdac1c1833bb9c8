//! A store in memory, in virtual time, that fails in every way that a store can.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use parking_lot::Mutex;
use tokio::time::{Instant, sleep};

use super::token_store::{Entry, Lease, TokenStore};
use crate::error::BoxError;

/// A version that is so far ahead of its clock is none of it: the clock was set back since.
const FUTURE: u64 = 1_000_000;

/// What a store does to whoever asks it.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) enum Fault {
    #[default]
    None,
    /// It cannot be reached.
    Down,
    /// It takes whatever comes, and answers nothing.
    Hangs,
    /// It takes so long.
    Slow(Duration),
    /// It answers, and takes nothing more.
    Full,
    /// It takes leases, and no entries.
    FullForEntries,
    Panics,
    /// It has a lease for nobody.
    Stuck,
    /// Its leases do not end.
    Endless,
    /// It answers an entry that is no newer.
    Confused,
}

/// A cheap-clone handle: the way of one process to it, with the faults on that way.
#[derive(Clone, Default)]
pub(super) struct FakeStore {
    world: Arc<Mutex<World>>,
    fault: Arc<Mutex<Fault>>,
}

#[derive(Default)]
struct World {
    slots: HashMap<String, Slot>,
    /// When it was asked for anything.
    steps: Vec<Instant>,
    /// Goes on whatever happens, as the time does.
    clock: u64,
}

#[derive(Clone, Default)]
pub(super) struct Slot {
    pub(super) entry: Option<(u64, Vec<u8>, Instant)>,
    pub(super) lease: Option<(u64, Instant, Vec<u8>)>,
}

impl Slot {
    fn entry(&self) -> Option<Entry> {
        let (version, value, expires) = self.entry.as_ref()?;
        let expires_in = expires.saturating_duration_since(Instant::now());
        (!expires_in.is_zero()).then(|| Entry {
            version: *version,
            value: value.clone(),
            expires_in,
        })
    }

    fn version(&self) -> u64 {
        self.entry().map_or(0, |entry| entry.version)
    }
}

impl FakeStore {
    /// Another process's way to the same store.
    pub(super) fn elsewhere(&self) -> Self {
        Self {
            world: self.world.clone(),
            fault: Arc::default(),
        }
    }

    pub(super) fn fail(&self, fault: Fault) {
        *self.fault.lock() = fault;
    }

    pub(super) fn flush(&self) {
        self.world.lock().slots.clear();
    }

    /// This one, other ways to it, and steps under way.
    pub(super) fn handles(&self) -> usize {
        Arc::strong_count(&self.world)
    }

    /// Forwards or back.
    pub(super) fn set_clock(&self, clock: u64) {
        self.world.lock().clock = clock;
    }

    pub(super) fn steps(&self) -> usize {
        self.world.lock().steps.len()
    }

    pub(super) fn times(&self) -> Vec<Instant> {
        self.world.lock().steps.clone()
    }

    /// Everything that is in it.
    pub(super) fn slots(&self) -> HashMap<String, Slot> {
        self.world.lock().slots.clone()
    }

    pub(super) fn change(&self, change: impl FnMut(&mut Slot)) {
        self.world.lock().slots.values_mut().for_each(change);
    }

    /// Under the fault that there is.
    async fn step<T>(
        &self,
        writes: bool,
        name: &str,
        step: impl FnOnce(&mut Slot, &mut u64) -> T,
    ) -> Result<T, BoxError> {
        self.world.lock().steps.push(Instant::now());
        let fault = *self.fault.lock();
        match fault {
            Fault::Down => return Err("connection refused".into()),
            Fault::Full if writes => return Err("OOM command not allowed".into()),
            Fault::Hangs => std::future::pending().await,
            Fault::Slow(time) => sleep(time).await,
            Fault::Panics => panic!("a test"),
            Fault::None | Fault::Full | Fault::FullForEntries | Fault::Stuck | Fault::Endless | Fault::Confused => {}
        }
        let World { slots, clock, .. } = &mut *self.world.lock();
        Ok(step(slots.entry(name.to_owned()).or_default(), clock))
    }
}

impl TokenStore for FakeStore {
    async fn get(&self, name: &str) -> Result<Option<Entry>, BoxError> {
        self.step(false, name, |slot, _| slot.entry()).await
    }

    async fn lease(&self, name: &str, newer_than: Option<u64>, term: Duration) -> Result<Lease, BoxError> {
        match *self.fault.lock() {
            Fault::Stuck => {
                return Ok(Lease::Held {
                    fence: 1,
                    remaining: Duration::from_secs(3600),
                    note: Vec::new(),
                });
            }
            Fault::Confused => {
                return Ok(Lease::Newer(Entry {
                    version: newer_than.unwrap_or_default(),
                    value: Vec::new(),
                    expires_in: Duration::from_secs(3600),
                }));
            }
            _ => {}
        }
        // What is there can be read also where there is no room for more.
        let is_full = *self.fault.lock() == Fault::Full;
        let is_endless = *self.fault.lock() == Fault::Endless;
        let leased = self.step(false, name, |slot, clock| {
            let now = Instant::now();
            let newer_than = newer_than.map(|than| if than > *clock + FUTURE { 0 } else { than });
            let is_newer = |entry: &Entry| newer_than.is_some_and(|than| entry.version > than);
            if let Some(entry) = slot.entry().filter(is_newer) {
                return Ok(Lease::Newer(entry));
            }
            if let Some((fence, until, note)) = slot.lease.clone().filter(|(_, until, _)| is_endless || now < *until) {
                let remaining = until.saturating_duration_since(now);
                return Ok(Lease::Held { fence, remaining, note });
            }
            if is_full {
                return Err("OOM command not allowed".into());
            }
            *clock = (*clock).max(slot.version()).max(newer_than.unwrap_or_default()) + 1;
            slot.lease = Some((*clock, now + term, Vec::new()));
            Ok(Lease::Granted { fence: *clock })
        });
        leased.await?
    }

    async fn publish(&self, name: &str, fence: u64, value: Vec<u8>, life: Duration) -> Result<bool, BoxError> {
        let is_full = *self.fault.lock() == Fault::FullForEntries;
        let published = self.step(true, name, |slot, _| {
            slot.lease.take_if(|lease| lease.0 == fence);
            let is_newer = slot.version() < fence;
            if is_newer && !is_full {
                slot.entry = Some((fence, value, Instant::now() + life));
            }
            (is_newer, is_full)
        });
        match published.await? {
            (true, true) => Err("OOM command not allowed".into()),
            (is_newer, _) => Ok(is_newer),
        }
    }

    async fn renew(&self, name: &str, fence: u64, term: Duration, note: Vec<u8>) -> Result<bool, BoxError> {
        self.step(true, name, |slot, _| {
            if slot.version() >= fence || slot.lease.as_ref().is_some_and(|lease| lease.0 != fence) {
                return false;
            }
            slot.lease = Some((fence, Instant::now() + term, note));
            true
        })
        .await
    }

    async fn release(&self, name: &str, fence: u64) -> Result<(), BoxError> {
        self.step(true, name, |slot, _| {
            slot.lease.take_if(|lease| lease.0 == fence);
        })
        .await
    }
}
