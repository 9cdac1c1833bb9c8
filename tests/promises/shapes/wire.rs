//! A server that takes down each request byte for byte, and answers from a script.
//!
//! There is no HTTP library in it, so nothing tidies up what comes. A request is written down as text:
//!
//! * all its headers, so that one too many shows; sorted, since their order means nothing;
//! * a name in braces for what differs from run to run: `{host}`, `{version}` (ours, in `user-agent`), `{boundary}`, and
//!   `{key 1}`, `{key 2}` for the idempotency keys in the order in which they first came;
//! * the body as it is, a carriage return in it as `\r`; chunks are put together.

use std::collections::VecDeque;
use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use parking_lot::Mutex;
use tokio::io::{AsyncBufReadExt as _, AsyncReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Semaphore;
use tokio::task::{AbortHandle, JoinSet};

use super::answer::Answer;

type Connection = BufReader<TcpStream>;

/// A server on a free port, which stops when it is dropped.
pub(super) struct Wire {
    shared: Arc<Shared>,
    accepting: AbortHandle,
}

struct Shared {
    host: String,
    script: Mutex<VecDeque<Answer>>,
    log: Mutex<Vec<String>>,
    keys: Mutex<Vec<String>>,
    connections: AtomicUsize,
    pieces: Semaphore,
}

impl Wire {
    /// Gives these answers, one after another, to whatever comes; what comes after them is not answered.
    pub(super) async fn start<A: Into<Answer>>(script: impl IntoIterator<Item = A>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let shared = Arc::new(Shared {
            host: listener.local_addr().unwrap().to_string(),
            script: Mutex::new(script.into_iter().map(Into::into).collect()),
            log: Mutex::default(),
            keys: Mutex::default(),
            connections: AtomicUsize::new(0),
            pieces: Semaphore::new(0),
        });
        let accepting = tokio::spawn({
            let shared = shared.clone();
            async move {
                let mut connections = JoinSet::new();
                while let Ok((stream, _)) = listener.accept().await {
                    shared.connections.fetch_add(1, Ordering::SeqCst);
                    let shared = shared.clone();
                    // Who leaves in the middle shows in the log.
                    connections.spawn(async move { shared.converse(BufReader::new(stream)).await.ok() });
                }
            }
        });
        Self {
            shared,
            accepting: accepting.abort_handle(),
        }
    }

    pub(super) fn url(&self) -> String {
        self.shared.url()
    }

    /// What came since this was last asked is exactly this.
    #[track_caller]
    pub(super) fn saw<const N: usize>(&self, expected: [&str; N]) {
        let line = "\n────────\n";
        let seen = std::mem::take(&mut *self.shared.log.lock()).join(line);
        let secrets = seen.lines().filter_map(|line| line.strip_prefix("authorization: "));
        secrets.for_each(crate::all_output::marks::assert_marked);
        let expected = expected.map(|text| text.strip_prefix('\n').unwrap_or(text)).join(line);
        assert!(seen == expected, "came:{line}{seen}{line}and not:{line}{expected}");
    }

    /// How many connections were made.
    pub(super) fn connections(&self) -> usize {
        self.shared.connections.load(Ordering::SeqCst)
    }

    /// Sends one more piece of an answer that is [streamed](Answer::streamed), or its end.
    pub(super) fn proceed(&self) {
        self.shared.pieces.add_permits(1);
    }
}

impl Drop for Wire {
    fn drop(&mut self) {
        self.accepting.abort();
    }
}

impl Shared {
    fn url(&self) -> String {
        format!("http://{}", self.host)
    }

    async fn converse(&self, mut connection: Connection) -> io::Result<()> {
        while let Some((head, body)) = read(&mut connection).await? {
            self.log.lock().push(self.write_down(&head, &body));
            let answer = self.script.lock().pop_front();
            let Some(answer) = answer else { break };
            let connection = connection.get_mut();
            connection.write_all(answer.start(&self.url()).as_bytes()).await?;
            for chunk in answer.chunks() {
                self.pieces.acquire().await.map_err(io::Error::other)?.forget();
                connection.write_all(chunk.as_bytes()).await?;
            }
            if answer.is_cut() {
                break;
            }
        }
        Ok(())
    }

    fn write_down(&self, head: &str, body: &[u8]) -> String {
        let mut lines = head.lines();
        let request_line = lines.next().unwrap();
        let mut headers: Vec<_> = lines.map(|line| self.header(line)).collect();
        headers.sort();
        let body = String::from_utf8(body.to_vec()).unwrap();
        let body = match header(head, "content-type").and_then(|value| value.split_once("boundary=")) {
            Some((_, boundary)) => body.replace(boundary, "{boundary}"),
            None => body,
        };
        // As on the wire, but for one end of line behind all, as a raw string has it.
        let body = match &*body {
            "" => body,
            _ => format!("\n{}\n", body.replace('\r', "\\r")),
        };
        format!("{request_line}\n{}\n{body}", headers.join("\n"))
    }

    fn header(&self, line: &str) -> String {
        let (name, value) = line.split_once(": ").unwrap();
        let value = match name {
            "host" => value.replace(&self.host, "{host}"),
            "user-agent" => value.replace(env!("CARGO_PKG_VERSION"), "{version}"),
            "content-type" => match value.split_once("boundary=") {
                Some((kind, _)) => format!("{kind}boundary={{boundary}}"),
                None => value.to_owned(),
            },
            "idempotency-key" => {
                let mut keys = self.keys.lock();
                let number = keys.iter().position(|key| key == value).unwrap_or_else(|| {
                    keys.push(value.to_owned());
                    keys.len() - 1
                });
                format!("{{key {}}}", number + 1)
            }
            _ => value.to_owned(),
        };
        format!("{name}: {value}")
    }
}

/// One request, head and body; `None` where the client has left.
async fn read(connection: &mut Connection) -> io::Result<Option<(String, Vec<u8>)>> {
    let mut head = String::new();
    while !head.ends_with("\r\n\r\n") {
        if connection.read_line(&mut head).await? == 0 {
            return Ok(None);
        }
    }
    let head = head.trim_end().to_owned();
    let mut body = Vec::new();
    if let Some(length) = header(&head, "content-length") {
        body.resize(length.parse().unwrap(), 0);
        connection.read_exact(&mut body).await?;
    } else if header(&head, "transfer-encoding") == Some("chunked") {
        loop {
            let mut size = String::new();
            connection.read_line(&mut size).await?;
            let size = usize::from_str_radix(size.trim_end(), 16).unwrap();
            let start = body.len();
            body.resize(start + size + "\r\n".len(), 0);
            connection.read_exact(&mut body[start..]).await?;
            body.truncate(start + size);
            if size == 0 {
                break;
            }
        }
    }
    Ok(Some((head, body)))
}

fn header<'a>(head: &'a str, name: &str) -> Option<&'a str> {
    let mut headers = head.lines().filter_map(|line| line.split_once(": "));
    headers.find(|(other, _)| *other == name).map(|(_, value)| value)
}
