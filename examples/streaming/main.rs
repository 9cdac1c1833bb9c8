//! Streams: an answer word by word (server-sent events), a file up and down that is never whole in memory, and records
//! one to a line.
//!
//! `cargo run --example streaming`.

use std::error::Error;
use std::io;
use std::time::Duration;

use reauth::http::{Request, Response, StatusCode};
use reauth::testing::{Body, LoopbackServer, json};
use reauth::{ByteStream, Events, Lines, Result, api_client, bytes};
use serde::{Deserialize, Serialize};
use tokio::io::AsyncWriteExt;

/// What is asked.
#[derive(Debug, Serialize)]
pub struct Question<'a> {
    /// In words.
    pub prompt: &'a str,
}

/// A piece of the answer.
#[derive(Debug, Deserialize)]
pub struct Delta {
    /// What follows what was there before.
    pub text: String,
}

/// One record of the export.
#[derive(Debug, Deserialize)]
pub struct Record {
    /// Which one.
    pub id: u32,
}

/// An API that takes its time.
#[api_client(timeout = "5s")]
pub trait Assistant {
    /// The answer as it is thought of. `timeout` ends where the first of it comes.
    #[post("/answers")]
    #[headers("Accept: text/event-stream")]
    async fn ask(&self, #[body] question: &Question<'_>) -> Result<Events<Delta>>;

    /// Every record.
    #[get("/export")]
    async fn export(&self) -> Result<Lines<Record>>;

    /// Stores a file; a stream is sent once, whatever `retry` says.
    #[put("/files/{name}")]
    async fn upload(&self, name: &str, #[body] content: ByteStream) -> Result<u64>;
}

#[tokio::main]
async fn main() -> std::result::Result<(), Box<dyn Error>> {
    let server = LoopbackServer::start(|request| async move { Ok(answer(&request)) }).await?;
    let assistant = AssistantClient::new(server.url())?;

    let mut events = assistant.ask(&Question { prompt: "Why?" }).await?;
    let mut said = String::new();
    while let Some(event) = events.try_next().await? {
        print!("{}", event.data.text);
        io::Write::flush(&mut io::stdout())?;
        said += &event.data.text;
    }
    println!();
    assert_eq!(said, "Because it is there.");

    let mut records = assistant.export().await?;
    let mut sum = 0;
    while let Some(record) = records.try_next().await? {
        sum += record.id;
    }
    println!("the sum of all records is {sum}");
    assert_eq!(sum, 6);

    let pieces = ByteStream::from_reader(io::Cursor::new(vec![b'x'; 300_000]));
    let stored = assistant.upload("report.txt", pieces).await?;
    println!("{stored} bytes stored");
    assert_eq!(stored, 300_000);
    Ok(())
}

fn answer(request: &Request<bytes::Bytes>) -> Response<Body> {
    match request.uri().path() {
        "/answers" => {
            let mut response = Response::new(Body::stream(words()));
            let event_stream = "text/event-stream".parse().expect("a header value");
            response.headers_mut().insert("content-type", event_stream);
            response
        }
        "/export" => Response::new(Body::from("{\"id\":1}\n{\"id\":2}\n{\"id\":3}\n")),
        _ => json(StatusCode::OK, &request.body().len()),
    }
}

/// A word now and then.
fn words() -> ByteStream {
    let (mut writer, reader) = tokio::io::duplex(64);
    tokio::spawn(async move {
        for word in ["Because", " it", " is", " there."] {
            tokio::time::sleep(Duration::from_millis(100)).await;
            let event = format!("data: {}\n\n", serde_json::json!({"text": word}));
            if writer.write_all(event.as_bytes()).await.is_err() {
                return;
            }
        }
    });
    ByteStream::from_reader(reader)
}
