//! Pages that are counted, and a token that is revoked between two of them.

use super::{Auth0Management as _, TOKEN_REQUEST, tenant};

const PAGE_0: &str = "
GET /api/v2/users?page=0&per_page=2 HTTP/1.1
accept: */*
authorization: Bearer eyJ.first.token
host: {host}
user-agent: reauth/{version}
";

const PAGE_1: &str = "
GET /api/v2/users?per_page=2&page=1 HTTP/1.1
accept: */*
authorization: Bearer eyJ.first.token
host: {host}
user-agent: reauth/{version}
";

const PAGE_1_AGAIN: &str = "
GET /api/v2/users?per_page=2&page=1 HTTP/1.1
accept: */*
authorization: Bearer eyJ.second.token
host: {host}
user-agent: reauth/{version}
";

const PAGE_2: &str = "
GET /api/v2/users?per_page=2&page=2 HTTP/1.1
accept: */*
authorization: Bearer eyJ.second.token
host: {host}
user-agent: reauth/{version}
";

const TWO: &str = r#"
HTTP/1.1 200 OK
content-type: application/json; charset=utf-8

[{"user_id":"auth0|1"},{"user_id":"auth0|2"}]
"#;

const REVOKED: &str = r#"
HTTP/1.1 401 Unauthorized
content-type: application/json; charset=utf-8
www-authenticate: Bearer error="invalid_token"

{"statusCode":401,"error":"Unauthorized","message":"Invalid token"}
"#;

const ONE: &str = r#"
HTTP/1.1 200 OK
content-type: application/json; charset=utf-8

[{"user_id":"auth0|3"}]
"#;

const NONE: &str = "
HTTP/1.1 200 OK
content-type: application/json; charset=utf-8

[]
";

#[tokio::test]
async fn a_token_that_is_revoked_between_two_pages_is_replaced() {
    let tenant = tenant([TWO, REVOKED, ONE, NONE]).await;
    let mut users = tenant.client.users(0, Some(2)).await.unwrap().items();
    let mut ids = Vec::new();
    while let Some(user) = users.try_next().await.unwrap() {
        ids.push(user.user_id);
    }
    assert_eq!(ids, ["auth0|1", "auth0|2", "auth0|3"]);
    tenant.api.saw([PAGE_0, PAGE_1, PAGE_1_AGAIN, PAGE_2]);
    tenant.tokens.saw([TOKEN_REQUEST, TOKEN_REQUEST]);
}
