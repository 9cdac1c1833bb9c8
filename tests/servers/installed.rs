//! What `setup.sh` installs: where it is, or what to run where it is not.

use std::fs;
use std::path::{Path, PathBuf};

/// This folder.
pub(crate) fn folder() -> &'static Path {
    Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/servers"))
}

/// A program of the system's. Debian has some where only root looks.
pub(crate) fn program(name: &str) -> PathBuf {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let mut folders = std::env::split_paths(&path).chain(["/usr/sbin".into(), "/usr/local/sbin".into()]);
    let found = folders.find_map(|folder| Some(folder.join(name)).filter(|path| path.is_file()));
    found.unwrap_or_else(|| missing(name))
}

/// A library, or a program that came with one, as the lock file has it.
pub(crate) fn library(path: &str, lock: &str, installed_from: &str) -> PathBuf {
    let [path, lock, installed_from] = [path, lock, installed_from].map(|path| folder().join(path));
    let same = matches!((fs::read(&lock), fs::read(installed_from)), (Ok(lock), Ok(from)) if lock == from);
    if !same || !path.exists() {
        missing(&format!("what {} names", lock.display()));
    }
    path
}

fn missing(what: &str) -> ! {
    panic!("not installed: {what}. Run `bash tests/servers/setup.sh`, then this again.")
}
