//! Pages by `Link`, and what GitHub says where it does not answer with an issue.

use http::StatusCode;

use super::{GithubIssues as _, Invalid, IssueFilter, NewIssue, State, TOKEN_REQUEST, github};

const FIRST_PAGE: &str = "
GET /repos/rust-lang/rust/issues?state=open&per_page=2 HTTP/1.1
accept: application/vnd.github+json
authorization: Bearer ghs_16C7e42F292c6912E7710c838347Ae178B4a
host: {host}
user-agent: reauth/{version}
x-github-api-version: 2022-11-28
";

const SECOND_PAGE: &str = "
GET /repositories/724712/issues?state=open&per_page=2&after=Y3Vyc29yOnYyOpLPAAAB%3D%3D&page=2 HTTP/1.1
accept: application/vnd.github+json
authorization: Bearer ghs_16C7e42F292c6912E7710c838347Ae178B4a
host: {host}
user-agent: reauth/{version}
x-github-api-version: 2022-11-28
";

const FIRST_TWO: &str = r#"
HTTP/1.1 200 OK
content-type: application/json; charset=utf-8
link: <{url}/repositories/724712/issues?state=open&per_page=2&after=Y3Vyc29yOnYyOpLPAAAB%3D%3D&page=2>; rel="next", <{url}/repositories/724712/issues?state=open&per_page=2&page=9>; rel="last"

[{"number":1,"title":"one"},{"number":2,"title":"two"}]
"#;

const LAST_ONE: &str = r#"
HTTP/1.1 200 OK
content-type: application/json; charset=utf-8
link: <{url}/repositories/724712/issues?state=open&per_page=2&page=1>; rel="prev"

[{"number":3,"title":"three"}]
"#;

/// The link is followed as GitHub wrote it: to another path, with a cursor that only GitHub understands.
#[tokio::test]
async fn issues_come_page_by_page_when_they_are_asked_for() {
    let github = github([FIRST_TWO, LAST_ONE]).await;
    let filter = IssueFilter {
        state: Some(State::Open),
        per_page: Some(2),
        ..IssueFilter::default()
    };
    let mut pages = github.issues.issues("rust-lang", "rust", &filter).await.unwrap();
    assert_eq!(pages.try_next().await.unwrap().unwrap().len(), 2);
    github.api.saw([FIRST_PAGE]);
    assert_eq!(pages.try_next().await.unwrap().unwrap()[0].title, "three");
    github.api.saw([SECOND_PAGE]);
    assert!(pages.try_next().await.unwrap().is_none());
    github.api.saw([]);
    github.apps.saw([TOKEN_REQUEST]);
}

const GET: &str = "
GET /repos/rust-lang/rust/issues/1 HTTP/1.1
accept: application/vnd.github+json
authorization: Bearer ghs_16C7e42F292c6912E7710c838347Ae178B4a
host: {host}
user-agent: reauth/{version}
x-github-api-version: 2022-11-28
";

const GET_IF_CHANGED: &str = r#"
GET /repos/rust-lang/rust/issues/1 HTTP/1.1
accept: application/vnd.github+json
authorization: Bearer ghs_16C7e42F292c6912E7710c838347Ae178B4a
host: {host}
if-none-match: W/"644b5b0155e6404a9cc4bd9d8b1ae730"
user-agent: reauth/{version}
x-github-api-version: 2022-11-28
"#;

const ISSUE: &str = r#"
HTTP/1.1 200 OK
content-type: application/json; charset=utf-8
etag: W/"644b5b0155e6404a9cc4bd9d8b1ae730"

{"number":1,"title":"one"}
"#;

const NOT_MODIFIED: &str = r#"
HTTP/1.1 304 Not Modified
etag: W/"644b5b0155e6404a9cc4bd9d8b1ae730"
"#;

const NOT_FOUND: &str = r#"
HTTP/1.1 404 Not Found
content-type: application/json; charset=utf-8

{"message":"Not Found","documentation_url":"https://docs.github.com/rest","status":"404"}
"#;

#[tokio::test]
async fn a_304_is_no_issue_and_a_404_is_none() {
    let github = github([ISSUE, NOT_MODIFIED, NOT_FOUND]).await;

    let found = github.issues.issue("rust-lang", "rust", 1, None).await.unwrap();
    let etag = found.headers()["etag"].to_str().unwrap();
    assert_eq!(found.as_ref().unwrap().title, "one");

    let same = github.issues.issue("rust-lang", "rust", 1, Some(etag)).await;
    let same = same.unwrap_err();
    assert_eq!(same.status(), Some(StatusCode::NOT_MODIFIED));
    assert_eq!(same.headers().unwrap()["etag"], etag);
    assert!(same.problem().is_none(), "GitHub says nothing with it");

    let gone = github.issues.issue("rust-lang", "rust", 1, None).await.unwrap();
    assert_eq!((gone.status(), gone.body()), (StatusCode::NOT_FOUND, &None));
    github.api.saw([GET, GET_IF_CHANGED, GET]);
}

const OPEN: &str = r#"
POST /repos/rust-lang/rust/issues HTTP/1.1
accept: application/vnd.github+json
authorization: Bearer ghs_16C7e42F292c6912E7710c838347Ae178B4a
content-length: 42
content-type: application/json
host: {host}
user-agent: reauth/{version}
x-github-api-version: 2022-11-28

{"title":"","labels":["bug","C-mächtig"]}
"#;

const INVALID: &str = r#"
HTTP/1.1 422 Unprocessable Entity
content-type: application/json; charset=utf-8

{"message":"Validation Failed","errors":[{"resource":"Issue","field":"title","code":"missing_field"}]}
"#;

#[tokio::test]
async fn a_422_says_which_field_is_wrong() {
    let github = github([INVALID]).await;
    let issue = NewIssue {
        title: "",
        labels: &["bug", "C-mächtig"],
    };
    let error = github.issues.open("rust-lang", "rust", &issue).await.unwrap_err();
    let problem = error.problem().unwrap();
    let missing_title = Invalid {
        resource: "Issue".to_owned(),
        field: "title".to_owned(),
        code: "missing_field".to_owned(),
    };
    assert_eq!(problem.message, "Validation Failed");
    assert_eq!(problem.errors, [missing_title]);
    assert_eq!(
        error.to_string(),
        "POST /repos/{owner}/{repo}/issues: 422 Unprocessable Entity"
    );
    github.api.saw([OPEN]);
}
