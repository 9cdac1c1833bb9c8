//! Calls by the clock. The machine decides how fast they are, and whoever else uses it: what counts is the ratio to raw
//! reqwest in the same round, of which the median is shown.

use reauth_benches::contenders::{BoxError, Contender as _, Raw};
use reauth_benches::figures::{Round, Speed};

use crate::programs::Programs;
use crate::table::{self, Table, ratio, whole};

const TITLES: [(&str, &str); 3] = [
    ("1", "Calls by the clock, one after another"),
    ("64", "Calls by the clock, 64 in flight"),
    ("1000", "Calls by the clock, 1,000 in flight"),
];

pub(crate) fn tables(programs: &Programs) -> Result<String, BoxError> {
    let mut tables = Vec::new();
    for (at_once, title) in TITLES {
        let server = programs.server()?;
        let speeds: Vec<Speed> = programs.work(&["speed", at_once, server.url()])?;
        tables.push(table(title, &speeds)?.to_string());
    }
    Ok(tables.join("\n"))
}

fn table(title: &'static str, speeds: &[Speed]) -> Result<Table, BoxError> {
    let heads = [
        "",
        "calls/s, × raw",
        "p50, × raw",
        "p99, × raw",
        "CPU time, × raw",
        "calls/s",
        "p50, µs",
        "p99, µs",
        "CPU, µs",
    ];
    let mut table = Table::new(title, &heads);
    let raw = speeds
        .iter()
        .find(|speed| speed.name == Raw::NAME)
        .ok_or("raw reqwest is missing")?;
    for speed in speeds {
        let median = |figure: fn(&Round) -> f64| table::median(speed.rounds.iter().map(figure));
        let to_raw = |figure: fn(&Round) -> f64| {
            let rounds = speed.rounds.iter().zip(&raw.rounds);
            table::median(rounds.map(|(round, raw)| figure(round) / figure(raw)))
        };
        let figures = [
            |round: &Round| round.rate,
            |round: &Round| round.p50,
            |round: &Round| round.p99,
            |round: &Round| round.cpu,
        ];
        table.row(
            &speed.name,
            figures
                .map(|figure| ratio(to_raw(figure)))
                .into_iter()
                .chain(figures.map(|figure| whole(median(figure)))),
        );
    }
    Ok(table)
}
