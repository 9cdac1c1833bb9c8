use std::time::Duration;

use http::header::AUTHORIZATION;
use http::{Method, StatusCode};
use serde_json::json;
use tokio::time::Instant;
use tower_service::Service;

use super::*;
use crate::endpoint::EndpointBuilder;
use crate::testing::{Body, Failure};

const API: &str = "https://api.example.com";
const ENDPOINTS: &[Endpoint] = &[
    EndpointBuilder::new("TodoApi::todos", "GET", "/todo").build(),
    EndpointBuilder::new("TodoApi::todo", "GET", "/todo/{id}").build(),
    EndpointBuilder::new("TodoApi::remove", "DELETE", "/todo/{id}").build(),
];

fn request(method: Method, target: &str) -> reqwest::Request {
    reqwest::Request::new(method, format!("{API}{target}").parse().expect("a URL"))
}

async fn send(fake: &FakeTransport, request: reqwest::Request) -> Result<reqwest::Response, BoxError> {
    fake.clone().call(request).await
}

/// The status that comes.
async fn get(fake: &FakeTransport, target: &str) -> u16 {
    let response = send(fake, request(Method::GET, target)).await;
    response.expect("an answer").status().as_u16()
}

/// What is said of a request that is unexpected.
async fn refused(fake: &FakeTransport, request: reqwest::Request) -> String {
    send(fake, request).await.expect_err("it is unexpected").to_string()
}

fn with(mut request: reqwest::Request, header: &'static str, value: &'static str) -> reqwest::Request {
    request.headers_mut().insert(header, value.parse().expect("a header"));
    request
}

#[tokio::test]
async fn answers_come_in_order_and_then_what_is_always() {
    let fake = FakeTransport::new();
    let route = fake
        .route("GET /todo")
        .answer(StatusCode::UNAUTHORIZED)
        .answer_times(2, StatusCode::SERVICE_UNAVAILABLE)
        .always(StatusCode::OK);
    let mut statuses = Vec::new();
    for _ in 0..5 {
        statuses.push(get(&fake, "/todo").await);
    }
    assert_eq!(statuses, [401, 503, 503, 200, 200]);
    assert_eq!(route.requests().len(), 5);
    fake.verify();
}

#[tokio::test]
async fn one_call_is_singled_out_wherever_its_route_stands() {
    let fake = FakeTransport::new();
    fake.route("GET /{*rest}").always(StatusCode::OK);
    fake.route("GET /todo/2").answer(StatusCode::NOT_FOUND);
    let mut statuses = Vec::new();
    for path in ["/todo/1", "/todo/2", "/todo/2"] {
        statuses.push(get(&fake, path).await);
    }
    assert_eq!(statuses, [200, 404, 200]);
}

#[tokio::test]
async fn a_route_takes_only_what_it_says() {
    let fake = FakeTransport::new();
    fake.route("GET /todo?completed=true").always(StatusCode::CONTINUE);
    fake.route("GET /todo")
        .with_query("page", 2)
        .always(StatusCode::ACCEPTED);
    fake.route("GET /todo")
        .with_header("x-trace", "7")
        .always(StatusCode::CREATED);
    fake.route("GET /todo").with_bearer("t1").always(StatusCode::GONE);
    fake.route("/todo")
        .with_json(&json!({ "a": 1, "b": 2 }))
        .always(StatusCode::FOUND);
    fake.route("GET /todo")
        .with("a bot's", |request| request.header("user-agent") == Some("bot"))
        .always(StatusCode::IM_A_TEAPOT);
    fake.route(format_args!("PURGE {API}/{{*rest}}"))
        .always(StatusCode::RESET_CONTENT);
    fake.route(ENDPOINTS[2]).always(StatusCode::NO_CONTENT);
    fake.route("POST /todo")
        .with_form(&[("grant_type", "refresh_token")])
        .always(StatusCode::NOT_IMPLEMENTED);
    fake.route("POST /todo")
        .with_partial_json(&json!({ "d": { "e": 1 } }))
        .always((StatusCode::CONFLICT, "taken"));
    fake.route("GET HTTPS://Other.Example.com:443/todo")
        .without_query("page")
        .without_header("x-trace")
        .always(StatusCode::LOCKED);

    let get = |target| request(Method::GET, target);
    let mut posted = request(Method::POST, "/todo");
    *posted.body_mut() = Some(r#"{"b":2,"a":1}"#.into());
    let post = |body: &'static str| {
        let mut posted = request(Method::POST, "/todo");
        *posted.body_mut() = Some(body.into());
        posted
    };
    let elsewhere = "https://other.example.com/todo".parse().expect("a URL");
    let purge = Method::from_bytes(b"PURGE").expect("a method");
    for (request, status) in [
        (get("/todo?page=1&completed=true"), 100),
        (get("/todo?page=2&completed=false"), 202),
        (with(get("/todo"), "x-trace", "7"), 201),
        (with(get("/todo"), "authorization", "bearer t1"), 410),
        (posted, 302),
        (with(get("/todo"), "user-agent", "bot"), 418),
        (request(purge, "/a/b"), 205),
        (request(Method::DELETE, "/todo/1"), 204),
        (post("scope=a&grant_type=refresh_token"), 501),
        (post(r#"{"c":1,"d":{"e":1,"f":2}}"#), 409),
        (reqwest::Request::new(Method::GET, elsewhere), 423),
    ] {
        let words = format!("{request:?}");
        assert_eq!(send(&fake, request).await.expect(&words).status(), status, "{words}");
    }
    fake.verify();
}

#[tokio::test]
async fn what_comes_unexpectedly_is_told_with_the_nearest_route() {
    let fake = FakeTransport::of(ENDPOINTS).base_path("/v1/");
    fake.route("GET /todo?completed=true").always(StatusCode::OK);
    fake.route("DELETE /todo/{id}")
        .with_bearer("canary")
        .answer(StatusCode::NO_CONTENT);
    let routes = "Routes: 1. `GET /todo?completed=true`, 2. `DELETE /todo/{id}` with its bearer token";

    let get = |target| request(Method::GET, target);
    let delete = || request(Method::DELETE, "/v1/todo/42");
    for (request, said) in [
        (
            get("/v1/todos?completed=true"),
            "`GET /v1/todos`: nearest is `GET /todo?completed=true` (route 1), but its path is another",
        ),
        (
            get("/v1/todo?completed=canary"),
            "`GET /v1/todo` (`TodoApi::todos`): nearest is `GET /todo?completed=true` (route 1), but `completed` in its query is another",
        ),
        (
            get("/todo?completed=true"),
            "`GET /todo`: nearest is `GET /todo?completed=true` (route 1), but its path is not below the base path `/v1`",
        ),
        (
            get("/v1/todo/42"),
            "`GET /v1/todo/42` (`TodoApi::todo`): nearest is `DELETE /todo/{id}` with its bearer token (route 2), but it is a GET, and it has no `authorization`",
        ),
        (
            with(delete(), "authorization", "Bearer canary-2"),
            "`DELETE /v1/todo/42` (`TodoApi::remove`): nearest is `DELETE /todo/{id}` with its bearer token (route 2), but its `authorization` is another",
        ),
    ] {
        assert_eq!(
            refused(&fake, request).await,
            format!("unexpected request {said}. {routes}")
        );
    }
    fake.check().expect_err("all of these");
}

fn twice_authorized() -> reqwest::Request {
    let mut request = with(request(Method::GET, "/todo"), "authorization", "Bearer t1");
    let second = "Bearer t2".parse().expect("a header");
    request.headers_mut().append(AUTHORIZATION, second);
    request
}

#[tokio::test]
async fn what_is_missing_is_said_of_the_nearest_route() {
    let json = |text: &'static str| {
        let mut request = request(Method::POST, "/todo");
        *request.body_mut() = Some(text.into());
        request
    };
    for (expect, request, reason) in [
        (
            (|fake| fake.route("POST /todo").with_json(&[1])) as fn(&FakeTransport) -> Route,
            json("[2]"),
            "the JSON of its body is another at `$[0]`",
        ),
        (
            |fake| fake.route("POST /todo").with_json(&json!({ "a": { "b": 1 }, "c": 2 })),
            json(r#"{"a":{"b":1,"canary":1},"c":2}"#),
            "the JSON of its body is another at `$.a`",
        ),
        (
            |fake| {
                fake.route("POST /todo")
                    .with_partial_json(&json!({ "a": [{ "b": 1 }] }))
            },
            json(r#"{"a":[{"b":"canary"}]}"#),
            "the JSON of its body is another at `$.a[0].b`",
        ),
        (
            |fake| fake.route("POST /todo").with_form(&[("a", "1")]),
            json("a=canary&b=1"),
            "`a` in its form is another",
        ),
        (
            |fake| fake.route("POST /todo").with_form(&[("a", "1")]),
            json("b=1"),
            "its form has no `a`",
        ),
        (
            |fake| fake.route("GET /todo").without_query("page"),
            request(Method::GET, "/todo?page=1"),
            "its query has `page`",
        ),
        (
            |fake| fake.route("GET /todo").without_header("x-trace"),
            with(request(Method::GET, "/todo"), "x-trace", "1"),
            "it has the header `x-trace`",
        ),
        (
            |fake| fake.route("GET /todo").with_bearer("t1"),
            twice_authorized(),
            "it has more than one `authorization`",
        ),
        (
            |fake| fake.route("POST /todo").with_json(&[1]),
            json("1,"),
            "its body is no JSON",
        ),
        (
            |fake| fake.route("POST /todo").with_json(&[1]),
            request(Method::POST, "/todo"),
            "it has no body",
        ),
        (
            |fake| fake.route("GET /todo").with_header("accept", "*/*"),
            request(Method::GET, "/todo"),
            "it has no header `accept`",
        ),
        (
            |fake| fake.route("GET /todo").with_header("accept", "*/*"),
            with(request(Method::GET, "/todo"), "accept", "text/html"),
            "its header `accept` is another",
        ),
        (
            |fake| fake.route("GET /todo").with_query("page", 1),
            request(Method::GET, "/todo?size=1"),
            "its query has no `page`",
        ),
        (
            |fake| fake.route("GET /todo").with("a bot's", |_| false),
            request(Method::GET, "/todo"),
            "it is not a bot's",
        ),
        (
            |fake| fake.route("GET https://other.example.com/todo"),
            request(Method::GET, "/todo"),
            "it went to https://api.example.com",
        ),
        (
            |fake| fake.route("GET /todo"),
            request(Method::GET, "/v1/todo"),
            "its path has `/v1` before it: where that is the base URL's, say `base_path(\"/v1\")`",
        ),
    ] {
        let fake = FakeTransport::new();
        expect(&fake).always(StatusCode::OK);
        let said = refused(&fake, request).await;
        assert!(
            said.contains(&format!("(route 1), but {reason}. Routes: ")),
            "{reason}: {said}"
        );
        fake.check().expect_err("it was unexpected");
    }
}

#[tokio::test]
async fn what_has_no_route_or_no_answer_left_is_told() {
    let fake = FakeTransport::new();
    let get = || request(Method::GET, "/todo");
    assert_eq!(
        refused(&fake, get()).await,
        "unexpected request `GET /todo`: there are no routes, add one with `route`. Routes: none"
    );
    let route = fake.route("GET /todo");
    let said = refused(&fake, get()).await;
    assert!(
        said.contains("but it has no answer: say one with `answer` or `always`"),
        "{said}"
    );
    route.answer(StatusCode::OK);
    send(&fake, get()).await.expect("an answer");
    let said = refused(&fake, get()).await;
    assert!(said.contains("but its one answer was given"), "{said}");
    fake.check().expect_err("some came unexpectedly");
}

#[tokio::test]
async fn a_report_says_what_never_came_what_came_unexpectedly_and_what_there_is() {
    let fake = FakeTransport::of(ENDPOINTS);
    fake.route("TodoApi::todos")
        .answer(StatusCode::OK)
        .always(StatusCode::OK);
    fake.route("GET /todo/{id}").answer_times(3, StatusCode::OK);
    fake.route("DELETE /todo/{id}")
        .with_bearer("t2")
        .answer(StatusCode::NO_CONTENT);
    get(&fake, "/todo").await;
    get(&fake, "/todo/1").await;
    for _ in 0..2 {
        refused(&fake, request(Method::GET, "/todos")).await;
    }
    let report = fake.check().expect_err("much is missing").to_string();
    assert_eq!(
        report,
        "3 requests never came, and 2 requests came unexpectedly

never came:
- `GET /todo/{id}` (route 2), 2 times
- `DELETE /todo/{id}` with its bearer token (route 3)

came unexpectedly:
- 2 times `GET /todos`: nearest is `GET /todo` (route 1), but its path is another

routes:
1. `GET /todo`: 1 came, of 1 or more
2. `GET /todo/{id}`: 1 of 3 came
3. `DELETE /todo/{id}` with its bearer token: 0 of 1 came"
    );
}

#[tokio::test]
async fn a_route_that_the_api_does_not_have_is_a_mistake() {
    let problem = |pattern: &'static str| {
        let fake = FakeTransport::of(ENDPOINTS);
        Table::add(&fake.shared.table, pattern)
            .map(|_| ())
            .expect_err("no route")
    };
    assert_eq!(
        problem("DELETE /todos/{id}"),
        "`DELETE /todos/{id}` is no endpoint of this API; nearest is `DELETE /todo/{id}` (`TodoApi::remove`). \
         Endpoints: `GET /todo`, `GET /todo/{id}`, `DELETE /todo/{id}`"
    );
    assert!(problem("PUT /todo/1").starts_with("`PUT /todo/1` is no endpoint of this API; nearest is"));
    assert_eq!(
        problem("TodoApi::remov"),
        "`TodoApi::remov` is no method of this API; nearest is `TodoApi::remove`. \
         Methods: `TodoApi::todos`, `TodoApi::todo`, `TodoApi::remove`"
    );
    let unknown = Table::add(&FakeTransport::new().shared.table, "TodoApi::todo").map(|_| ());
    let unknown = unknown.expect_err("no API");
    assert!(unknown.contains("`FakeTransport::of` knows the methods"), "{unknown}");
    let fake = FakeTransport::of(ENDPOINTS);
    for pattern in [
        "GET /todo/1",
        "/todo",
        "GET /todo?completed=true",
        "POST https://elsewhere.example.com/x",
    ] {
        let _no_answer = fake.route(pattern);
    }
}

#[tokio::test]
async fn it_is_verified_when_it_is_dropped_but_not_twice_and_no_clone_is() {
    let unmet = || {
        let fake = FakeTransport::new();
        fake.route("GET /todo").answer(StatusCode::OK);
        fake
    };
    let panics = |test: Box<dyn FnOnce()>| {
        let panic = std::panic::catch_unwind(std::panic::AssertUnwindSafe(test)).expect_err("it panics");
        panic.downcast_ref::<String>().cloned().unwrap_or_default()
    };
    let (line, dropped) = (
        line!() + 2,
        panics(Box::new(move || {
            drop(FakeTransport::of(ENDPOINTS).route("GET /todo").answer(StatusCode::OK));
        })),
    );
    let begin = format!("the FakeTransport of `TodoApi` made at {}:{line}:", file!());
    assert!(dropped.starts_with(&begin), "{dropped}");
    assert!(
        dropped.contains(": 1 request never came\n")
            && dropped.contains("Where the test has returned an error, this hides it"),
        "{dropped}"
    );
    // A second panic would abort the process.
    assert!(panics(Box::new(move || unmet().verify())).starts_with("1 request never came"));
    assert_eq!(
        panics(Box::new(move || {
            let _fake = unmet();
            panic!("{}", "the test's own words");
        })),
        "the test's own words"
    );
    let fake = unmet();
    drop(fake.clone());
    fake.check().expect_err("nothing came");
}

#[tokio::test]
async fn what_is_expected_after_a_report_is_in_the_next() {
    let fake = FakeTransport::new();
    let route = fake.route("GET /todo").answer(StatusCode::OK);
    fake.check().expect_err("nothing came");
    assert_eq!(fake.shared.untold(false), None, "it was told");
    route.answer(StatusCode::OK);
    let untold = fake.shared.untold(false).expect("one more is expected");
    assert!(untold.contains("2 requests never came"), "{untold}");
    assert_eq!(
        fake.shared.untold(true),
        None,
        "nothing came that may be why the test panics"
    );
    refused(&fake, request(Method::GET, "/todos")).await;
    let untold = fake.shared.untold(true).expect("what came unexpectedly");
    assert!(untold.contains("1 request came unexpectedly"), "{untold}");
    fake.check().expect_err("it is reported");
}

#[tokio::test]
async fn a_tests_own_function_is_asked_once_of_a_request_and_may_look_at_the_transport() {
    let fake = FakeTransport::new();
    let asked = Arc::new(Mutex::new(Vec::new()));
    let (seen, looked_at) = (asked.clone(), fake.clone());
    let second = fake
        .route("GET /todo")
        .with_header("x-trace", "1")
        .with("the second", move |request| {
            seen.lock().push(request.number);
            looked_at.requests().len() == 2
        })
        .answer(StatusCode::OK)
        .always(StatusCode::OK);
    let traced = |target| with(request(Method::GET, target), "x-trace", "1");
    refused(&fake, traced("/todo")).await;
    send(&fake, traced("/todo")).await.expect("the second");
    refused(&fake, traced("/todo/1")).await;
    refused(&fake, request(Method::GET, "/todo")).await;
    assert_eq!(*asked.lock(), [0, 1], "not where the path or a header is another");
    assert_eq!(second.requests().len(), 1);
    fake.check().expect_err("three came unexpectedly");
}

#[test]
#[should_panic(expected = "an answer for no request")]
fn an_answer_for_no_request_is_a_mistake() {
    FakeTransport::new().route("GET /todo").answer_times(0, StatusCode::OK);
}

#[tokio::test]
async fn a_handler_gives_what_a_route_may_give() {
    let fake = FakeTransport::from_fn(|request| async move {
        match request.path() {
            "/status" => Answer::from(StatusCode::NO_CONTENT),
            "/reply" => super::super::Reply::Err(super::super::Disconnect).into(),
            _ => Failure::status(StatusCode::BAD_GATEWAY).into(),
        }
    });
    assert_eq!(get(&fake, "/status").await, 204);
    send(&fake, request(Method::GET, "/reply"))
        .await
        .expect_err("no answer");
    let response = send(&fake, request(Method::GET, "/other?a=b"))
        .await
        .expect("an answer");
    assert_eq!(
        (response.status().as_u16(), response.url().as_str()),
        (502, "https://api.example.com/other?a=b")
    );
}

#[tokio::test(start_paused = true)]
async fn delays_and_slow_bodies_are_in_tokios_time_alone() {
    let fake = FakeTransport::new();
    let hour = Duration::from_secs(3600);
    fake.route("GET /late").answer(Answer::from(StatusCode::OK).delay(hour));
    fake.route("GET /slow")
        .answer(Failure::slow_body(Duration::from_secs(1)).delay(hour));
    fake.route("GET /hang").answer(Failure::hang());
    fake.route("GET /silent")
        .answer(http::Response::new(Body::hang_after("{")));

    let start = Instant::now();
    get(&fake, "/late").await;
    assert_eq!(start.elapsed(), hour);
    let start = Instant::now();
    let mut slow = send(&fake, request(Method::GET, "/slow")).await.expect("a head");
    assert_eq!(start.elapsed(), hour);
    for seconds in 1..=3 {
        assert_eq!(slow.chunk().await.expect("a byte").as_deref(), Some(&b" "[..]));
        assert_eq!(start.elapsed(), hour + Duration::from_secs(seconds));
    }
    tokio::time::timeout(hour, send(&fake, request(Method::GET, "/hang")))
        .await
        .expect_err("no answer");
    let silent = send(&fake, request(Method::GET, "/silent")).await.expect("a head");
    tokio::time::timeout(hour, silent.bytes()).await.expect_err("no end");
    assert_eq!(fake.requests()[3].at, hour * 2 + Duration::from_secs(3) + hour);
}

#[tokio::test]
async fn a_transport_fails_as_one_does() {
    let fake = FakeTransport::new();
    fake.route("GET /todo")
        .answer(Answer::refused())
        .answer(Failure::disconnect())
        .answer(Answer::error(|| "its own words"))
        .answer(http::Response::new(Body::cut_after("[")));
    let get = || send(&fake, request(Method::GET, "/todo"));
    let error = get().await.expect_err("no connection");
    let refused = error.downcast_ref::<std::io::Error>().map(std::io::Error::kind);
    assert_eq!(refused, Some(std::io::ErrorKind::ConnectionRefused));
    assert_eq!(
        get().await.expect_err("no answer").to_string(),
        "the connection is closed on purpose"
    );
    assert_eq!(get().await.expect_err("no answer").to_string(), "its own words");
    get().await.expect("a head").bytes().await.expect_err("half a body");
}

#[tokio::test]
async fn requests_are_kept_and_can_be_held() {
    let fake = FakeTransport::new();
    fake.route("POST /todo/{id}").always(Answer::from_fn(|request| {
        let said = request.json::<String>().expect("JSON");
        super::super::json(StatusCode::OK, &said)
    }));
    let hold = fake.hold();
    let mut posted = with(
        request(Method::POST, "/todo/1?page=2"),
        "authorization",
        "Bearer canary",
    );
    *posted.body_mut() = Some(Body::drip("\"milk\"", Duration::from_millis(1)).into());
    let answer = tokio::spawn(fake.clone().call(posted));
    hold.waiting(1).await;
    hold.release();
    let answer = answer.await.expect("no panic").expect("an answer");
    assert_eq!(answer.url().as_str(), "https://api.example.com/todo/1?page=2");
    assert_eq!(answer.text().await.expect("a body"), "\"milk\"");

    let [received] = &fake.requests()[..] else {
        panic!("one came")
    };
    assert_eq!((received.number, received.path()), (0, "/todo/1"));
    assert_eq!(received.query("page").as_deref(), Some("2"));
    assert_eq!(received.header("authorization"), Some("Bearer canary"));
    let printed = format!("{received:?} {fake:?}");
    assert!(
        printed.contains("/todo/1") && !printed.contains("canary") && !printed.contains("milk"),
        "{printed}"
    );
    let seen = http::Request::<bytes::Bytes>::from(received.clone());
    assert_eq!(
        (seen.uri().to_string(), seen.headers()["host"].as_bytes()),
        (
            "https://api.example.com/todo/1?page=2".to_owned(),
            &b"api.example.com"[..]
        )
    );
    assert_eq!(seen.headers()[AUTHORIZATION], "Bearer canary");
}

#[tokio::test]
async fn the_readme_shows_what_a_report_says() {
    let fake = FakeTransport::of(&ENDPOINTS[..1]);
    fake.route("GET /todo")
        .with_bearer("stale")
        .answer(StatusCode::UNAUTHORIZED);
    fake.route("GET /todo").with_bearer("fresh").answer(StatusCode::OK);
    let stale = || with(request(Method::GET, "/todo"), "authorization", "Bearer stale");
    send(&fake, stale()).await.expect("the first");
    refused(&fake, stale()).await;
    let report = fake
        .check()
        .expect_err("it was sent again with the same token")
        .to_string();
    let readme = include_str!("../../../../README.md");
    assert!(readme.contains(&format!("```text\n{report}\n```")), "{report}");
}
