//! A chat API, as OpenAI's and those after it.

mod answers;
mod breaks;
mod export;
mod object;
mod upload;

use std::time::Duration;

use reauth::{
    ApiError, BoxError, Cached, Events, Lines, Multipart, Result, Token, TokenRequest, TokenSource, api_client,
};
use serde::{Deserialize, Serialize};

use super::answer::Answer;
use super::wire::Wire;

type ChatResult<T> = Result<T, ApiError<Failed>>;

/// What the API says where it does not answer, before the first event or in place of the next.
#[derive(Debug, Deserialize)]
struct Failed {
    error: Failure,
}

#[derive(Debug, Deserialize)]
struct Failure {
    message: String,
    r#type: String,
    param: Option<String>,
}

#[derive(Debug, Serialize)]
struct Completion<'a> {
    model: &'a str,
    messages: &'a [Message<'a>],
    stream: bool,
}

#[derive(Debug, Serialize)]
struct Message<'a> {
    role: Role,
    content: &'a str,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "lowercase")]
enum Role {
    User,
}

/// The data of one event.
#[derive(Debug, Deserialize)]
#[serde(untagged)]
enum Chunk {
    More { choices: Vec<Choice> },
    Failed(Failed),
}

#[derive(Debug, Deserialize)]
struct Choice {
    delta: Delta,
}

#[derive(Debug, Deserialize)]
struct Delta {
    content: Option<String>,
}

#[derive(Debug, Deserialize)]
struct File {
    id: String,
    bytes: u64,
}

#[derive(Debug, Deserialize, PartialEq)]
struct Record {
    custom_id: String,
}

#[api_client(auth = "Cached<ApiKey>", dyn)]
trait Chat {
    /// The answer, event by event; after the event with this id, where one is named.
    #[post("/v1/chat/completions")]
    #[headers("Accept: text/event-stream")]
    async fn complete(
        &self,
        #[body] completion: &Completion<'_>,
        #[header("Last-Event-ID")] after: Option<&str>,
    ) -> ChatResult<Events<Chunk>>;

    #[post("/v1/files", timeout = "10m", attempt_timeout = "10m")]
    async fn upload(&self, #[body] form: Multipart) -> ChatResult<File>;

    #[get("/v1/files/{id}/content")]
    #[headers("Accept: application/x-ndjson")]
    async fn records(&self, id: &str) -> ChatResult<Lines<Record>>;
}

struct ApiKey;

impl TokenSource for ApiKey {
    async fn fetch(&self, _: &TokenRequest) -> Result<Token, BoxError> {
        Ok(Token::bearer("sk-proj-1")?)
    }
}

const COMPLETION: Completion<'_> = Completion {
    model: "gpt",
    messages: &[Message {
        role: Role::User,
        content: "Why?",
    }],
    stream: true,
};

const COMPLETE: &str = r#"
POST /v1/chat/completions HTTP/1.1
accept: text/event-stream
authorization: Bearer sk-proj-1
content-length: 75
content-type: application/json
host: {host}
user-agent: reauth/{version}

{"model":"gpt","messages":[{"role":"user","content":"Why?"}],"stream":true}
"#;

const EVENTS: &str = "
HTTP/1.1 200 OK
content-type: text/event-stream; charset=utf-8
cache-control: no-cache
";

async fn chat<A: Into<Answer>>(answers: impl IntoIterator<Item = A>) -> (Wire, ChatClient) {
    let api = Wire::start(answers).await;
    let client = ChatClient::new(api.url(), Cached::new(ApiKey)).unwrap();
    (api, client)
}

/// What comes next; a stream that is held back until its end would otherwise be waited for forever.
async fn soon<T>(next: impl Future<Output = T>) -> T {
    tokio::time::timeout(Duration::from_secs(20), next)
        .await
        .expect("what was sent is there")
}

/// What the next event adds to the answer; `None` at the end.
async fn next_delta(events: &mut Events<Chunk>) -> Result<Option<String>> {
    let Some(event) = soon(events.try_next()).await? else {
        return Ok(None);
    };
    match event.data {
        Chunk::More { choices } => Ok(Some(
            choices.into_iter().filter_map(|choice| choice.delta.content).collect(),
        )),
        Chunk::Failed(failed) => panic!("{}", failed.error.message),
    }
}
