//! Instructions, counted by valgrind: of many calls less those of few, so that what happens once does not count.

use std::fs;
use std::io;
use std::path::PathBuf;

use reauth_benches::contenders::BoxError;

use crate::programs::{Programs, alone, success};

const FEW: usize = 500;
const MANY: usize = 1_500;

const MISSING: &str = "instructions are counted by valgrind, which is not installed: \
                       `apt-get install valgrind`, or your system's package of that name";

/// What one repetition of `work` costs, which is said as the worker's arguments around their number.
pub(crate) fn instructions(programs: &Programs, work: (&str, &str), url: &str) -> Result<f64, BoxError> {
    let total = |count: usize| -> Result<f64, BoxError> {
        let profile = Profile::of(programs, &[work.0, work.1, &count.to_string(), url], &[])?;
        let text = profile.text()?;
        let total = text.lines().find_map(|line| line.strip_prefix("summary: "));
        Ok(total.ok_or("callgrind wrote no summary")?.trim().parse()?)
    };
    #[expect(clippy::cast_precision_loss, reason = "a count")]
    Ok((total(MANY)? - total(FEW)?) / (MANY - FEW) as f64)
}

/// The file that callgrind writes, until this is dropped.
pub(crate) struct Profile(PathBuf);

impl Profile {
    /// Runs the worker under callgrind.
    pub(crate) fn of(programs: &Programs, arguments: &[&str], options: &[&str]) -> Result<Self, BoxError> {
        let file = std::env::temp_dir().join(format!("reauth-benches.{}.callgrind", std::process::id()));
        let mut valgrind = alone("valgrind");
        valgrind.args(["--tool=callgrind", "--quiet"]).args(options);
        valgrind.arg(format!("--callgrind-out-file={}", file.display()));
        let profile = Self(file);
        match valgrind.args(programs.worker(arguments)).output() {
            Err(error) if error.kind() == io::ErrorKind::NotFound => Err(MISSING.into()),
            output => success(output?).map(|_| profile),
        }
    }

    pub(crate) fn text(&self) -> io::Result<String> {
        fs::read_to_string(&self.0)
    }
}

impl Drop for Profile {
    fn drop(&mut self) {
        let _ = fs::remove_file(&self.0);
    }
}
