//! Measures, prints the tables, and keeps the guard: `cargo run --release -p reauth-benches -- --help`.

mod callgrind;
mod compile;
mod counts;
mod guard;
mod herds;
mod memory;
mod programs;
mod speed;
mod table;

use reauth_benches::contenders::BoxError;

use crate::programs::Programs;

const HELP: &str = "\
Measures what a call costs, beside the same call written otherwise.

cargo run --release -p reauth-benches [-- COMMAND]

  all      everything but `compile`, as one page of tables (the default; five minutes)
  counts   instructions and allocations: exact, in a minute
  speed    calls per second and how long they take, against raw reqwest in the same run
  herds    1,000 and 10,000 calls that need a token at once
  memory   what a client and a call that waits hold
  compile  CPU time of a user crate's build, in clean target directories (ten minutes)
  guard    compares the counts with those in benches/expected.toml; fails past +3 %
  update   writes those counts anew

The guard needs no peers: `cargo run --release -p reauth-benches --no-default-features -- guard`.";

fn main() -> Result<(), BoxError> {
    let arguments: Vec<_> = std::env::args().skip(1).collect();
    let programs = Programs::build;
    match arguments.first().map_or("all", String::as_str) {
        "all" => {
            let programs = programs()?;
            counts::print(&programs)?;
            speed::print(&programs)?;
            herds::print(&programs)?;
            memory::print(&programs)
        }
        "counts" => counts::print(&programs()?),
        "speed" => speed::print(&programs()?),
        "herds" => herds::print(&programs()?),
        "memory" => memory::print(&programs()?),
        "compile" => compile::print(),
        "guard" => guard::check(&programs()?),
        "update" => guard::update(&programs()?),
        _ => {
            println!("{HELP}");
            Ok(())
        }
    }
}
