//! Bodies that are larger than what a program has room for. Over real sockets, whose other end is a thread of its own: what
//! is counted is what the client allocates.

use std::convert::Infallible;
use std::io::{self, BufRead, BufReader, Read, Write};
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::thread::{self, JoinHandle};

use futures_util::stream;
use reauth::{ByteStream, Result, api_client};

const SIZE: u64 = 100_000_000;
/// How much of that may be in memory at once, with all that a call has beside.
const ROOM: u64 = 1_000_000;
const PIECE: usize = 64 * 1024;

#[api_client]
trait Archive {
    #[get("/backup")]
    async fn download(&self) -> Result<ByteStream>;

    #[put("/backup")]
    async fn upload(&self, #[body] backup: ByteStream) -> Result<()>;
}

/// Serves one connection.
fn serve<T: Send + 'static>(
    answer: impl FnOnce(BufReader<TcpStream>) -> io::Result<T> + Send + 'static,
) -> (ArchiveClient, JoinHandle<T>) {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    let client = ArchiveClient::new(format!("http://{}", listener.local_addr().unwrap())).unwrap();
    let server = thread::spawn(move || answer(BufReader::new(listener.accept().unwrap().0)).unwrap());
    (client, server)
}

/// One line, without its end.
fn line(connection: &mut impl BufRead) -> io::Result<String> {
    let mut line = String::new();
    connection.read_line(&mut line)?;
    Ok(line.trim_end().to_owned())
}

fn read_head(connection: &mut impl BufRead) -> io::Result<()> {
    while !line(connection)?.is_empty() {}
    Ok(())
}

/// Reads a body in chunks (RFC 9112, section 7.1) to its end, and says how long it was.
fn read_chunks(connection: &mut impl BufRead) -> io::Result<u64> {
    let mut read = 0;
    loop {
        let size = u64::from_str_radix(&line(connection)?, 16).map_err(io::Error::other)?;
        read += io::copy(&mut connection.by_ref().take(size), &mut io::sink())?;
        line(connection)?;
        if size == 0 {
            return Ok(read);
        }
    }
}

/// How many bytes there are at most while it runs, beyond those from before.
fn most_bytes(transfer: impl Future<Output = ()>) -> u64 {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let runtime = runtime.unwrap();
    allocation_counter::measure(|| runtime.block_on(transfer)).bytes_max
}

#[test]
fn p03_a_stream_of_100_mb_down_is_never_in_memory() {
    let (client, server) = serve(|mut connection| {
        read_head(&mut connection)?;
        let mut connection = connection.into_inner();
        write!(connection, "HTTP/1.1 200 OK\r\nContent-Length: {SIZE}\r\n\r\n")?;
        io::copy(&mut io::repeat(b'a').take(SIZE), &mut connection)
    });
    let mut received = 0;
    let most = most_bytes(async {
        let mut backup = client.download().await.unwrap();
        while let Some(piece) = backup.try_next().await.unwrap() {
            received += piece.len() as u64;
        }
    });
    assert_eq!((server.join().unwrap(), received), (SIZE, SIZE));
    assert!(most < ROOM, "{most} bytes at once");
}

#[test]
fn p03_a_stream_of_100_mb_up_is_never_in_memory() {
    let (client, server) = serve(|mut connection| {
        read_head(&mut connection)?;
        let received = read_chunks(&mut connection)?;
        write!(connection.get_mut(), "HTTP/1.1 204 No Content\r\n\r\n")?;
        Ok(received)
    });
    let most = most_bytes(async {
        // Each piece is made when it is asked for.
        let pieces = stream::unfold(SIZE, |left| async move {
            let length = left.min(PIECE as u64);
            let piece = vec![b'a'; usize::try_from(length).ok()?];
            (length > 0).then_some((Ok::<_, Infallible>(piece), left - length))
        });
        client.upload(ByteStream::new(pieces)).await.unwrap();
    });
    assert_eq!(server.join().unwrap(), SIZE);
    assert!(most < ROOM, "{most} bytes at once");
}
