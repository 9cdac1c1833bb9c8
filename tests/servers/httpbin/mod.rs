//! httpbin from `PyPI`, which tells what came, in words of its own: how a trait's arguments arrive at a server that knows
//! nothing of us.

mod arguments;
mod bodies;
mod responses;

use std::process::Command;
use std::sync::{Arc, Weak};

use tokio::sync::Mutex;

use crate::installed;
use crate::server::Server;

/// One for all tests, since it remembers nothing. The last that uses it ends it.
async fn start() -> Arc<Server> {
    static SHARED: Mutex<Weak<Server>> = Mutex::const_new(Weak::new());
    let mut shared = SHARED.lock().await;
    if let Some(server) = shared.upgrade() {
        return server;
    }
    installed::library(
        "httpbin/venv/bin/waitress-serve",
        "httpbin/requirements.txt",
        "httpbin/venv/installed-from.txt",
    );
    let python = installed::folder().join("httpbin/venv/bin/python");
    let server = Server::start("httpbin", move |port, _| {
        let mut command = Command::new(&python);
        command.args([
            "-m",
            "waitress",
            "--listen",
            &format!("127.0.0.1:{port}"),
            "httpbin:app",
        ]);
        command
    });
    let server = Arc::new(server.await);
    *shared = Arc::downgrade(&server);
    server
}
