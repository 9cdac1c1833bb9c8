//! One server as a child process: on a free loopback port, waited for until it answers, ended with its handle.
//!
//! It has a folder of its own for its settings and its log. Where a test fails, the log is shown and kept.

use std::fs::{self, OpenOptions};
use std::net::{Ipv4Addr, TcpListener};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use tokio::net::TcpStream;
use tokio::time::{Instant, sleep};

/// For whatever a test waits for, on a machine that has much else to do.
const LIMIT: Duration = Duration::from_secs(30);
/// Between two looks at it.
const LOOK: Duration = Duration::from_millis(10);
/// How many ports are tried, since somebody else can be faster to take a free one.
const PORTS: usize = 3;
/// Of a log that is shown.
const LINES: usize = 60;

/// Makes the command, for a port to listen on and a folder to write to.
type Start = Box<dyn Fn(u16, &Path) -> Command + Send + Sync>;

/// A server that is ended when this is dropped.
pub(crate) struct Server {
    command: Start,
    port: u16,
    folder: PathBuf,
    child: Option<Child>,
}

impl Server {
    /// Starts it on some free port, and waits until it answers.
    pub(crate) async fn start(name: &str, command: impl Fn(u16, &Path) -> Command + Send + Sync + 'static) -> Self {
        let mut server = Self {
            command: Box::new(command),
            port: 0,
            folder: new_folder(name),
            child: None,
        };
        for _ in 1..PORTS {
            server.port = free_port();
            if server.run().await.is_ok() {
                return server;
            }
        }
        server.port = free_port();
        server.run().await.unwrap();
        server
    }

    /// Ends it at once and starts it again on the same port. What it had in memory is gone.
    pub(crate) async fn restart(&mut self) {
        self.end();
        self.run().await.unwrap();
    }

    /// Ends it at once.
    pub(crate) fn stop(&mut self) {
        self.end();
    }

    /// Its process.
    pub(crate) fn id(&self) -> u32 {
        self.child.as_ref().unwrap().id()
    }

    pub(crate) fn url(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    /// What it was given to write to.
    pub(crate) fn folder(&self) -> &Path {
        &self.folder
    }

    /// What it has written since it was started first.
    pub(crate) fn log(&self) -> String {
        fs::read_to_string(self.log_file()).unwrap_or_default()
    }

    fn log_file(&self) -> PathBuf {
        self.folder.join("log")
    }

    async fn run(&mut self) -> Result<(), String> {
        let log = OpenOptions::new().create(true).append(true).open(self.log_file());
        let log = log.map_err(|error| format!("no log can be written: {error}"))?;
        let mut command = (self.command)(self.port, &self.folder);
        let same_log = log.try_clone().map_err(|error| error.to_string())?;
        command.stdin(Stdio::null()).stdout(log).stderr(same_log);
        let child = command.spawn().map_err(|error| format!("{command:?}: {error}"))?;
        let child = self.child.insert(child);
        let limit = Instant::now() + LIMIT;
        while TcpStream::connect((Ipv4Addr::LOCALHOST, self.port)).await.is_err() {
            if let Ok(Some(status)) = child.try_wait() {
                return Err(format!("{command:?} ended with {status}"));
            }
            if Instant::now() > limit {
                return Err(format!("{command:?} does not answer"));
            }
            sleep(LOOK).await;
        }
        Ok(())
    }

    fn end(&mut self) {
        if let Some(mut child) = self.child.take() {
            // It may have ended by itself.
            let _ = child.kill();
            let _ = child.wait();
        }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.end();
        if !std::thread::panicking() {
            let _ = fs::remove_dir_all(&self.folder);
            return;
        }
        let log = self.log();
        let lines: Vec<_> = log.lines().collect();
        let shown = &lines[lines.len().saturating_sub(LINES)..];
        eprintln!("── {}\n{}\n──", self.log_file().display(), shown.join("\n"));
    }
}

/// Waits until a look shows something.
pub(crate) async fn until<T>(what: &str, mut look: impl AsyncFnMut() -> Option<T>) -> T {
    let limit = Instant::now() + LIMIT;
    loop {
        if let Some(found) = look().await {
            return found;
        }
        assert!(Instant::now() < limit, "not within {LIMIT:?}: {what}");
        sleep(LOOK).await;
    }
}

fn free_port() -> u16 {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    listener.local_addr().unwrap().port()
}

fn new_folder(name: &str) -> PathBuf {
    static COUNT: AtomicUsize = AtomicUsize::new(0);
    let number = COUNT.fetch_add(1, Ordering::Relaxed);
    let folder = format!("{name}-{}-{number}", std::process::id());
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("servers").join(folder);
    fs::create_dir_all(&folder).unwrap();
    folder
}
