//! What is held on the heap.

use reauth_benches::contenders::{self, BoxError};
use reauth_benches::figures::Memory;

use crate::programs::Programs;
use crate::table::{Table, whole};

pub(crate) fn table(programs: &Programs) -> Result<String, BoxError> {
    let heads = [
        "",
        "one more client, with a connection",
        "one more call in flight, with its connection",
    ];
    let mut table = Table::new("Memory, in bytes", &heads);
    for &name in contenders::NAMES {
        let server = programs.server()?;
        let memory: Memory = programs.allocations(&["memory", name, server.url()])?;
        table.row(name, [whole(memory.client), whole(memory.in_flight)]);
    }
    Ok(table.to_string())
}
