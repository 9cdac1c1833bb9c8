//! The trace that a request takes along.

use opentelemetry::trace::TracerProvider;
use opentelemetry::{SpanId, global};
use opentelemetry_sdk::propagation::TraceContextPropagator;
use opentelemetry_sdk::trace::{InMemorySpanExporter, SdkTracerProvider, SpanData};
use reauth::{Auth0, Result, Text, api_client};
use tracing_subscriber::layer::SubscriberExt;

use crate::fake::{Fake, Seen, token};

/// A collector, and the guard of the subscriber that sends to it.
fn listen() -> (
    InMemorySpanExporter,
    SdkTracerProvider,
    tracing::subscriber::DefaultGuard,
) {
    global::set_text_map_propagator(TraceContextPropagator::new());
    let exporter = InMemorySpanExporter::default();
    let provider = SdkTracerProvider::builder()
        .with_simple_exporter(exporter.clone())
        .build();
    let layer = tracing_opentelemetry::layer().with_tracer(provider.tracer("test"));
    let guard = tracing::subscriber::set_default(tracing_subscriber::registry().with(layer));
    (exporter, provider, guard)
}

#[api_client(auth = "auth0", audience = "https://todo.example.com", retry = "constant(100ms,3)")]
trait Traced {
    #[get("/item/{id}")]
    async fn item(&self, id: &str) -> Result<()>;

    #[get("/item/{id}")]
    async fn item_of_a_trace(&self, id: &str, #[header("traceparent")] trace: &str) -> Result<()>;

    #[get(auth = "none")]
    async fn anywhere(&self, #[url] link: &str) -> Result<Text>;
}

fn traced(api: &Fake, tokens: &Fake) -> TracedClient {
    let auth0 = Auth0::new("tenant.example.com", "client id", "canary-secret").transport(tokens.clone());
    TracedClient::builder("https://api.example.com", auth0)
        .transport(api.clone())
        .build()
        .unwrap()
}

fn tokens() -> Fake {
    Fake::new(|seen| async move { Ok(token(&format!("t{}", seen.number))) })
}

fn traceparent(seen: &Seen) -> Option<&str> {
    seen.headers.get("traceparent").map(|value| value.to_str().unwrap())
}

fn named<'a>(spans: &'a [SpanData], name: &str) -> Vec<&'a SpanData> {
    let mut named: Vec<_> = spans.iter().filter(|span| span.name == name).collect();
    named.sort_by_key(|span| span.start_time);
    named
}

#[tokio::test(start_paused = true)]
async fn each_attempt_carries_its_own_span_in_the_trace_of_the_call() {
    let _alone = crate::alone().await;
    let (exporter, _provider, _guard) = listen();
    let (api, tokens) = (Fake::statuses(&[401, 503, 200]), tokens());
    traced(&api, &tokens).item("1").await.unwrap();

    let spans = exporter.get_finished_spans().unwrap();
    let [call] = named(&spans, "Traced::item")[..] else {
        panic!("{spans:?}")
    };
    assert_eq!(call.parent_span_id, SpanId::INVALID);
    let attempts = named(&spans, "GET /item/{id}");
    assert_eq!(attempts.len(), 3);
    for (attempt, seen) in attempts.iter().zip(api.log()) {
        assert_eq!(attempt.parent_span_id, call.span_context.span_id());
        let (trace, span) = (call.span_context.trace_id(), attempt.span_context.span_id());
        assert_eq!(traceparent(&seen), Some(&*format!("00-{trace}-{span}-01")));
    }

    let fetches = named(&spans, "token fetch");
    assert_eq!(fetches.len(), 2);
    for fetch in fetches {
        assert_ne!(
            fetch.span_context.trace_id(),
            call.span_context.trace_id(),
            "a trace of its own"
        );
        assert_eq!(fetch.links[0].span_context.span_id(), call.span_context.span_id());
    }
    for seen in tokens.log() {
        assert_eq!(traceparent(&seen), None, "the token server is somebody else");
    }
}

#[tokio::test(start_paused = true)]
async fn what_the_caller_set_stays_and_a_link_to_anywhere_carries_nothing() {
    let _alone = crate::alone().await;
    let (_exporter, _provider, _guard) = listen();
    let (api, tokens) = (Fake::statuses(&[200]), tokens());
    let client = traced(&api, &tokens);
    let theirs = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
    client.item_of_a_trace("1", theirs).await.unwrap();
    client.anywhere("https://files.example.com/1").await.unwrap();
    let log = api.log();
    assert_eq!((traceparent(&log[0]), traceparent(&log[1])), (Some(theirs), None));
}
