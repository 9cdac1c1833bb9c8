//! What a call costs, beside the same call written otherwise.
//!
//! Three programs share this library: `worker` does the work (as the server, or as a client that valgrind counts or that
//! times itself), `allocations` is a client that counts what it allocates, and `reauth-benches` runs the two, prints the
//! table and keeps the guard. The clients are in [`contenders`] and [`caches`], one small file each; [`figures`] is what
//! the programs tell each other.

pub mod caches;
pub mod contenders;
pub mod figures;
pub mod sockets;
pub mod todo;
