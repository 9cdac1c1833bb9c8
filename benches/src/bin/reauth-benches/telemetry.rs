//! What telemetry costs a call while nobody listens: the same call with and without spans and events in the program.

use reauth_benches::contenders::{BoxError, Contender as _, Reauth};

use crate::counts::Counts;
use crate::programs::Programs;
use crate::table::{Table, whole};

pub(crate) fn table() -> Result<String, BoxError> {
    let without = Counts::of_call(&Programs::with("untraced")?, Reauth::NAME)?;
    // Last, so that what stands in the target directory is what all others measure.
    let with = Counts::of_call(&Programs::build()?, Reauth::NAME)?;

    let heads = ["", "instructions", "×", "allocations"];
    let mut table = Table::new("A call with telemetry to which nobody listens", &heads);
    for (name, counts) in [("compiled out", without), ("as it is", with)] {
        let times = counts.instructions / without.instructions;
        let cells = [
            whole(counts.instructions),
            format!("{times:.3}"),
            format!("{:.1}", counts.allocations.count),
        ];
        table.row(name, cells);
    }
    Ok(table.to_string())
}
