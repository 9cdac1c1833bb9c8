//! A format of the user's own, in both directions: here XML, as a user would add it.

use http::StatusCode;
use reauth::testing::{Body, LoopbackServer};
use reauth::{ArgumentError, DecodeError, FromResponse, IntoBody, RawResponse, Result, Text, api_client};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

/// A body in XML.
#[derive(Debug, PartialEq)]
struct Xml<T>(T);

impl<T: Serialize> IntoBody for Xml<T> {
    fn into_body(self) -> Result<reauth::Body, ArgumentError> {
        let xml = quick_xml::se::to_string(&self.0)
            .map_err(|error| ArgumentError::body(format!("cannot be written as XML: {error}")))?;
        Ok(reauth::Body::new(
            http::HeaderValue::from_static("application/xml"),
            xml.into(),
        ))
    }
}

impl<T: DeserializeOwned> FromResponse for Xml<T> {
    async fn from_response(response: &mut RawResponse) -> Result<Self, DecodeError> {
        let body = response.bytes().await?;
        from_xml(&body)
            .map(Self)
            .map_err(|error| error.context("the XML does not fit"))
    }
}

fn from_xml<T: DeserializeOwned>(xml: &[u8]) -> Result<T, DecodeError> {
    let text = std::str::from_utf8(xml).map_err(DecodeError::new)?;
    quick_xml::de::from_str(text).map_err(DecodeError::new)
}

#[derive(Debug, Deserialize, PartialEq, Serialize)]
#[serde(rename = "book")]
struct Book {
    #[serde(rename = "@isbn")]
    isbn: String,
    title: String,
    #[serde(rename = "author", default)]
    authors: Vec<String>,
}

#[derive(Debug, Deserialize, PartialEq)]
struct Fault {
    code: String,
}

#[api_client]
trait Books {
    #[put("/book")]
    async fn replace(&self, #[body] book: Xml<&Book>) -> Result<Xml<Book>>;

    #[put("/book")]
    async fn echo(&self, #[body] book: Xml<&Book>) -> Result<Text>;

    #[put("/book")]
    async fn unwritable(&self, #[body] number: Xml<Vec<u8>>) -> Result<()>;
}

fn book() -> Book {
    Book {
        isbn: "978-3".to_owned(),
        title: "<&> \"ä\"".to_owned(),
        authors: vec!["A".to_owned(), "B".to_owned()],
    }
}

/// Answers with this, or with what it was sent.
async fn answering(status: StatusCode, answer: Option<&'static str>) -> (LoopbackServer, BooksClient) {
    let server = LoopbackServer::start(move |request| async move {
        assert_eq!(request.headers()["content-type"], "application/xml");
        let mut response = http::Response::new(answer.map_or(Body::from(request.into_body()), Body::from));
        *response.status_mut() = status;
        Ok(response)
    });
    let server = server.await.unwrap();
    let client = BooksClient::new(server.url()).unwrap();
    (server, client)
}

#[tokio::test]
async fn a_wrapper_type_goes_both_ways() {
    let (_server, client) = answering(StatusCode::OK, None).await;
    assert_eq!(client.replace(Xml(&book())).await.unwrap(), Xml(book()));
}

#[tokio::test]
async fn what_was_sent_is_what_the_wrapper_wrote() {
    let (_server, client) = answering(StatusCode::OK, None).await;
    assert_eq!(
        &*client.echo(Xml(&book())).await.unwrap(),
        r#"<book isbn="978-3"><title>&lt;&amp;&gt; "ä"</title><author>A</author><author>B</author></book>"#
    );
}

#[tokio::test]
async fn a_decode_error_says_what_was_wrong_and_keeps_the_body() {
    let (_server, client) = answering(StatusCode::OK, Some("<book isbn=\"1\"><titel>x</titel></book>")).await;
    let error = client.replace(Xml(&book())).await.unwrap_err();
    assert!(error.is_decode());
    assert_eq!(
        error.to_string(),
        "PUT /book: the XML does not fit: missing field `title`"
    );
    assert_eq!(error.body().unwrap(), b"<book isbn=\"1\"><titel>x</titel></book>");

    let (_server, client) = answering(StatusCode::OK, Some("<html>")).await;
    let error = client.replace(Xml(&book())).await.unwrap_err();
    assert!(
        error.to_string().starts_with("PUT /book: the XML does not fit: "),
        "{error}"
    );
}

#[tokio::test]
async fn an_error_in_xml_is_read_from_the_errors_body() {
    let fault = "<fault><code>in_use</code></fault>";
    let (_server, client) = answering(StatusCode::CONFLICT, Some(fault)).await;
    let error = client.replace(Xml(&book())).await.unwrap_err();
    assert_eq!(error.status().unwrap(), StatusCode::CONFLICT);
    let fault: Fault = from_xml(error.body().unwrap()).unwrap();
    assert_eq!(fault.code, "in_use");
}

#[tokio::test]
async fn a_body_without_an_encoding_is_never_sent() {
    let (server, client) = answering(StatusCode::OK, None).await;
    drop(server);
    let error = client.unwritable(Xml(vec![1, 2])).await.unwrap_err();
    let line = error.to_string();
    assert!(
        line.starts_with("PUT /book: `body` cannot be written as XML: "),
        "{line}"
    );
    assert!(error.attempts().is_empty());
}
