//! A stream that breaks in the middle, and goes on where it was.

use super::{COMPLETE, COMPLETION, Chat as _, EVENTS, chat, next_delta};
use crate::shapes::answer::Answer;

const FIRST_HALF: &str = "\
id: 7
data: {\"choices\":[{\"delta\":{\"content\":\"Because\"}}]}

id: 8
data: {\"choices\":[{\"del";

const SECOND_HALF: &str = "\
id: 8
data: {\"choices\":[{\"delta\":{\"content\":\" it is.\"}}]}

data: [DONE]

";

const RESUME: &str = r#"
POST /v1/chat/completions HTTP/1.1
accept: text/event-stream
authorization: Bearer sk-proj-1
content-length: 75
content-type: application/json
host: {host}
last-event-id: 7
user-agent: reauth/{version}

{"model":"gpt","messages":[{"role":"user","content":"Why?"}],"stream":true}
"#;

#[tokio::test]
async fn a_stream_that_breaks_is_an_error_and_can_be_resumed_after_its_last_event() {
    let (api, chat) = chat([
        Answer::cut(EVENTS, &[FIRST_HALF]),
        Answer::streamed(EVENTS, &[SECOND_HALF]),
    ])
    .await;
    let mut events = chat.complete(&COMPLETION, None).await.unwrap();
    api.proceed();
    let mut answer = next_delta(&mut events).await.unwrap().unwrap();
    let error = next_delta(&mut events).await.unwrap_err();
    assert!(error.is_transient(), "{error:?}");
    assert!(
        next_delta(&mut events).await.unwrap().is_none(),
        "the error was the last"
    );

    let mut events = chat.complete(&COMPLETION, events.last_event_id()).await.unwrap();
    api.proceed();
    answer += &next_delta(&mut events).await.unwrap().unwrap();
    assert!(next_delta(&mut events).await.unwrap().is_none());
    assert_eq!(answer, "Because it is.");
    api.saw([COMPLETE, RESUME]);
}
