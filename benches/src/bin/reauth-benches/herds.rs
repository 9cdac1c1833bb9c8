//! Many calls at once that need a token: those who fetch their own.

use reauth_benches::contenders::{self, BoxError};
use reauth_benches::figures::Herds;

use crate::programs::Programs;
use crate::table::Table;

pub(crate) fn table(programs: &Programs) -> Result<String, BoxError> {
    let heads = [
        "",
        "calls",
        "token",
        "token requests",
        "failed calls",
        "sends of one call, at most",
        "seconds",
    ];
    let mut table = Table::new("Calls at once that need a token", &heads);
    for name in contenders::with_tokens() {
        for (calls, shown) in [("1000", "1,000"), ("10000", "10,000")] {
            let server = programs.server()?;
            let seen: Herds = programs.work(&["herd", name, calls, server.url()])?;
            for (token, herd) in [("none yet", seen.cold), ("revoked", seen.revoked)] {
                let cells = [
                    shown.to_owned(),
                    token.to_owned(),
                    herd.token_requests.to_string(),
                    herd.failed.to_string(),
                    herd.most_sends.to_string(),
                    format!("{:.1}", herd.seconds),
                ];
                table.row(name, cells);
            }
        }
    }
    Ok(table.to_string())
}
