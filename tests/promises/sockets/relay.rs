//! One connection through the proxy, in both directions, until both have ended or it is cut.

use std::future::pending;
use std::io;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::net::tcp::{ReadHalf, WriteHalf};
use tokio::time::sleep;

use super::fate::{Answer, Direction, Disturbance, Fault};

/// So many bytes drip, and then the rest comes.
const DROPS: usize = 64;

/// How a connection ends for both sides at once.
pub(super) enum Cut {
    Reset,
    Ended,
}

/// Whoever leaves in an unseemly way leaves so on both sides.
impl From<io::Error> for Cut {
    fn from(_: io::Error) -> Self {
        Self::Reset
    }
}

/// Passes on what comes; `heard` is told what the client says.
pub(super) async fn pass(
    mut client: TcpStream,
    mut server: TcpStream,
    disturbed: Option<(Direction, Disturbance)>,
    heard: impl FnMut(&[u8]),
) {
    let of = |direction| {
        let disturbed = disturbed.as_ref().filter(|(which, _)| *which == direction);
        disturbed.map(|(_, disturbance)| disturbance.clone())
    };
    let (from_client, to_client) = client.split();
    let (from_server, to_server) = server.split();
    let requests = way(from_client, to_server, of(Direction::Requests), heard);
    let responses = way(from_server, to_client, of(Direction::Responses), |_| {});
    match tokio::try_join!(requests, responses) {
        Ok(((), ())) => {}
        Err(Cut::Reset) => {
            reset(&client);
            reset(&server);
        }
        Err(Cut::Ended) => {
            tokio::join!(end(&mut client), end(&mut server));
        }
    }
}

/// One direction, until its end has been passed on.
async fn way(
    mut from: ReadHalf<'_>,
    mut to: WriteHalf<'_>,
    mut disturbance: Option<Disturbance>,
    mut heard: impl FnMut(&[u8]),
) -> Result<(), Cut> {
    let mut buffer = [0; 4096];
    let mut passed = 0;
    loop {
        let read = from.read(&mut buffer).await?;
        if read == 0 {
            return Ok(to.shutdown().await?);
        }
        let mut bytes = &buffer[..read];
        heard(bytes);
        if let Some(Disturbance { behind, fault }) = disturbance.take_if(|it| it.behind <= passed + read) {
            let (before, after) = bytes.split_at(behind - passed);
            to.write_all(before).await?;
            bytes = after;
            match fault {
                Fault::Reset => return Err(Cut::Reset),
                Fault::Ended => return Err(Cut::Ended),
                Fault::HalfClosed => {
                    to.shutdown().await?;
                    return swallow(from, heard).await;
                }
                Fault::Swallowed => return swallow(from, heard).await,
                Fault::Flooded(flood) => flood_with(flood, &mut to).await?,
                Fault::Delayed(time) => sleep(time).await,
                Fault::Dripping(apart) => {
                    let drops;
                    (drops, bytes) = bytes.split_at(bytes.len().min(DROPS));
                    for drop in drops {
                        to.write_all(&[*drop]).await?;
                        sleep(apart).await;
                    }
                }
            }
        }
        to.write_all(bytes).await?;
        passed += read;
    }
}

/// Takes what comes, until its end.
async fn swallow(mut from: ReadHalf<'_>, mut heard: impl FnMut(&[u8])) -> Result<(), Cut> {
    let mut buffer = [0; 4096];
    loop {
        match from.read(&mut buffer).await? {
            0 => return Ok(()),
            read => heard(&buffer[..read]),
        }
    }
}

/// Until nobody takes it any more.
async fn flood_with(flood: &[u8], to: &mut WriteHalf<'_>) -> Result<(), Cut> {
    loop {
        to.write_all(flood).await?;
    }
}

/// Without a server: nothing is ever said.
pub(super) async fn silence(mut client: TcpStream, heard: impl FnMut(&[u8])) {
    let (from, _to) = client.split();
    let _ = swallow(from, heard).await;
}

/// Without a server: this is what a request is answered with.
pub(super) async fn answer(mut client: TcpStream, answer: Answer, mut heard: impl FnMut(&[u8])) {
    let (mut from, mut to) = client.split();
    let mut buffer = [0; 4096];
    match from.read(&mut buffer).await {
        Ok(read) if read > 0 => heard(&buffer[..read]),
        _ => return,
    }
    let answers = async {
        match answer {
            Answer::Once(response) => {
                to.write_all(response.as_bytes()).await?;
                // The client closes it, or asks in vain.
                pending().await
            }
            Answer::Endless(beginning, flood) => {
                to.write_all(beginning.as_bytes()).await?;
                flood_with(flood, &mut to).await
            }
        }
    };
    let _: Result<((), ()), Cut> = tokio::try_join!(swallow_to_the_end(from, heard), answers);
}

/// As an error: then nobody is there to answer.
async fn swallow_to_the_end(from: ReadHalf<'_>, heard: impl FnMut(&[u8])) -> Result<(), Cut> {
    swallow(from, heard).await?;
    Err(Cut::Ended)
}

/// With a RST, when it is dropped.
pub(super) fn reset(stream: &TcpStream) {
    // Who has left already cannot be reset.
    let _ = stream.set_zero_linger();
}

/// With a FIN. What still comes is read: a socket that is closed over unread bytes sends a RST.
async fn end(stream: &mut TcpStream) {
    let _ = stream.shutdown().await;
    let (from, _) = stream.split();
    let _ = swallow(from, |_| {}).await;
}
