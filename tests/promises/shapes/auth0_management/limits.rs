//! Too many requests: waited for where that is soon, told where it is not.

use std::time::{Duration, SystemTime};

use http::StatusCode;
use reauth::Stopped;

use super::{Auth0Management as _, Changes, tenant};

const PATCH: &str = r#"
PATCH /api/v2/users/auth0%7C1 HTTP/1.1
accept: */*
authorization: Bearer eyJ.first.token
content-length: 16
content-type: application/json
host: {host}
user-agent: reauth/{version}

{"name":"Jané"}
"#;

const SOON: &str = r#"
HTTP/1.1 429 Too Many Requests
content-type: application/json; charset=utf-8
retry-after: 0
x-ratelimit-limit: 10
x-ratelimit-remaining: 0
x-ratelimit-reset: 1763848800

{"statusCode":429,"error":"Too Many Requests","message":"Global limit has been reached","errorCode":"too_many_requests"}
"#;

const IN_AN_HOUR: &str = r#"
HTTP/1.1 429 Too Many Requests
content-type: application/json; charset=utf-8
retry-after: 3600
x-ratelimit-limit: 10
x-ratelimit-remaining: 0
x-ratelimit-reset: 1763852400

{"statusCode":429,"error":"Too Many Requests","message":"Global limit has been reached","errorCode":"too_many_requests"}
"#;

const UPDATED: &str = r#"
HTTP/1.1 200 OK
content-type: application/json; charset=utf-8

{"user_id":"auth0|1"}
"#;

const CHANGES: Changes<'_> = Changes {
    name: Some("Jané"),
    blocked: None,
};

/// A PATCH is not idempotent, but a 429 says that nothing was done.
#[tokio::test]
async fn a_429_is_waited_for_and_sent_again() {
    let tenant = tenant([SOON, UPDATED]).await;
    tenant.client.update("auth0|1", &CHANGES).await.unwrap();
    tenant.api.saw([PATCH, PATCH]);
}

#[tokio::test]
async fn a_429_for_an_hour_is_an_error_that_says_when() {
    let tenant = tenant([IN_AN_HOUR]).await;
    let called = SystemTime::now();
    let error = tenant.client.update("auth0|1", &CHANGES).await.unwrap_err();
    assert_eq!(error.status(), Some(StatusCode::TOO_MANY_REQUESTS));
    assert_eq!(error.headers().unwrap()["x-ratelimit-reset"], "1763852400");
    assert_eq!(
        error.problem().unwrap().error_code.as_deref(),
        Some("too_many_requests")
    );
    let hour = Duration::from_secs(3600);
    assert_eq!(error.stopped(), Some(&Stopped::AskedToWait { wait: hour }));
    assert!(error.retry_at().unwrap() >= called + hour);
    tenant.api.saw([PATCH]);
}
