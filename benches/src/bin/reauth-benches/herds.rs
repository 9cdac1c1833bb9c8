//! Many calls at once that need a token: those who fetch their own.

use reauth_benches::contenders::{self, BoxError};
use reauth_benches::figures::{Herd, Herds};

use crate::programs::Programs;
use crate::table::{Table, median};

/// How often each is let loose, with another server each time.
const RUNS: usize = 3;

pub(crate) fn table(programs: &Programs) -> Result<String, BoxError> {
    let columns = [
        "",
        "calls",
        "token",
        "token requests",
        "failed calls",
        "sends of one call, at most",
        "seconds",
    ];
    let mut table = Table::new("Calls at once that need a token", &columns);
    for name in contenders::with_tokens() {
        for (calls, shown) in [("1000", "1,000"), ("10000", "10,000")] {
            let (mut cold, mut revoked) = (Vec::new(), Vec::new());
            for _ in 0..RUNS {
                let server = programs.server()?;
                let run: Herds = programs.work(&["herd", name, calls, server.url()])?;
                cold.push(run.cold);
                revoked.push(run.revoked);
            }
            for (token, herds) in [("none yet", cold), ("revoked", revoked)] {
                let cells = [
                    shown.to_owned(),
                    token.to_owned(),
                    range(&herds, |herd| herd.token_requests),
                    range(&herds, |herd| herd.failed),
                    range(&herds, |herd| herd.most_sends),
                    format!("{:.1}", median(herds.iter().map(|herd| herd.seconds))),
                ];
                table.row(name, cells);
            }
        }
    }
    Ok(table.to_string())
}

/// `4–74`, or the one that all had.
fn range(herds: &[Herd], figure: impl Fn(&Herd) -> u64) -> String {
    let least = herds.iter().map(&figure).min().unwrap_or_default();
    let most = herds.iter().map(&figure).max().unwrap_or_default();
    if least == most {
        most.to_string()
    } else {
        format!("{least}–{most}")
    }
}
