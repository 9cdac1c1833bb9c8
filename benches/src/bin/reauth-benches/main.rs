//! Measures, prints the tables, and keeps the guard: `cargo run --release -p reauth-benches -- help`.

mod callgrind;
mod compile;
mod counts;
mod flame;
mod guard;
mod herds;
mod machine;
mod memory;
mod page;
mod programs;
mod speed;
mod stacks;
mod table;
mod telemetry;

use reauth_benches::contenders::BoxError;

use crate::programs::Programs;

const HELP: &str = "\
Measures what a call costs, beside the same call written otherwise.

cargo run --release -p reauth-benches [-- COMMAND]

  all       machine, counts, speed, herds and memory (the default; some minutes)
  machine   what all of it is measured on
  counts    instructions and allocations: exact
  speed     calls per second and how long they take, against raw reqwest in the same run
  herds     1,000 and 10,000 calls that need a token at once
  memory    what a client and a call that waits hold
  flame     where the instructions of a call go; writes docs/call.svg
  telemetry what spans cost a call while nobody subscribes to them; builds the programs anew, twice
  compile   CPU time of a user crate's build, in clean target directories (ten minutes)
  docs      measures all of these, or those that are named after it, and writes them into docs/performance.md

  guard     compares the counts with what is promised, and with benches/expected.toml; fails past 3 %
  expect    writes those counts anew

The guard needs no peers: `cargo run --release -p reauth-benches --no-default-features -- guard`.";

/// What is measured in one go.
const ALL: [&str; 5] = ["machine", "counts", "speed", "herds", "memory"];
/// What takes more, or writes a file: only for those who ask.
const MORE: [&str; 3] = ["flame", "telemetry", "compile"];

fn main() -> Result<(), BoxError> {
    let arguments: Vec<_> = std::env::args().skip(1).collect();
    let arguments: Vec<_> = arguments.iter().map(String::as_str).collect();
    match arguments[..] {
        [] | ["all"] => print(&ALL),
        ["docs"] => page::write(&ALL).and_then(|()| page::write(&MORE)),
        ["docs", ref sections @ ..] => page::write(sections),
        ["guard"] => guard::check(&Programs::build()?),
        ["expect"] => guard::update(&Programs::build()?),
        ["help" | "--help"] => {
            println!("{HELP}");
            Ok(())
        }
        ref sections => print(sections),
    }
}

fn print(sections: &[&str]) -> Result<(), BoxError> {
    for name in sections {
        println!("{}", section(name)?);
    }
    Ok(())
}

/// Measures one thing: its tables.
fn section(name: &str) -> Result<String, BoxError> {
    match name {
        "machine" => machine::sentence(),
        "counts" => counts::tables(&Programs::build()?),
        "speed" => speed::tables(&Programs::build()?),
        "herds" => herds::table(&Programs::build()?),
        "memory" => memory::table(&Programs::build()?),
        "flame" => flame::table(&Programs::build()?),
        "telemetry" => telemetry::table(),
        "compile" => compile::table(),
        _ => Err(format!("no such command: {name}\n\n{HELP}").into()),
    }
}
