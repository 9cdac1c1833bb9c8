//! How often the store failed a process: what `reauth` warns of, counted.

use std::fmt::Debug;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use tracing::field::{Field, Visit};
use tracing::subscriber::DefaultGuard;
use tracing::{Event, Subscriber};
use tracing_subscriber::layer::{Context, Layer, SubscriberExt as _};

/// As `reauth::telemetry` has it.
const WARNING: &str = "the token store is unavailable";

/// A cheap-clone handle.
#[derive(Clone, Default)]
pub(super) struct Failures(Arc<AtomicUsize>);

impl Failures {
    /// Whatever happens in this thread.
    pub(super) fn listen(&self) -> DefaultGuard {
        tracing::subscriber::set_default(tracing_subscriber::registry().with(self.clone()))
    }

    pub(super) fn count(&self) -> usize {
        self.0.load(Ordering::Relaxed)
    }
}

impl<S: Subscriber> Layer<S> for Failures {
    fn on_event(&self, event: &Event<'_>, _: Context<'_, S>) {
        if event.metadata().target() == "reauth" {
            event.record(&mut self.clone());
        }
    }
}

impl Visit for Failures {
    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        if field.name() == "message" && format!("{value:?}").starts_with(WARNING) {
            self.0.fetch_add(1, Ordering::Relaxed);
        }
    }
}
