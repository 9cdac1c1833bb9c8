//! What was measured on, as far as it tells.

use std::fs;
use std::process::Command;

use reauth_benches::contenders::BoxError;

use crate::programs::success;

const LOCK: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../Cargo.lock");

/// One sentence.
pub(crate) fn sentence() -> Result<String, BoxError> {
    let rustc = std::env::var_os("RUSTC").unwrap_or_else(|| "rustc".into());
    let output = success(Command::new(rustc).arg("--version").output()?)?;
    let rustc = String::from_utf8(output.stdout)?;
    // `rustc 1.95.0 (59807616e 2026-04-14)`
    let rust = rustc.split(' ').nth(1).ok_or("rustc without a version")?;
    let lock = fs::read_to_string(LOCK)?;
    let reqwest = locked("reqwest", &lock).ok_or("reqwest is not in Cargo.lock")?;
    let cores = std::thread::available_parallelism()?;
    let (system, processor) = (std::env::consts::OS, processor());
    Ok(format!(
        "Measured on {cores} cores of {processor}, {system}, with Rust {rust} and reqwest {reqwest}, `--release` as it is by \
         default.\n"
    ))
}

/// As Linux names it.
fn processor() -> String {
    let name = fs::read_to_string("/proc/cpuinfo").ok().and_then(|text| {
        let line = text.lines().find(|line| line.starts_with("model name"))?;
        Some(line.split_once(':')?.1.trim().to_owned())
    });
    name.unwrap_or_else(|| std::env::consts::ARCH.to_owned())
}

/// The version of a crate in `Cargo.lock`; of several, the newest.
fn locked<'a>(name: &str, lock: &'a str) -> Option<&'a str> {
    let (_, rest) = lock.rsplit_once(&format!("name = \"{name}\"\nversion = \""))?;
    Some(rest.split_once('"')?.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_version_is_read_from_the_lock_file() {
        let lock = "[[package]]\nname = \"reqwest\"\nversion = \"0.12.9\"\n\n[[package]]\nname = \"reqwest\"\nversion = \"0.13.5\"\n";
        assert_eq!(locked("reqwest", lock), Some("0.13.5"));
        assert_eq!(locked("request", lock), None);
    }
}
