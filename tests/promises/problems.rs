//! `ApiError<P>`: an error with the server's own words as a type.

use http::StatusCode;
use reauth::{ApiError, BoxError, ProblemDetails, api_client, testing};
use serde::Deserialize;

use crate::api::Item;
use crate::fake::{Fake, credential, refused, respond, token_server};

/// Neither `Display` nor `Debug`: an error needs neither.
#[derive(Deserialize)]
struct Refusal {
    code: String,
}

#[api_client(auth = "auth0", audience = "https://todo.example.com")]
trait Api {
    #[get("/item/{id}", auth = "none")]
    async fn item(&self, id: u32) -> Result<Item, ApiError<ProblemDetails>>;

    #[get("/item/{id}", auth = "none")]
    async fn maybe(&self, id: u32) -> Result<Option<Item>, ApiError<ProblemDetails>>;

    #[get("/item/{id}")]
    async fn guarded(&self, id: u32) -> Result<Item, ApiError<Refusal>>;
}

fn answering(status: u16, content_type: &'static str, body: &'static str) -> ApiClient {
    let fake = Fake::new(move |_| async move { Ok(respond(status, &[("content-type", content_type)], body)) });
    through(fake)
}

fn through(fake: Fake) -> ApiClient {
    ApiClient::builder("https://api.example.com", credential(&token_server()))
        .transport(fake)
        .build()
        .unwrap()
}

const PROBLEM: &str = r#"{"type":"urn:taken","title":"Taken","detail":"by somebody else","until":"noon"}"#;

#[tokio::test(start_paused = true)]
async fn problem_details_are_read_whatever_their_media_type() {
    for content_type in ["application/problem+json", "application/json", "text/plain"] {
        let error = answering(409, content_type, PROBLEM).item(1).await.unwrap_err();
        let problem = error.problem().unwrap();
        assert_eq!(
            (&*problem.r#type, &problem.extensions["until"]),
            ("urn:taken", &"noon".into())
        );
        assert_eq!(problem.to_string(), "Taken: by somebody else");
        let line = match content_type {
            "application/problem+json" => "GET /item/{id}: 409 Conflict (\"Taken: by somebody else\")",
            _ => "GET /item/{id}: 409 Conflict",
        };
        assert_eq!(error.to_string(), line);
        assert_eq!(error.status(), Some(StatusCode::CONFLICT), "it derefs");
    }
}

#[tokio::test(start_paused = true)]
async fn the_line_tells_a_problem_in_few_printable_characters() {
    let told = async |body: &str| {
        let body = body.to_owned();
        let fake = Fake::new(move |_| {
            let body = body.clone();
            async move {
                Ok(respond(
                    404,
                    &[("content-type", "Application/Problem+JSON; charset=utf-8")],
                    &body,
                ))
            }
        });
        through(fake).item(1).await.unwrap_err().to_string()
    };
    let status = "GET /item/{id}: 404 Not Found";
    let line = told(r#"{"title":"Not Found","detail":"no\n\u001b[31m\u202eitem"}"#).await;
    assert_eq!(
        line,
        format!("{status} (\"no[31mitem\")"),
        "the title says no more than the status"
    );
    for silent in [r#"{"title":"Not Found"}"#, r#"{"type":"urn:gone"}"#, "<html>", "[]", ""] {
        assert_eq!(told(silent).await, status);
    }
    let line = told(&format!(r#"{{"title":"{}"}}"#, "ä".repeat(1_000))).await;
    assert_eq!(line.chars().count(), status.len() + 5 + 256);
}

#[tokio::test(start_paused = true)]
async fn what_is_no_problem_is_none_and_the_error_whole() {
    let page = answering(502, "text/html", "<html>").item(1).await.unwrap_err();
    assert!(page.problem().is_none());
    assert_eq!(page.body().unwrap(), b"<html>");

    let misfit = answering(200, "application/json", PROBLEM).item(1).await.unwrap_err();
    assert!(
        misfit.problem().is_none(),
        "a success that does not fit is no problem of the server's"
    );
    assert!(misfit.is_decode());

    let unreachable = through(Fake::new(|_| async { Err(refused()) }))
        .item(1)
        .await
        .unwrap_err();
    assert!(unreachable.problem().is_none() && unreachable.is_connect());

    assert!(
        answering(404, "application/json", PROBLEM)
            .maybe(1)
            .await
            .unwrap()
            .is_none()
    );
}

#[tokio::test(start_paused = true)]
async fn s09_a_problem_that_repeats_the_token_does_not_keep_it() {
    let fake = Fake::new(|seen| async move {
        let token = seen.headers["authorization"].to_str().unwrap();
        let token = token.strip_prefix("Bearer ").unwrap();
        Ok(respond(403, &[], &format!(r#"{{"code":"bad token {token}"}}"#)))
    });
    let error = through(fake).guarded(1).await.unwrap_err();
    assert_eq!(error.problem().unwrap().code, "bad token [credential]");
    assert!(format!("{error:?}").contains("bad token [credential]"), "{error:?}");
    assert_eq!(error.into_problem().unwrap().code, "bad token [credential]");
}

#[tokio::test(start_paused = true)]
async fn it_is_an_error_like_any_other() {
    async fn boxed(api: &impl Api) -> Result<Item, BoxError> {
        Ok(api.guarded(1).await?)
    }
    async fn plain(api: &impl Api) -> reauth::Result<Item> {
        Ok(api.guarded(1).await?)
    }
    let client = answering(422, "application/json", r#"{"code":"bad"}"#);
    let error = boxed(&client).await.unwrap_err();
    assert_eq!(
        error
            .downcast_ref::<ApiError<Refusal>>()
            .unwrap()
            .problem()
            .unwrap()
            .code,
        "bad"
    );
    assert_eq!(plain(&client).await.unwrap_err().status().unwrap(), 422);

    let error = client.guarded(1).await.unwrap_err();
    assert_eq!(format!("{error:?}"), format!("{:?}", error.error()));
    assert_eq!(error.into_error().body().unwrap(), br#"{"code":"bad"}"#);
}

#[tokio::test]
async fn a_fake_answers_with_it_too() {
    let error: ApiError<Refusal> = testing::error(StatusCode::CONFLICT, r#"{"code":"in_use"}"#).into();
    assert_eq!(error.problem().unwrap().code, "in_use");
}
