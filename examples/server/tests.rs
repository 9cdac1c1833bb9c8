use std::time::Duration;

use http::header::{ALLOW, AUTHORIZATION, RETRY_AFTER, WWW_AUTHENTICATE};
use reauth::testing::TokenServer;
use serde_json::{Value, json};

use super::*;
use crate::{AUDIENCE, SCOPE};

/// The two servers, and a client with a token for them.
struct World {
    tokens: TokenServer,
    todos: TodoServer,
    client: reqwest::Client,
    authorization: String,
}

struct Answer {
    status: u16,
    headers: http::HeaderMap,
    body: Value,
}

impl World {
    async fn start() -> Self {
        let tokens = TokenServer::start().await.expect("a token server");
        let todos = TodoServer::start(tokens.verifier(AUDIENCE).realm("todo").scope(SCOPE))
            .await
            .expect("a server");
        let client = reqwest::Client::new();
        let mut world = Self {
            tokens,
            todos,
            client,
            authorization: String::new(),
        };
        world.authorization = world.authorize(SCOPE).await;
        world
    }

    async fn authorize(&self, scope: &str) -> String {
        let form = serde_html_form::to_string([
            ("grant_type", "client_credentials"),
            ("client_id", self.tokens.client_id()),
            ("client_secret", self.tokens.client_secret()),
            ("audience", AUDIENCE),
            ("scope", scope),
        ]);
        let request = self
            .client
            .post(format!("{}/oauth/token", self.tokens.url()))
            .header(CONTENT_TYPE, "application/x-www-form-urlencoded")
            .body(form.expect("a form"));
        let answer = request.send().await.expect("an answer").bytes().await.expect("a body");
        let answer: Value = serde_json::from_slice(&answer).expect("JSON");
        format!("Bearer {}", answer["access_token"].as_str().expect("a token"))
    }

    fn request(&self, method: Method, target: &str) -> reqwest::RequestBuilder {
        self.client
            .request(method, format!("{}{target}", self.todos.url()))
            .header(AUTHORIZATION, &self.authorization)
    }

    async fn get(&self, target: &str) -> Answer {
        Answer::to(self.request(Method::GET, target)).await
    }

    async fn send(&self, method: Method, target: &str, body: &str) -> Answer {
        let request = self.request(method, target).header(CONTENT_TYPE, "application/json");
        Answer::to(request.body(body.to_owned())).await
    }
}

impl Answer {
    async fn to(request: reqwest::RequestBuilder) -> Self {
        let response = request.send().await.expect("an answer");
        let (status, headers) = (response.status().as_u16(), response.headers().clone());
        let body = response.bytes().await.expect("a body");
        Self {
            status,
            headers,
            body: serde_json::from_slice(&body).unwrap_or_default(),
        }
    }

    /// The status, where the body is a problem that says the same.
    fn problem(&self) -> u16 {
        assert_eq!(self.headers[CONTENT_TYPE], "application/problem+json");
        assert_eq!(self.body["status"], self.status);
        assert!(
            self.body["detail"].is_string() && self.body["title"].is_string(),
            "{}",
            self.body
        );
        self.status
    }
}

#[tokio::test]
async fn the_life_of_a_todo() {
    let world = World::start().await;
    assert_eq!(world.get("/todo").await.body, json!([]));

    let added = world.send(Method::POST, "/todo", r#"{"description":"Buy milk"}"#).await;
    assert_eq!(
        (added.status, &added.headers[LOCATION]),
        (201, &HeaderValue::from_static("/todo/1"))
    );
    assert_eq!(
        added.body,
        json!({ "id": "1", "description": "Buy milk", "completed": false })
    );
    world
        .send(Method::POST, "/todo", r#"{"description":"Rest","completed":true}"#)
        .await;

    let done = json!({ "id": "1", "description": "Milk", "completed": true });
    assert_eq!(world.send(Method::PUT, "/todo/1", &done.to_string()).await.body, done);
    assert_eq!(world.get("/todo/1").await.body, done);
    assert_eq!(
        world.get("/todo?completed=true").await.body.as_array().map(Vec::len),
        Some(2)
    );
    assert_eq!(world.get("/todo?completed=false").await.body, json!([]));

    assert_eq!(world.send(Method::DELETE, "/todo/1", "").await.status, 204);
    assert_eq!(world.get("/todo/1").await.problem(), 404);
    assert_eq!((world.todos.todos().len(), world.todos.added().len()), (1, 2));
}

#[tokio::test]
async fn tokens_are_checked() {
    let mut world = World::start().await;
    let health = world.client.get(format!("{}/health", world.todos.url()));
    assert_eq!(Answer::to(health).await.status, 200);

    let bare = Answer::to(world.client.get(format!("{}/todo", world.todos.url()))).await;
    assert_eq!(bare.problem(), 401);
    assert_eq!(bare.headers[WWW_AUTHENTICATE], r#"Bearer realm="todo""#);

    world.tokens.rotate_key().await.expect("a key");
    let stale = world.get("/todo").await;
    assert_eq!(stale.problem(), 401);
    assert_eq!(
        stale.headers[WWW_AUTHENTICATE],
        r#"Bearer realm="todo", error="invalid_token", error_description="The token is signed with an unknown key""#
    );

    world.authorization = world.authorize("todo:read").await;
    for (method, target) in [
        (Method::GET, "/todo"),
        (Method::POST, "/todo"),
        (Method::GET, "/todo/1"),
        (Method::PUT, "/todo/1"),
        (Method::DELETE, "/todo/1"),
    ] {
        let narrow = world.send(method, target, r#"{"description":"x"}"#).await;
        assert_eq!(narrow.problem(), 403);
        let challenge = narrow.headers[WWW_AUTHENTICATE].to_str().expect("text");
        assert!(challenge.contains(r#"error="insufficient_scope""#), "{challenge}");
        assert!(challenge.contains(r#"scope="todo:read-write""#), "{challenge}");
    }
    assert_eq!(world.todos.todos(), []);

    let log = world.todos.log();
    assert_eq!((log[0].token_id.as_deref(), log[1].token_id.as_deref()), (None, None));
    let (stale, narrow) = (log[2].token_id.as_deref(), log[3].token_id.as_deref());
    assert!(stale.is_some() && narrow.is_some() && stale != narrow, "{log:?}");
}

#[tokio::test]
async fn what_cannot_be_served_is_a_problem() {
    let world = World::start().await;
    let long = json!({ "description": "x".repeat(1001) }).to_string();
    for (method, target, body, status) in [
        (Method::GET, "/todos", "", 404),
        (Method::GET, "/todo/", "", 404),
        (Method::GET, "/todo/1/2", "", 404),
        (Method::GET, "/todo/01", "", 404),
        (Method::PUT, "/todo/7", r#"{"description":"x"}"#, 404),
        (Method::DELETE, "/todo/7", "", 404),
        (Method::GET, "/todo?completed=maybe", "", 400),
        (Method::POST, "/todo", r#"{"description":"#, 400),
        (Method::POST, "/todo", "{}", 422),
        (Method::POST, "/todo", r#"{"description":""}"#, 422),
        (Method::POST, "/todo", &long, 422),
        (Method::PATCH, "/todo/1", "{}", 405),
    ] {
        let answer = world.send(method.clone(), target, body).await;
        assert_eq!(answer.problem(), status, "{method} {target} {body}");
    }
    let not_allowed = world.send(Method::PUT, "/todo", "{}").await;
    assert_eq!(
        (not_allowed.problem(), &not_allowed.headers[ALLOW]),
        (405, &HeaderValue::from_static("GET, POST"))
    );
    let text = world.request(Method::POST, "/todo").body("Buy milk");
    assert_eq!(Answer::to(text).await.problem(), 415);
}

#[tokio::test]
async fn an_idempotency_key_gets_the_first_answer_again() {
    let world = World::start().await;
    let add = |key: &str, description: &str| {
        let request = world.request(Method::POST, "/todo").header("Idempotency-Key", key);
        request
            .header(CONTENT_TYPE, "application/json")
            .body(json!({ "description": description }).to_string())
    };

    world.todos.lose_next(1);
    add("a", "Buy milk").send().await.expect_err("the answer is lost");
    assert_eq!(world.todos.todos().len(), 1);

    let again = Answer::to(add("a", "Buy milk")).await;
    assert_eq!((again.status, &again.body["id"]), (201, &json!("1")));
    assert_eq!(Answer::to(add("a", "Buy bread")).await.problem(), 422);
    assert_eq!(Answer::to(add("b", "Buy milk")).await.body["id"], "2");
    assert_eq!(world.todos.todos().len(), 2);

    let log = world.todos.log();
    assert_eq!((log[0].idempotency_key.as_deref(), log[0].status), (Some("a"), None));
    assert_eq!(log[1].status, Some(StatusCode::CREATED));
}

#[tokio::test]
async fn it_fails_on_demand() {
    let world = World::start().await;
    let busy = Failure::status(StatusCode::SERVICE_UNAVAILABLE);
    world.todos.fail_next(1, &busy);
    world.todos.fail_next(1, &busy.retry_after(Duration::from_secs(3)));
    world.todos.fail_next(1, &Failure::disconnect());

    assert_eq!(world.get("/todo").await.status, 503);
    assert_eq!(world.get("/todo").await.headers[RETRY_AFTER], "3");
    world
        .request(Method::GET, "/todo")
        .send()
        .await
        .expect_err("the connection is closed");
    assert_eq!(world.get("/todo").await.status, 200);
    assert_eq!(world.todos.requests(), 4);
    assert_eq!(world.todos.count(StatusCode::SERVICE_UNAVAILABLE), 2);
}

#[tokio::test]
async fn a_hundred_requests_are_held_while_the_key_rotates() {
    let world = World::start().await;
    let hold = world.todos.hold();
    let calls: Vec<_> = (0..100)
        .map(|id| tokio::spawn(world.request(Method::GET, &format!("/todo/{id}")).send()))
        .collect();
    hold.waiting(100).await;
    world.tokens.rotate_key().await.expect("a key");
    drop(hold);
    for call in calls {
        assert_eq!(call.await.expect("no panic").expect("an answer").status(), 401);
    }
    assert_eq!(world.todos.count(StatusCode::UNAUTHORIZED), 100);
}
