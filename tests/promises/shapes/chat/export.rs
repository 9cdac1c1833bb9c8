//! One record to a line.

use super::{Chat as _, Record, chat, soon};
use crate::shapes::answer::Answer;

const GET: &str = "
GET /v1/files/file-1/content HTTP/1.1
accept: application/x-ndjson
authorization: Bearer sk-proj-1
host: {host}
user-agent: reauth/{version}
";

const LINES: &str = "
HTTP/1.1 200 OK
content-type: application/x-ndjson
";

/// A line that does not fit says which it was, and the ones after it are still to be had.
#[tokio::test]
async fn an_export_is_read_line_by_line_as_it_comes() {
    let pieces = [
        "{\"custom_id\":\"a\"}\n{\"custom",
        "_id\":\"b\"}\r\n{\"custom_id\":3}\n\n",
        "{\"custom_id\":\"d\"}",
    ];
    let (api, chat) = chat([Answer::streamed(LINES, &pieces)]).await;
    let mut records = chat.records("file-1").await.unwrap();
    let record = |id: &str| {
        Some(Record {
            custom_id: id.to_owned(),
        })
    };
    api.proceed();
    assert_eq!(soon(records.try_next()).await.unwrap(), record("a"));
    api.proceed();
    assert_eq!(soon(records.try_next()).await.unwrap(), record("b"));
    let error = soon(records.try_next()).await.unwrap_err();
    assert!(
        error
            .to_string()
            .contains("line 3: the JSON does not fit at `custom_id`"),
        "{error}"
    );
    api.proceed();
    api.proceed();
    assert_eq!(soon(records.try_next()).await.unwrap(), record("d"));
    assert_eq!(soon(records.try_next()).await.unwrap(), None);
    api.saw([GET]);
}
