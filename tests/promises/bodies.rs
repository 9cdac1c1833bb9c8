//! What a body is sent as, byte for byte, and how often. Real sockets, since only a transport that asks for a stream's
//! content shows when it is gone.

use std::collections::{BTreeMap, VecDeque};
use std::future::Future;
use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use bytes::Bytes;
use futures_util::stream::{self, StreamExt as _};
use http::{Request, Response, StatusCode};
use parking_lot::Mutex;
use reauth::testing::{Body as Answer, LoopbackServer, TokenServer};
use reauth::{Auth0, Body, BoxError, ByteStream, Form, Multipart, Outcome, Part, Raw, Result, Stopped, api_client};
use serde::Serialize;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;

use crate::fake::{refused, respond};

/// What arrives is what it answers.
#[api_client(retry = "constant(1ms,3)")]
trait Bodies {
    #[put("/form")]
    async fn form(&self, #[body] form: Form<Payment>) -> Result<Raw>;

    #[put("/raw")]
    async fn raw(&self, #[body] raw: Raw) -> Result<Raw>;

    #[put("/stream")]
    async fn stream(&self, #[body] stream: ByteStream) -> Result<Raw>;

    #[put("/body")]
    async fn body(&self, #[body] body: Body) -> Result<Raw>;

    #[put("/multipart")]
    async fn multipart(&self, #[body] multipart: Multipart) -> Result<Raw>;

    #[get("/download")]
    async fn download(&self) -> Result<ByteStream>;
}

#[api_client(auth = "auth0", audience = "https://files.example.com", reauth = "constant(1ms,3)")]
trait Files {
    #[put("/stream")]
    async fn stream(&self, #[body] stream: ByteStream) -> Result<()>;

    #[get("/health")]
    async fn health(&self) -> Result<()>;
}

#[derive(Serialize)]
struct Payment {
    amount: u32,
    customer: Option<String>,
    #[serde(rename = "expand[]")]
    expand: Vec<&'static str>,
    metadata: BTreeMap<&'static str, &'static str>,
    items: Vec<Item>,
}

#[derive(Serialize)]
struct Item {
    price: &'static str,
}

type Log = Arc<Mutex<Vec<Request<Bytes>>>>;

/// Keeps what came, and answers with these statuses and the body that came; the last one for all that follow.
async fn server(statuses: &'static [u16]) -> (LoopbackServer, Log) {
    let log = Log::default();
    let server = LoopbackServer::start({
        let log = log.clone();
        move |request: Request<Bytes>| {
            let mut log = log.lock();
            let status = statuses[log.len().min(statuses.len() - 1)];
            let mut response = Response::new(Answer::from(request.body().clone()));
            *response.status_mut() = StatusCode::from_u16(status).unwrap();
            log.push(request);
            async move { Ok(response) }
        }
    });
    (server.await.unwrap(), log)
}

fn pieces(pieces: &'static [&'static str]) -> ByteStream {
    ByteStream::new(stream::iter(pieces.iter().map(|&piece| Ok::<_, io::Error>(piece))))
}

/// One piece, and then this error.
fn failing(problem: &'static str) -> ByteStream {
    ByteStream::new(stream::iter([Ok("half"), Err(io::Error::other(problem))]))
}

fn header<'a>(request: &'a Request<Bytes>, name: &str) -> Option<&'a str> {
    request.headers().get(name).map(|value| value.to_str().unwrap())
}

#[tokio::test]
async fn a_form_nests_as_stripe_reads_it() {
    let (server, log) = server(&[200]).await;
    let payment = Payment {
        amount: 1000,
        customer: None,
        expand: vec!["customer", "invoice"],
        metadata: BTreeMap::from([("order", "6735 & ä"), ("shop", "1")]),
        items: vec![Item { price: "p_1" }, Item { price: "p_2" }],
    };
    let client = BodiesClient::new(server.url()).unwrap();
    client.form(Form(payment)).await.unwrap();
    let log = log.lock();
    assert_eq!(
        header(&log[0], "content-type"),
        Some("application/x-www-form-urlencoded")
    );
    assert_eq!(
        log[0].body(),
        "amount=1000&expand%5B%5D=customer&expand%5B%5D=invoice&metadata%5Border%5D=6735+%26+%C3%A4\
         &metadata%5Bshop%5D=1&items%5B0%5D%5Bprice%5D=p_1&items%5B1%5D%5Bprice%5D=p_2"
    );
}

#[tokio::test]
async fn bytes_arrive_and_come_back_as_they_are() {
    let (server, log) = server(&[200]).await;
    let bytes = Raw::from((0..=255).collect::<Vec<u8>>());
    let client = BodiesClient::new(server.url()).unwrap();
    assert_eq!(client.raw(bytes.clone()).await.unwrap(), bytes);
    assert_eq!(header(&log.lock()[0], "content-type"), Some("application/octet-stream"));
}

#[tokio::test]
async fn a_stream_is_chunked_unless_its_length_is_known() {
    let (server, log) = server(&[200]).await;
    let client = BodiesClient::new(server.url()).unwrap();
    client.stream(pieces(&["a", "", "bc"])).await.unwrap();
    let body = Body::stream("text/csv".parse().unwrap(), pieces(&["a", "", "bc", ""])).length(3);
    client.body(body).await.unwrap();
    let log = log.lock();
    assert_eq!((&**log[0].body(), &**log[1].body()), (&b"abc"[..], &b"abc"[..]));
    assert_eq!(header(&log[0], "content-type"), Some("application/octet-stream"));
    assert_eq!(header(&log[0], "transfer-encoding"), Some("chunked"));
    assert_eq!(header(&log[1], "content-type"), Some("text/csv"));
    assert_eq!(header(&log[1], "content-length"), Some("3"));
}

#[tokio::test]
async fn r26_a_stream_that_is_said_to_be_empty_is_sent_with_its_length_and_again() {
    let (server, log) = server(&[503, 200]).await;
    let body = Body::stream("text/csv".parse().unwrap(), pieces(&["", ""])).length(0);
    BodiesClient::new(server.url()).unwrap().body(body).await.unwrap();
    let log = log.lock();
    assert_eq!(log.len(), 2);
    for request in &*log {
        assert_eq!(header(request, "content-type"), Some("text/csv"));
        assert_eq!(header(request, "content-length"), Some("0"));
        assert_eq!(header(request, "transfer-encoding"), None);
    }
}

#[tokio::test]
async fn r26_a_stream_that_was_not_empty_is_not_sent_as_if_it_were() {
    let (server, log) = server(&[200]).await;
    let client = BodiesClient::new(server.url()).unwrap();
    let body = Body::stream("text/csv".parse().unwrap(), pieces(&["a"])).length(0);
    for said in ["it is longer than its 0 bytes", "was sent with an earlier attempt"] {
        let error = client.body(body.clone()).await.unwrap_err();
        assert!(error.to_string().ends_with(said), "{error}");
    }
    assert_eq!(log.lock().len(), 0);
}

#[tokio::test]
async fn r26_a_multipart_in_memory_is_retried_byte_for_byte() {
    let (server, log) = server(&[503, 503, 200]).await;
    let multipart = Multipart::new()
        .text("name", "value")
        .part("file", Part::bytes("x").file_name("x.bin"));
    BodiesClient::new(server.url())
        .unwrap()
        .multipart(multipart)
        .await
        .unwrap();
    let log = log.lock();
    assert_eq!(log.len(), 3);
    for request in &log[1..] {
        assert_eq!(request.body(), log[0].body());
        assert_eq!(request.headers()["content-type"], log[0].headers()["content-type"]);
    }
}

#[tokio::test]
async fn a_file_is_a_part_of_known_length() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/Cargo.toml");
    let (server, log) = server(&[200]).await;
    let multipart = Multipart::new().text("a", "1").file("file", path).await.unwrap();
    let client = BodiesClient::new(server.url()).unwrap();
    client.multipart(multipart.text("b", "2")).await.unwrap();
    let log = log.lock();
    let content_type = header(&log[0], "content-type").unwrap();
    let boundary = content_type.strip_prefix("multipart/form-data; boundary=").unwrap();
    let expected = format!(
        "--{boundary}\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\n1\r\n\
         --{boundary}\r\nContent-Disposition: form-data; name=\"file\"; filename=\"Cargo.toml\"\r\n\
         Content-Type: application/octet-stream\r\n\r\n{}\r\n\
         --{boundary}\r\nContent-Disposition: form-data; name=\"b\"\r\n\r\n2\r\n--{boundary}--\r\n",
        std::fs::read_to_string(path).unwrap()
    );
    assert_eq!(log[0].body(), &expected);
    assert_eq!(
        header(&log[0], "content-length"),
        Some(expected.len().to_string().as_str())
    );
}

#[tokio::test]
async fn a_part_of_unknown_length_makes_the_body_chunked() {
    let (server, log) = server(&[200]).await;
    let multipart = Multipart::new().part("file", Part::stream(pieces(&["a", "b"])));
    BodiesClient::new(server.url())
        .unwrap()
        .multipart(multipart)
        .await
        .unwrap();
    let log = log.lock();
    assert_eq!(header(&log[0], "transfer-encoding"), Some("chunked"));
    assert!(log[0].body().windows(4).any(|window| window == b"ab\r\n"));
}

#[tokio::test]
async fn r26_a_stream_is_sent_once() {
    let (server, log) = server(&[503, 200]).await;
    let client = BodiesClient::new(server.url()).unwrap();
    let error = client.stream(pieces(&["a"])).await.unwrap_err();
    assert_eq!(log.lock().len(), 1);
    assert_eq!(
        (error.status().unwrap().as_u16(), error.stopped()),
        (503, Some(&Stopped::BodySent))
    );
    assert!(
        error
            .to_string()
            .ends_with("not sent again: its body is a stream, which can be sent only once"),
        "{error}"
    );
}

/// In front of the API: what stands first in the list happens to the first request, and so on; then it lets them through.
#[derive(Clone)]
struct Behind {
    happens: Arc<Mutex<VecDeque<Event>>>,
    client: reqwest::Client,
}

enum Event {
    NoConnection,
    /// Answered without a look at the body.
    Status(u16),
}

impl tower_service::Service<reqwest::Request> for Behind {
    type Response = reqwest::Response;
    type Error = BoxError;
    type Future = Pin<Box<dyn Future<Output = std::result::Result<reqwest::Response, BoxError>> + Send>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<std::result::Result<(), BoxError>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: reqwest::Request) -> Self::Future {
        let event = self.happens.lock().pop_front();
        let client = self.client.clone();
        Box::pin(async move {
            match event {
                Some(Event::NoConnection) => Err(refused()),
                Some(Event::Status(status)) => Ok(respond(status, &[], "")),
                None => Ok(client.execute(request).await?),
            }
        })
    }
}

#[tokio::test]
async fn r26_a_stream_that_nobody_has_read_is_sent_again() {
    let (server, log) = server(&[200]).await;
    let events = [Event::NoConnection, Event::Status(503), Event::NoConnection];
    let transport = Behind {
        happens: Arc::new(Mutex::new(events.into())),
        client: reqwest::Client::new(),
    };
    let client = BodiesClient::builder(server.url())
        .transport(transport)
        .build()
        .unwrap();
    assert_eq!(&*client.stream(pieces(&["a", "b"])).await.unwrap(), b"ab");
    assert_eq!(log.lock().len(), 1);
}

#[tokio::test]
async fn r26_a_401_to_a_stream_is_not_sent_again_but_the_token_is_rejected() {
    let tokens = TokenServer::start().await.unwrap();
    let (api, log) = server(&[200, 401, 200]).await;
    let credential = Auth0::new(tokens.url(), tokens.client_id(), tokens.client_secret());
    let client = FilesClient::new(api.url(), credential).unwrap();
    client.health().await.unwrap();
    let error = client.stream(pieces(&["a"])).await.unwrap_err();
    assert_eq!(
        (error.status().unwrap().as_u16(), error.stopped()),
        (401, Some(&Stopped::BodySent))
    );
    assert_eq!((log.lock().len(), tokens.token_requests()), (2, 1));
    client.stream(pieces(&["a"])).await.unwrap();
    assert_eq!(tokens.token_requests(), 2, "the rejected token is not used again");
}

#[tokio::test]
async fn r26_a_401_that_comes_before_the_stream_ends_is_the_answer() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            assert_ne!(stream.read(&mut [0; 4096]).await.unwrap(), 0);
            let answer = b"HTTP/1.1 401 Unauthorized\r\ncontent-length: 0\r\n\r\n";
            stream.write_all(answer).await.unwrap();
            let _ = stream.read_to_end(&mut Vec::new()).await;
        }
    });
    let endless = stream::iter([Ok::<_, io::Error>("a")]).chain(stream::pending());
    let error = BodiesClient::new(url)
        .unwrap()
        .stream(ByteStream::new(endless))
        .await
        .unwrap_err();
    assert_eq!((error.status().unwrap().as_u16(), error.attempts().len()), (401, 1));
}

#[tokio::test]
async fn a_stream_that_fails_says_so_itself_and_nothing_is_half_sent() {
    let (server, log) = server(&[200]).await;
    let client = BodiesClient::new(server.url()).unwrap();
    let known = |stream, length| Body::stream("text/plain".parse().unwrap(), stream).length(length);
    let part = Multipart::new().part("report", Part::stream(failing("the disk is on fire")));
    let longer = Multipart::new().part("report", Part::stream(pieces(&["half"])).length(0));
    for (result, said) in [
        (
            client.stream(failing("the disk is on fire")).await,
            "the disk is on fire",
        ),
        (client.multipart(part).await, "part `report`: the disk is on fire"),
        (client.body(known(failing("on fire"), 8)).await, "on fire"),
        (
            client.body(known(pieces(&["half"]), 8)).await,
            "it ended after 4 of 8 bytes",
        ),
        (
            client.body(known(pieces(&["half", "full", "!"]), 8)).await,
            "it is longer than its 8 bytes",
        ),
        (
            client.body(known(pieces(&["half", "fuller"]), 8)).await,
            "it is longer than its 8 bytes",
        ),
        (
            client.body(known(pieces(&["", "half"]), 0)).await,
            "it is longer than its 0 bytes",
        ),
        (
            client
                .body(known(
                    ByteStream::new(stream::iter([Err::<Bytes, _>(io::Error::other("on fire"))])),
                    0,
                ))
                .await,
            "on fire",
        ),
        // A boundary and a part's head come with it.
        (client.multipart(longer).await, "it is longer than its 165 bytes"),
    ] {
        let error = result.unwrap_err();
        assert!(
            error
                .to_string()
                .ends_with(&format!("the body's stream failed: {said}")),
            "{error}"
        );
        assert!(!error.is_transient() && !error.is_connect() && !error.is_timeout());
        assert_eq!(error.attempts().len(), 1, "{error}");
        assert_eq!(error.attempts()[0].outcome(), Outcome::Body);
    }
    assert_eq!(log.lock().len(), 0, "no request was whole");
}

#[tokio::test]
async fn a_download_can_be_the_body_of_an_upload() {
    let (target, log) = server(&[200]).await;
    let upload = BodiesClient::new(target.url()).unwrap();
    for (answer, whole) in [
        (Answer::from("all of it"), true),
        (Answer::cut_after("half of it"), false),
    ] {
        let source = LoopbackServer::start(move |_| {
            let answer = answer.clone();
            async move { Ok(Response::new(answer)) }
        })
        .await
        .unwrap();
        let download = BodiesClient::new(source.url()).unwrap().download().await.unwrap();
        let result = upload.stream(download).await;
        if whole {
            assert_eq!(&*result.unwrap(), b"all of it");
        } else {
            let error = result.unwrap_err().to_string();
            assert!(
                error.starts_with("PUT /stream: the body's stream failed: GET /download: "),
                "{error}"
            );
            assert!(error.ends_with("the body broke off after 10 bytes"), "{error}");
        }
    }
    assert_eq!(log.lock().len(), 1);
}

#[tokio::test]
async fn s03_a_stream_is_not_sent_on_to_where_a_redirect_points() {
    let log = Log::default();
    let server = LoopbackServer::start({
        let log = log.clone();
        move |request: Request<Bytes>| {
            log.lock().push(request);
            let mut response = Response::new(Answer::from(""));
            *response.status_mut() = StatusCode::TEMPORARY_REDIRECT;
            response.headers_mut().insert("location", "/elsewhere".parse().unwrap());
            async move { Ok(response) }
        }
    });
    let server = server.await.unwrap();
    let client = BodiesClient::new(server.url()).unwrap();
    let error = client.stream(pieces(&["a"])).await.unwrap_err();
    assert_eq!((error.status().unwrap().as_u16(), log.lock().len()), (307, 1));
}
