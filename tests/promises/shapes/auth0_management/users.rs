//! Ids that mean something to a URL, queries that may be left out, and the token that goes with them.

use super::{Auth0Management as _, Changes, TOKEN_REQUEST, tenant};

const GET: &str = "
GET /api/v2/users/auth0%7C5f7c8ec7c33c6c004bbafe82 HTTP/1.1
accept: */*
authorization: Bearer eyJ.first.token
host: {host}
user-agent: reauth/{version}
";

const PATCH: &str = r#"
PATCH /api/v2/users/auth0%7C5f7c8ec7c33c6c004bbafe82 HTTP/1.1
accept: */*
authorization: Bearer eyJ.first.token
content-length: 16
content-type: application/json
host: {host}
user-agent: reauth/{version}

{"blocked":true}
"#;

const NOT_FOUND: &str = r#"
HTTP/1.1 404 Not Found
content-type: application/json; charset=utf-8

{"statusCode":404,"error":"Not Found","message":"The user does not exist.","errorCode":"inexistent_user"}
"#;

const BLOCKED: &str = r#"
HTTP/1.1 200 OK
content-type: application/json; charset=utf-8

{"user_id":"auth0|5f7c8ec7c33c6c004bbafe82","blocked":true}
"#;

#[tokio::test]
async fn an_id_with_a_pipe_is_one_segment() {
    let tenant = tenant([NOT_FOUND, BLOCKED]).await;
    let id = "auth0|5f7c8ec7c33c6c004bbafe82";
    assert!(tenant.client.user(id).await.unwrap().is_none());
    let changes = Changes {
        blocked: Some(true),
        ..Changes::default()
    };
    let user = tenant.client.update(id, &changes).await.unwrap();
    assert_eq!((&*user.user_id, user.blocked), (id, true));
    tenant.api.saw([GET, PATCH]);
    tenant.tokens.saw([TOKEN_REQUEST]);
}

const EMPTY_CHANGES: &str = "
PATCH /api/v2/users/google-oauth2%7C1%2F2 HTTP/1.1
accept: */*
authorization: Bearer eyJ.first.token
content-length: 2
content-type: application/json
host: {host}
user-agent: reauth/{version}

{}
";

const INVALID: &str = r#"
HTTP/1.1 400 Bad Request
content-type: application/json; charset=utf-8

{"statusCode":400,"error":"Bad Request","message":"Payload validation error: 'Too few properties'.","errorCode":"invalid_body"}
"#;

#[tokio::test]
async fn a_400_says_what_was_wrong() {
    let tenant = tenant([INVALID]).await;
    let error = tenant.client.update("google-oauth2|1/2", &Changes::default()).await;
    let problem = error.unwrap_err().into_problem().unwrap();
    assert_eq!(
        (problem.status_code, problem.error_code.as_deref()),
        (400, Some("invalid_body"))
    );
    assert!(problem.message.contains("Too few properties"));
    tenant.api.saw([EMPTY_CHANGES]);
}

const SEARCH: &str = "
GET /api/v2/users?include_totals=true&search_engine=v3&q=email%3A%22jane%2Bx%40example.com%22+AND+logins_count%3A%5B1+TO+9%5D&sort=created_at%3A-1&include_fields=false HTTP/1.1
accept: */*
authorization: Bearer eyJ.first.token
host: {host}
user-agent: reauth/{version}
";

const SEARCH_ALL: &str = "
GET /api/v2/users?include_totals=true&search_engine=v3 HTTP/1.1
accept: */*
authorization: Bearer eyJ.first.token
host: {host}
user-agent: reauth/{version}
";

const NOBODY: &str = r#"
HTTP/1.1 200 OK
content-type: application/json; charset=utf-8
x-ratelimit-limit: 50
x-ratelimit-remaining: 49
x-ratelimit-reset: 1763848800

{"start":0,"limit":50,"length":0,"users":[],"total":0}
"#;

#[tokio::test]
async fn what_is_none_is_left_out_and_the_headers_are_there_beside_the_body() {
    let tenant = tenant([NOBODY, NOBODY]).await;
    let query = r#"email:"jane+x@example.com" AND logins_count:[1 TO 9]"#;
    let search = tenant
        .client
        .search(Some(query), Some("created_at:-1"), None, Some(false));
    let found = search.await.unwrap();
    assert_eq!((found.total, found.users.len()), (0, 0));
    assert_eq!(found.headers()["x-ratelimit-remaining"], "49");
    tenant.client.search(None, None, None, None).await.unwrap();
    tenant.api.saw([SEARCH, SEARCH_ALL]);
    tenant.tokens.saw([TOKEN_REQUEST]);
}
