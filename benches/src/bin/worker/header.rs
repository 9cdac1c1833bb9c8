//! So many looks into a cache: for valgrind to count, or timed.

use std::collections::BTreeMap;
use std::hint::black_box;
use std::io;
use std::time::Instant;

use reauth_benches::caches::{self, Cache, Visitor};
use reauth_benches::contenders::BoxError;
use tokio::runtime::{Builder, Runtime};

pub(crate) fn count(name: &str, count: usize, url: &str) -> Result<(), BoxError> {
    caches::visit(name, Looks { count, url }).ok_or("no such cache")?
}

struct Looks<'a> {
    count: usize,
    url: &'a str,
}

impl Visitor for Looks<'_> {
    type Output = Result<(), BoxError>;

    fn visit<C: Cache>(self) -> Self::Output {
        let runtime = Builder::new_current_thread().enable_all().build()?;
        let cache = runtime.block_on(C::warm(self.url))?;
        looks(&runtime, &cache, self.count)
    }
}

fn looks<C: Cache>(runtime: &Runtime, cache: &C, count: usize) -> Result<(), BoxError> {
    runtime.block_on(async {
        for _ in 0..count {
            black_box(cache.header().await?);
        }
        Ok(())
    })
}

/// Nanoseconds for one look, with one thread and with two that do nothing else.
pub(crate) fn time(url: &str) -> Result<(), BoxError> {
    let mut times = BTreeMap::new();
    for &name in caches::NAMES {
        times.insert(name, caches::visit(name, Time { url }).ok_or("no such cache")??);
    }
    Ok(serde_json::to_writer(io::stdout(), &times)?)
}

struct Time<'a> {
    url: &'a str,
}

/// Short and many: a tenth of a millisecond and less, so that of a machine that does other things too, many rounds are
/// undisturbed. Of these is the lower quartile.
const ROUNDS: usize = 1_001;
const LOOKS: usize = 1_000;

impl Visitor for Time<'_> {
    type Output = Result<[f64; 2], BoxError>;

    fn visit<C: Cache>(self) -> Self::Output {
        let runtime = Builder::new_current_thread().enable_all().build()?;
        let cache = runtime.block_on(C::warm(self.url))?;
        let mut times = [Vec::new(), Vec::new()];
        for _ in 0..ROUNDS {
            for (threads, times) in times.iter_mut().enumerate() {
                times.push(nanoseconds(&cache, threads + 1)?);
            }
        }
        Ok(times.map(|mut times| {
            times.sort_by(f64::total_cmp);
            times[ROUNDS / 4]
        }))
    }
}

/// Of the slower thread: both begin together.
fn nanoseconds<C: Cache>(cache: &C, threads: usize) -> Result<f64, BoxError> {
    let together = std::sync::Barrier::new(threads);
    let one = || {
        let runtime = Builder::new_current_thread().build()?;
        together.wait();
        let start = Instant::now();
        looks(&runtime, cache, LOOKS)?;
        #[expect(clippy::cast_precision_loss, reason = "a count")]
        Ok(start.elapsed().as_secs_f64() * 1e9 / LOOKS as f64)
    };
    std::thread::scope(|scope| {
        let threads: Vec<_> = (0..threads).map(|_| scope.spawn(one)).collect();
        let times = threads
            .into_iter()
            .map(|thread| thread.join().map_err(|_| "a thread panicked")?);
        times
            .reduce(|a, b: Result<f64, BoxError>| Ok(a?.max(b?)))
            .ok_or("no thread")?
    })
}
