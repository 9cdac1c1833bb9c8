//! No secret in any output: canaries in the secret and the token, and everything that prints is searched for them.

use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD as BASE64;
use reauth::{
    ApiKey, Auth0, Basic, Bearer, ClientAuthentication, OAuth2, PrivateKey, Result, Text, Token, TokenCredential,
    api_client,
};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;

use crate::all_output::marks::assert_none_in;
use crate::api::{Guarded, GuardedClient, Item};
use crate::fake::{Fake, credential, respond, token};

fn canary_tokens() -> Fake {
    Fake::new(|_| async { Ok(token("canary-token")) })
}

#[tokio::test(start_paused = true)]
async fn s08_clients_and_credentials_print_without_secrets() {
    let tokens = canary_tokens();
    let credential = credential(&tokens);
    let builder = GuardedClient::builder("https://api.example.com", credential.clone());
    let printed = format!("{credential:?} {builder:?}");
    let client = builder.transport(Fake::statuses(&[200])).build().unwrap();
    client.item(1).await.unwrap();
    let printed = format!("{printed} {client:?} {client:#?} {credential:#?}");
    assert!(!printed.contains("canary"), "{printed}");
    assert!(printed.contains("https://api.example.com"), "{printed}");
}

#[tokio::test(start_paused = true)]
async fn s08_s09_an_api_that_repeats_the_token_does_not_put_it_into_the_error() {
    let api = Fake::new(|seen| async move {
        let echo = format!("you sent {}", seen.authorization.unwrap());
        Ok(respond(400, &[], &echo))
    });
    let client = GuardedClient::builder("https://api.example.com", credential(&canary_tokens()))
        .transport(api)
        .build();
    let error = client.unwrap().item(1).await.unwrap_err();
    assert_eq!(error.body().unwrap(), b"you sent Bearer [credential]");
    assert!(!format!("{error} {error:?}").contains("canary"));
}

#[tokio::test(start_paused = true)]
async fn s09_a_token_server_that_repeats_the_secret_does_not_put_it_into_the_error() {
    let tokens = Fake::new(|seen| async move {
        let form = String::from_utf8(seen.body).unwrap();
        let description = "what is canary-secret?";
        let answer = serde_json::json!({
            "error": "canary", "error_description": description, "access_token": "canary-token", "echo": form
        });
        Ok(respond(400, &[], &answer.to_string()))
    });
    let api = Fake::statuses(&[200]);
    let client = GuardedClient::builder("https://api.example.com", credential(&tokens))
        .transport(api)
        .build();
    let error = client.unwrap().item(1).await.unwrap_err();
    assert!(error.to_string().contains("what is [credential]?"), "{error}");
    assert!(!format!("{error} {error:?}").contains("canary"), "{error:?}");
}

#[api_client(auth = "oauth2", retry = "none")]
trait Orders {
    #[get("/order")]
    async fn order(&self) -> Result<Text>;
}

/// In clear, as it stood in the form, and as it stood in a header: with every way in which a client proves who it is.
#[tokio::test(start_paused = true)]
async fn s09_a_token_server_that_repeats_the_whole_request_puts_no_secret_into_the_error() {
    let secret = "s:e/canary r&t";
    let assertion = ClientAuthentication::from(PrivateKey::generate().unwrap());
    for (authentication, secret) in [
        (ClientAuthentication::basic(secret), secret),
        (ClientAuthentication::post(secret), secret),
        (assertion, ""),
    ] {
        let tokens = Fake::new(move |seen| async move {
            let proof = seen.headers.get("dpop").map(|proof| proof.to_str().unwrap());
            let form = String::from_utf8(seen.body).unwrap();
            let assertion = form
                .split("client_assertion=")
                .nth(1)
                .and_then(|rest| rest.split('&').next());
            let told = [
                Some(secret),
                seen.authorization.as_deref(),
                proof,
                assertion,
                Some(&form),
            ];
            let told = told[seen.number % told.len()].unwrap_or_default();
            let answer = serde_json::json!({"error": "invalid_client", "error_description": told});
            Ok(respond(401, &[], &answer.to_string()))
        });
        let oauth2 = OAuth2::new("https://login.example.com/token", "me", authentication)
            .refresh_token("canary refresh&token")
            .dpop()
            .unwrap()
            .transport(tokens.clone());
        let client = OrdersClient::builder("https://api.example.com", oauth2).transport(Fake::statuses(&[200]));
        let client = client.build().unwrap();
        while tokens.len() < 5 {
            let error = client.order().await.unwrap_err();
            assert_none_in(&everything_printed(&error));
            tokio::time::advance(std::time::Duration::from_secs(60)).await;
        }
    }
}

/// The other half is as good a promise: what is no secret is there for whoever reads a log.
#[test]
fn s08_what_is_secret_is_not_printed_and_what_is_not_is() {
    let secret = "canary-secret";
    let key = || PrivateKey::generate().unwrap().key_id("a key");
    let url = "https://login.example.com/token";
    let token: Token =
        serde_json::from_str(r#"{"access_token":"canary","token_type":"Bearer","expires_in":60}"#).unwrap();
    let settings = r#"{"domain":"a.example.com","client_id":"me","client_secret":"canary"}"#;
    for (printed, shows) in [
        (both(&Auth0::new("a.example.com", "me", secret)), "a.example.com"),
        (both(&serde_json::from_str::<Auth0>(settings).unwrap()), "a.example.com"),
        (both(&OAuth2::new(url, "me", secret)), "me"),
        (
            both(&OAuth2::new(url, "me", ClientAuthentication::post(secret))),
            "client_secret_post",
        ),
        (both(&OAuth2::new(url, "me", key())), "private_key_jwt"),
        (
            both(&OAuth2::new(url, "me", secret).refresh_token(secret)),
            "has_refresh_token: true",
        ),
        (
            both(&OAuth2::new(url, "me", secret).parameter("assertion", secret)),
            "assertion",
        ),
        (
            both(&OAuth2::new(url, "me", secret).dpop().unwrap()),
            "login.example.com",
        ),
        (both(&ClientAuthentication::basic(secret)), "client_secret_basic"),
        (both(&key()), "a key"),
        (both(&Bearer::new(secret)), "Bearer(fixed)"),
        (both(&Basic::new("ada", secret)), "ada"),
        (both(&ApiKey::new(secret)), "ApiKey"),
        (both(&token), "60s"),
        (both(&Token::bearer("no canary").unwrap_err()), "Unacceptable"),
        (both(&PrivateKey::from_pem("canary").unwrap_err()), "private key"),
    ] {
        assert_none_in(&printed);
        assert!(printed.contains(shows), "no `{shows}`: {printed}");
    }
}

fn both(value: &impl std::fmt::Debug) -> String {
    format!("{value:?}\n{value:#?}")
}

/// In whatever form it was sent: a form, HTTP Basic, an assertion.
#[tokio::test(start_paused = true)]
async fn s09_a_secret_that_is_repeated_in_another_form_is_not_in_the_error_either() {
    let secret = "canary/secret & more";
    let echoes = || {
        Fake::new(|seen| async move {
            let form = String::from_utf8(seen.body).unwrap();
            let header = seen.authorization.unwrap_or_default();
            let answer = serde_json::json!({"error": "x", "error_description": format!("{header} {form}")});
            Ok(respond(400, &[], &answer.to_string()))
        })
    };
    let with = |authentication: ClientAuthentication, tokens: &Fake| {
        OAuth2::new("https://login.example.com/token", "app", authentication)
            .parameter("a", "b")
            .transport(tokens.clone())
    };
    let key = PrivateKey::generate().unwrap();
    for authentication in [
        ClientAuthentication::basic(secret),
        ClientAuthentication::post(secret),
        ClientAuthentication::from(key),
    ] {
        let tokens = echoes();
        let credential = with(authentication, &tokens).refresh_token("canary+refresh");
        let error = credential.warm_up().await.unwrap_err().to_string();
        assert!(error.contains("a=b") && error.contains("[credential]"), "{error}");
        let sent = String::from_utf8(tokens.log()[0].body.clone()).unwrap();
        let assertion = sent
            .split('&')
            .find_map(|field| field.strip_prefix("client_assertion="));
        let basic = BASE64.encode("app:canary%2Fsecret%20%26%20more");
        let basic = basic.trim_end_matches('=');
        for secret in ["canary", basic, assertion.unwrap_or("canary")] {
            assert!(!error.contains(secret), "{error}");
        }
    }
}

/// Real sockets, since it is reqwest that puts the URL into its errors: nobody listens, the head breaks off, the body
/// does; and the last of them inside a layer's error.
#[tokio::test]
async fn s09_errors_hold_no_query() {
    use crate::api::{Open, OpenClient};
    let answers = [
        b"HTTP/1.1 200".as_slice(),
        b"HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\n[".as_slice(),
    ];
    let mut urls = vec!["http://127.0.0.1:1".to_owned()];
    for answer in answers {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        urls.push(format!("http://{}", listener.local_addr().unwrap()));
        tokio::spawn(async move {
            while let Ok((mut stream, _)) = listener.accept().await {
                assert_ne!(stream.read(&mut [0; 4096]).await.unwrap(), 0);
                stream.write_all(answer).await.unwrap();
            }
        });
    }
    for url in urls {
        let plain = OpenClient::new(&url).unwrap();
        let layered = OpenClient::builder(&url)
            .transport(Layered(reqwest::Client::new()))
            .build()
            .unwrap();
        for client in [plain, layered] {
            let error = client.items(&["canary"], None).await.unwrap_err();
            let printed = everything_printed(&error);
            assert!(!printed.contains("canary"), "{printed}");
        }
    }
}

#[api_client(auth = "api_key(query: key)", retry = "none")]
trait Keyed {
    #[get("/item")]
    async fn item(&self) -> Result<Text>;
}

/// Of what goes on in a layer nothing is known: it may tell the whole request.
#[tokio::test(start_paused = true)]
async fn s09_what_a_layer_says_of_a_request_shows_no_credential() {
    let tells_all = Fake::new(|seen| async move { Err(format!("{} {} went wrong", seen.method, seen.url).into()) });
    let client = KeyedClient::builder("https://api.example.com", ApiKey::new("canary-key"))
        .transport(tells_all)
        .build()
        .unwrap();
    let printed = everything_printed(&client.item().await.unwrap_err());
    assert_none_in(&printed);
    assert!(printed.contains("key=[credential] went wrong"), "{printed}");
}

fn everything_printed(error: &reauth::Error) -> String {
    let mut printed = format!("{error} {error:?}");
    let mut source = std::error::Error::source(error);
    while let Some(cause) = source {
        printed = format!("{printed} {cause} {cause:?}");
        source = cause.source();
    }
    printed
}

/// A layer that wraps what went wrong in an error of its own.
#[derive(Clone)]
struct Layered(reqwest::Client);

#[derive(Debug)]
struct LayerError(reqwest::Error);

impl std::fmt::Display for LayerError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("a layer failed")
    }
}

impl std::error::Error for LayerError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        Some(&self.0)
    }
}

impl tower_service::Service<reqwest::Request> for Layered {
    type Response = reqwest::Response;
    type Error = LayerError;
    type Future = Pin<Box<dyn Future<Output = Result<reqwest::Response, LayerError>> + Send>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), LayerError>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: reqwest::Request) -> Self::Future {
        let answer = self.0.execute(request);
        Box::pin(async move { answer.await.map_err(LayerError) })
    }
}

#[tokio::test(start_paused = true)]
async fn s08_s09_a_header_or_a_field_that_repeats_the_token_does_not_put_it_into_the_error() {
    let api = Fake::new(|seen| async move {
        let echo = seen.authorization.unwrap();
        let body = format!(r#"{{"id":"{echo}"}}"#);
        Ok(respond(200, &[("x-echo", &echo)], &body))
    });
    let client = GuardedClient::builder("https://api.example.com", credential(&canary_tokens()))
        .transport(api)
        .build();
    let error = client.unwrap().item(1).await.unwrap_err();
    assert!(error.to_string().contains("the JSON does not fit at `id`"), "{error}");
    assert!(error.to_string().contains("[credential]"), "{error}");
    assert_eq!(error.headers().unwrap()["x-echo"], "Bearer [credential]");
    let printed = everything_printed(&error);
    assert!(!printed.contains("canary"), "{printed}");
}

#[test]
fn s08_a_password_in_a_url_is_not_repeated() {
    for text in [
        "https://user:canary@host:99999",
        "user:canary@host",
        "https://user:canary@host",
    ] {
        let auth0 = Auth0::new(text, "id", "canary-secret");
        let error = GuardedClient::new(text, auth0.clone()).unwrap_err();
        let printed = format!("{error} {error:?} {auth0:?}");
        assert!(!printed.contains("canary"), "{printed}");
    }
}

#[tokio::test(start_paused = true)]
async fn s07_exactly_one_authorization_header_and_it_is_sensitive() {
    let api = Fake::statuses(&[200]);
    let client = GuardedClient::builder("https://api.example.com", credential(&canary_tokens()))
        .transport(Checking(api.clone()))
        .build()
        .unwrap();
    client.add(&Item { id: 1 }).await.unwrap();
    assert_eq!(api.authorizations(), ["Bearer canary-token"]);
}

/// Looks at the headers before the fake does.
#[derive(Clone)]
struct Checking(Fake);

impl tower_service::Service<reqwest::Request> for Checking {
    type Response = reqwest::Response;
    type Error = reauth::BoxError;
    type Future = <Fake as tower_service::Service<reqwest::Request>>::Future;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), reauth::BoxError>> {
        self.0.poll_ready(context)
    }

    fn call(&mut self, request: reqwest::Request) -> Self::Future {
        let headers: Vec<_> = request.headers().get_all("authorization").iter().collect();
        assert_eq!(headers.len(), 1);
        assert!(headers[0].is_sensitive());
        self.0.call(request)
    }
}

/// Whether a type has a trait is known to the compiler only: where both of these could be meant, it would say so.
#[test]
fn s12_what_holds_a_secret_is_neither_displayed_nor_serialized() {
    trait Unless<A> {
        fn is_fine() {}
    }
    impl<T: ?Sized> Unless<()> for T {}
    struct Displayed;
    impl<T: ?Sized + std::fmt::Display> Unless<Displayed> for T {}
    struct Serialized;
    impl<T: ?Sized + serde::Serialize> Unless<Serialized> for T {}
    macro_rules! neither {
        ($($holder:ty),+) => {
            $(<$holder as Unless<_>>::is_fine();)+
        };
    }
    neither!(
        ApiKey,
        Auth0,
        Basic,
        Bearer,
        ClientAuthentication,
        OAuth2,
        PrivateKey,
        Token
    );
}
