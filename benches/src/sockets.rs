//! Ten thousand calls in flight over HTTP/1.1 are ten thousand sockets.

use nix::errno::Errno;
use nix::sys::resource::{Resource, getrlimit, setrlimit};

/// Allows this process as many as the system lets it have.
///
/// # Errors
/// Where the system refuses.
pub fn allow_many() -> Result<(), Errno> {
    let (_, most) = getrlimit(Resource::RLIMIT_NOFILE)?;
    setrlimit(Resource::RLIMIT_NOFILE, most, most)
}
