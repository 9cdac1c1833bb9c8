//! Where the instructions of a call go: by crate, and as a flame graph.

mod svg;

use std::collections::BTreeMap;
use std::fs;

use reauth_benches::contenders::{BoxError, Contender as _, Raw, Reauth};

use crate::programs::Programs;
use crate::stacks::{Frame, Stacks};
use crate::table::{Table, whole};

/// Beside the page that shows it.
const FILE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/call.svg");

/// The crates that have a row of their own; with what they stand for.
const CRATES: [(&str, &str); 10] = [
    ("reauth", "reauth: token, retry, limits, telemetry"),
    ("worker", "the caller's own code"),
    ("reqwest", "reqwest"),
    ("url", "url: parses and prints URLs"),
    ("http", "http: header maps, URIs"),
    ("tower", "tower, tower-http: redirects, time limits"),
    ("hyper_util", "hyper-util: the pool of connections"),
    ("hyper", "hyper: HTTP/1.1, with httparse"),
    ("tokio", "tokio: tasks, channels, sockets"),
    ("serde", "serde_json and what it fills"),
];

/// The table; and the graph of our own call, which is written.
pub(crate) fn table(programs: &Programs) -> Result<String, BoxError> {
    let raw = Stacks::of_call(programs, Raw::NAME)?;
    let ours = Stacks::of_call(programs, Reauth::NAME)?;
    fs::write(FILE, svg::draw(&ours))?;

    let mut table = Table::new("Where the instructions of a call go", &["", "raw reqwest", "reauth"]);
    let [raw, ours] = [by_owner(&raw), by_owner(&ours)];
    let mut row = |name: &str, figure: &dyn Fn(&Owners) -> f64| {
        table.row(name, [whole(figure(&raw)), whole(figure(&ours))]);
    };
    for (owner, name) in CRATES {
        row(name, &|owners| owners.each.get(owner).copied().unwrap_or_default());
    }
    row("anything else", &|owners| {
        owners.total
            - CRATES
                .iter()
                .filter_map(|(owner, _)| owners.each.get(owner))
                .sum::<f64>()
    });
    row("in all", &|owners| owners.total);
    row("of it to allocate and free", &|owners| owners.allocator);
    Ok(table.to_string())
}

/// What the standard library, the allocator and the system do is done for the crate that asked for it.
struct Owners {
    each: BTreeMap<&'static str, f64>,
    total: f64,
    allocator: f64,
}

fn by_owner(stacks: &Stacks) -> Owners {
    let mut owners = Owners {
        each: BTreeMap::new(),
        total: 0.0,
        allocator: 0.0,
    };
    for (stack, instructions) in stacks.iter() {
        owners.total += instructions;
        if stack.iter().any(Frame::is_allocator) {
            owners.allocator += instructions;
        }
        let owner = stack
            .iter()
            .rev()
            .find_map(|frame| CRATES.iter().find(|(owner, _)| frame.owner() == *owner));
        *owners.each.entry(owner.map_or("else", |(owner, _)| owner)).or_default() += instructions;
    }
    owners
}
