//! Bodies that come one piece after another: lines, events and bytes.

use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::Bytes;
use http::{HeaderValue, StatusCode};
use parking_lot::Mutex;
use reauth::testing::{Body, LoopbackServer};
use reauth::{
    BodyError, ByteStream, CallOptions, Error, Event, Events, Lines, Outcome, Response, Result, Text, api_client,
};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{mpsc, oneshot};
use tokio::time::{Instant, timeout};

use crate::api::{Item, Open as _, OpenClient};
use crate::fake::{Fake, credential, respond, token_server};

#[api_client(auth = "auth0", audience = "https://todo.example.com")]
trait Streams {
    #[get("/lines", auth = "none", retry = "constant(1ms,3)")]
    async fn lines(&self) -> Result<Lines<Item>>;

    #[get("/lines", auth = "none", timeout = "250ms", idle_timeout = "24h")]
    async fn hurried(&self) -> Result<Lines<Item>>;

    #[get("/lines", auth = "none")]
    async fn texts(&self) -> Result<Lines<Text>>;

    #[get("/lines")]
    async fn guarded(&self) -> Result<Lines<Item>>;

    #[get("/lines", auth = "none")]
    async fn lines_with_head(&self) -> Result<Response<Lines<Item>>>;

    #[get("/events", auth = "none")]
    async fn events(&self, #[header("Last-Event-ID")] after: Option<&str>) -> Result<Events<Item>>;

    #[get("/events", auth = "none", idle_timeout = "60s")]
    async fn watched(&self) -> Result<Events<Item>>;

    #[get("/events", auth = "none")]
    async fn text_events(&self) -> Result<Events<Text>>;

    #[get("/events", auth = "none")]
    async fn events_with_head(&self) -> Result<Response<Events<Item>>>;

    #[get("/bytes", auth = "none")]
    async fn bytes_with_head(&self) -> Result<Response<ByteStream>>;
}

fn through(fake: Fake) -> StreamsClient {
    builder().transport(fake).build().unwrap()
}

fn builder() -> reauth::ClientBuilder<StreamsClient> {
    StreamsClient::builder("https://api.example.com", credential(&token_server()))
}

fn at(url: &str) -> StreamsClient {
    StreamsClient::new(url, credential(&token_server())).unwrap()
}

fn answering(content_type: &'static str, body: &'static str) -> Fake {
    Fake::new(move |_| async move { Ok(respond(200, &[("content-type", content_type)], body)) })
}

const EVENTS: &str = "text/event-stream";

fn message<T>(data: T) -> Event<T> {
    Event {
        data,
        event: "message".to_owned(),
        id: None,
        retry: None,
    }
}

/// A body that comes as the test sends it.
struct Sent(mpsc::UnboundedReceiver<Bytes>);

impl http_body::Body for Sent {
    type Data = Bytes;
    type Error = std::convert::Infallible;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<http_body::Frame<Bytes>, Self::Error>>> {
        self.0
            .poll_recv(context)
            .map(|piece| piece.map(|piece| Ok(http_body::Frame::data(piece))))
    }
}

/// A transport whose one response has a body that the test sends.
fn sending(content_type: &'static str) -> (mpsc::UnboundedSender<Bytes>, Fake) {
    let (pieces, received) = mpsc::unbounded_channel();
    let received = Mutex::new(Some(received));
    let fake = Fake::new(move |_| {
        let body = reqwest::Body::wrap(Sent(received.lock().take().unwrap()));
        let response = http::Response::builder()
            .header("content-type", content_type)
            .body(body);
        async { Ok(response.unwrap().into()) }
    });
    (pieces, fake)
}

/// A response's head and these pieces, each a chunk of its own; not the end of it.
fn chunked(content_type: &str, pieces: &[&[u8]]) -> Vec<u8> {
    let mut response =
        format!("HTTP/1.1 200 OK\r\ncontent-type: {content_type}\r\ntransfer-encoding: chunked\r\n\r\n").into_bytes();
    for piece in pieces {
        response.extend(format!("{:x}\r\n", piece.len()).bytes());
        response.extend_from_slice(piece);
        response.extend_from_slice(b"\r\n");
    }
    response
}

const END: &[u8] = b"0\r\n\r\n";

async fn listen() -> (String, TcpListener) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    (format!("http://{}", listener.local_addr().unwrap()), listener)
}

/// Takes the next request, and writes this.
async fn answer(listener: &TcpListener, response: &[u8]) -> TcpStream {
    let (mut stream, _) = listener.accept().await.unwrap();
    assert_ne!(stream.read(&mut [0; 4096]).await.unwrap(), 0);
    stream.write_all(response).await.unwrap();
    stream
}

#[tokio::test]
async fn pieces_may_end_in_the_middle_of_a_line_and_of_a_character() {
    let (url, listener) = listen().await;
    let server = tokio::spawn(async move {
        let lines = chunked(
            "application/x-ndjson",
            &[b"{\"i", b"d\":1}\r", b"\n\n{\"id\":2}\n{", b"\"id\":3}"],
        );
        answer(&listener, &[&*lines, END].concat()).await;
        let texts = chunked("text/plain", &[b"zw\xC3", b"\xB6lf\nH\xE2", b"\x82", b"\xAC"]);
        answer(&listener, &[&*texts, END].concat()).await;
        let events = chunked(EVENTS, &[b"da", b"ta:zw\xC3", b"\xB6lf\r", b"\n\r", b"\n"]);
        answer(&listener, &[&*events, END].concat()).await;
    });

    let mut lines = at(&url).lines().await.unwrap();
    for id in 1..=3 {
        assert_eq!(lines.try_next().await.unwrap(), Some(Item { id }));
    }
    assert_eq!(lines.try_next().await.unwrap(), None);
    assert_eq!(lines.try_next().await.unwrap(), None, "and stays there");

    let mut texts = at(&url).texts().await.unwrap();
    assert_eq!(&*texts.try_next().await.unwrap().unwrap(), "zwölf");
    assert_eq!(&*texts.try_next().await.unwrap().unwrap(), "H€");
    assert_eq!(texts.try_next().await.unwrap(), None);

    let mut events = at(&url).text_events().await.unwrap();
    assert_eq!(events.try_next().await.unwrap(), Some(message("zwölf".into())));
    assert_eq!(events.try_next().await.unwrap(), None);
    server.await.unwrap();
}

/// What an error says about a server that went away in the middle.
fn assert_broken(error: &Error, line: &str) {
    assert_eq!(error.to_string(), line);
    assert!(error.is_transient());
    assert_eq!(error.status().unwrap(), StatusCode::OK);
    assert_eq!(
        error.attempts().last().unwrap().outcome(),
        Outcome::Status(StatusCode::OK)
    );
}

#[tokio::test]
async fn a_stream_that_breaks_off_says_whose_it_was_and_how_far_it_came() {
    let (url, listener) = listen().await;
    let server = tokio::spawn(async move {
        answer(
            &listener,
            b"HTTP/1.1 503 Unavailable\r\ncontent-length: 0\r\nconnection: close\r\n\r\n",
        )
        .await;
        answer(
            &listener,
            &chunked("application/x-ndjson", &[b"{\"id\":1}\n{\"id\"", b":2}"]),
        )
        .await;
        answer(
            &listener,
            &chunked(EVENTS, &[b"id: 7\ndata: {\"id\":1}\n\nid: 8\ndata: {}\n"]),
        )
        .await;
    });

    let mut lines = at(&url).lines().await.unwrap();
    assert_eq!(lines.try_next().await.unwrap(), Some(Item { id: 1 }));
    let error = lines.try_next().await.unwrap_err();
    assert_broken(&error, "GET /lines: the body broke off after 17 bytes after 2 attempts");
    assert_eq!(
        error.attempts()[0].outcome(),
        Outcome::Status(StatusCode::SERVICE_UNAVAILABLE)
    );
    assert_eq!(
        lines.try_next().await.unwrap(),
        None,
        "a line of which a part came is none"
    );

    let mut events = at(&url).events(None).await.unwrap();
    events.try_next().await.unwrap().unwrap();
    let error = events.try_next().await.unwrap_err();
    assert_broken(&error, "GET /events: the body broke off after 37 bytes");
    assert_eq!(events.try_next().await.unwrap(), None);
    assert_eq!(
        events.last_event_id(),
        Some("7"),
        "an event that is not complete has no id either"
    );
    server.await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn a_misfit_is_named_and_kept_and_the_next_is_read() {
    let body = "{\"id\":1}\n\n{\"id\":\"two\"}\n<html>\n{\"id\":4}";
    let mut lines = through(answering("application/x-ndjson", body)).lines().await.unwrap();
    assert_eq!(lines.try_next().await.unwrap(), Some(Item { id: 1 }));
    let error = lines.try_next().await.unwrap_err();
    assert_eq!(
        error.to_string(),
        "GET /lines: line 3: the JSON does not fit at `id`: invalid type: string \"two\", expected u32 at column 11"
    );
    assert!(error.is_decode() && error.status().unwrap() == 200 && error.attempts().len() == 1);
    assert_eq!(error.body().unwrap(), br#"{"id":"two"}"#);
    let error = lines.try_next().await.unwrap_err();
    assert!(
        error
            .to_string()
            .contains("line 4: the JSON does not fit: expected value at column 1"),
        "{error}"
    );
    assert_eq!(lines.try_next().await.unwrap(), Some(Item { id: 4 }));
    assert_eq!(lines.try_next().await.unwrap(), None);

    let body = "data: {\"id\":1}\n\nevent: add\ndata: {\"id\":\ndata: null}\n\nid: x\ndata: {\"id\":3}\n\n";
    let mut events = through(answering(EVENTS, body)).events(None).await.unwrap();
    assert_eq!(events.try_next().await.unwrap(), Some(message(Item { id: 1 })));
    let error = events.try_next().await.unwrap_err();
    assert_eq!(
        error.to_string(),
        "GET /events: event 2 (add): the JSON does not fit at `id`: invalid type: null, expected u32 at line 2 column 4"
    );
    assert_eq!(error.body().unwrap(), b"{\"id\":\nnull}");
    assert_eq!(events.try_next().await.unwrap().unwrap().data, Item { id: 3 });
}

#[tokio::test(start_paused = true)]
async fn a_last_line_that_only_the_end_completes_says_whose_it_was_too() {
    let mut lines = through(answering("application/x-ndjson", "{}")).lines().await.unwrap();
    let error = lines.try_next().await.unwrap_err();
    assert!(error.to_string().starts_with("GET /lines: line 1: "), "{error}");
    assert_eq!((error.status().unwrap().as_u16(), error.attempts().len()), (200, 1));
    assert_eq!(lines.try_next().await.unwrap(), None);
}

#[tokio::test(start_paused = true)]
async fn s09_a_line_that_repeats_the_token_does_not_keep_it() {
    let fake = Fake::new(|seen| async move {
        let token = seen.headers["authorization"].to_str().unwrap();
        let token = token.strip_prefix("Bearer ").unwrap();
        Ok(respond(200, &[], &format!("{{\"id\":\"{token}\"}}\n")))
    });
    let error = through(fake).guarded().await.unwrap().try_next().await.unwrap_err();
    assert_eq!(error.body().unwrap(), br#"{"id":"[credential]"}"#);
    assert!(!format!("{error:?}").contains("canary"), "{error:?}");
}

#[tokio::test(start_paused = true)]
async fn s10_ten_mebibytes_are_read_unless_said_otherwise_and_a_stream_has_no_limit() {
    const LIMIT: usize = 10 * 1024 * 1024;
    for size in [LIMIT, LIMIT + 1] {
        let fake = Fake::new(move |_| async move { Ok(respond(200, &[], &"x".repeat(size))) });
        let open = OpenClient::builder("https://api.example.com").transport(fake.clone());
        match open.build().unwrap().text().await {
            Ok(text) => assert_eq!((text.len(), size), (LIMIT, LIMIT)),
            Err(error) => {
                assert_eq!(size, LIMIT + 1, "{error}");
                assert!(error.to_string().contains("larger than 10485760 bytes"), "{error}");
            }
        }
        let mut bytes = through(fake).bytes_with_head().await.unwrap().into_body();
        let mut received = 0;
        while let Some(piece) = bytes.try_next().await.unwrap() {
            received += piece.len();
        }
        assert_eq!(received, size);
    }
}

#[tokio::test(start_paused = true)]
async fn s10_a_line_and_an_event_are_read_up_to_the_limit() {
    let limited = |fake: Fake| builder().transport(fake).max_response_body(8).build().unwrap();

    let body = "{\"id\":1}\n{\"id\":22}\n{\"id\":3}\n";
    let mut lines = limited(answering("application/x-ndjson", body)).lines().await.unwrap();
    assert_eq!(lines.try_next().await.unwrap(), Some(Item { id: 1 }));
    let error = lines.try_next().await.unwrap_err();
    assert!(
        error.to_string().contains("line 2: it is longer than 8 bytes"),
        "{error}"
    );
    assert_eq!(lines.try_next().await.unwrap(), Some(Item { id: 3 }));

    let body = "data: {\"id\":1}\n\ndata: {\"id\":22}\n\ndata: {\"id\":3}\n\n";
    let mut events = limited(answering(EVENTS, body)).events(None).await.unwrap();
    assert_eq!(events.try_next().await.unwrap(), Some(message(Item { id: 1 })));
    let error = events.try_next().await.unwrap_err();
    assert!(
        error.to_string().contains("event 2: it is larger than 8 bytes"),
        "{error}"
    );
    assert_eq!(events.try_next().await.unwrap(), Some(message(Item { id: 3 })));
}

#[tokio::test(start_paused = true)]
async fn a_stream_outlives_its_calls_timeout_and_a_dropped_try_next_loses_nothing() {
    let (pieces, fake) = sending("application/x-ndjson");
    let mut lines = through(fake).hurried().await.unwrap();
    pieces.send("{\"id\"".into()).unwrap();
    timeout(Duration::from_secs(3600), lines.try_next()).await.unwrap_err();
    pieces.send(":1}\n{\"id\":2}\n{".into()).unwrap();
    assert_eq!(lines.try_next().await.unwrap(), Some(Item { id: 1 }));
    timeout(Duration::from_secs(3600), async {
        while lines.try_next().await.unwrap().is_some() {}
    })
    .await
    .unwrap_err();
    pieces.send("\"id\":3}".into()).unwrap();
    drop(pieces);
    assert_eq!(lines.try_next().await.unwrap(), Some(Item { id: 3 }));
    assert_eq!(lines.try_next().await.unwrap(), None);
}

#[tokio::test(start_paused = true)]
async fn a_stream_that_is_silent_for_too_long_ends_with_an_error_that_says_so() {
    let (pieces, fake) = sending(EVENTS);
    let mut events = through(fake).watched().await.unwrap();
    pieces.send("data: {\"id\":1}\n\n".into()).unwrap();
    assert_eq!(events.try_next().await.unwrap(), Some(message(Item { id: 1 })));

    // A heartbeat is no event, and no silence.
    let beats = tokio::spawn(async move {
        for _ in 0..3 {
            tokio::time::sleep(Duration::from_secs(50)).await;
            pieces.send(": beat\n\n".into()).unwrap();
        }
        pieces
    });
    let start = Instant::now();
    let error = events.try_next().await.unwrap_err();
    assert_eq!(Instant::now() - start, Duration::from_secs(150 + 60));
    assert_eq!(
        error.to_string(),
        "GET /events: the body stopped coming after 40 bytes: nothing for 60s, its `idle_timeout`"
    );
    assert!(error.is_timeout() && error.is_transient());
    assert_eq!(error.status().unwrap(), StatusCode::OK);
    assert_eq!(events.try_next().await.unwrap(), None);
    assert!(beats.await.unwrap().is_closed(), "its connection is gone");
}

#[tokio::test(start_paused = true)]
async fn a_slow_reader_is_no_silent_server() {
    let (pieces, fake) = sending(EVENTS);
    let mut events = through(fake).watched().await.unwrap();
    for id in 1..4 {
        pieces.send(format!("data: {{\"id\":{id}}}\n\n").into()).unwrap();
        tokio::time::sleep(Duration::from_secs(600)).await;
        assert_eq!(events.try_next().await.unwrap(), Some(message(Item { id })));
        // It asks once, and comes back much later.
        timeout(Duration::from_secs(1), events.try_next()).await.unwrap_err();
    }
}

#[tokio::test(start_paused = true)]
async fn no_stream_is_silent_for_ever() {
    async fn silence<T>(read: impl Future<Output = Result<T>>) -> u64 {
        let start = Instant::now();
        let error = read.await.err().unwrap();
        assert!(matches!(error.body_error(), Some(BodyError::Idle { .. })), "{error}");
        start.elapsed().as_secs()
    }
    let (_lines, fake) = sending("application/x-ndjson");
    assert_eq!(silence(through(fake).texts().await.unwrap().try_next()).await, 300);
    let (_bytes, fake) = sending("image/png");
    let mut bytes = through(fake).bytes_with_head().await.unwrap().into_body();
    assert_eq!(silence(bytes.try_next()).await, 300);
    let (_events, fake) = sending(EVENTS);
    let hour = CallOptions::new().idle_timeout(Duration::from_secs(3600));
    let mut events = through(fake).with(hour).watched().await.unwrap();
    assert_eq!(silence(events.try_next()).await, 3600);
}

#[tokio::test(start_paused = true)]
async fn done_ends_a_stream_of_json_and_is_text_like_any_other() {
    let body = "data: {\"id\":1}\n\ndata: [DONE]\n\ndata: {\"id\":2}\n\n";
    let mut events = through(answering(EVENTS, body)).events(None).await.unwrap();
    assert_eq!(events.try_next().await.unwrap(), Some(message(Item { id: 1 })));
    assert_eq!(events.try_next().await.unwrap(), None);
    assert_eq!(events.try_next().await.unwrap(), None);

    let mut events = through(answering(EVENTS, body)).text_events().await.unwrap();
    let mut data = Vec::new();
    while let Some(event) = events.try_next().await.unwrap() {
        data.push(event.data.0);
    }
    assert_eq!(data, [r#"{"id":1}"#, "[DONE]", r#"{"id":2}"#]);
}

#[tokio::test(start_paused = true)]
async fn what_is_no_event_stream_is_an_error_that_keeps_it() {
    let error = through(answering("application/json", r#"{"id":1}"#))
        .events(None)
        .await
        .unwrap_err();
    assert_eq!(
        error.to_string(),
        "GET /events: expected text/event-stream, the server sent application/json"
    );
    assert!(error.is_decode());
    assert_eq!(error.json::<Item>().unwrap(), Item { id: 1 });

    let plain = through(Fake::new(|_| async { Ok(respond(200, &[], "data: 1\n\n")) }));
    let error = plain.text_events().await.unwrap_err();
    assert!(
        error.to_string().ends_with("the server sent no content type"),
        "{error}"
    );

    for good in [
        "text/event-stream",
        "Text/Event-Stream; charset=utf-8",
        "text/event-stream;charset=UTF-8",
    ] {
        let mut events = through(answering(good, "data: 1\n\n")).text_events().await.unwrap();
        assert_eq!(events.try_next().await.unwrap(), Some(message("1".into())), "{good}");
    }

    let empty = through(Fake::new(|_| async { Ok(respond(204, &[], "")) }));
    assert_eq!(empty.events(None).await.unwrap().try_next().await.unwrap(), None);
}

/// As lines do where events were expected: the call does not wait for their end.
#[tokio::test(start_paused = true)]
async fn what_is_no_event_stream_and_never_ends_is_an_error_soon() {
    let (pieces, fake) = sending("application/x-ndjson");
    pieces.send("{\"id\":1}\n".into()).unwrap();
    let start = Instant::now();
    let error = through(fake).events(None).await.unwrap_err();
    assert!(
        error.to_string().contains("the server sent application/x-ndjson"),
        "{error}"
    );
    assert_eq!(error.body().unwrap(), b"{\"id\":1}\n");
    assert_eq!(Instant::now() - start, Duration::from_secs(1));
}

#[tokio::test(start_paused = true)]
async fn a_stream_comes_with_its_head() {
    let lines = through(answering("application/x-ndjson", "{\"id\":1}\n"))
        .lines_with_head()
        .await;
    let mut lines = lines.unwrap();
    assert_eq!(lines.status(), 200);
    assert_eq!(lines.headers()["content-type"], "application/x-ndjson");
    assert_eq!(lines.try_next().await.unwrap(), Some(Item { id: 1 }));

    let events = through(answering(EVENTS, "data: {\"id\":1}\n\n"))
        .events_with_head()
        .await;
    let mut events = events.unwrap();
    assert_eq!(events.headers()["content-type"], EVENTS);
    assert_eq!(events.try_next().await.unwrap(), Some(message(Item { id: 1 })));

    let empty = through(Fake::new(|_| async { Ok(respond(204, &[], "")) }));
    assert_eq!(
        empty.events_with_head().await.unwrap().status(),
        204,
        "do not connect again"
    );

    let bytes = through(answering("image/png", "png")).bytes_with_head().await.unwrap();
    assert_eq!(bytes.headers()["content-type"], "image/png");
    assert_eq!(bytes.into_body().try_next().await.unwrap().unwrap(), "png");
}

#[tokio::test]
async fn an_event_stream_goes_on_after_a_break_where_it_was() {
    let asked = Arc::new(Mutex::new(Vec::new()));
    let server = LoopbackServer::start({
        let asked = asked.clone();
        move |request| {
            let mut asked = asked.lock();
            let body = [
                "retry: 20\nid: 1\ndata: {\"id\":1}\n\n",
                "id: 2\n\n",
                "data: {\"id\":3}\n\n",
                // Takes it back: the next one begins anew.
                "id\ndata: {\"id\":4}\n\n",
                ": nothing new\n\n",
            ][asked.len()];
            let last_event_id = request.headers().get("last-event-id");
            asked.push(last_event_id.map(|id| id.to_str().unwrap().to_owned()));
            let mut response = http::Response::new(Body::cut_after(body));
            response
                .headers_mut()
                .insert("content-type", HeaderValue::from_static(EVENTS));
            async { Ok(response) }
        }
    });
    let server = server.await.unwrap();
    let client = at(server.url());
    let mut seen = Vec::new();
    let mut last: Option<String> = None;
    for _ in 0..5 {
        let mut events = client.events(last.as_deref()).await.unwrap().after(last.as_deref());
        loop {
            match events.try_next().await {
                Ok(Some(event)) => seen.push((event.data.id, event.id, event.retry)),
                Ok(None) => break,
                Err(error) if error.is_transient() => break,
                Err(error) => panic!("{error:?}"),
            }
        }
        last = events.last_event_id().map(str::to_owned);
    }
    let id = |id: &str| Some(id.to_owned());
    assert_eq!(*asked.lock(), [None, id("1"), id("2"), id("2"), None]);
    let first = (1, id("1"), Some(Duration::from_millis(20)));
    assert_eq!(seen, [first, (3, id("2"), None), (4, None, None)]);
}

/// R28, for what outlives the call.
#[tokio::test]
async fn r28_a_dropped_stream_closes_its_connection_and_leaves_no_task() {
    let (url, listener) = listen().await;
    let (left, has_left) = oneshot::channel();
    tokio::spawn(async move {
        let response = chunked(EVENTS, &[b"data: {\"id\":1}\n\n", b"data: "]);
        let mut stream = answer(&listener, &response).await;
        let read = stream.read(&mut [0; 64]).await;
        left.send(matches!(read, Ok(0) | Err(_))).unwrap();
    });
    let tasks = || tokio::runtime::Handle::current().metrics().num_alive_tasks();
    let before = tasks() - 1;

    let client = at(&url);
    let mut events = client.events(None).await.unwrap();
    assert_eq!(events.try_next().await.unwrap(), Some(message(Item { id: 1 })));
    assert!(tasks() > before, "the connection is one");
    drop(events);

    let limit = Duration::from_secs(10);
    assert!(
        timeout(limit, has_left).await.unwrap().unwrap(),
        "the server sees it go"
    );
    let gone = async {
        while tasks() > before {
            tokio::task::yield_now().await;
        }
    };
    timeout(limit, gone).await.expect("no task is left");
}
