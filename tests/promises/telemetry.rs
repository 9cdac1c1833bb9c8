//! What a call says of itself: the tree of its spans, with what is in them, and what is not.

use std::sync::LazyLock;

use reauth::{Auth0, Pages, Result, Text, api_client};
use reauth_examples::{Node, Spans};
use tokio::time::{Duration, sleep};
use tracing::dispatcher::Dispatch;
use tracing::subscriber::NoSubscriber;

use crate::api::{Guarded, GuardedClient, Open, OpenClient};
use crate::fake::{Fake, credential, respond, token, token_server};

/// What calls and attempts have in common.
const COMMON: [&str; 4] = ["http.request.method", "url.template", "server.address", "server.port"];

/// What is kept of the spans of this thread, for as long as the guard is there.
fn listen() -> (Spans, tracing::subscriber::DefaultGuard) {
    // While there is only one subscriber, `tracing` asks the thread that first comes to a callsite for its own, and where
    // another test is that thread, which has none, switches it off for all. So there is a second one, which hears nothing.
    static SECOND: LazyLock<Dispatch> = LazyLock::new(|| Dispatch::new(NoSubscriber::default()));
    LazyLock::force(&SECOND);
    let spans = Spans::default();
    let guard = tracing::subscriber::set_default(spans.subscriber());
    (spans, guard)
}

fn guarded(api: &Fake, tokens: &Fake) -> GuardedClient {
    GuardedClient::builder("https://api.example.com:8443/v1", credential(tokens))
        .transport(api.clone())
        .build()
        .unwrap()
}

fn open(api: &Fake) -> OpenClient {
    OpenClient::builder("https://api.example.com")
        .transport(api.clone())
        .build()
        .unwrap()
}

fn fields<'a>(node: &'a Node, names: &[&str]) -> Vec<Option<&'a str>> {
    names.iter().map(|name| node.field(name)).collect()
}

#[tokio::test(start_paused = true)]
async fn a_call_is_a_tree_of_spans_by_opentelemetrys_conventions() {
    let (spans, _guard) = listen();
    let client = guarded(&Fake::statuses(&[401, 503, 200]), &token_server());
    client.item(7).await.unwrap();
    drop(client);

    let [call] = &spans.take()[..] else { panic!("one root") };
    let named: Vec<_> = call.children.iter().map(|child| &*child.name).collect();
    assert_eq!(
        named,
        [
            "token fetch",
            "waited for a token",
            "GET /item/{id}",
            "the API rejected the token",
            "sending again",
            "token fetch",
            "waited for a token",
            "GET /item/{id}",
            "sending again",
            "GET /item/{id}",
        ],
        "{call}"
    );

    assert_eq!(call.name, "Guarded::item");
    let common = [Some("GET"), Some("/item/{id}"), Some("api.example.com"), Some("8443")];
    assert_eq!(call.field("otel.kind"), Some("internal"));
    assert_eq!(fields(call, &COMMON), common);
    assert_eq!(fields(call, &["error.type", "otel.status_code"]), [None, None]);

    let attempts: Vec<_> = call.spans().collect();
    for attempt in &attempts {
        assert_eq!(attempt.field("otel.kind"), Some("client"));
        assert_eq!(fields(attempt, &COMMON), common);
    }
    let ended = [
        "http.response.status_code",
        "http.request.resend_count",
        "error.type",
        "otel.status_code",
    ];
    let ended: Vec<_> = attempts.iter().map(|attempt| fields(attempt, &ended)).collect();
    assert_eq!(
        ended,
        [
            [Some("401"), None, Some("401"), Some("ERROR")],
            [Some("503"), Some("1"), Some("503"), Some("ERROR")],
            [Some("200"), Some("2"), None, None],
        ]
    );
}

#[tokio::test(start_paused = true)]
async fn waits_and_token_fetches_are_told_where_they_happen() {
    let (spans, _guard) = listen();
    let client = guarded(&Fake::statuses(&[401, 503, 200]), &token_server());
    client.item(7).await.unwrap();
    let [call] = &spans.take()[..] else { panic!("one root") };

    let waits = call.children.iter().filter(|event| event.name == "sending again");
    let waits: Vec<_> = waits
        .map(|event| fields(event, &["outcome", "wait", "reauthorize"]))
        .collect();
    assert_eq!(
        waits,
        [
            [Some("401 Unauthorized"), Some("0ns"), Some("true")],
            [Some("503 Service Unavailable"), Some("100ms"), Some("false")],
        ]
    );

    let fetches = call.children.iter().filter(|child| child.name == "token fetch");
    for fetch in fetches {
        assert!(fetch.is_linked, "many calls may wait for it");
        assert_eq!(fetch.field("reauth.token.source"), Some("https://tenant.example.com"));
        let [request] = &fetch.spans().collect::<Vec<_>>()[..] else {
            panic!("one request")
        };
        assert_eq!(request.name, "POST token endpoint");
        assert_eq!(
            fields(
                request,
                &[
                    "otel.kind",
                    "server.address",
                    "url.template",
                    "http.response.status_code"
                ]
            ),
            [Some("client"), Some("tenant.example.com"), None, Some("200")]
        );
    }
}

#[tokio::test(start_paused = true)]
async fn what_failed_says_so_by_its_error_type() {
    let (spans, _guard) = listen();
    let last = || spans.take().pop().unwrap();

    let refused = Fake::new(|_| async { Err(crate::fake::refused()) });
    open(&refused).envelope(1).await.unwrap_err();
    let call = last();
    assert_eq!(call.field("error.type"), Some("connect"));
    let attempt = call.spans().next().unwrap();
    assert_eq!(
        fields(attempt, &["error.type", "http.response.status_code"]),
        [Some("connect"), None]
    );

    let garbage = Fake::new(|_| async { Ok(respond(200, &[], "<html>")) });
    open(&garbage).item(1).await.unwrap_err();
    let call = last();
    assert_eq!(
        fields(&call, &["error.type", "otel.status_code"]),
        [Some("decode"), Some("ERROR")]
    );
    assert_eq!(
        call.spans().next().unwrap().field("error.type"),
        None,
        "the request went well"
    );

    let missing = Fake::statuses(&[404]);
    assert_eq!(open(&missing).maybe(1).await.unwrap(), None);
    let call = last();
    assert_eq!(call.field("error.type"), None, "an answer like any other");
    assert_eq!(
        call.spans().next().unwrap().field("error.type"),
        Some("404"),
        "as the conventions have it"
    );

    let hangs = Fake::new(|_| std::future::pending());
    open(&hangs).hurried().await.unwrap_err();
    let call = last();
    assert_eq!(call.field("error.type"), Some("deadline"));
    assert_eq!(call.spans().next().unwrap().field("error.type"), Some("timeout"));

    let refusal = r#"{"error":"invalid_client"}"#;
    let tokens = Fake::new(move |_| async move { Ok(respond(401, &[], refusal)) });
    guarded(&Fake::statuses(&[200]), &tokens).item(1).await.unwrap_err();
    let call = last();
    assert_eq!(call.field("error.type"), Some("token"));
    assert_eq!(call.spans().count(), 0, "nothing was sent");
    let fetch = call.children.iter().find(|child| child.is_linked).unwrap();
    assert_eq!(fetch.field("error.type"), Some("invalid_client"));
}

#[tokio::test(start_paused = true)]
async fn r28_a_dropped_call_closes_its_spans() {
    let (spans, _guard) = listen();
    let client = open(&Fake::new(|_| std::future::pending()));
    tokio::time::timeout(Duration::from_millis(10), client.item(1))
        .await
        .unwrap_err();
    let [call] = &spans.take()[..] else { panic!("one root") };
    assert_eq!(call.field("error.type"), Some("cancelled"));
    let [attempt] = &call.spans().collect::<Vec<_>>()[..] else {
        panic!("one attempt")
    };
    assert_eq!(
        fields(attempt, &["error.type", "otel.status_code"]),
        [Some("cancelled"), Some("ERROR")]
    );
}

#[tokio::test(start_paused = true)]
async fn r28_a_dropped_call_ends_while_its_token_fetch_goes_on() {
    let (spans, _guard) = listen();
    let tokens = Fake::new(|_| async {
        sleep(Duration::from_secs(1)).await;
        Ok(token("t"))
    });
    let client = guarded(&Fake::statuses(&[200]), &tokens);
    tokio::time::timeout(Duration::from_millis(10), client.item(1))
        .await
        .unwrap_err();
    let [call] = &spans.take()[..] else { panic!("one root") };
    assert_eq!(
        (&*call.name, call.field("error.type")),
        ("Guarded::item", Some("cancelled"))
    );

    sleep(Duration::from_secs(2)).await;
    let [fetch] = &spans.take()[..] else { panic!("one root") };
    assert_eq!((&*fetch.name, fetch.field("error.type")), ("token fetch", None));
}

#[api_client]
trait Listing {
    #[get("/items")]
    async fn items(&self) -> Result<Pages<Vec<u32>>>;
}

#[tokio::test(start_paused = true)]
async fn each_page_is_a_call() {
    let (spans, _guard) = listen();
    let api = Fake::new(|seen| async move {
        let link = r#"</items?cursor=canary>; rel="next""#;
        let headers = if seen.number == 0 { &[("link", link)][..] } else { &[] };
        Ok(respond(200, headers, "[1]"))
    });
    let client = ListingClient::builder("https://api.example.com").transport(api).build();
    let mut pages = client.unwrap().items().await.unwrap();
    while pages.try_next().await.unwrap().is_some() {}
    let calls = spans.take();
    let names: Vec<_> = calls.iter().map(|call| (&*call.name, call.spans().count())).collect();
    assert_eq!(names, [("Listing::items", 1), ("Listing::items", 1)]);
    assert!(!format!("{calls:?}").contains("canary"));
}

/// Every place that a caller, or a server, can put something into.
#[api_client(auth = "auth0", audience = "https://todo.example.com", retry = "constant(100ms,3)")]
trait Canary {
    #[post("/a/{id}/{*rest}", idempotency_key)]
    async fn post(
        &self,
        id: &str,
        rest: &str,
        #[query] tag: &str,
        #[header("X-Tag")] header: &str,
        #[body] body: &str,
    ) -> Result<Text>;

    #[get(auth = "none")]
    async fn anywhere(&self, #[url] link: &str) -> Result<Text>;
}

#[tokio::test(start_paused = true)]
async fn s08_spans_and_events_hold_no_secret_and_nothing_of_a_request() {
    let (spans, _guard) = listen();
    let tokens = Fake::new(|seen| async move {
        match seen.number {
            0 => Ok(token("canary-token-1")),
            1 => Ok(respond(503, &[("x-echo", "canary")], "canary")),
            _ => Ok(token("canary-token-2")),
        }
    });
    let api = Fake::new(|seen| async move {
        let echo = ("x-echo", "canary-echo");
        match seen.number {
            0 => Ok(respond(
                401,
                &[echo, ("www-authenticate", "Bearer realm=\"canary\"")],
                "canary",
            )),
            1 => Ok(respond(503, &[echo], "canary")),
            2 => Err("canary: a transport that says too much".into()),
            _ => Ok(respond(400, &[echo], "canary")),
        }
    });
    let auth0 = Auth0::new("tenant.example.com", "canary-id", "canary-secret").transport(tokens.clone());
    let client = CanaryClient::builder("https://api.example.com/canary-tenant", auth0)
        .transport(api.clone())
        .build()
        .unwrap();
    client
        .post("canary", "canary/canary", "canary", "canary", "canary")
        .await
        .unwrap_err();
    client
        .anywhere("https://files.example.com/canary?signature=canary")
        .await
        .unwrap_err();
    assert_eq!((tokens.len(), api.len()), (3, 5), "everything was tried");

    let calls = spans.take();
    let nodes: Vec<_> = calls.iter().flat_map(Node::flatten).collect();
    assert!(nodes.len() > 15, "{}", nodes.len());
    for node in nodes {
        let said = format!("{} {:?}", node.name, node.fields);
        assert!(!said.contains("canary"), "{said}");
    }
    assert_eq!(calls[1].field("server.address"), Some("files.example.com"));
}

#[api_client(concurrency = 1)]
trait Slow {
    #[get("/slow", hedge = "1s")]
    async fn slow(&self) -> Result<Text>;
}

#[tokio::test(start_paused = true)]
async fn a_hedge_and_a_wait_for_a_turn_show() {
    let (spans, _guard) = listen();
    let api = Fake::new(|seen| async move {
        sleep(Duration::from_secs(if seen.number == 0 { 9 } else { 0 })).await;
        Ok(respond(200, &[], ""))
    });
    let client = SlowClient::builder("https://api.example.com")
        .transport(api)
        .build()
        .unwrap();
    let (first, second) = tokio::join!(client.slow(), client.slow());
    first.unwrap();
    second.unwrap();

    let calls = spans.take();
    let named: Vec<Vec<_>> = calls
        .iter()
        .map(|call| call.children.iter().map(|child| &*child.name).collect())
        .collect();
    assert_eq!(
        named,
        [
            vec!["hedging", "GET /slow", "GET /slow"],
            vec!["waited for its turn", "GET /slow"],
        ]
    );
    let [hedged, turn] = &calls[..] else {
        panic!("two calls")
    };
    // A span is told when it ends.
    let [_, second, first] = &hedged.children[..] else {
        panic!("{hedged}")
    };
    let of = ["http.request.resend_count", "error.type"];
    assert_eq!(fields(second, &of), [Some("1"), None], "{hedged}");
    assert_eq!(fields(first, &of), [None, Some("cancelled")], "{hedged}");
    assert_eq!(turn.children[0].field("waited"), Some("1s"), "{turn}");
}
