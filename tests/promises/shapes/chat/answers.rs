//! An answer event by event, and what comes in its place.

use http::StatusCode;

use super::{COMPLETE, COMPLETION, Chat as _, Chunk, EVENTS, chat, next_delta};
use crate::shapes::answer::Answer;

/// The first event is cut in the middle of a line; the second comes with a comment, as proxies are kept awake.
const PIECES: [&str; 4] = [
    "data: {\"choices\":[{\"delta\":{\"role\":\"assistant\",\"content\":\"Be",
    "cause\"}}]}\n\n: ping\n\ndata: {\"choices\":[{\"delta\":{\"content\":\" it\"}}]}\n\n",
    "data: {\"choices\":[{\"delta\":{\"content\":\" is.\"}}]}\n\ndata: {\"choices\":[{\"delta\":{}}]}\n\n",
    "data: [DONE]\n\n",
];

/// A piece is let out only when what came before it was read: nothing waits for the end.
#[tokio::test]
async fn an_answer_is_there_as_it_comes_and_ends_with_done() {
    let (api, chat) = chat([Answer::streamed(EVENTS, &PIECES)]).await;
    let mut events = chat.complete(&COMPLETION, None).await.unwrap();
    api.saw([COMPLETE]);
    api.proceed();
    api.proceed();
    assert_eq!(next_delta(&mut events).await.unwrap().unwrap(), "Because");
    assert_eq!(next_delta(&mut events).await.unwrap().unwrap(), " it");
    api.proceed();
    assert_eq!(next_delta(&mut events).await.unwrap().unwrap(), " is.");
    assert_eq!(
        next_delta(&mut events).await.unwrap().unwrap(),
        "",
        "the reason why it ends"
    );
    api.proceed();
    assert_eq!(next_delta(&mut events).await.unwrap(), None);
}

const TOO_MANY: &str = r#"
HTTP/1.1 429 Too Many Requests
content-type: application/json

{"error":{"message":"You exceeded your current quota","type":"insufficient_quota","param":null}}
"#;

const UNKNOWN_MODEL: &str = r#"
HTTP/1.1 400 Bad Request
content-type: application/json

{"error":{"message":"The model `gpt` does not exist","type":"invalid_request_error","param":"model"}}
"#;

#[tokio::test]
async fn an_error_before_the_first_event_is_the_methods() {
    let (api, chat) = chat([UNKNOWN_MODEL, TOO_MANY]).await;
    let unknown = chat.complete(&COMPLETION, None).await.unwrap_err();
    assert_eq!(unknown.status(), Some(StatusCode::BAD_REQUEST));
    assert_eq!(unknown.problem().unwrap().error.param.as_deref(), Some("model"));

    let quota = chat.complete(&COMPLETION, None).await.unwrap_err();
    assert_eq!(quota.status(), Some(StatusCode::TOO_MANY_REQUESTS));
    assert_eq!(quota.problem().unwrap().error.r#type, "insufficient_quota");
    api.saw([COMPLETE, COMPLETE]);
}

const OVERLOADED: &str = "\
data: {\"choices\":[{\"delta\":{\"content\":\"Be\"}}]}

event: error
data: {\"error\":{\"message\":\"overloaded\",\"type\":\"server_error\"}}

";

#[tokio::test]
async fn an_error_in_place_of_the_next_event_is_one_of_its_shapes() {
    let (api, chat) = chat([Answer::streamed(EVENTS, &[OVERLOADED])]).await;
    let mut events = chat.complete(&COMPLETION, None).await.unwrap();
    api.proceed();
    assert_eq!(next_delta(&mut events).await.unwrap().unwrap(), "Be");
    let event = events.try_next().await.unwrap().unwrap();
    assert_eq!(event.event, "error");
    let Chunk::Failed(failed) = event.data else {
        panic!("{event:?}")
    };
    assert_eq!(failed.error.r#type, "server_error");
}

const NO_EVENTS: &str = r#"
HTTP/1.1 200 OK
content-type: application/json

{"choices":[{"message":{"content":"Because it is."}}]}
"#;

/// As where a proxy, or an older server, knows nothing of `stream`.
#[tokio::test]
async fn an_answer_that_is_no_stream_is_an_error_and_not_an_empty_one() {
    let (_api, chat) = chat([NO_EVENTS]).await;
    let error = chat.complete(&COMPLETION, None).await.unwrap_err();
    assert!(error.is_decode());
    assert!(error.to_string().contains("expected text/event-stream"), "{error}");
}
