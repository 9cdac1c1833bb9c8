//! A file from disk, as one part of a form.

use std::path::Path;

use reauth::Multipart;

use super::{Chat as _, chat};

const UPLOAD: &str = r#"
POST /v1/files HTTP/1.1
accept: */*
authorization: Bearer sk-proj-1
content-length: 328
content-type: multipart/form-data; boundary={boundary}
host: {host}
user-agent: reauth/{version}

--{boundary}\r
Content-Disposition: form-data; name="purpose"\r
\r
fine-tune\r
--{boundary}\r
Content-Disposition: form-data; name="file"; filename="tränen.jsonl"\r
Content-Type: application/octet-stream\r
\r
{"prompt":"Why?"}
{"prompt":"Wherefore?"}
\r
--{boundary}--\r

"#;

const UPLOADED: &str = r#"
HTTP/1.1 200 OK
content-type: application/json

{"id":"file-1","object":"file","bytes":42}
"#;

#[tokio::test]
async fn a_file_is_sent_from_disk_with_its_name_and_length() {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("shapes-chat-upload");
    let path = folder.join("tränen.jsonl");
    std::fs::create_dir_all(&folder).unwrap();
    std::fs::write(&path, "{\"prompt\":\"Why?\"}\n{\"prompt\":\"Wherefore?\"}\n").unwrap();

    let (api, chat) = chat([UPLOADED]).await;
    let form = Multipart::new().text("purpose", "fine-tune").file("file", &path).await;
    let file = chat.upload(form.unwrap()).await.unwrap();
    assert_eq!((&*file.id, file.bytes), ("file-1", 42));
    api.saw([UPLOAD]);
}
