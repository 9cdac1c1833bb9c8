//! Answers that come in pages: what is asked for, when, and what happens in the middle.

use std::future::Future;
use std::pin::pin;
use std::task::{Context, Poll, Waker};

use reauth::testing::{LoopbackServer, json};
use reauth::{ByteStream, DecodeError, NextPage, PageHead, PageNumber, Pages, Paging, Response, Result, api_client};
use tokio::task::yield_now;

use crate::api::Item;
use crate::fake::{Fake, credential, respond, token_server};

#[api_client(auth = "auth0", audience = "https://todo.example.com", retry = "constant(100ms,3)")]
trait Catalogue {
    #[get("/items")]
    async fn items(&self, #[query] tag: &str) -> Result<Pages<Vec<Item>>>;

    #[get("/items")]
    async fn enveloped(&self) -> Result<Pages<Response<Vec<Item>>>>;

    #[get("/items")]
    async fn counted(&self, #[query] page: Option<u32>) -> Result<Pages<Vec<Item>, PageNumber>>;

    #[post("/search", idempotency_key)]
    async fn search(&self) -> Result<Pages<Vec<Item>>>;

    #[get("/items")]
    async fn by_cursor(&self, #[query] tag: &str) -> Result<Pages<Vec<Item>, Cursor>>;
}

/// Goes on after the last id, and cannot go on after 9.
#[derive(Default)]
struct Cursor;

impl Paging<Vec<Item>> for Cursor {
    fn next(&mut self, page: &Vec<Item>, _: &PageHead<'_>) -> std::result::Result<Option<NextPage>, DecodeError> {
        match page.last() {
            Some(Item { id: 9 }) => Err(DecodeError::custom("nine has no successor")),
            last => Ok(last.map(|item| NextPage::query("after", item.id))),
        }
    }
}

fn catalogue(api: &Fake) -> CatalogueClient {
    CatalogueClient::builder("https://api.example.com/v1", credential(&token_server()))
        .transport(api.clone())
        .build()
        .unwrap()
}

/// `Link`s from one page to the next, each with one item.
fn linked(links: &'static [&'static str]) -> Fake {
    Fake::new(move |seen| async move {
        let body = format!(r#"[{{"id":{}}}]"#, seen.number);
        let link = links.get(seen.number).map(|link| format!("<{link}>; rel=\"next\""));
        let headers: Vec<_> = link.iter().map(|link| ("link", link.as_str())).collect();
        Ok(respond(200, &headers, &body))
    })
}

fn urls(fake: &Fake) -> Vec<String> {
    fake.log().into_iter().map(|seen| seen.url).collect()
}

#[tokio::test(start_paused = true)]
async fn a_page_is_asked_for_when_it_is_wanted() {
    let api = linked(&["https://api.example.com/v1/items?page=2", "?page=3"]);
    let mut pages = catalogue(&api).items("a b").await.unwrap();
    yield_now().await;
    assert_eq!(api.len(), 1, "the method makes the first call, and no other");
    assert_eq!(pages.try_next().await.unwrap().unwrap(), [Item { id: 0 }]);
    assert_eq!(api.len(), 1);
    assert_eq!(pages.try_next().await.unwrap().unwrap(), [Item { id: 1 }]);
    assert_eq!(pages.try_next().await.unwrap().unwrap(), [Item { id: 2 }]);
    assert_eq!(pages.try_next().await.unwrap(), None);
    assert_eq!(pages.try_next().await.unwrap(), None, "and stays at its end");
    assert_eq!(
        urls(&api),
        [
            "https://api.example.com/v1/items?tag=a+b",
            "https://api.example.com/v1/items?page=2",
            "https://api.example.com/v1/items?page=3",
        ]
    );
}

#[tokio::test(start_paused = true)]
async fn every_page_carries_the_current_token_and_is_retried() {
    let api = Fake::new(|seen| async move {
        Ok(match seen.number {
            0 => respond(200, &[("link", "<?page=2>; rel=next")], "[]"),
            1 => respond(401, &[], ""),
            2 => respond(503, &[], ""),
            _ => respond(200, &[], "[]"),
        })
    });
    let mut pages = catalogue(&api).items("a").await.unwrap();
    while pages.try_next().await.unwrap().is_some() {}
    assert_eq!(
        api.authorizations(),
        ["Bearer t1", "Bearer t1", "Bearer t2", "Bearer t2"]
    );
    assert_eq!(api.times(), [0, 0, 0, 100]);
}

#[tokio::test(start_paused = true)]
async fn s04_a_link_to_another_origin_is_an_error_and_gets_no_token() {
    for link in [
        "https://evil.example.com/v1/items",
        "//evil.example.com/",
        "http://api.example.com/v1/items",
    ] {
        let link: &'static str = link;
        let api = Fake::new(move |_| async move {
            let link = format!("<{link}>; rel=\"next\"");
            Ok(respond(200, &[("link", &link)], "[]"))
        });
        let error = catalogue(&api).items("a").await.unwrap_err();
        assert!(
            error.to_string().contains("and the API is at https://api.example.com"),
            "{error}"
        );
        assert_eq!(error.endpoint().unwrap().name(), "Catalogue::items");
        assert_eq!(error.status().unwrap(), 200);
        assert_eq!(api.len(), 1);
    }
}

#[tokio::test(start_paused = true)]
async fn a_link_to_the_page_itself_is_an_error_and_no_loop() {
    let api = linked(&["?tag=a"]);
    let error = catalogue(&api).items("a").await.unwrap_err();
    assert!(error.to_string().contains("names itself as the next one"), "{error}");
}

#[tokio::test(start_paused = true)]
async fn an_error_is_the_last_item_and_says_all_that_an_error_does() {
    let api = Fake::new(|seen| async move {
        Ok(match seen.number {
            0 => respond(200, &[("link", "<?page=2>; rel=next")], "[]"),
            _ => respond(500, &[], "out of paper"),
        })
    });
    let mut pages = catalogue(&api).items("a").await.unwrap();
    assert!(pages.try_next().await.unwrap().is_some());
    let error = pages.try_next().await.unwrap_err();
    assert_eq!(
        (error.attempts().len(), error.body().unwrap()),
        (4, &b"out of paper"[..])
    );
    assert_eq!(pages.try_next().await.unwrap(), None);
    assert_eq!(api.len(), 5);
}

#[tokio::test(start_paused = true)]
async fn a_page_whose_future_is_dropped_is_not_lost_nor_asked_for_twice() {
    let api = Fake::new(|seen| async move {
        yield_now().await;
        Ok(match seen.number {
            0 => respond(200, &[("link", "<?page=2>; rel=next")], r#"[{"id":1}]"#),
            _ => respond(200, &[], r#"[{"id":2}]"#),
        })
    });
    let mut pages = catalogue(&api).items("a").await.unwrap();
    pages.try_next().await.unwrap();
    {
        let mut asked = pin!(pages.try_next());
        let Poll::Pending = asked.as_mut().poll(&mut Context::from_waker(Waker::noop())) else {
            panic!("the transport yields once")
        };
    }
    assert_eq!(pages.try_next().await.unwrap().unwrap(), [Item { id: 2 }]);
    assert_eq!(api.len(), 2);
}

#[tokio::test(start_paused = true)]
async fn a_rule_of_the_users_replaces_its_parameter_and_keeps_the_others() {
    let api = Fake::new(|seen| async move {
        let body = ["[{\"id\":3},{\"id\":5}]", "[{\"id\":7}]", "[]"][seen.number];
        Ok(respond(200, &[], body))
    });
    let mut items = catalogue(&api).by_cursor("a&b").await.unwrap().items();
    let mut ids = Vec::new();
    while let Some(item) = items.try_next().await.unwrap() {
        ids.push(item.id);
    }
    assert_eq!(ids, [3, 5, 7]);
    assert_eq!(
        urls(&api),
        [
            "https://api.example.com/v1/items?tag=a%26b",
            "https://api.example.com/v1/items?tag=a%26b&after=5",
            "https://api.example.com/v1/items?tag=a%26b&after=7",
        ]
    );
}

#[tokio::test(start_paused = true)]
async fn what_a_rule_cannot_tell_is_an_error_with_the_page_in_it() {
    let api = Fake::new(|_| async { Ok(respond(200, &[], r#"[{"id":9}]"#)) });
    let error = catalogue(&api).by_cursor("a").await.unwrap_err();
    assert!(error.is_decode());
    assert!(error.to_string().contains("nine has no successor"), "{error}");
    assert_eq!(error.body().unwrap(), br#"[{"id":9}]"#);
}

#[tokio::test(start_paused = true)]
async fn pages_can_be_counted_and_keep_their_heads() {
    let bodies = ["[{\"id\":1}]", "[{\"id\":2}]", "[]"];
    let api = Fake::new(move |seen| async move { Ok(respond(200, &[], bodies[seen.number])) });
    let mut pages = catalogue(&api).counted(None).await.unwrap();
    while pages.try_next().await.unwrap().is_some() {}
    let base = "https://api.example.com/v1/items";
    assert_eq!(
        urls(&api),
        [base.to_owned(), format!("{base}?page=2"), format!("{base}?page=3")]
    );

    let api = Fake::new(|_| async { Ok(respond(200, &[("x-total", "1")], r#"[{"id":1}]"#)) });
    let mut pages = catalogue(&api).enveloped().await.unwrap();
    let page = pages.try_next().await.unwrap().unwrap();
    assert_eq!(
        (&page.headers()["x-total"], page.len()),
        (&http::HeaderValue::from_static("1"), 1)
    );
}

#[tokio::test(start_paused = true)]
async fn each_page_is_a_call_with_an_idempotency_key_of_its_own() {
    let api = Fake::new(|seen| async move {
        Ok(match seen.number {
            0 => respond(200, &[("link", "<?page=2>; rel=next")], "[]"),
            1 => respond(503, &[], ""),
            _ => respond(200, &[], "[]"),
        })
    });
    let mut pages = catalogue(&api).search().await.unwrap();
    while pages.try_next().await.unwrap().is_some() {}
    let keys: Vec<_> = api
        .log()
        .into_iter()
        .map(|seen| seen.idempotency_key.unwrap())
        .collect();
    assert_ne!(keys[0], keys[1]);
    assert_eq!(keys[1], keys[2], "the same with each attempt");
}

#[tokio::test]
async fn r26_a_stream_is_not_sent_for_a_second_page() {
    #[api_client]
    trait Search {
        #[post("/search")]
        async fn search(&self, #[body] query: ByteStream) -> Result<Pages<Vec<Item>>>;
    }
    let server = LoopbackServer::start(|_| async {
        let mut response = json(http::StatusCode::OK, &[Item { id: 1 }]);
        response
            .headers_mut()
            .insert("link", "<?page=2>; rel=next".parse().unwrap());
        Ok(response)
    })
    .await
    .unwrap();
    let query = ByteStream::from_reader(std::io::Cursor::new("all"));
    let pages = SearchClient::new(server.url()).unwrap().search(query).await;
    let error = pages.unwrap_err().to_string();
    assert!(error.contains("a stream, which is sent once"), "{error}");
}

#[tokio::test]
async fn a_fake_returns_pages_too() {
    struct Always;
    impl Shelf for Always {
        async fn books(&self) -> Result<Pages<Vec<Item>>> {
            Ok(Pages::from_pages([Ok(vec![Item { id: 1 }]), Ok(vec![Item { id: 2 }])]))
        }
    }
    #[api_client]
    trait Shelf {
        #[get("/books")]
        async fn books(&self) -> Result<Pages<Vec<Item>>>;
    }
    let mut books = Always.books().await.unwrap().items();
    assert_eq!(books.try_next().await.unwrap(), Some(Item { id: 1 }));
    assert_eq!(books.try_next().await.unwrap(), Some(Item { id: 2 }));
    assert_eq!(books.try_next().await.unwrap(), None);
}
