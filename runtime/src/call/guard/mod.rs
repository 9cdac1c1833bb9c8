//! What keeps a client's calls, all of them together, from being too many: `concurrency`, `rate` and `circuit_breaker`.
//!
//! ```text
//! call ─ concurrency ─ rate ─┬─ attempt ─ circuit breaker ─ …
//!        a place until the   └─ attempt ─ circuit breaker ─ …
//!        method returns         asked before each, told how each ended
//! ```
//!
//! [`Guards`] are made with the client and shared by its clones; a client whose trait asks for none has none. They know
//! time and numbers, and nothing of requests: what counts as a failure is said by [`failure`](super::failure). No wait
//! crosses the call's deadline, and whatever a call holds here it gives back when its future is dropped.

mod breaker;
mod concurrency;
mod rate;

use tokio::time::Instant;

use self::breaker::Breaker;
pub(super) use self::breaker::Pass;
use self::concurrency::Concurrency;
pub(crate) use self::concurrency::Place;
use self::rate::Rate;
use crate::endpoint::Api;
use crate::error::Stopped;

/// The guards of one client.
pub(crate) struct Guards {
    concurrency: Option<Concurrency>,
    rate: Option<Rate>,
    breaker: Option<Breaker>,
}

impl Guards {
    /// What the trait asks for; `None` where that is nothing.
    pub(crate) fn of(api: &Api) -> Option<Self> {
        let guards = Self {
            concurrency: api.own_concurrency().map(Concurrency::new),
            rate: api.own_rate().map(Rate::new),
            breaker: api.own_circuit_breaker().map(|rule| Breaker::new(api.name(), rule)),
        };
        let asks_for_some = guards.concurrency.is_some() || guards.rate.is_some() || guards.breaker.is_some();
        asks_for_some.then_some(guards)
    }

    /// Waits until the call may begin. A place comes first, so that the call begins when its turn by the rate has come;
    /// what would not be sent then, as far as is known now, does not wait at all.
    pub(super) async fn admit(&self, deadline: Instant) -> Result<Option<Place>, Stopped> {
        if let Some(refused) = self.refuses(Instant::now()) {
            return Err(refused);
        }
        let place = match &self.concurrency {
            Some(concurrency) => Some(concurrency.enter(deadline).await?),
            None => None,
        };
        if let Some(rate) = &self.rate {
            rate.wait(deadline).await?;
        }
        Ok(place)
    }

    /// Asks whether an attempt may be made now.
    pub(super) fn pass(&self) -> Result<Option<Pass<'_>>, Stopped> {
        self.breaker.as_ref().map(Breaker::pass).transpose()
    }

    /// What an attempt at `then` would be refused with, as far as is known now.
    pub(super) fn refuses(&self, then: Instant) -> Option<Stopped> {
        self.breaker.as_ref()?.refuses(then)
    }
}
