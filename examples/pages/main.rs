//! Pages: by the `Link` header as GitHub has it, and by a cursor whose rule is a type of ours, as Stripe has it.
//!
//! `cargo run --example pages`.

use std::error::Error;
use std::vec;

use reauth::http::{Response, StatusCode, Uri};
use reauth::testing::{Body, LoopbackServer, json};
use reauth::{DecodeError, NextPage, PageHead, Pages, Paging, Result, api_client};
use serde::{Deserialize, Serialize};

/// One entry of either list.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub struct Entry {
    /// Names it.
    pub id: u32,
}

/// A page with a cursor: the last entry's id.
#[derive(Debug, Deserialize, Serialize)]
pub struct List {
    /// The entries of this page.
    pub data: Vec<Entry>,
    /// Whether there are more.
    pub has_more: bool,
}

/// So that `.items()` goes through all pages as one list.
impl IntoIterator for List {
    type Item = Entry;
    type IntoIter = vec::IntoIter<Entry>;

    fn into_iter(self) -> Self::IntoIter {
        self.data.into_iter()
    }
}

/// The rule: the next page starts after the last entry of this one.
#[derive(Default)]
pub struct StartingAfter;

impl Paging<List> for StartingAfter {
    fn next(&mut self, page: &List, _: &PageHead<'_>) -> std::result::Result<Option<NextPage>, DecodeError> {
        match (page.has_more, page.data.last()) {
            (false, _) => Ok(None),
            (true, Some(last)) => Ok(Some(NextPage::query("starting_after", last.id))),
            (true, None) => Err(DecodeError::custom("an empty page says that there are more")),
        }
    }
}

/// An API that pages in two ways.
#[api_client]
pub trait Entries {
    /// By `Link: <…>; rel="next"`.
    #[get("/linked")]
    async fn linked(&self) -> Result<Pages<Vec<Entry>>>;

    /// By a cursor.
    #[get("/listed")]
    async fn listed(&self, #[query] limit: u32) -> Result<Pages<List, StartingAfter>>;
}

#[tokio::main]
async fn main() -> std::result::Result<(), Box<dyn Error>> {
    let server = LoopbackServer::start(|request| async move { Ok(answer(request.uri())) }).await?;
    let api = EntriesClient::new(server.url())?;

    let mut pages = api.linked().await?;
    let mut sizes = Vec::new();
    while let Some(page) = pages.try_next().await? {
        sizes.push(page.len());
    }
    println!("by link: pages of {sizes:?} entries");
    assert_eq!(sizes, [2, 2, 1]);

    let mut entries = api.listed(2).await?.items();
    let mut ids = Vec::new();
    while let Some(entry) = entries.try_next().await? {
        ids.push(entry.id);
    }
    println!("by cursor: entries {ids:?}");
    assert_eq!(ids, [1, 2, 3, 4, 5]);
    Ok(())
}

/// Five entries, two to a page.
fn answer(uri: &Uri) -> Response<Body> {
    let parameter = |name: &str| {
        let pairs = uri.query().unwrap_or_default().split('&');
        pairs
            .filter_map(|pair| pair.split_once('='))
            .find(|(key, _)| *key == name)
            .and_then(|(_, value)| value.parse::<u32>().ok())
    };
    let after = match uri.path() {
        "/linked" => (parameter("page").unwrap_or(1) - 1) * 2,
        _ => parameter("starting_after").unwrap_or(0),
    };
    let data: Vec<_> = (after + 1..=5).take(2).map(|id| Entry { id }).collect();
    let has_more = after + 2 < 5;
    if uri.path() == "/listed" {
        return json(StatusCode::OK, &List { data, has_more });
    }
    let mut response = json(StatusCode::OK, &data);
    if has_more {
        let link = format!("</linked?page={}>; rel=\"next\"", after / 2 + 2);
        let link = link.parse().expect("a header value");
        response.headers_mut().insert("link", link);
    }
    response
}
