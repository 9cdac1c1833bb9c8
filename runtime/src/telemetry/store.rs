//! What the store of shared tokens does, or does not.

use std::time::Duration;

use tracing::{debug, warn};

use super::metrics;

/// Why the store was unavailable.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum StoreFailure {
    /// It said so, or cannot be reached.
    Failed,
    /// It did not answer in time.
    Timeout,
    /// What it holds was not written with this key, or not under this name.
    Unreadable,
    /// It goes on saying that another process is fetching.
    Stuck,
    /// It answered what no store may.
    Confused,
}

impl StoreFailure {
    fn error_type(self) -> &'static str {
        match self {
            Self::Failed => "failed",
            Self::Timeout => "timeout",
            Self::Unreadable => "unreadable",
            Self::Stuck => "stuck",
            Self::Confused => "confused",
        }
    }
}

/// It is left alone for so long.
pub(crate) fn store_failed(store: &str, failure: StoreFailure, error: &str, rest: Duration) {
    let failure = failure.error_type();
    warn!(target: "reauth", store, failure, error, ?rest, "the token store is unavailable: tokens are fetched without it");
    metrics::store_failed(failure);
}

/// One entry is of no use, and another is put in its place.
pub(crate) fn entry_unreadable(error: &str) {
    let failure = StoreFailure::Unreadable.error_type();
    warn!(target: "reauth", failure, error, "an entry of the token store cannot be read");
    metrics::store_failed(failure);
}

/// Another process is fetching the token.
pub(crate) fn waiting_for_another(server: &str) {
    debug!(target: "reauth", server, "another process is fetching the token");
}

/// Another process was told to leave the token server alone.
pub(crate) fn shared_pause(server: &str, wait: Duration) {
    debug!(target: "reauth", server, ?wait, "another process was asked to leave the token server alone");
}
