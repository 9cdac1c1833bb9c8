//! JSON, forms, parts and streams.

use std::collections::HashMap;
use std::fmt::Write as _;

use bytes::Bytes;
use futures_util::stream;
use http::HeaderValue;
use reauth::{ByteStream, Form, Multipart, Part, Raw, Result, Text, api_client};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::start;

/// What httpbin saw. Of bytes that are no text it makes a `data:` URL.
#[derive(Debug, Deserialize)]
struct Seen {
    data: String,
    files: Value,
    form: Value,
    headers: HashMap<String, String>,
    json: Value,
}

#[derive(Debug, Deserialize, PartialEq, Serialize)]
struct Order<'a> {
    text: &'a str,
    count: i64,
    rush: Option<bool>,
    tags: Vec<&'a str>,
}

#[api_client]
trait Echo {
    #[post("/anything")]
    async fn json(&self, #[body] order: &Order<'_>) -> Result<Seen>;

    #[put("/anything")]
    async fn form(&self, #[body] order: Form<&Order<'_>>) -> Result<Seen>;

    #[post("/anything")]
    async fn text(&self, #[body] text: Text) -> Result<Seen>;

    #[post("/anything")]
    async fn raw(&self, #[body] bytes: Raw) -> Result<Seen>;

    #[post("/anything")]
    async fn stream(&self, #[body] stream: ByteStream) -> Result<Seen>;

    #[post("/anything")]
    async fn multipart(&self, #[body] parts: Multipart) -> Result<Seen>;

    #[post("/anything")]
    async fn nothing(&self) -> Result<Seen>;
}

const TEXT: &str = "a=b&c+d %20 \"e\" \\ \r\n ä€😀\u{0}";

fn order(rush: Option<bool>) -> Order<'static> {
    Order {
        text: TEXT,
        count: -9_007_199_254_740_993,
        rush,
        tags: vec!["a", "b&c"],
    }
}

impl Seen {
    fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).map(String::as_str)
    }
}

#[tokio::test]
async fn json_arrives_as_it_is() {
    let server = start().await;
    let seen = EchoClient::new(server.url()).unwrap().json(&order(None)).await.unwrap();
    assert_eq!(seen.json, serde_json::to_value(order(None)).unwrap());
    assert_eq!(seen.header("Content-Type"), Some("application/json"));
    assert_eq!(
        seen.header("Content-Length"),
        Some(seen.data.len().to_string().as_str())
    );
}

#[tokio::test]
async fn s06_a_form_arrives_as_it_is() {
    let server = start().await;
    let echo = EchoClient::new(server.url()).unwrap();
    let seen = echo.form(Form(&order(Some(true)))).await.unwrap();
    let expected = json!({
        "text": TEXT, "count": "-9007199254740993", "rush": "true", "tags": ["a", "b&c"],
    });
    assert_eq!(seen.form, expected);
    assert_eq!(seen.header("Content-Type"), Some("application/x-www-form-urlencoded"));
    let seen = echo.form(Form(&order(None))).await.unwrap();
    assert!(seen.form.get("rush").is_none(), "{}", seen.form);
}

#[tokio::test]
async fn text_bytes_and_nothing() {
    let server = start().await;
    let echo = EchoClient::new(server.url()).unwrap();
    let seen = echo.text(Text(TEXT.to_owned())).await.unwrap();
    assert_eq!(
        (seen.data.as_str(), seen.header("Content-Type")),
        (TEXT, Some("text/plain; charset=utf-8"))
    );

    let seen = echo.raw(Raw(Bytes::from_static(&[0, 0xff, 0xfe]))).await.unwrap();
    assert_eq!(seen.data, "data:application/octet-stream;base64,AP/+");

    let seen = echo.nothing().await.unwrap();
    assert_eq!((seen.data.as_str(), seen.header("Content-Length")), ("", Some("0")));
    assert_eq!(seen.header("Content-Type"), None);
}

#[tokio::test]
async fn a_stream_arrives_whole_and_in_order() {
    let server = start().await;
    let echo = EchoClient::new(server.url()).unwrap();
    let lines = 0..20_000;
    let pieces = lines
        .clone()
        .map(|line| Ok::<_, std::io::Error>(format!("line {line}\n")));
    let seen = echo.stream(ByteStream::new(stream::iter(pieces))).await.unwrap();
    let whole = lines.fold(String::new(), |mut whole, line| {
        let _ = writeln!(whole, "line {line}");
        whole
    });
    assert!(seen.data == whole, "{} bytes came of {}", seen.data.len(), whole.len());
}

#[tokio::test]
async fn parts_and_files_arrive_with_their_names() {
    let server = start().await;
    let echo = EchoClient::new(server.url()).unwrap();
    let parts = || {
        Multipart::new()
            .text("comment", TEXT)
            .text("näme \"quoted\"", "first")
            .text("näme \"quoted\"", "second")
            .part("report", Part::text("a,b\r\n1,2\r\n").file_name("repört \"1\".csv"))
            .part(
                "photo",
                Part::bytes(vec![0xff, 0xd8, 0])
                    .file_name("photo.jpg")
                    .content_type(HeaderValue::from_static("image/jpeg")),
            )
    };
    let form = json!({ "comment": TEXT, "näme \"quoted\"": ["first", "second"] });
    let files = json!({ "report": "a,b\r\n1,2\r\n", "photo": "data:image/jpeg;base64,/9gA" });

    let seen = echo.multipart(parts()).await.unwrap();
    assert_eq!((seen.form, seen.files), (form.clone(), files.clone()));
    assert!(seen.headers["Content-Type"].starts_with("multipart/form-data; boundary="));

    // The same with a part that is a file: the whole body is a stream then.
    let path = std::env::temp_dir().join(format!("reauth-{}-part.txt", std::process::id()));
    std::fs::write(&path, "from the disk").unwrap();
    let seen = echo
        .multipart(parts().file("disk", &path).await.unwrap())
        .await
        .unwrap();
    std::fs::remove_file(&path).unwrap();
    let mut with_file = files;
    with_file["disk"] = "from the disk".into();
    assert_eq!((seen.form, seen.files), (form, with_file));
}
