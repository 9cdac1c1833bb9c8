//! Credentials that are sent as they are: a bearer token, HTTP Basic, an API key.

use std::fmt::Write;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use http::HeaderValue;
use http::header::AUTHORIZATION;
use reauth::reqwest::Request;
use reauth::{ApiKey, Authorize, Basic, Bearer, BoxError, Result, Stopped, Text, Token, api_client};
use tokio::time::Duration;

use crate::fake::{Fake, MARK, respond};

#[api_client(auth = "bearer", retry = "constant(100ms,3)")]
pub(crate) trait WithBearer {
    #[get("/item")]
    async fn item(&self) -> Result<Text>;
}

#[api_client(auth = "basic")]
trait WithBasic {
    #[get("/item")]
    async fn item(&self) -> Result<Text>;
}

#[api_client(auth = "api_key(X-Api-Key)")]
trait WithHeader {
    #[get("/item")]
    async fn item(&self) -> Result<Text>;

    #[get("/item", auth = "none")]
    async fn bare(&self) -> Result<Text>;
}

#[api_client(auth = api_key(query: key))]
trait WithQuery {
    #[get("/item?a=b")]
    async fn item(&self, #[query] key: Option<&str>) -> Result<Text>;
}

macro_rules! client {
    ($client:ident, $credential:expr, $api:expr) => {
        $client::builder("https://api.example.com", $credential)
            .transport($api.clone())
            .build()
            .unwrap()
    };
}

#[tokio::test(start_paused = true)]
async fn each_is_sent_where_it_belongs() {
    let api = Fake::statuses(&[200]);
    client!(WithBearerClient, Bearer::new("abc.canary"), api)
        .item()
        .await
        .unwrap();
    // RFC 7617, section 2 and 2.1.
    client!(WithBasicClient, Basic::new("Aladdin", "open sesame"), api)
        .item()
        .await
        .unwrap();
    client!(WithBasicClient, Basic::new("test", "123£"), api)
        .item()
        .await
        .unwrap();
    assert_eq!(
        api.authorizations(),
        [
            "Bearer abc.canary",
            "Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==",
            "Basic dGVzdDoxMjPCow=="
        ]
    );
    let api = Fake::statuses(&[200]);
    let client = client!(WithHeaderClient, ApiKey::new("the canary"), api);
    client.item().await.unwrap();
    client.bare().await.unwrap();
    client!(WithQueryClient, ApiKey::new("canary&b"), api)
        .item(Some("other"))
        .await
        .unwrap();
    let log = api.log();
    assert_eq!(log[0].headers["x-api-key"], "the canary");
    assert!(log[0].headers["x-api-key"].is_sensitive());
    assert!(!log[1].headers.contains_key("x-api-key"));
    assert_eq!(log[2].url, "https://api.example.com/item?a=b&key=canary%26b");
    assert!(log.iter().all(|seen| seen.authorization.is_none()));
}

#[tokio::test(start_paused = true)]
async fn a_401_to_what_never_changes_is_final() {
    let api = Fake::statuses(&[401]);
    let errors = [
        client!(WithBearerClient, Bearer::new("canary"), api)
            .item()
            .await
            .unwrap_err(),
        client!(WithBasicClient, Basic::new("a", "canary"), api)
            .item()
            .await
            .unwrap_err(),
        client!(WithHeaderClient, ApiKey::new("canary"), api)
            .item()
            .await
            .unwrap_err(),
        client!(WithQueryClient, ApiKey::new("canary"), api)
            .item(None)
            .await
            .unwrap_err(),
    ];
    assert_eq!(api.len(), errors.len());
    for error in errors {
        assert_eq!(error.stopped(), Some(&Stopped::FixedCredential));
        assert!(error.is_auth() && !error.is_transient());
    }
    let sends = |endpoint: &reauth::Endpoint| endpoint.max_sends();
    assert_eq!(sends(&WithHeaderClient::ENDPOINTS[0]), 1);
    assert_eq!(sends(&WithBasicClient::ENDPOINTS[0]), 1);
}

#[tokio::test(start_paused = true)]
async fn r26_a_retry_carries_it_too() {
    let api = Fake::statuses(&[503, 200]);
    client!(WithBearerClient, Bearer::new("canary"), api)
        .item()
        .await
        .unwrap();
    assert_eq!(api.authorizations(), ["Bearer canary"; 2]);
}

#[tokio::test(start_paused = true)]
async fn a_closure_fetches_once_and_again_after_a_401() {
    let fetches = Arc::new(AtomicUsize::new(0));
    let bearer = Bearer::fetched({
        let fetches = fetches.clone();
        move || {
            let number = fetches.fetch_add(1, Ordering::SeqCst) + 1;
            async move { Ok(Token::bearer(format!("{MARK}t{number}"))?.expires_in(Duration::from_secs(60))) }
        }
    });
    let api = Fake::statuses(&[200, 200, 401, 200]);
    let client = client!(WithBearerClient, bearer.clone(), api);
    client.item().await.unwrap();
    client!(WithBearerClient, bearer, api).item().await.unwrap();
    client.item().await.unwrap();
    assert_eq!(
        api.authorizations(),
        ["Bearer t1", "Bearer t1", "Bearer t1", "Bearer t2"]
    );
    tokio::time::advance(Duration::from_secs(60)).await;
    client.item().await.unwrap();
    assert_eq!(api.authorizations().last().unwrap(), "Bearer t3");
}

#[tokio::test(start_paused = true)]
async fn what_cannot_be_sent_shows_when_the_client_is_built() {
    let problem = |result: Result<()>| result.unwrap_err().to_string();
    let bearer = |token: &str| WithBearerClient::new("https://x", Bearer::new(token)).map(drop);
    let basic = |user: &str, password: &str| WithBasicClient::new("https://x", Basic::new(user, password)).map(drop);
    let header = |key: &str| WithHeaderClient::new("https://x", ApiKey::new(key)).map(drop);
    for (problem, expected) in [
        (
            problem(bearer("canary canary")),
            "characters that RFC 6750 does not allow",
        ),
        (problem(bearer("")), "is empty"),
        (problem(basic("a:b", "canary")), "has a colon"),
        (problem(basic("a", "canary\n")), "control character"),
        (problem(header("canary\n")), "control character"),
        (problem(header(" ")), "is empty"),
    ] {
        assert!(problem.contains(expected) && !problem.contains("canary"), "{problem}");
    }

    type Key = ApiKey;

    #[api_client(auth = "Key")]
    trait WithoutName {
        #[get("/item")]
        async fn item(&self) -> Result<Text>;
    }
    let unnamed = WithoutNameClient::new("https://x", ApiKey::new("canary")).unwrap_err();
    assert!(
        unnamed.to_string().contains("nothing says where the API key goes"),
        "{unnamed}"
    );
    let api = Fake::statuses(&[200]);
    let named = ApiKey::new("canary").in_header("X-Own");
    client!(WithoutNameClient, named, api).item().await.unwrap();
    assert_eq!(api.log()[0].headers["x-own"], "canary");
    let nameless = ApiKey::new("canary").in_query("");
    let nameless = WithoutNameClient::new("https://x", nameless).unwrap_err();
    assert!(
        nameless.to_string().contains("name in the query is empty"),
        "{nameless}"
    );
}

#[tokio::test(start_paused = true)]
async fn s01_they_travel_over_https_only() {
    for error in [
        WithBasicClient::new("http://x.example", Basic::new("a", "canary")).unwrap_err(),
        WithHeaderClient::new("http://x.example", ApiKey::new("canary")).unwrap_err(),
        WithBearerClient::new("http://x.example", Bearer::new("canary")).unwrap_err(),
    ] {
        assert!(error.to_string().contains("plain http"), "{error}");
    }
}

#[tokio::test(start_paused = true)]
async fn s09_s12_what_the_api_repeats_is_blotted_out_and_nothing_prints_it() {
    let api = Fake::new(|seen| async move {
        let authorization = seen.authorization.unwrap_or_default();
        let key = seen
            .headers
            .get("x-api-key")
            .map(|key| key.to_str().unwrap().to_owned());
        let echo = format!(
            "{authorization} {} {} canary/1 canary%2F1",
            key.unwrap_or_default(),
            seen.url
        );
        Ok(respond(400, &[("x-echo", &echo)], &echo))
    });
    let secret = "canary/1";
    let (bearer, basic, key) = (Bearer::new(secret), Basic::new("ada", secret), ApiKey::new(secret));
    let mut printed = format!("{bearer:?} {basic:?} {key:?}");
    for error in [
        client!(WithBearerClient, bearer, api).item().await.unwrap_err(),
        client!(WithBasicClient, basic, api).item().await.unwrap_err(),
        client!(WithHeaderClient, key.clone(), api).item().await.unwrap_err(),
        client!(WithQueryClient, key, api).item(None).await.unwrap_err(),
    ] {
        let body = String::from_utf8_lossy(error.body().unwrap()).replace("canary%2F1", "");
        let echo = error.headers().unwrap()["x-echo"].to_str();
        write!(printed, "{error} {error:?} {body} {echo:?}").unwrap();
    }
    // Encoded it is known only to the one that was sent so.
    let printed = printed.replace("canary%2F1", "");
    assert!(!printed.contains("canary"), "{printed}");
    assert!(!printed.contains("YWRhOmNhbmFyeS8x"), "HTTP Basic: {printed}");
}

#[test]
fn settings_come_from_serde_and_say_what_is_missing() {
    let basic: Basic = serde_json::from_str(r#"{"username":"ada","password":"canary"}"#).unwrap();
    assert_eq!(format!("{basic:?}"), r#"Basic { username: "ada", .. }"#);
    let error = serde_json::from_str::<Basic>(r#"{"user":"ada"}"#)
        .unwrap_err()
        .to_string();
    for part in [
        "`username` is missing",
        "`password` is missing",
        "there is no setting `user`",
    ] {
        assert!(error.contains(part), "{error}");
    }
    assert!(serde_json::from_str::<Bearer>(r#""abc""#).is_ok());
    assert!(serde_json::from_str::<ApiKey>(r#""abc""#).is_ok());
    let error = Bearer::from_env("REAUTH_TEST_THAT_IS_NOT_SET").unwrap_err();
    assert_eq!(error.to_string(), "`REAUTH_TEST_THAT_IS_NOT_SET` is missing");
    let error = Basic::from_env("REAUTH_TEST_NO_USER", "REAUTH_TEST_NO_PASSWORD").unwrap_err();
    assert_eq!(
        error.to_string(),
        "`REAUTH_TEST_NO_USER` is missing; `REAUTH_TEST_NO_PASSWORD` is missing"
    );
}

/// Signs with a header of its own, beside one that is no secret.
struct Signature;

impl Authorize for Signature {
    async fn authorize(&self, request: &mut Request) -> std::result::Result<(), BoxError> {
        let mut key = HeaderValue::from_static("canary-key");
        key.set_sensitive(true);
        let headers = request.headers_mut();
        headers.insert("x-key", key);
        headers.insert("x-version", HeaderValue::from_static("version-7"));
        headers.insert(AUTHORIZATION, HeaderValue::from_static("Own canary-signature"));
        Ok(())
    }
}

#[api_client(auth = "Signature")]
trait Signed {
    #[get("/item")]
    async fn item(&self) -> Result<Text>;
}

#[tokio::test(start_paused = true)]
async fn a_401_to_a_credential_of_the_users_is_final_unless_it_says_otherwise() {
    let api = Fake::statuses(&[401]);
    let error = client!(SignedClient, Signature, api).item().await.unwrap_err();
    assert_eq!((error.stopped(), api.len()), (Some(&Stopped::FixedCredential), 1));
}

/// Asks somebody who never answers.
struct Hanging;

impl Authorize for Hanging {
    async fn authorize(&self, _: &mut Request) -> std::result::Result<(), BoxError> {
        std::future::pending().await
    }
}

#[api_client(auth = "Hanging", timeout = "2s")]
trait Waiting {
    #[get("/item")]
    async fn item(&self) -> Result<Text>;
}

#[tokio::test(start_paused = true)]
async fn r23_a_deadline_that_passes_while_a_credential_of_the_users_is_waited_for_names_it() {
    let api = Fake::statuses(&[200]);
    let error = client!(WaitingClient, Hanging, api).item().await.unwrap_err();
    assert!(error.is_timeout() && error.to_string().contains("Hanging"), "{error}");
    assert_eq!(api.len(), 0);
}

#[tokio::test(start_paused = true)]
async fn s09_what_a_credential_of_the_users_marked_as_secret_is_blotted_out_and_authorization_too() {
    let api = Fake::new(|_| async { Ok(respond(400, &[], "canary-key canary-signature version-7 Own")) });
    let error = client!(SignedClient, Signature, api).item().await.unwrap_err();
    let body = String::from_utf8_lossy(error.body().unwrap()).into_owned();
    let printed = format!("{error} {error:?} {body}");
    assert!(!printed.contains("canary"), "{printed}");
    assert!(body.contains("version-7") && body.contains("Own"), "{body}");
}
