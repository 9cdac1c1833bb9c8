//! An HTTP/1.1 server on 127.0.0.1 for tests: one accept loop, a handler that sees whole requests,
//! and a port that is closed once the server is dropped.

use std::fmt;
use std::future::{self, Future};
use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::task::Poll;

use bytes::Bytes;
use http::{Request, StatusCode};
use http_body_util::{BodyExt as _, LengthLimitError, Limited};
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use parking_lot::Mutex;
use tokio::net::{TcpListener, TcpSocket, TcpStream};
use tokio::task::{AbortHandle, JoinSet};

use super::body::Reply;
use super::failure::Failure;

/// A request's body may be this long; above it the answer is 413.
const MAX_REQUEST_BYTES: usize = 1024 * 1024;
/// How many connections may wait to be accepted: a herd of calls must not wait for the kernel to try again.
const WAITING: u32 = 4_096;

/// An HTTP server on loopback that stops when it is dropped.
///
/// The port refuses connections as soon as `drop` returns; connections that are open are cut when
/// the runtime next runs.
///
/// ```
/// use reauth::http::{Response, StatusCode};
/// use reauth::testing::{LoopbackServer, json};
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let server = LoopbackServer::start(|request| async move {
///     Ok(json(StatusCode::OK, request.uri().path()))
/// })
/// .await?;
///
/// let body = reauth::reqwest::get(format!("{}/hello", server.url())).await?.text().await?;
/// assert_eq!(body, r#""/hello""#);
/// # Ok(())
/// # }
/// ```
pub struct LoopbackServer {
    address: SocketAddr,
    url: String,
    port: Arc<Port>,
    accepting: AbortHandle,
}

impl LoopbackServer {
    /// Takes a free port and answers each request as `handler` says. The handler sees the whole
    /// request, body and all (at most 1 MiB), and is dropped when the client leaves before it is
    /// done.
    ///
    /// # Errors
    ///
    /// Where no port can be bound.
    ///
    /// # Panics
    ///
    /// Outside a tokio runtime, or in one without I/O.
    pub async fn start<H, F>(handler: H) -> io::Result<Self>
    where
        H: Fn(Request<Bytes>) -> F + Send + Sync + 'static,
        F: Future<Output = Reply> + Send + 'static,
    {
        Ok(Self::bind().await?.serve(handler))
    }

    /// Takes a free port and lets connections wait in it, for a handler that must know its own URL.
    ///
    /// # Errors
    ///
    /// Where no port can be bound.
    ///
    /// # Panics
    ///
    /// Outside a tokio runtime, or in one without I/O.
    #[expect(clippy::unused_async, reason = "takes tokio's runtime, and may come to wait for it")]
    pub async fn bind() -> io::Result<LoopbackListener> {
        let socket = TcpSocket::new_v4()?;
        socket.bind((Ipv4Addr::LOCALHOST, 0).into())?;
        let listener = socket.listen(WAITING)?;
        let address = listener.local_addr()?;
        Ok(LoopbackListener {
            listener,
            address,
            url: format!("http://{address}"),
        })
    }

    /// `http://127.0.0.1:PORT`, without a slash at the end.
    #[must_use]
    pub fn url(&self) -> &str {
        &self.url
    }

    /// The address it listens on.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.address
    }
}

impl Drop for LoopbackServer {
    fn drop(&mut self) {
        self.port.close();
        self.accepting.abort();
    }
}

impl fmt::Debug for LoopbackServer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("LoopbackServer")
            .field("url", &self.url)
            .finish_non_exhaustive()
    }
}

/// A port that is taken, before anyone answers on it; see [`LoopbackServer::bind`].
#[derive(Debug)]
pub struct LoopbackListener {
    listener: TcpListener,
    address: SocketAddr,
    url: String,
}

impl LoopbackListener {
    /// `http://127.0.0.1:PORT`, without a slash at the end.
    #[must_use]
    pub fn url(&self) -> &str {
        &self.url
    }

    /// Answers on this port from now on.
    ///
    /// # Panics
    ///
    /// Outside a tokio runtime.
    pub fn serve<H, F>(self, handler: H) -> LoopbackServer
    where
        H: Fn(Request<Bytes>) -> F + Send + Sync + 'static,
        F: Future<Output = Reply> + Send + 'static,
    {
        let port = Arc::new(Port(Mutex::new(Some(self.listener))));
        let accepting = tokio::spawn(accept(Arc::clone(&port), Arc::new(handler)));
        LoopbackServer {
            address: self.address,
            url: self.url,
            port,
            accepting: accepting.abort_handle(),
        }
    }
}

/// A listener that can be closed from outside the task that accepts, at once.
struct Port(Mutex<Option<TcpListener>>);

impl Port {
    /// The next connection, or `None` once the port is closed.
    async fn accept(&self) -> Option<io::Result<TcpStream>> {
        future::poll_fn(|context| match &*self.0.lock() {
            Some(listener) => listener
                .poll_accept(context)
                .map(|accepted| Some(accepted.map(|(stream, _)| stream))),
            None => Poll::Ready(None),
        })
        .await
    }

    fn close(&self) {
        self.0.lock().take();
    }
}

/// Ends when the port is closed. The connections live in this task, so that they end with it.
async fn accept<H, F>(port: Arc<Port>, handler: Arc<H>)
where
    H: Fn(Request<Bytes>) -> F + Send + Sync + 'static,
    F: Future<Output = Reply> + Send + 'static,
{
    let mut connections = JoinSet::new();
    while let Some(accepted) = port.accept().await {
        while connections.try_join_next().is_some() {}
        match accepted {
            Ok(stream) => {
                connections.spawn(converse(stream, Arc::clone(&handler)));
            }
            // The client was gone already, or the process is out of sockets: let the others run and
            // try again.
            Err(_) => tokio::task::yield_now().await,
        }
    }
}

/// Answers one connection's requests until it is closed.
async fn converse<H, F>(stream: TcpStream, handler: Arc<H>)
where
    H: Fn(Request<Bytes>) -> F + Send + Sync + 'static,
    F: Future<Output = Reply> + Send + 'static,
{
    // Answers are small: waiting to fill a packet would cost 40 ms. Without it they come late, but
    // they come.
    let _ = stream.set_nodelay(true);
    let service = service_fn(|request| {
        let handler = Arc::clone(&handler);
        async move {
            match read(request).await {
                Ok(request) => handler(request).await,
                Err(failure) => failure.reply().await,
            }
        }
    });
    // An error is a client that left or a connection that was cut on purpose: nobody is there to be
    // told.
    let _ = http1::Builder::new()
        .serve_connection(TokioIo::new(stream), service)
        .await;
}

/// The request with its body, or what to answer in its place.
async fn read(request: Request<Incoming>) -> Result<Request<Bytes>, Failure> {
    let (head, body) = request.into_parts();
    match Limited::new(body, MAX_REQUEST_BYTES).collect().await {
        Ok(body) => Ok(Request::from_parts(head, body.to_bytes())),
        Err(error) if error.is::<LengthLimitError>() => Err(Failure::status(StatusCode::PAYLOAD_TOO_LARGE)),
        Err(_) => Err(Failure::disconnect()),
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use http::{Response, StatusCode};
    use tokio::net::TcpStream;
    use tokio::sync::Notify;

    use super::super::{Body, Disconnect};
    use super::*;

    #[tokio::test]
    async fn a_dropped_server_refuses_connections_and_cuts_those_it_has() {
        let reached = Arc::new(Notify::new());
        let server = LoopbackServer::start({
            let reached = Arc::clone(&reached);
            move |_| {
                reached.notify_one();
                future::pending()
            }
        })
        .await
        .expect("a port");
        let (address, url) = (server.address(), server.url().to_owned());
        let in_flight = tokio::spawn(reqwest::get(url));
        reached.notified().await;

        drop(server);

        let refused = TcpStream::connect(address).await.expect_err("nobody listens");
        assert_eq!(refused.kind(), io::ErrorKind::ConnectionRefused);
        in_flight.await.expect("no panic").expect_err("it was cut");
    }

    #[test]
    fn can_be_dropped_after_its_runtime() {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .expect("a runtime");
        let server = runtime
            .block_on(LoopbackServer::start(|_| async { Err(Disconnect) }))
            .expect("a port");
        drop(runtime);
        drop(server);
    }

    #[tokio::test]
    async fn a_client_that_leaves_ends_its_handler() {
        struct NotifyOnDrop(Arc<Notify>);
        impl Drop for NotifyOnDrop {
            fn drop(&mut self) {
                self.0.notify_one();
            }
        }

        let (reached, ended) = (Arc::new(Notify::new()), Arc::new(Notify::new()));
        let server = LoopbackServer::start({
            let (reached, ended) = (Arc::clone(&reached), Arc::clone(&ended));
            move |_| {
                let ended = NotifyOnDrop(Arc::clone(&ended));
                reached.notify_one();
                async move {
                    let _ended = ended;
                    future::pending().await
                }
            }
        })
        .await
        .expect("a port");
        let call = tokio::spawn(reqwest::get(server.url().to_owned()));
        reached.notified().await;
        call.abort();
        ended.notified().await;
    }

    #[tokio::test]
    async fn long_requests_truncated_and_missing_answers() {
        let server = LoopbackServer::start(|request| async move {
            match request.uri().path() {
                "/cut" => Ok(Response::new(Body::cut_after("half"))),
                "/gone" => Err(Disconnect),
                _ => Ok(Response::new(Body::from(request.into_body()))),
            }
        })
        .await
        .expect("a port");
        let client = reqwest::Client::new();
        let post = |body: Vec<u8>| client.post(server.url()).body(body).send();

        let fits = post(vec![b'x'; MAX_REQUEST_BYTES]).await.expect("an answer");
        assert_eq!(fits.bytes().await.expect("a body").len(), MAX_REQUEST_BYTES);
        let too_long = post(vec![b'x'; MAX_REQUEST_BYTES + 1]).await.expect("an answer");
        assert_eq!(too_long.status(), StatusCode::PAYLOAD_TOO_LARGE);

        let mut cut = reqwest::get(format!("{}/cut", server.url())).await.expect("a head");
        assert_eq!(
            cut.chunk().await.expect("the first half").as_deref(),
            Some(&b"half"[..])
        );
        cut.chunk().await.expect_err("no second half");
        reqwest::get(format!("{}/gone", server.url()))
            .await
            .expect_err("no answer");
    }
}
