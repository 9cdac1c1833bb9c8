//! Counts what a client allocates: a program of its own, since counting costs instructions. `reauth-benches` starts it.

use std::hint::black_box;
use std::io;
use std::time::Duration;

use allocation_counter::{AllocationInfo, measure};
use reauth_benches::caches::{self, Cache};
use reauth_benches::contenders::{self, BoxError, Contender};
use reauth_benches::figures::{Allocations, Memory, Seen};
use reauth_benches::sockets;
use tokio::runtime::{Builder, Runtime};
use tokio::task::JoinSet;

fn main() -> Result<(), BoxError> {
    sockets::allow_many()?;
    let arguments: Vec<_> = std::env::args().skip(1).collect();
    let arguments: Vec<_> = arguments.iter().map(String::as_str).collect();
    match arguments[..] {
        ["calls", name, url] => print(&contenders::visit(name, Calls { url }).ok_or("no such contender")??),
        ["memory", name, url] => print(&contenders::visit(name, Held { url }).ok_or("no such contender")??),
        ["header", name, url] => print(&caches::visit(name, Looks { url }).ok_or("no such cache")??),
        _ => Err("started by `reauth-benches`, which knows the arguments".into()),
    }
}

fn print<T: serde::Serialize>(figures: &T) -> Result<(), BoxError> {
    Ok(serde_json::to_writer(io::stdout(), figures)?)
}

/// As many of each as make the odd growth of a buffer vanish.
const COUNT: u32 = 1_000;

/// What each of so many allocates.
fn each(info: &AllocationInfo) -> Allocations {
    #[expect(clippy::cast_precision_loss, reason = "a count")]
    let each = |total: u64| total as f64 / f64::from(COUNT);
    Allocations {
        count: each(info.count_total),
        bytes: each(info.bytes_total),
    }
}

/// One thread does everything, and it is the one that is counted.
fn runtime() -> io::Result<Runtime> {
    Builder::new_current_thread().enable_all().build()
}

/// Measures what may fail.
fn measured(work: impl FnOnce() -> Result<(), BoxError>) -> Result<AllocationInfo, BoxError> {
    let mut result = Ok(());
    let info = measure(|| result = work());
    result.map(|()| info)
}

struct Calls<'a> {
    url: &'a str,
}

impl contenders::Visitor for Calls<'_> {
    type Output = Result<Allocations, BoxError>;

    fn visit<C: Contender>(self) -> Self::Output {
        let runtime = runtime()?;
        let client = C::new(self.url)?;
        let calls = async |count| {
            for _ in 0..count {
                black_box(client.todo("42").await?);
            }
            Ok(())
        };
        runtime.block_on(calls(10))?;
        Ok(each(&measured(|| runtime.block_on(calls(COUNT)))?))
    }
}

struct Looks<'a> {
    url: &'a str,
}

impl caches::Visitor for Looks<'_> {
    type Output = Result<Allocations, BoxError>;

    fn visit<C: Cache>(self) -> Self::Output {
        let runtime = runtime()?;
        let cache = runtime.block_on(C::warm(self.url))?;
        let looks = async |count| {
            for _ in 0..count {
                black_box(cache.header().await?);
            }
            Ok(())
        };
        runtime.block_on(looks(10))?;
        Ok(each(&measured(|| runtime.block_on(looks(COUNT)))?))
    }
}

struct Held<'a> {
    url: &'a str,
}

impl contenders::Visitor for Held<'_> {
    type Output = Result<Memory, BoxError>;

    fn visit<C: Contender>(self) -> Self::Output {
        let runtime = runtime()?;
        let mut clients = Vec::with_capacity(10);
        let mut another = || {
            let client = C::new(self.url)?;
            runtime.block_on(client.todo("42"))?;
            clients.push(client);
            Ok(())
        };
        // The first brings what all share.
        another()?;
        let client = measured(&mut another)?.bytes_current;

        let client_of_calls = C::new(self.url)?;
        let server = reqwest::Client::new();
        let seen = async || -> Result<Seen, BoxError> {
            let request = server.get(format!("{}/seen", self.url));
            Ok(request.send().await?.json().await?)
        };
        let mut calls = JoinSet::new();
        let mut more = async |count: u32| {
            let held = seen().await?.held + u64::from(count);
            for _ in 0..count {
                let client = client_of_calls.clone();
                calls.spawn_on(async move { client.todo("held").await }, runtime.handle());
            }
            while seen().await?.held < held {
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
            Ok(())
        };
        runtime.block_on(more(100))?;
        let in_flight = measured(|| runtime.block_on(more(COUNT)))?.bytes_current;
        #[expect(clippy::cast_precision_loss, reason = "bytes")]
        Ok(Memory {
            client: client as f64,
            in_flight: in_flight as f64 / f64::from(COUNT),
        })
    }
}
