//! What a server that knows nothing of us answers, and whom it lets in.

use futures_util::stream;
use http::StatusCode;
use reauth::{Basic, Bearer, ByteStream, Lines, Raw, Response, Result, Stopped, api_client};
use serde::Deserialize;

use super::start;

#[derive(Debug, Deserialize)]
struct Line {
    id: u32,
}

#[derive(Debug, Deserialize, PartialEq)]
struct Authenticated {
    authenticated: bool,
}

#[api_client]
trait Answers {
    #[get("/stream/{count}")]
    async fn lines(&self, count: u32) -> Result<Lines<Line>>;

    #[get("/bytes/{count}")]
    async fn bytes(&self, count: usize, #[query] seed: u32) -> Result<Raw>;

    #[get("/stream-bytes/{count}")]
    async fn stream(&self, count: usize, #[query] seed: u32) -> Result<ByteStream>;

    #[get("/status/{status}", retry = "constant(10ms,2)")]
    async fn status(&self, status: u16) -> Result<Option<()>>;

    #[get("/redirect-to")]
    async fn redirect(&self, #[query] url: &str) -> Result<Response<()>>;

    #[get("/delay/5", timeout = "300ms")]
    async fn late(&self) -> Result<()>;

    #[post("/anything")]
    async fn upload(&self, #[body] stream: ByteStream) -> Result<()>;
}

#[api_client(auth = "basic")]
trait ByPassword {
    #[get("/basic-auth/{user}/{password}")]
    async fn enter(&self, user: &str, password: &str) -> Result<Authenticated>;
}

#[api_client(auth = "bearer")]
trait ByToken {
    #[get("/bearer")]
    async fn enter(&self) -> Result<Authenticated>;
}

#[tokio::test]
async fn lines_come_one_after_another() {
    let server = start().await;
    let mut lines = AnswersClient::new(server.url()).unwrap().lines(50).await.unwrap();
    for id in 0..50 {
        assert_eq!(lines.try_next().await.unwrap().unwrap().id, id);
    }
    assert!(lines.try_next().await.unwrap().is_none());
}

#[tokio::test]
async fn a_stream_has_the_bytes_that_a_whole_body_has() {
    let server = start().await;
    let answers = AnswersClient::new(server.url()).unwrap();
    let Raw(whole) = answers.bytes(100_000, 7).await.unwrap();
    let mut pieces = answers.stream(100_000, 7).await.unwrap();
    let mut streamed = Vec::new();
    while let Some(piece) = pieces.try_next().await.unwrap() {
        streamed.extend_from_slice(&piece);
    }
    assert_eq!(whole.len(), 100_000);
    assert!(whole == streamed);
}

#[tokio::test]
async fn a_status_is_what_it_says() {
    let server = start().await;
    let answers = AnswersClient::new(server.url()).unwrap();
    assert_eq!(answers.status(204).await.unwrap(), Some(()));
    assert_eq!(answers.status(404).await.unwrap(), None);
    for (status, sends, stopped) in [
        (400, 1, Stopped::NotRetryable),
        (418, 1, Stopped::NotRetryable),
        (429, 3, Stopped::RetriesSpent(2)),
        (500, 3, Stopped::RetriesSpent(2)),
    ] {
        let error = answers.status(status).await.unwrap_err();
        assert_eq!(error.status().unwrap().as_u16(), status);
        assert_eq!((error.attempts().len(), error.stopped()), (sends, Some(&stopped)));
    }
}

#[tokio::test]
async fn s03_redirects_are_followed_within_the_origin_only() {
    let server = start().await;
    let answers = AnswersClient::new(server.url()).unwrap();
    let followed = answers.redirect("/status/202").await.unwrap();
    assert_eq!(followed.status(), StatusCode::ACCEPTED);
    let elsewhere = server.url().replace("127.0.0.1", "localhost");
    let error = answers.redirect(&format!("{elsewhere}/status/202")).await.unwrap_err();
    assert_eq!(error.status(), Some(StatusCode::FOUND));
}

#[tokio::test]
async fn r23_an_answer_that_is_late_is_not_waited_for() {
    let server = start().await;
    let start = std::time::Instant::now();
    let error = AnswersClient::new(server.url()).unwrap().late().await.unwrap_err();
    assert!(error.is_timeout(), "{error:?}");
    assert!(start.elapsed().as_secs() < 5, "{:?}", start.elapsed());
}

#[tokio::test]
async fn a_stream_that_fails_is_no_request() {
    let server = start().await;
    let answers = AnswersClient::new(server.url()).unwrap();
    let half = stream::iter([Ok("half of it"), Err(std::io::Error::other("the disk is on fire"))]);
    let error = answers.upload(ByteStream::new(half)).await.unwrap_err();
    assert!(error.to_string().contains("the disk is on fire"), "{error}");
    // The server goes on.
    answers.status(200).await.unwrap();
}

#[tokio::test]
async fn passwords_and_tokens_let_in_who_has_them() {
    let server = start().await;
    let client = |password| ByPasswordClient::new(server.url(), Basic::new("adä", password)).unwrap();
    let authenticated = Authenticated { authenticated: true };
    assert_eq!(
        client("pass: wörd").enter("adä", "pass: wörd").await.unwrap(),
        authenticated
    );
    let error = client("canary").enter("adä", "another").await.unwrap_err();
    assert_eq!(
        (error.status(), error.stopped()),
        (Some(StatusCode::UNAUTHORIZED), Some(&Stopped::FixedCredential))
    );
    assert!(!format!("{error:?}").contains("canary"));

    let by_token = ByTokenClient::new(server.url(), Bearer::new("a.token")).unwrap();
    assert_eq!(by_token.enter().await.unwrap(), authenticated);
}
