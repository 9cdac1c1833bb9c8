//! The programs that do the work: built as users build theirs, and started one for each thing that is measured.

use std::io::{BufRead as _, BufReader};
use std::path::PathBuf;
use std::process::{Child, Command, Output, Stdio};

use reauth_benches::contenders::BoxError;
use serde::Deserialize;
use serde::de::DeserializeOwned;

/// Where they are.
pub(crate) struct Programs {
    worker: PathBuf,
    allocations: PathBuf,
}

/// One line of what `cargo build` says of what it has built.
#[derive(Deserialize)]
struct Artifact {
    target: Option<Target>,
    executable: Option<PathBuf>,
}

#[derive(Deserialize)]
struct Target {
    name: String,
}

impl Programs {
    /// Builds them, with optimization and with the features that this program has.
    pub(crate) fn build() -> Result<Self, BoxError> {
        Self::with("")
    }

    /// Builds them with a feature more, in the place of those that were built before.
    pub(crate) fn with(feature: &str) -> Result<Self, BoxError> {
        let mut cargo = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
        cargo.args(["build", "--release", "--locked", "-p", "reauth-benches"]);
        cargo.args(["--bin", "worker", "--bin", "allocations"]);
        cargo.args(["--features", feature, "--message-format=json-render-diagnostics"]);
        if !cfg!(feature = "peers") {
            cargo.arg("--no-default-features");
        }
        let output = success(cargo.stderr(Stdio::inherit()).output()?)?;
        let built = |name: &str| {
            let mut artifacts = output.stdout.split(|&byte| byte == b'\n').filter_map(|line| {
                let artifact: Artifact = serde_json::from_slice(line).ok()?;
                (artifact.target?.name == name).then_some(artifact.executable?)
            });
            artifacts.next().ok_or(format!("cargo did not build `{name}`"))
        };
        Ok(Self {
            worker: built("worker")?,
            allocations: built("allocations")?,
        })
    }

    /// The worker, to be run by something else.
    pub(crate) fn worker(&self, arguments: &[&str]) -> Vec<String> {
        let arguments = arguments.iter().map(|&argument| argument.to_owned());
        std::iter::once(self.worker.display().to_string())
            .chain(arguments)
            .collect()
    }

    /// What the worker finds out.
    pub(crate) fn work<T: DeserializeOwned>(&self, arguments: &[&str]) -> Result<T, BoxError> {
        run(alone(&self.worker).args(arguments))
    }

    /// What is allocated meanwhile.
    pub(crate) fn allocations<T: DeserializeOwned>(&self, arguments: &[&str]) -> Result<T, BoxError> {
        run(alone(&self.allocations).args(arguments))
    }

    /// A server that has seen nothing yet.
    pub(crate) fn server(&self) -> Result<Server, BoxError> {
        let mut process = alone(&self.worker)
            .arg("serve")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()?;
        let mut url = String::new();
        let output = process.stdout.take().ok_or("the server has no output")?;
        if BufReader::new(output).read_line(&mut url)? == 0 {
            return Err("the server ended before it said its URL".into());
        }
        Ok(Server {
            process,
            url: url.trim().to_owned(),
        })
    }
}

/// A server in a process of its own, until this is dropped.
pub(crate) struct Server {
    process: Child,
    url: String,
}

impl Server {
    pub(crate) fn url(&self) -> &str {
        &self.url
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // The end of its input is its end.
        drop(self.process.stdin.take());
        let _ = self.process.wait();
    }
}

/// A program that nothing in the environment changes: neither a proxy nor a log filter.
pub(crate) fn alone(program: impl AsRef<std::ffi::OsStr>) -> Command {
    let mut command = Command::new(program);
    command.env_clear();
    if let Some(path) = std::env::var_os("PATH") {
        command.env("PATH", path);
    }
    command
}

fn run<T: DeserializeOwned>(command: &mut Command) -> Result<T, BoxError> {
    Ok(serde_json::from_slice(
        &success(command.stderr(Stdio::inherit()).output()?)?.stdout,
    )?)
}

/// The output of a program that did what it should.
pub(crate) fn success(output: Output) -> Result<Output, BoxError> {
    if output.status.success() {
        return Ok(output);
    }
    let said = String::from_utf8_lossy(&output.stderr);
    Err(format!("a program that measures failed ({}):\n{said}", output.status).into())
}
