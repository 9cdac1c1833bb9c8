//! The same service behind `dyn`: a program's own type that knows nothing of HTTP.

use std::sync::Arc;

use http::StatusCode;
use reauth::{ByteStream, Events, Lines, Multipart, testing};

use super::{
    COMPLETE, Chat, ChatResult, Chunk, Completion, DynChat, EVENTS, File, Message, Record, Role, chat, next_delta,
};
use crate::shapes::answer::Answer;

/// What a program has: one field, no type parameter.
#[derive(Clone)]
struct Assistant {
    chat: Arc<dyn DynChat>,
}

impl Assistant {
    async fn answer(&self, question: &str) -> ChatResult<String> {
        let completion = Completion {
            model: "gpt",
            messages: &[Message {
                role: Role::User,
                content: question,
            }],
            stream: true,
        };
        let mut events = self.chat.complete(&completion, None).await?;
        let mut answer = String::new();
        while let Some(delta) = next_delta(&mut events).await? {
            answer += &delta;
        }
        Ok(answer)
    }
}

/// Says what it was told to say.
struct Parrot(&'static str);

impl Chat for Parrot {
    async fn complete(&self, _: &Completion<'_>, _: Option<&str>) -> ChatResult<Events<Chunk>> {
        Ok(Events::new(ByteStream::from_reader(self.0.as_bytes())))
    }

    async fn upload(&self, _: Multipart) -> ChatResult<File> {
        Err(testing::error(StatusCode::FORBIDDEN, r#"{"error":{"message":"no","type":"policy"}}"#).into())
    }

    async fn records(&self, _: &str) -> ChatResult<Lines<Record>> {
        Ok(Lines::new(ByteStream::from_reader(&b""[..])))
    }
}

const ANSWER: &str = "data: {\"choices\":[{\"delta\":{\"content\":\"Because.\"}}]}\n\ndata: [DONE]\n\n";

#[tokio::test]
async fn a_program_cannot_tell_the_client_from_a_fake() {
    let (api, client) = chat([Answer::streamed(EVENTS, &[ANSWER])]).await;
    api.proceed();
    let services: [Arc<dyn DynChat>; 2] = [Arc::new(client), Arc::new(Parrot(ANSWER))];
    for chat in services {
        let assistant = Assistant { chat };
        // It moves to another task, as a server's handler does.
        let answer = tokio::spawn({
            let assistant = assistant.clone();
            async move { assistant.answer("Why?").await }
        });
        assert_eq!(answer.await.unwrap().unwrap(), "Because.");
    }
    api.saw([COMPLETE]);
}

#[tokio::test]
async fn a_fake_fails_in_the_words_of_the_api() {
    let chat: Arc<dyn DynChat> = Arc::new(Parrot(""));
    let error = chat.upload(Multipart::new()).await.unwrap_err();
    assert_eq!(error.problem().unwrap().error.r#type, "policy");
    assert_eq!(chat.records("").await.unwrap().try_next().await.unwrap(), None);
}
