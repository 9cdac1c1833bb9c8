//! What a method returns, decided by its type.

use reauth::{Response, Result, Text, api_client};
use tokio::time::{Duration, Instant, sleep};

use crate::api::{Item, Open, OpenClient};
use crate::fake::{Fake, hanging, respond};

fn answering(status: u16, body: &'static str) -> OpenClient {
    let fake = Fake::new(move |_| async move { Ok(respond(status, &[("x-kept", "yes")], body)) });
    OpenClient::builder("https://api.example.com")
        .transport(fake)
        .build()
        .unwrap()
}

#[tokio::test(start_paused = true)]
async fn option_is_none_for_404_204_and_an_empty_body() {
    assert_eq!(answering(404, "gone").maybe(1).await.unwrap(), None);
    assert_eq!(answering(204, "").maybe(1).await.unwrap(), None);
    assert_eq!(answering(200, "").maybe(1).await.unwrap(), None);
    assert_eq!(answering(200, "null").maybe(1).await.unwrap(), None);
    assert_eq!(
        answering(200, r#"{"id":1}"#).maybe(1).await.unwrap(),
        Some(Item { id: 1 })
    );
    assert_eq!(answering(410, "").maybe(1).await.unwrap_err().status().unwrap(), 410);
}

#[tokio::test(start_paused = true)]
async fn anything_else_is_an_error_for_404_and_an_empty_body() {
    assert_eq!(answering(404, "").item(1).await.unwrap_err().status().unwrap(), 404);
    let error = answering(200, "").item(1).await.unwrap_err();
    assert!(
        error.is_decode() && error.to_string().contains("the body is empty"),
        "{error}"
    );
}

#[tokio::test(start_paused = true)]
async fn unit_takes_any_success_and_ignores_the_body() {
    answering(200, "not json").remove(1).await.unwrap();
    answering(204, "").remove(1).await.unwrap();
    assert_eq!(answering(404, "").remove(1).await.unwrap_err().status().unwrap(), 404);
}

#[tokio::test(start_paused = true)]
async fn option_of_unit_asks_whether_there_was_something() {
    assert_eq!(answering(204, "").removed(1).await.unwrap(), Some(()));
    assert_eq!(
        answering(200, r#"{"deleted":true}"#).removed(1).await.unwrap(),
        Some(())
    );
    assert_eq!(answering(404, "").removed(1).await.unwrap(), None);
}

#[tokio::test(start_paused = true)]
async fn response_adds_status_and_headers_also_to_a_404() {
    let found = answering(201, r#"{"id":1}"#).envelope(1).await.unwrap();
    assert_eq!(
        (found.status().as_u16(), &found.headers()["x-kept"], &*found),
        (201, &"yes".parse().unwrap(), &Some(Item { id: 1 }))
    );
    let missing = answering(404, "").envelope(1).await.unwrap();
    assert_eq!((missing.status().as_u16(), missing.into_body()), (404, None));
}

#[tokio::test(start_paused = true)]
async fn text_is_the_body_as_it_is() {
    assert_eq!(answering(200, "häl\"lo").text().await.unwrap(), Text::from("häl\"lo"));
}

#[tokio::test(start_paused = true)]
async fn a_json_error_names_the_path_and_keeps_the_body() {
    let error = answering(200, r#"[{"id":1},{"id":"two"}]"#)
        .items(&[], None)
        .await
        .unwrap_err();
    assert!(error.to_string().contains("`[1].id`"), "{error}");
    assert_eq!(error.body().unwrap(), br#"[{"id":1},{"id":"two"}]"#);
    assert_eq!(error.headers().unwrap()["x-kept"], "yes");
}

#[tokio::test(start_paused = true)]
async fn s10_a_body_is_read_up_to_its_limit() {
    let fake = Fake::new(|_| async { Ok(respond(200, &[], "0123456789")) });
    let limited = |limit| {
        OpenClient::builder("https://api.example.com")
            .transport(fake.clone())
            .max_response_body(limit)
            .build()
            .unwrap()
    };
    assert_eq!(&*limited(10).text().await.unwrap(), "0123456789");
    let error = limited(9).text().await.unwrap_err();
    assert!(error.to_string().contains("larger than 9 bytes"), "{error}");
}

#[api_client]
trait Hurried {
    #[put("/item", timeout = "1s")]
    async fn put(&self) -> Result<()>;

    #[put("/item", timeout = "1s")]
    async fn put_with_head(&self) -> Result<Response<()>>;

    #[get("/item", timeout = "1s")]
    async fn maybe(&self) -> Result<Option<Item>>;
}

/// Answers after this many milliseconds, with a body that never comes.
fn stalling(status: u16, after: u64) -> HurriedClient {
    let fake = Fake::new(move |_| async move {
        sleep(Duration::from_millis(after)).await;
        let response = http::Response::builder().status(status);
        Ok(response.body(hanging()).unwrap().into())
    });
    HurriedClient::builder("https://api.example.com")
        .transport(fake)
        .build()
        .unwrap()
}

#[tokio::test(start_paused = true)]
async fn a_body_that_nobody_wants_makes_no_success_an_error_and_is_not_waited_for() {
    // At most 100 ms, and not beyond the deadline.
    for (after, until) in [(500, 600), (950, 1000), (999, 1000)] {
        let start = Instant::now();
        stalling(200, after).put().await.unwrap();
        assert_eq!(start.elapsed().as_millis(), until);
        let start = Instant::now();
        stalling(201, after).put_with_head().await.unwrap();
        assert_eq!(start.elapsed().as_millis(), until);
        let start = Instant::now();
        assert_eq!(stalling(404, after).maybe().await.unwrap(), None);
        assert_eq!(start.elapsed().as_millis(), until);
    }
    let error = stalling(200, 950).maybe().await.unwrap_err();
    assert!(error.is_timeout(), "one that is wanted is: {error}");
}

/// The trait stays one that people implement: here is a fake in four lines.
#[tokio::test]
async fn the_trait_is_implemented_with_async_fn() {
    use crate::api::Guarded;
    struct FakeGuarded;
    impl Guarded for FakeGuarded {
        async fn item(&self, id: u32) -> Result<Item> {
            Ok(Item { id })
        }
        async fn item_with_schedule(&self, id: u32) -> Result<Item> {
            self.item(id).await
        }
        async fn item_without_reauth(&self, id: u32) -> Result<Item> {
            self.item(id).await
        }
        async fn hurried(&self, id: u32) -> Result<Item> {
            self.item(id).await
        }
        async fn add(&self, item: &Item) -> Result<Item> {
            Ok(Item { id: item.id })
        }
        async fn health(&self) -> Result<Text> {
            Ok("fine".into())
        }
    }
    async fn service(api: &impl Guarded) -> u32 {
        api.item(7).await.unwrap().id
    }
    assert_eq!(service(&FakeGuarded).await, 7);
}
