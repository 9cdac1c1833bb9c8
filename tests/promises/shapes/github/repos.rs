//! Paths of many segments, another media type on one method, and two traits that share all below them.

use super::{GithubIssues as _, GithubRepos as _, TOKEN_REQUEST, github};

const ENTRY: &str = "
GET /repos/octocat/hello/contents/docs/%C3%BCber%20uns/100%25.md?ref=feature%2Fx HTTP/1.1
accept: application/vnd.github+json
authorization: Bearer ghs_16C7e42F292c6912E7710c838347Ae178B4a
host: {host}
user-agent: reauth/{version}
x-github-api-version: 2022-11-28
";

const CONTENT: &str = "
GET /repos/octocat/hello/contents/docs/%C3%BCber%20uns/100%25.md HTTP/1.1
accept: application/vnd.github.raw+json
authorization: Bearer ghs_16C7e42F292c6912E7710c838347Ae178B4a
host: {host}
user-agent: reauth/{version}
x-github-api-version: 2022-11-28
";

const FOUND: &str = r#"
HTTP/1.1 200 OK
content-type: application/json; charset=utf-8

{"sha":"3d21ec53a331a6f037a91c368710b99387d012c1","download_url":"https://raw.githubusercontent.com/octocat/hello"}
"#;

const RAW: &str = "
HTTP/1.1 200 OK
content-type: application/vnd.github.raw+json; charset=utf-8

# Über uns
";

#[tokio::test]
async fn a_path_is_as_many_segments_as_it_has_and_leads_nowhere_else() {
    let github = github([FOUND, RAW]).await;
    let path = "docs/über uns/100%.md";
    let entry = github.repos.entry("octocat", "hello", path, Some("feature/x")).await;
    assert_eq!(entry.unwrap().unwrap().sha, "3d21ec53a331a6f037a91c368710b99387d012c1");
    let content = github.repos.content("octocat", "hello", path).await.unwrap();
    assert_eq!(*content, *"# Über uns".as_bytes());
    github.api.saw([ENTRY, CONTENT]);

    for path in ["../issues", "docs//x", "/docs", "docs/", "docs/%2e%2e/x"] {
        let error = github.repos.content("octocat", "hello", path).await.unwrap_err();
        assert!(
            error.to_string().contains("`path` cannot be a path parameter"),
            "{error}"
        );
    }
    github.api.saw([]);
}

const ISSUE: &str = r#"
HTTP/1.1 200 OK
content-type: application/json; charset=utf-8

{"number":1,"title":"one"}
"#;

#[tokio::test]
async fn two_traits_share_one_token_and_one_connection() {
    let github = github([ISSUE, RAW, ISSUE]).await;
    github.issues.issue("octocat", "hello", 1, None).await.unwrap();
    github.repos.content("octocat", "hello", "README.md").await.unwrap();
    github.issues.issue("octocat", "hello", 1, None).await.unwrap();
    assert_eq!(github.api.connections(), 1);
    github.apps.saw([TOKEN_REQUEST]);
}
