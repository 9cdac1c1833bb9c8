//! Whether memory still holds a secret after it was given back. Safe Rust cannot look there; Linux shows a process its own
//! memory as a file.

use std::fs::File;
use std::os::unix::fs::FileExt;

/// A secret that is long, as allocators write into the first bytes of what they get back.
pub(super) fn secret() -> String {
    "canary".repeat(500)
}

/// Drops what holds [`secret`], and says whether any of it is left where it was.
pub(super) fn is_left<T>(holder: T, bytes: impl Fn(&T) -> &[u8]) -> bool {
    let memory = File::open("/proc/self/mem").expect("Linux has it");
    let place = bytes(&holder);
    let address = u64::try_from(place.as_ptr().addr()).expect("64 bits at most");
    // Made before, as it could be given the very place.
    let mut found = vec![0; place.len()];
    drop(holder);
    memory.read_exact_at(&mut found, address).expect("still the process's");
    found.windows(12).any(|window| window == b"canarycanary")
}

/// Without this the tests above could not fail. Another thread may take the place at once, so not just one is tried.
#[test]
fn s12_what_is_not_wiped_is_found() {
    let is_found = |_| is_left(bytes::Bytes::from(secret().into_bytes()), |bytes| bytes);
    assert!((0..1000).any(is_found));
}
