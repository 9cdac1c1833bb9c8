//! One library's crates in a workspace of their own, with a target directory of their own: what cargo does there.

use std::collections::BTreeSet;
use std::fs;
use std::io;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use nix::sys::resource::{UsageWho, getrusage};
use nix::sys::time::TimeValLike as _;
use reauth_benches::contenders::BoxError;

use super::source::{Library, MANY};
use crate::programs::success;

/// Of this repository.
const ROOT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/..");

/// What changes a build, or has somebody else do it, whose time is not ours to count.
const ELSEWHERE: [&str; 6] = [
    "CARGO_BUILD_TARGET",
    "CARGO_ENCODED_RUSTFLAGS",
    "CARGO_INCREMENTAL",
    "RUSTC_WRAPPER",
    "RUSTC_WORKSPACE_WRAPPER",
    "RUSTFLAGS",
];

pub(super) struct Workspace {
    library: Library,
    folder: PathBuf,
}

impl Workspace {
    pub(super) fn generate(library: Library) -> Result<Self, BoxError> {
        let program = std::env::current_exe()?;
        let target = program.ancestors().nth(2).ok_or("no target directory")?;
        let workspace = Self {
            library,
            folder: target.join("compile").join(library.name()),
        };
        let root = fs::canonicalize(ROOT)?;
        let manifest =
            "[workspace]\nresolver = \"3\"\nmembers = [\"one\", \"many\"]\n\n[profile.release]\nstrip = true\n";
        write(&workspace.folder.join("Cargo.toml"), manifest)?;
        fs::copy(root.join("Cargo.lock"), workspace.folder.join("Cargo.lock"))?;
        let dependency = library.dependency(&root.join("runtime").display().to_string());
        for package in ["one", "many"] {
            let manifest = format!(
                "[package]\nname = \"{package}\"\nversion = \"0.0.0\"\nedition = \"2024\"\n\n[dependencies]\n{dependency}\n\
                 serde = {{ version = \"1\", features = [\"derive\"] }}\n\
                 tokio = {{ version = \"1\", features = [\"macros\", \"rt-multi-thread\"] }}\n"
            );
            write(&workspace.folder.join(package).join("Cargo.toml"), &manifest)?;
            workspace.write_program(package, "")?;
        }
        workspace.cargo(&["fetch"])?;
        Ok(workspace)
    }

    fn write_program(&self, package: &str, edit: &str) -> io::Result<()> {
        let methods = if package == "one" { 1 } else { MANY };
        write(
            &self.folder.join(package).join("src/main.rs"),
            &self.library.program(methods, edit),
        )
    }

    /// Changes one method.
    pub(super) fn edit(&self, package: &str, round: usize) -> io::Result<()> {
        self.write_program(package, &format!("-{round}"))
    }

    /// Forgets all that was built.
    pub(super) fn clean(&self) -> io::Result<()> {
        match fs::remove_dir_all(self.folder.join("target")) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
            _ => Ok(()),
        }
    }

    /// Forgets one package.
    pub(super) fn clean_package(&self, package: &str) -> Result<(), BoxError> {
        self.cargo(&["clean", "--package", package]).map(drop)
    }

    /// Builds a package for debugging, in so many CPU seconds.
    pub(super) fn build(&self, package: &str) -> Result<f64, BoxError> {
        let before = cpu_seconds()?;
        self.cargo(&["build", "--package", package])?;
        let seconds = cpu_seconds()? - before;
        // It takes minutes: whoever waits sees that it goes on.
        eprintln!("{} {package}: {seconds:.2} s", self.library.name());
        Ok(seconds)
    }

    /// Builds a package for release: the size of the program.
    pub(super) fn release(&self, package: &str) -> Result<u64, BoxError> {
        self.cargo(&["build", "--release", "--package", package])?;
        let size = fs::metadata(self.folder.join("target/release").join(package))?.len();
        eprintln!("{} {package}: {size} bytes", self.library.name());
        Ok(size)
    }

    /// All crates that a package is built from, with their versions.
    pub(super) fn crates(&self) -> Result<Vec<String>, BoxError> {
        let output = self.cargo(&[
            "tree",
            "--package",
            "one",
            "--edges",
            "normal,build",
            "--prefix",
            "none",
            "--format",
            "{p}",
        ])?;
        let text = String::from_utf8(output.stdout)?;
        // Behind name and version there may be a path, or that it has been shown before.
        let words = |line: &str| line.split(' ').take(2).collect::<Vec<_>>().join(" ");
        let crates: BTreeSet<_> = text.lines().filter(|line| !line.is_empty()).map(words).collect();
        Ok(crates.into_iter().collect())
    }

    /// How many lines a package has once its macros are expanded, as the compiler prints them. Only a compiler that thinks
    /// it is a nightly one does, so for this package alone it is told so.
    pub(super) fn expanded_lines(&self, package: &str) -> Result<i64, BoxError> {
        let nightly = self.folder.join("nightly.sh");
        write(&nightly, "#!/bin/sh\nRUSTC_BOOTSTRAP=1 exec \"$@\"\n")?;
        fs::set_permissions(&nightly, fs::Permissions::from_mode(0o755))?;
        let mut command = self.command(&["rustc", "--package", package, "--", "-Zunpretty=expanded"]);
        let output = success(command.env("RUSTC_WORKSPACE_WRAPPER", nightly).output()?)?;
        Ok(String::from_utf8(output.stdout)?.lines().count().try_into()?)
    }

    fn cargo(&self, arguments: &[&str]) -> Result<Output, BoxError> {
        success(self.command(arguments).output()?)
    }

    /// Cargo in this workspace, whatever target directory the run of this program has.
    fn command(&self, arguments: &[&str]) -> Command {
        let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
        let mut command = Command::new(cargo);
        command.arg("--quiet").args(arguments).current_dir(&self.folder);
        for setting in ELSEWHERE {
            command.env_remove(setting);
        }
        command.env("CARGO_TARGET_DIR", self.folder.join("target"));
        command
    }
}

/// What is there already is not written anew, or cargo would build it again.
fn write(path: &Path, text: &str) -> io::Result<()> {
    if fs::read_to_string(path).is_ok_and(|there| there == text) {
        return Ok(());
    }
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder)?;
    }
    fs::write(path, text)
}

/// Of all processes that this one has waited for, and of those that they have.
fn cpu_seconds() -> Result<f64, BoxError> {
    let time = getrusage(UsageWho::RUSAGE_CHILDREN)?.user_time();
    #[expect(clippy::cast_precision_loss, reason = "a time")]
    Ok(time.num_microseconds() as f64 / 1e6)
}
