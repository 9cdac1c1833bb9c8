//! Everything that this binary prints and logs, at TRACE and from every crate, is searched for secrets.
//!
//! Secrets that tests use carry a mark ([`marks`]): a fake that receives one without it fails the test. This binary then
//! runs itself once more, one test after another, with a subscriber for everything: `tracing`'s events and spans with
//! all their fields, and through `log` what reqwest and rustls say. What the child prints goes through [`search`] as it
//! comes: the log, panics, the words of failed assertions.
//!
//! No test escapes: the subscriber is the process's own, and it is the first test that installs it. That it was the
//! first is checked, and that all the others ran after it. A test that needs a subscriber of its own must not replace
//! this one.
//!
//! What is promised is what *reauth* says. What other crates say of its requests is searched all the same, and today
//! holds nothing: a dependency that begins to show a secret fails this test too.

pub(crate) mod marks;
mod search;

use std::io::{PipeReader, pipe};
use std::process::{Command, ExitStatus, Stdio};
use std::sync::mpsc::{self, RecvTimeoutError};
use std::thread;
use std::time::Duration;

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use search::Searched;
use tracing::{trace, trace_span};
use tracing_subscriber::fmt::format::FmtSpan;

/// Set in the child: the first test installs the subscriber.
const SUBSCRIBES: &str = "REAUTH_TEST_SUBSCRIBES";

/// Set in the control's child: it shows secrets.
const PLANTS: &str = "REAUTH_TEST_PLANTS";

/// The whole suite takes half a minute on a machine that does nothing else.
const LIMIT: Duration = Duration::from_secs(600);

/// The first test of the child, which is why this module's name comes first.
const FIRST: &str = "all_output::s08_nothing_printed_or_logged_at_trace_holds_a_secret";

/// Who has to be heard, or the log is not the whole log.
const SPEAKERS: [&str; 4] = [
    "reauth: sending again",
    "reauth::credential",
    "reqwest::connect",
    "h2::",
];

#[test]
fn s08_nothing_printed_or_logged_at_trace_holds_a_secret() {
    if is_searched() {
        return subscribe();
    }
    let (searched, _) = run(&mut this_binary());
    assert!(searched.findings.is_empty(), "{}", searched.report());
    assert_eq!(
        searched.tests.first().map(String::as_str),
        Some(FIRST),
        "it installs the subscriber"
    );
    assert_eq!(Some(searched.tests.len()), searched.announced, "each test ran");
    for speaker in SPEAKERS {
        assert!(searched.speakers.contains(speaker), "nothing was logged by `{speaker}`");
    }
}

/// The control: what is planted in a log, in a panic and on standard output is found.
#[test]
fn s08_the_search_finds_what_is_planted() {
    if std::env::var_os(PLANTS).is_some() {
        plant();
    }
    if is_searched() {
        return;
    }
    let control = "all_output::s08_the_search_finds_what_is_planted";
    let (searched, status) = run(this_binary().args(["--exact", FIRST, control]).env(PLANTS, ""));
    assert!(!status.success(), "the planted panic");
    assert_eq!(searched.tests, [FIRST, control]);
    let found = searched.report();
    for place in [
        "a field",
        "a span",
        "a log",
        "Base64",
        "hexadecimal",
        "what is printed",
        "a panic",
    ] {
        assert!(found.contains(&format!("planted in {place}")), "{place}: {found}");
    }
    assert!(found.contains("as a list of bytes"), "{found}");
}

/// Shows a secret in every way that the search has to find.
fn plant() -> ! {
    let secret = format!("{}-secret", marks::CANARY);
    trace!(secret, "planted in a field");
    trace_span!("planted in a span", secret).in_scope(|| {});
    log::trace!("planted in a log: {secret}");
    trace!("planted as a list of bytes: {:#?}", secret.as_bytes());
    trace!("planted in Base64: {}", BASE64_STANDARD.encode(format!("me:{secret}")));
    trace!("planted in hexadecimal: {:02x?}", secret.as_bytes());
    println!("planted in what is printed: {secret}");
    panic!("planted in a panic: {secret}");
}

/// Whether this is the child: then a test that logs a lot says less, as every line of it is searched.
pub(crate) fn is_searched() -> bool {
    std::env::var_os(SUBSCRIBES).is_some()
}

/// All that `tracing` and `log` are told goes to standard error, for good and for every thread.
fn subscribe() {
    tracing_subscriber::fmt()
        .with_max_level(tracing::Level::TRACE)
        .with_span_events(FmtSpan::FULL)
        .with_ansi(false)
        .with_writer(std::io::stderr)
        .init();
}

/// This binary's tests, one after another in the order of their names.
fn this_binary() -> Command {
    let mut tests = Command::new(std::env::current_exe().unwrap());
    tests
        .args(["--test-threads=1", "--nocapture"])
        .env(SUBSCRIBES, "")
        .env("RUST_BACKTRACE", "0");
    tests
}

/// Runs tests and searches all that they print.
fn run(tests: &mut Command) -> (Searched, ExitStatus) {
    let (output, input) = pipe().unwrap();
    let mut child = tests.stdout(input.try_clone().unwrap()).stderr(input).spawn().unwrap();
    // The command holds our ends of the pipe, whose last must close for the search to end.
    tests.stdout(Stdio::null()).stderr(Stdio::null());
    match searched(output).recv_timeout(LIMIT) {
        Ok(searched) => (searched, child.wait().unwrap()),
        Err(RecvTimeoutError::Timeout | RecvTimeoutError::Disconnected) => {
            child.kill().unwrap();
            child.wait().unwrap();
            panic!("the tests took longer than {LIMIT:?}, or what they print could not be read");
        }
    }
}

fn searched(output: PipeReader) -> mpsc::Receiver<Searched> {
    let (sender, receiver) = mpsc::channel();
    thread::spawn(move || sender.send(search::search(output).unwrap()));
    receiver
}
