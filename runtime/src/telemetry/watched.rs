//! A future that runs inside of a span, where it lies: `Instrument` would move it, and a call's futures are large.

use std::pin::Pin;
use std::task::{Context, Poll};

use tracing::Span;

/// Enters the span for as long as each poll takes, and never over an await.
pub(crate) struct Watched<'a, F> {
    pub(super) span: &'a Span,
    pub(super) future: Pin<&'a mut F>,
}

impl<F: Future> Future for Watched<'_, F> {
    type Output = F::Output;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<F::Output> {
        let _entered = self.span.enter();
        self.future.as_mut().poll(context)
    }
}
