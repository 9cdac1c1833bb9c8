//! The values that a meter provider is given.

use std::sync::{Arc, LazyLock};
use std::time::Duration;

use opentelemetry::{KeyValue, global};
use opentelemetry_sdk::metrics::data::{AggregatedMetrics, Metric, MetricData};
use opentelemetry_sdk::metrics::{InMemoryMetricExporter, PeriodicReader, SdkMeterProvider};
use reauth::{Result, api_client};
use tokio::sync::Notify;
use tokio::time::{advance, sleep};

use crate::fake::{Fake, credential, respond, token};

/// What every test measures into; each looks at what is said of its own server.
static METER: LazyLock<(SdkMeterProvider, InMemoryMetricExporter)> = LazyLock::new(|| {
    let exporter = InMemoryMetricExporter::default();
    let reader = PeriodicReader::builder(exporter.clone()).build();
    let provider = SdkMeterProvider::builder().with_reader(reader).build();
    global::set_meter_provider(provider.clone());
    (provider, exporter)
});

#[api_client(auth = "auth0", audience = "https://todo.example.com", retry = "constant(100ms,3)")]
trait Measured {
    #[get("/item/{id}")]
    async fn item(&self, id: &str) -> Result<()>;
}

fn measured(host: &str, api: &Fake, tokens: &Fake) -> MeasuredClient {
    LazyLock::force(&METER);
    MeasuredClient::builder(format!("https://{host}"), credential(tokens))
        .transport(api.clone())
        .build()
        .unwrap()
}

type Attributes = Vec<(String, String)>;

/// The points of one instrument that have this attribute, read by `read`: a value, and its other attributes.
fn points<T>(
    name: &str,
    (key, value): (&str, &str),
    read: impl Fn(&Metric) -> Vec<(T, Attributes)>,
) -> Vec<(T, Attributes)> {
    let (provider, exporter) = &*METER;
    provider.force_flush().unwrap();
    let finished = exporter.get_finished_metrics().unwrap();
    let newest = finished.last().unwrap();
    let scope = newest
        .scope_metrics()
        .find(|metrics| metrics.scope().name() == "reauth");
    let metric = scope.unwrap().metrics().find(|metric| metric.name() == name);
    let mut points = read(metric.unwrap_or_else(|| panic!("no {name}")));
    let has = |attributes: &[(String, String)]| attributes.iter().any(|(k, v)| k == key && v == value);
    points.retain(|(_, attributes)| has(attributes));
    for (_, attributes) in &mut points {
        attributes.retain(|(k, _)| k != key);
        attributes.sort();
    }
    points.sort_by(|(_, one), (_, other)| one.cmp(other));
    points
}

fn owned<'a>(attributes: impl Iterator<Item = &'a KeyValue>) -> Attributes {
    attributes
        .map(|attribute| (attribute.key.to_string(), attribute.value.to_string()))
        .collect()
}

fn pairs(attributes: &[(&str, &str)]) -> Attributes {
    let owned = |&(key, value): &(&str, &str)| (key.to_owned(), value.to_owned());
    attributes.iter().map(owned).collect()
}

/// The count and the sum of each point, rounded to milliseconds.
fn durations(metric: &Metric) -> Vec<((u64, u128), Attributes)> {
    let AggregatedMetrics::F64(MetricData::Histogram(histogram)) = metric.data() else {
        panic!("no histogram: {metric:?}")
    };
    let sum = |seconds: f64| Duration::from_secs_f64(seconds).as_millis();
    let points = histogram.data_points();
    points
        .map(|point| ((point.count(), sum(point.sum())), owned(point.attributes())))
        .collect()
}

fn counts(metric: &Metric) -> Vec<(u64, Attributes)> {
    let AggregatedMetrics::U64(MetricData::Sum(sum)) = metric.data() else {
        panic!("no counter: {metric:?}")
    };
    let points = sum.data_points();
    points.map(|point| (point.value(), owned(point.attributes()))).collect()
}

#[tokio::test(start_paused = true)]
async fn requests_and_retries_are_measured_by_the_conventions() {
    let _alone = crate::alone().await;
    const HOST: (&str, &str) = ("server.address", "requests.example.com");
    let api = Fake::new(|seen| async move {
        sleep(Duration::from_millis(50)).await;
        Ok(respond([503, 503, 401, 200][seen.number], &[], ""))
    });
    let tokens = Fake::new(|_| async { Ok(token("canary-token")) });
    let client = measured(HOST.1, &api, &tokens);
    // Fails at the 401, since the token server issues the same token again.
    client.item("canary").await.unwrap_err();

    let common = [("http.request.method", "GET")];
    let route = [("server.port", "443"), ("url.template", "/item/{id}")];
    let of = |status| {
        let ended = [("error.type", status), common[0], ("http.response.status_code", status)];
        pairs(&[&ended[..], &route[..]].concat())
    };
    let requests = points("http.client.request.duration", HOST, durations);
    assert_eq!(requests, [((1, 50), of("401")), ((2, 100), of("503"))]);

    let why = |status| pairs(&[&[("error.type", status)][..], &common[..], &route[..]].concat());
    let retries = points("reauth.retries", HOST, counts);
    assert_eq!(retries, [(1, why("401")), (2, why("503"))]);

    let source = ("reauth.token.source", "https://tenant.example.com");
    let refreshes = points("reauth.token.refreshes", source, counts);
    assert!(
        refreshes.contains(&(1, pairs(&[("error.type", "reissued")]))),
        "{refreshes:?}"
    );
}

#[tokio::test(start_paused = true)]
async fn a_request_that_nobody_waits_for_is_measured_as_cancelled() {
    let _alone = crate::alone().await;
    const HOST: (&str, &str) = ("server.address", "cancelled.example.com");
    let api = Fake::new(|_| std::future::pending());
    let tokens = Fake::new(|_| async { Ok(token("t")) });
    let client = measured(HOST.1, &api, &tokens);
    let limit = Duration::from_millis(250);
    tokio::time::timeout(limit, client.item("1")).await.unwrap_err();
    let requests = points("http.client.request.duration", HOST, durations);
    let [((1, 250), attributes)] = &requests[..] else {
        panic!("{requests:?}")
    };
    assert_eq!(attributes[0], ("error.type".to_owned(), "cancelled".to_owned()));
}

#[tokio::test(start_paused = true)]
async fn a_tokens_age_is_measured_when_another_takes_its_place() {
    let _alone = crate::alone().await;
    let source = ("reauth.token.source", "https://aging.example.com");
    let tokens = Fake::new(|seen| async move { Ok(token(&format!("t{}", seen.number))) });
    let auth0 = reauth::Auth0::new("aging.example.com", "client id", "canary-secret").transport(tokens.clone());
    LazyLock::force(&METER);
    let client = MeasuredClient::builder("https://aging.example.com", auth0)
        .transport(Fake::statuses(&[200]))
        .build()
        .unwrap();
    client.item("1").await.unwrap();
    sleep(Duration::from_secs(4000)).await;
    client.item("1").await.unwrap();
    assert_eq!(points("reauth.token.refreshes", source, counts), [(2, pairs(&[]))]);
    let ages = points("reauth.token.age", source, durations);
    assert_eq!(ages, [((1, 4_000_000), pairs(&[]))], "the first took nobody's place");
}

#[api_client(circuit_breaker = "50%, 2/10s, 5s", retry = "constant(100ms,3)")]
trait Guarded {
    #[get("/guarded")]
    async fn get(&self) -> Result<()>;
}

#[api_client(circuit_breaker = "50%, 2/10s, 5s")]
trait Probed {
    #[get("/probed")]
    async fn get(&self) -> Result<()>;
}

#[tokio::test(start_paused = true)]
async fn an_open_circuit_breaker_and_a_spent_budget_are_seen() {
    let _alone = crate::alone().await;
    LazyLock::force(&METER);
    let state = |metric: &Metric| {
        let AggregatedMetrics::U64(MetricData::Gauge(gauge)) = metric.data() else {
            panic!("no gauge: {metric:?}")
        };
        let points = gauge.data_points();
        points.map(|point| (point.value(), owned(point.attributes()))).collect()
    };
    let client = GuardedClient::builder("https://guarded.example.com")
        .transport(Fake::statuses(&[503]))
        .retry_budget(reauth::RetryBudget::new().percent(0).per_second(1))
        .build()
        .unwrap();
    client.get().await.unwrap_err();
    client.get().await.unwrap_err();
    let circuit = points("reauth.circuit_breaker.state", ("reauth.api", "Guarded"), state);
    assert_eq!(circuit, [(2, pairs(&[]))]);

    let (begun, answers) = (Arc::new(Notify::new()), Arc::new(Notify::new()));
    let api = Fake::new({
        let (begun, answers) = (begun.clone(), answers.clone());
        move |seen| {
            let (begun, answers) = (begun.clone(), answers.clone());
            async move {
                if seen.number > 1 {
                    begun.notify_one();
                    answers.notified().await;
                }
                Ok(respond(if seen.number < 4 { 503 } else { 200 }, &[], ""))
            }
        }
    });
    let client = ProbedClient::builder("https://probed.example.com")
        .transport(api)
        .build()
        .unwrap();
    let is = || points("reauth.circuit_breaker.state", ("reauth.api", "Probed"), state)[0].0;
    client.get().await.unwrap_err();
    client.get().await.unwrap_err();
    assert_eq!(is(), 2, "open");
    for (is_dropped, expected) in [(true, 2), (false, 2), (false, 0)] {
        advance(Duration::from_secs(5)).await;
        let call = tokio::spawn({
            let client = client.clone();
            async move { client.get().await }
        });
        begun.notified().await;
        assert_eq!(is(), 1, "one attempt finds out");
        if is_dropped {
            call.abort();
        } else {
            answers.notify_one();
        }
        let _ = call.await;
        assert_eq!(is(), expected, "what it found out");
    }

    let unguarded = MeasuredClient::builder(
        "https://budget.example.com",
        credential(&Fake::new(|_| async { Ok(token("t")) })),
    )
    .transport(Fake::statuses(&[503]))
    .retry_budget(reauth::RetryBudget::new().percent(0).per_second(0))
    .build()
    .unwrap();
    unguarded.item("1").await.unwrap_err();
    let refusals = points("reauth.retry_budget.refusals", ("url.template", "/item/{id}"), counts);
    assert_eq!(refusals, [(1, pairs(&[("http.request.method", "GET")]))]);
}
