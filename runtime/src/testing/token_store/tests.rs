//! Each rule is seen to be broken by a store that breaks it.

use std::collections::HashMap;

use parking_lot::Mutex;

use super::*;

/// What a store has wrong.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Fault {
    None,
    OneNameForAll,
    LeaseForAll,
    NoteOfItsOwn,
    NoNote,
    Text,
    VersionsOfItsOwn,
    LeaseBeforeEntry,
    AnyEntryForNone,
    NoEntryForOlder,
    FencesBeginAnew,
    FencesAreNotAhead,
    TermIsAdded,
    NothingIsReleased,
    AllIsReleased,
    PublishedUnderLeaseAlone,
    PublishedWhateverIsThere,
    PublishedAndStillLeased,
    PublishedAndAllReleased,
    RenewedForAnybody,
    RenewedAfterPublished,
    RenewedBeforeTheEndAlone,
    RenewedAndNoEntry,
    ReleasedAndNoEntry,
    LeaseForEver,
    EntryForEver,
    Failing,
}

/// A store in memory, which has one thing wrong.
struct Store {
    fault: Fault,
    slots: Mutex<HashMap<String, Kept>>,
}

#[derive(Default)]
struct Kept {
    fence: u64,
    entry: Option<(u64, Vec<u8>, Instant)>,
    lease: Option<(u64, Vec<u8>, Instant)>,
}

impl Store {
    fn step<T>(&self, name: &str, step: impl FnOnce(&mut Kept) -> T) -> Result<T, BoxError> {
        if self.fault == Fault::Failing {
            return Err("it is not there".into());
        }
        let name = if self.fault == Fault::OneNameForAll {
            "all"
        } else {
            name
        };
        let (mut slots, now) = (self.slots.lock(), Instant::now());
        let kept = slots.entry(name.to_owned()).or_default();
        kept.entry
            .take_if(|(.., end)| *end <= now && self.fault != Fault::EntryForEver);
        Ok(step(kept))
    }

    /// The lease, unless it has run out.
    fn lease_of<'a>(&self, kept: &'a Kept) -> Option<&'a (u64, Vec<u8>, Instant)> {
        let is_over = |end: Instant| end <= Instant::now() && self.fault != Fault::LeaseForEver;
        kept.lease.as_ref().filter(|(.., end)| !is_over(*end))
    }
}

impl Kept {
    fn version(&self) -> u64 {
        self.entry.as_ref().map_or(0, |(version, ..)| *version)
    }

    fn entry(&self) -> Option<Entry> {
        let (version, value, end) = self.entry.as_ref()?;
        Some(Entry::new(
            *version,
            value.clone(),
            end.saturating_duration_since(Instant::now()),
        ))
    }
}

impl TokenStore for Store {
    async fn get(&self, name: &str) -> Result<Option<Entry>, BoxError> {
        self.step(name, |kept| kept.entry())
    }

    async fn lease(&self, name: &str, newer_than: Option<u64>, term: Duration) -> Result<Lease, BoxError> {
        self.step(name, |kept| {
            let than = match self.fault {
                Fault::AnyEntryForNone => Some(newer_than.unwrap_or_default()),
                Fault::NoEntryForOlder => None,
                _ => newer_than,
            };
            let newer = kept
                .entry()
                .filter(|entry| than.is_some_and(|than| entry.version > than));
            let held = self.lease_of(kept).cloned();
            let is_first = self.fault == Fault::LeaseBeforeEntry;
            match (newer, held) {
                (Some(entry), None) => return Lease::Newer(entry),
                (Some(entry), Some(_)) if !is_first => return Lease::Newer(entry),
                (_, Some((fence, note, end))) if self.fault != Fault::LeaseForAll => {
                    let note = if self.fault == Fault::NoteOfItsOwn {
                        b"held".to_vec()
                    } else {
                        note
                    };
                    return Lease::held(fence, end.saturating_duration_since(Instant::now()), note);
                }
                _ => {}
            }
            let before = match self.fault {
                Fault::FencesBeginAnew => kept.version().max(newer_than.unwrap_or_default()),
                Fault::FencesAreNotAhead => kept.fence,
                _ => kept.fence.max(newer_than.unwrap_or_default()),
            };
            kept.fence = before + 1;
            kept.lease = Some((kept.fence, Vec::new(), Instant::now() + term));
            Lease::granted(kept.fence)
        })
    }

    async fn publish(&self, name: &str, fence: u64, value: Vec<u8>, life: Duration) -> Result<bool, BoxError> {
        self.step(name, |kept| {
            let is_holder = self.lease_of(kept).is_some_and(|(holder, ..)| *holder == fence);
            if is_holder && self.fault != Fault::PublishedAndStillLeased || self.fault == Fault::PublishedAndAllReleased
            {
                kept.lease = None;
            }
            let is_refused = match self.fault {
                Fault::PublishedUnderLeaseAlone => !is_holder,
                Fault::PublishedWhateverIsThere => false,
                _ => fence <= kept.version(),
            };
            if is_refused {
                return false;
            }
            let (version, value) = match self.fault {
                Fault::VersionsOfItsOwn => (kept.version() + 1_000, value),
                Fault::Text => (fence, String::from_utf8_lossy(&value).into_owned().into_bytes()),
                _ => (fence, value),
            };
            kept.entry = Some((version, value, Instant::now() + life));
            true
        })
    }

    async fn renew(&self, name: &str, fence: u64, term: Duration, note: Vec<u8>) -> Result<bool, BoxError> {
        self.step(name, |kept| {
            let lease = self.lease_of(kept);
            let is_refused = match self.fault {
                Fault::RenewedForAnybody => fence <= kept.version(),
                Fault::RenewedAfterPublished => lease.is_some_and(|(holder, ..)| *holder != fence),
                Fault::RenewedBeforeTheEndAlone => lease.is_none_or(|(holder, ..)| *holder != fence),
                _ => lease.is_some_and(|(holder, ..)| *holder != fence) || fence <= kept.version(),
            };
            if is_refused {
                return false;
            }
            let from = match lease {
                Some((.., end)) if self.fault == Fault::TermIsAdded => *end,
                _ => Instant::now(),
            };
            let note = if self.fault == Fault::NoNote { Vec::new() } else { note };
            kept.lease = Some((fence, note, from + term));
            kept.entry.take_if(|_| self.fault == Fault::RenewedAndNoEntry);
            true
        })
    }

    async fn release(&self, name: &str, fence: u64) -> Result<(), BoxError> {
        self.step(name, |kept| {
            kept.entry.take_if(|_| self.fault == Fault::ReleasedAndNoEntry);
            kept.lease.take_if(|(holder, ..)| match self.fault {
                Fault::NothingIsReleased => false,
                Fault::AllIsReleased => true,
                _ => *holder == fence,
            });
        })
    }
}

/// What the check says of it.
async fn check(fault: Fault) -> Result<(), String> {
    let store = Store {
        fault,
        slots: Mutex::default(),
    };
    let checked = tokio::spawn(async move { check_token_store(&store).await }).await;
    checked.map_err(|error| *error.into_panic().downcast::<String>().unwrap())
}

#[tokio::test(start_paused = true)]
async fn a_store_that_breaks_a_rule_is_told_which() {
    use Fault::*;
    assert_eq!(check(None).await, Ok(()));
    for (fault, rule) in [
        (OneNameForAll, "of all who ask for a lease one gets it"),
        (LeaseForAll, "of all who ask for a lease one gets it"),
        (NoteOfItsOwn, "of all who ask for a lease one gets it"),
        (NoNote, "with the note in the place"),
        (Text, "byte for byte"),
        (VersionsOfItsOwn, "its fence as the version"),
        (LeaseBeforeEntry, "an entry is answered to whoever has an older one"),
        (AnyEntryForNone, "byte for byte"),
        (NoEntryForOlder, "byte for byte"),
        (FencesBeginAnew, "a fence is greater"),
        (FencesAreNotAhead, "a fence is greater"),
        (TermIsAdded, "a lease is kept from now on"),
        (NothingIsReleased, "a fence is greater"),
        (AllIsReleased, "of its own fence and of no other"),
        (PublishedUnderLeaseAlone, "publishes where there is nothing newer"),
        (PublishedWhateverIsThere, "publishes where there is nothing newer"),
        (PublishedAndStillLeased, "byte for byte"),
        (PublishedAndAllReleased, "ends nobody's lease"),
        (RenewedForAnybody, "not renewed where another has it"),
        (RenewedAfterPublished, "or what is there is as new"),
        (RenewedBeforeTheEndAlone, "a lease that ran out is kept"),
        (RenewedAndNoEntry, "and the entry is left as it is"),
        (ReleasedAndNoEntry, "and the entry is left as it is"),
        (LeaseForEver, "a lease runs out"),
        (EntryForEver, "an entry expires"),
        (Failing, "it is not there"),
    ] {
        let said = check(fault).await.expect_err(&format!("{fault:?}"));
        assert!(said.contains(rule), "{fault:?}: {said}");
        assert!(said.len() < 1_000, "{fault:?}: {} bytes", said.len());
    }
}
