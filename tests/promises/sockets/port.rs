//! A port that can refuse connections for a while and is nobody else's meanwhile.

use std::io;
use std::net::{Ipv4Addr, SocketAddr};

use tokio::net::{TcpListener, TcpSocket};

/// As many may wait to be accepted.
const BACKLOG: u32 = 64;

/// A port on loopback: who connects is refused, but while somebody [listens](Self::listen).
pub(super) struct Port {
    pub(super) address: SocketAddr,
    /// Bound and never listening: the port stays ours between two listeners.
    _reserved: TcpSocket,
}

impl Port {
    pub(super) fn reserve() -> io::Result<Self> {
        let reserved = bind((Ipv4Addr::LOCALHOST, 0).into())?;
        Ok(Self {
            address: reserved.local_addr()?,
            _reserved: reserved,
        })
    }

    /// Takes connections until the listener is dropped; one at a time.
    pub(super) fn listen(&self) -> io::Result<TcpListener> {
        bind(self.address)?.listen(BACKLOG)
    }
}

fn bind(address: SocketAddr) -> io::Result<TcpSocket> {
    let socket = TcpSocket::new_v4()?;
    // So that two sockets may have it, of which one listens at most.
    socket.set_reuseaddr(true)?;
    socket.bind(address)?;
    Ok(socket)
}

#[tokio::test]
async fn a_port_refuses_whoever_comes_while_nobody_listens() {
    use tokio::net::TcpStream;

    let port = Port::reserve().unwrap();
    for _ in 0..3 {
        let refused = TcpStream::connect(port.address).await.unwrap_err();
        assert_eq!(refused.kind(), io::ErrorKind::ConnectionRefused);
        let listener = port.listen().unwrap();
        let (connected, accepted) = tokio::join!(TcpStream::connect(port.address), listener.accept());
        drop((connected.unwrap(), accepted.unwrap()));
    }
}
