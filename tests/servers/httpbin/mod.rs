//! httpbin from `PyPI`, which tells what came, in words of its own: how a trait's arguments arrive at a server that knows
//! nothing of us.

mod arguments;
mod bodies;
mod responses;

use std::process::Command;

use crate::installed;
use crate::server::Server;

/// On waitress, a server of its own as well.
async fn start() -> Server {
    installed::library(
        "httpbin/venv/bin/waitress-serve",
        "httpbin/requirements.txt",
        "httpbin/venv/installed-from.txt",
    );
    let python = installed::folder().join("httpbin/venv/bin/python");
    Server::start("httpbin", move |port, _| {
        let mut command = Command::new(&python);
        command.args([
            "-m",
            "waitress",
            "--listen",
            &format!("127.0.0.1:{port}"),
            "httpbin:app",
        ]);
        command
    })
    .await
}
