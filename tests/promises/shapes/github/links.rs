//! Links that the server gave: where a token goes with them, and where it does not.

use reauth::Raw;

use super::{GithubRepos as _, github};
use crate::shapes::wire::Wire;

const LATEST: &str = "
GET /repos/octocat/hello/releases/latest HTTP/1.1
accept: application/vnd.github+json
authorization: Bearer ghs_16C7e42F292c6912E7710c838347Ae178B4a
host: {host}
user-agent: reauth/{version}
x-github-api-version: 2022-11-28
";

const UPLOAD: &str = "
POST /api/uploads/repos/octocat/hello/releases/1/assets?name=hello+1.0.txt HTTP/1.1
accept: application/vnd.github+json
authorization: Bearer ghs_16C7e42F292c6912E7710c838347Ae178B4a
content-length: 6
content-type: application/octet-stream
host: {host}
user-agent: reauth/{version}
x-github-api-version: 2022-11-28

hello!
";

const RELEASE: &str = r#"
HTTP/1.1 200 OK
content-type: application/json; charset=utf-8

{"upload_url":"{url}/api/uploads/repos/octocat/hello/releases/1/assets"}
"#;

const UPLOADED: &str = r#"
HTTP/1.1 201 Created
content-type: application/json; charset=utf-8

{"id":42}
"#;

#[tokio::test]
async fn an_upload_goes_where_the_release_says_and_carries_the_token() {
    let github = github([RELEASE, UPLOADED]).await;
    let release = github.repos.latest("octocat", "hello").await.unwrap();
    let asset = Raw::from(&b"hello!"[..]);
    let asset = github.repos.upload(&release.upload_url, "hello 1.0.txt", asset).await;
    assert_eq!(asset.unwrap().id, 42);
    github.api.saw([LATEST, UPLOAD]);
}

const ENTRY: &str = "
GET /repos/octocat/hello/contents/README.md HTTP/1.1
accept: application/vnd.github+json
authorization: Bearer ghs_16C7e42F292c6912E7710c838347Ae178B4a
host: {host}
user-agent: reauth/{version}
x-github-api-version: 2022-11-28
";

const ANONYMOUS: &str = "
GET /octocat/hello/README.md?token=AAAA HTTP/1.1
accept: */*
host: {host}
user-agent: reauth/{version}
x-github-api-version: 2022-11-28
";

const ELSEWHERE: &str = r#"
HTTP/1.1 200 OK
content-type: application/json; charset=utf-8

{"sha":"","download_url":"{elsewhere}/octocat/hello/README.md?token=AAAA"}
"#;

const README: &str = "
HTTP/1.1 200 OK
content-type: text/plain; charset=utf-8

Hello!
";

#[tokio::test]
async fn a_link_to_another_origin_is_followed_without_the_token_or_not_at_all() {
    let files = Wire::start([README]).await;
    let github = github([ELSEWHERE.replace("{elsewhere}", &files.url())]).await;
    let entry = github.repos.entry("octocat", "hello", "README.md", None).await;
    let link = entry.unwrap().unwrap().download_url;

    let error = github
        .repos
        .upload(&link, "README.md", Raw::default())
        .await
        .unwrap_err();
    let refused = format!("leads to {}, and the API is at {}", files.url(), github.api.url());
    assert!(error.to_string().contains(&refused), "{error}");
    github.api.saw([ENTRY]);
    assert_eq!(files.connections(), 0, "nothing was sent to anyone");

    assert_eq!(*github.repos.download(&link).await.unwrap(), *b"Hello!");
    files.saw([ANONYMOUS]);
}
