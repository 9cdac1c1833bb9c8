//! A TCP proxy on loopback, between a client and one server. It knows nothing of HTTP: whoever starts it says for each
//! connection what becomes of it, and asks afterwards what the client said.

use std::net::SocketAddr;
use std::sync::Arc;

use parking_lot::Mutex;
use tokio::net::{TcpListener, TcpStream};
use tokio::task::{AbortHandle, JoinSet};
use tokio::time::sleep;

use super::fate::Fate;
use super::port::Port;
use super::relay;

/// Stops when it is dropped, and cuts what goes through it.
pub(super) struct Proxy {
    through: Arc<Through>,
    accepting: AbortHandle,
}

struct Through {
    port: Port,
    server: SocketAddr,
    /// Asked once for each connection.
    fates: Mutex<Box<dyn FnMut() -> Fate + Send>>,
    connections: Mutex<JoinSet<()>>,
    /// What the client said on each.
    heard: Mutex<Vec<Vec<u8>>>,
}

impl Proxy {
    /// In front of the server with this URL.
    pub(super) fn start(server: &str, fates: impl FnMut() -> Fate + Send + 'static) -> Self {
        let through = Arc::new(Through {
            port: Port::reserve().unwrap(),
            server: server.trim_start_matches("http://").parse().unwrap(),
            fates: Mutex::new(Box::new(fates)),
            connections: Mutex::default(),
            heard: Mutex::default(),
        });
        // At once: nobody is refused because the task has not run yet.
        let listener = through.port.listen().unwrap();
        let accepting = tokio::spawn(accept(through.clone(), listener)).abort_handle();
        Self { through, accepting }
    }

    pub(super) fn url(&self) -> String {
        format!("http://{}", self.through.port.address)
    }

    /// Cuts every connection there is, and returns when none is left; whoever comes meanwhile is accepted.
    pub(super) async fn cut(&self) {
        let mut connections = std::mem::take(&mut *self.through.connections.lock());
        connections.shutdown().await;
    }

    /// Whether the client ever said this.
    pub(super) fn heard(&self, said: &str) -> bool {
        let heard = self.through.heard.lock();
        heard.iter().any(|bytes| String::from_utf8_lossy(bytes).contains(said))
    }

    pub(super) fn connections(&self) -> usize {
        self.through.heard.lock().len()
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        self.accepting.abort();
        self.through.connections.lock().abort_all();
    }
}

async fn accept(through: Arc<Through>, mut listener: TcpListener) {
    loop {
        loop {
            let Ok((client, _)) = listener.accept().await else {
                continue;
            };
            let fate = (through.fates.lock())();
            if let Fate::Refused(time) = fate {
                relay::reset(&client);
                drop((client, listener));
                sleep(time).await;
                break;
            }
            let lead = lead(through.clone(), client, fate);
            let connections = &mut *through.connections.lock();
            while connections.try_join_next().is_some() {}
            connections.spawn(lead);
        }
        listener = through.port.listen().unwrap();
    }
}

/// One connection to its end.
async fn lead(through: Arc<Through>, client: TcpStream, fate: Fate) {
    let number = {
        let mut heard = through.heard.lock();
        heard.push(Vec::new());
        heard.len() - 1
    };
    let heard = |bytes: &[u8]| through.heard.lock()[number].extend_from_slice(bytes);
    // Bytes count here: none waits for others.
    let _ = client.set_nodelay(true);
    let disturbed = match fate {
        Fate::Refused(_) => return relay::reset(&client),
        Fate::Swallowed => return relay::silence(client, heard).await,
        Fate::Answered(answer) => return relay::answer(client, answer, heard).await,
        Fate::Passes => None,
        Fate::Disturbed(direction, disturbance) => Some((direction, disturbance)),
    };
    let Ok(server) = TcpStream::connect(through.server).await else {
        return relay::reset(&client);
    };
    let _ = server.set_nodelay(true);
    // Two buffers of bytes, which are moved otherwise.
    Box::pin(relay::pass(client, server, disturbed, heard)).await;
}
