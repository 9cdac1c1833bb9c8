//! A credential of the user's: each request is signed when it is finished.

use std::sync::Arc;
use std::time::{Duration, SystemTime};

use aws_lc_rs::hmac;
use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use http::{HeaderMap, HeaderValue};
use parking_lot::Mutex;
use reauth::{Authorize, BoxError, Result, Stopped, Text, TokenError, api_client};

use crate::fake::{Fake, respond};

/// An HMAC over method, path and date; the clock may be set by what the server says of the time.
struct Signed {
    key: hmac::Key,
    ahead: Arc<Mutex<Duration>>,
    fails: bool,
}

impl Signed {
    fn new() -> Self {
        Self {
            key: hmac::Key::new(hmac::HMAC_SHA256, b"canary-key"),
            ahead: Arc::default(),
            fails: false,
        }
    }
}

impl Authorize for Signed {
    async fn authorize(&self, request: &mut reqwest::Request) -> std::result::Result<(), BoxError> {
        if self.fails {
            return Err("the key store is locked".into());
        }
        let date = httpdate::fmt_http_date(SystemTime::now() + *self.ahead.lock());
        let message = format!("{}\n{}\n{date}", request.method(), request.url().path());
        let signature = BASE64_STANDARD.encode(hmac::sign(&self.key, message.as_bytes()));
        let mut authorization = HeaderValue::try_from(format!("HMAC a:{signature}"))?;
        authorization.set_sensitive(true);
        request.headers_mut().insert("authorization", authorization);
        request.headers_mut().insert("date", date.parse()?);
        Ok(())
    }

    fn is_renewed_after(&self, headers: &HeaderMap) -> bool {
        let told = headers
            .get("date")
            .and_then(|date| httpdate::parse_http_date(date.to_str().ok()?).ok());
        let ahead = told.and_then(|told| told.duration_since(SystemTime::now()).ok());
        let Some(ahead) = ahead.filter(|ahead| ahead.as_secs() > 60) else {
            return false;
        };
        *self.ahead.lock() = ahead;
        true
    }

    fn name(&self) -> String {
        "the signature".to_owned()
    }
}

#[api_client(auth = "Signed", retry = "constant(100ms,3)")]
trait Orders {
    #[get("/order/{id}?full=true")]
    async fn order(&self, id: &str) -> Result<Text>;
}

/// Checks signatures with its own copy of the key, as of a clock that is so far ahead.
fn server(ahead: Duration) -> Fake {
    let key = hmac::Key::new(hmac::HMAC_SHA256, b"canary-key");
    Fake::new(move |seen| {
        let path = seen
            .url
            .trim_start_matches("https://api.example.com")
            .split('?')
            .next()
            .unwrap()
            .to_owned();
        let date = seen.headers["date"].to_str().unwrap().to_owned();
        let message = format!("{}\n{path}\n{date}", seen.method);
        let signature = seen.authorization.clone().unwrap();
        let signature = BASE64_STANDARD.decode(signature.trim_start_matches("HMAC a:")).unwrap();
        let is_good = hmac::verify(&key, message.as_bytes(), &signature).is_ok();
        let now = SystemTime::now() + ahead;
        let signed = httpdate::parse_http_date(&date).unwrap();
        let age = now.duration_since(signed).unwrap_or_default();
        let status = if is_good && age < Duration::from_secs(60) {
            200
        } else {
            401
        };
        async move { Ok(respond(status, &[("date", &httpdate::fmt_http_date(now))], "")) }
    })
}

fn client(credential: Signed, api: &Fake) -> OrdersClient {
    OrdersClient::builder("https://api.example.com", credential)
        .transport(api.clone())
        .build()
        .unwrap()
}

#[tokio::test(start_paused = true)]
async fn a_signature_covers_what_is_sent() {
    let api = server(Duration::ZERO);
    client(Signed::new(), &api).order("a b/c").await.unwrap();
    assert_eq!(api.log()[0].url, "https://api.example.com/order/a%20b%2Fc?full=true");
}

#[tokio::test(start_paused = true)]
async fn a_401_is_sent_again_only_where_the_next_signature_differs() {
    let api = server(Duration::from_secs(3600));
    client(Signed::new(), &api).order("1").await.unwrap();
    assert_eq!(api.len(), 2, "by the server's clock");

    let api = Fake::statuses(&[401]);
    let error = client(Signed::new(), &api).order("1").await.unwrap_err();
    assert_eq!((api.len(), error.stopped()), (1, Some(&Stopped::FixedCredential)));
}

#[tokio::test(start_paused = true)]
async fn r26_each_attempt_is_signed_anew() {
    let signed = Signed::new();
    let ahead = signed.ahead.clone();
    let api = Fake::new(move |seen| {
        *ahead.lock() += Duration::from_secs(1);
        async move { Ok(respond(if seen.number == 0 { 503 } else { 200 }, &[], "")) }
    });
    client(signed, &api).order("1").await.unwrap();
    let [first, second] = &api.authorizations()[..] else {
        panic!("two attempts")
    };
    assert_ne!(first, second);
}

#[tokio::test(start_paused = true)]
async fn s13_what_cannot_be_authorized_is_not_sent() {
    let api = Fake::statuses(&[200]);
    let signed = Signed {
        fails: true,
        ..Signed::new()
    };
    let error = client(signed, &api).order("1").await.unwrap_err();
    assert_eq!(
        error.to_string(),
        "GET /order/{id}?full=true: nothing was sent: the signature could not authorize the request: the key store is \
         locked"
    );
    assert!(matches!(error.token_error(), Some(TokenError::Authorize { .. })));
    assert_eq!(api.len(), 0);
}

#[tokio::test(start_paused = true)]
async fn s07_there_is_exactly_one_authorization() {
    struct Twice;

    impl Authorize for Twice {
        async fn authorize(&self, request: &mut reqwest::Request) -> std::result::Result<(), BoxError> {
            for value in ["a b", "c d"] {
                request.headers_mut().append("authorization", value.parse()?);
            }
            Ok(())
        }
    }

    #[api_client(auth = "Twice")]
    trait Api {
        #[get("/")]
        async fn get(&self) -> Result<Text>;
    }

    let api = Fake::statuses(&[200]);
    let client = ApiClient::builder("https://api.example.com", Twice)
        .transport(api.clone())
        .build();
    let error = client.unwrap().get().await.unwrap_err();
    assert!(error.to_string().contains("more than one `Authorization`"), "{error}");
    assert_eq!(api.len(), 0);
}

#[tokio::test(start_paused = true)]
async fn s09_a_signature_that_the_api_repeats_is_blotted_out() {
    let api = Fake::new(|seen| async move { Ok(respond(400, &[], &seen.authorization.unwrap())) });
    let error = client(Signed::new(), &api).order("1").await.unwrap_err();
    assert_eq!(error.body().unwrap(), b"HMAC [credential]");
}
