//! Path, query and headers.

use std::collections::HashMap;

use reauth::{Result, api_client};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::start;

/// What httpbin saw.
#[derive(Debug, Deserialize)]
struct Seen {
    method: String,
    url: String,
    /// A name that came several times has a list.
    args: Value,
    headers: HashMap<String, String>,
}

#[derive(Serialize)]
struct Page<'a> {
    size: u32,
    after: Option<&'a str>,
    order_by: Vec<&'a str>,
}

#[derive(Serialize)]
#[serde(rename_all = "kebab-case")]
enum Color {
    DarkRed,
}

#[api_client]
#[headers("X-Api-Version: 2", "Accept: application/vnd.example+json")]
trait Echo {
    #[get("/anything/{id}/v{major}/{name}.json")]
    async fn segments(&self, id: &str, major: u8, name: &str) -> Result<Seen>;

    #[get("/anything/{*rest}")]
    async fn rest(&self, rest: &str) -> Result<Seen>;

    #[get("/anything")]
    async fn query(
        &self,
        #[query] text: &str,
        #[query("page[size]")] size: Option<u32>,
        #[query] none: Option<u32>,
        #[query] tag: &[&str],
        #[query] done: bool,
        #[query] color: Color,
    ) -> Result<Seen>;

    #[get("/anything")]
    async fn structs(&self, #[query] page: Page<'_>, #[query(flatten)] own: Page<'_>) -> Result<Seen>;

    #[get("/anything")]
    async fn headers(
        &self,
        #[header("X-Trace")] trace: &str,
        #[header("X-Count")] count: u32,
        #[header("X-None")] none: Option<&str>,
    ) -> Result<Seen>;

    #[request("PATCH", "/anything")]
    async fn patch(&self) -> Result<Seen>;

    #[delete("/anything")]
    async fn delete(&self) -> Result<Seen>;
}

/// Everything that means something in a URL, and what is not ASCII.
const AWKWARD: &str = "a b/c?d=e&f#g%2F+h;i,j:k@l'\"<>[]{}|\\^`~!$*()=ä€😀";

#[tokio::test]
async fn s05_a_path_argument_is_one_segment_that_is_read_as_it_was_written() {
    let server = start().await;
    let echo = EchoClient::new(server.url()).unwrap();
    let seen = echo.segments("a b?c#d%2F;e=ä€", 2, "report+1 2").await.unwrap();
    // As httpbin read it, written anew: `%2F` is what it read as text, since a slash would be one here.
    let path = seen.url.strip_prefix(&format!("{}/anything/", server.url())).unwrap();
    assert_eq!(path, "a%20b%3Fc%23d%2F;e=ä€/v2/report+1%202.json", "{}", seen.url);
    assert_eq!((seen.method.as_str(), seen.args), ("GET", json!({})));
}

#[tokio::test]
async fn several_segments_stay_several() {
    let server = start().await;
    let seen = EchoClient::new(server.url()).unwrap().rest("a/b c/d").await.unwrap();
    assert_eq!(seen.url, format!("{}/anything/a/b%20c/d", server.url()));
}

#[tokio::test]
async fn s06_query_arguments_arrive_as_they_are() {
    let server = start().await;
    let echo = EchoClient::new(server.url()).unwrap();
    let tags = ["a", AWKWARD, ""];
    let seen = echo
        .query(AWKWARD, Some(20), None, &tags, true, Color::DarkRed)
        .await
        .unwrap();
    let expected = json!({
        "text": AWKWARD, "page[size]": "20", "tag": tags, "done": "true", "color": "dark-red",
    });
    assert_eq!(seen.args, expected);
}

#[tokio::test]
async fn structs_in_a_query_have_their_fields_in_brackets_or_as_they_are() {
    let server = start().await;
    let echo = EchoClient::new(server.url()).unwrap();
    let page = |after| Page {
        size: 10,
        after,
        order_by: vec!["name", "-age"],
    };
    let seen = echo.structs(page(Some("x&y")), page(None)).await.unwrap();
    let expected = json!({
        "page[size]": "10", "page[after]": "x&y", "page[order_by]": ["name", "-age"],
        "size": "10", "order_by": ["name", "-age"],
    });
    assert_eq!(seen.args, expected);
}

#[tokio::test]
async fn headers_arrive_once_and_those_that_never_change_with_every_call() {
    let server = start().await;
    let echo = EchoClient::new(server.url()).unwrap();
    let Seen { headers, .. } = echo.headers("a, b; c=\"d\"", 7, None).await.unwrap();
    for (name, value) in [
        ("X-Trace", "a, b; c=\"d\""),
        ("X-Count", "7"),
        ("X-Api-Version", "2"),
        ("Accept", "application/vnd.example+json"),
    ] {
        assert_eq!(headers.get(name).map(String::as_str), Some(value), "{headers:?}");
    }
    assert!(
        !headers.contains_key("X-None") && !headers.contains_key("Authorization"),
        "{headers:?}"
    );
    assert!(headers["User-Agent"].starts_with("reauth/"), "{headers:?}");
}

#[tokio::test]
async fn the_verb_is_the_traits() {
    let server = start().await;
    let echo = EchoClient::new(server.url()).unwrap();
    assert_eq!(echo.patch().await.unwrap().method, "PATCH");
    assert_eq!(echo.delete().await.unwrap().method, "DELETE");
}
