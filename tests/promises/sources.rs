//! Tokens from a source of the user's: `Cached` gives it what every credential has.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use parking_lot::Mutex;
use reauth::reqwest::Request;
use reauth::{
    Authorize, Bearer, BoxError, Cached, Result, Token, TokenCredential, TokenError, TokenFile, TokenRequest,
    TokenSource, api_client,
};
use tokio::task::{JoinSet, yield_now};
use tokio::time::Duration;

use crate::fake::{Fake, MARK, respond};

/// Issues `t1`, `t2`, … and keeps what it was asked for; fails while there are errors left.
#[derive(Clone, Default)]
pub(crate) struct Counter {
    fetches: Arc<AtomicUsize>,
    asked: Arc<Mutex<Vec<TokenRequest>>>,
    errors: Arc<Mutex<Vec<BoxError>>>,
}

impl TokenSource for Counter {
    async fn fetch(&self, request: &TokenRequest) -> std::result::Result<Token, BoxError> {
        let number = self.fetches.fetch_add(1, Ordering::SeqCst) + 1;
        self.asked.lock().push(request.clone());
        yield_now().await;
        if let Some(error) = self.errors.lock().pop() {
            return Err(error);
        }
        Ok(Token::bearer(format!("{MARK}t{number}"))?.expires_in(Duration::from_secs(3600)))
    }

    fn name(&self) -> String {
        "the counter".to_owned()
    }
}

#[api_client(auth = "Cached<Counter>", audience = "https://a.example.com", scope = "read write")]
trait Readers {
    #[get("/a")]
    async fn read(&self) -> Result<()>;
}

#[api_client(auth = "Cached<Counter>")]
trait Others {
    #[get("/b")]
    async fn other(&self) -> Result<()>;
}

fn readers(api: &Fake, credential: &Cached<Counter>) -> ReadersClient {
    ReadersClient::builder("https://api.example.com", credential.clone())
        .transport(api.clone())
        .build()
        .unwrap()
}

#[tokio::test(start_paused = true)]
async fn r01_a_thousand_callers_ask_a_source_once() {
    let (api, source) = (Fake::statuses(&[200]), Counter::default());
    let client = readers(&api, &Cached::new(source.clone()));
    let mut calls = JoinSet::new();
    for _ in 0..1_000 {
        let client = client.clone();
        calls.spawn(async move { client.read().await });
    }
    for result in calls.join_all().await {
        result.unwrap();
    }
    assert_eq!(source.fetches.load(Ordering::SeqCst), 1);
    assert!(api.authorizations().iter().all(|header| header == "Bearer t1"));
}

#[tokio::test(start_paused = true)]
async fn r13_a_401_asks_the_source_again_and_sends_again() {
    let (api, source) = (Fake::statuses(&[401, 200]), Counter::default());
    readers(&api, &Cached::new(source.clone())).read().await.unwrap();
    assert_eq!(api.authorizations(), ["Bearer t1", "Bearer t2"]);
}

#[tokio::test(start_paused = true)]
async fn r17_one_source_has_an_entry_for_each_audience_and_scope() {
    let (api, source) = (Fake::statuses(&[200]), Counter::default());
    let credential = Cached::new(source.clone());
    let (readers, others) = ReadersClient::builder("https://api.example.com", credential)
        .transport(api.clone())
        .and::<OthersClient>()
        .build()
        .unwrap();
    for _ in 0..2 {
        readers.read().await.unwrap();
        others.other().await.unwrap();
    }
    assert_eq!(
        api.authorizations(),
        ["Bearer t1", "Bearer t2", "Bearer t1", "Bearer t2"]
    );
    let asked = source.asked.lock();
    assert_eq!(
        (asked[0].audience(), asked[0].scope()),
        (Some("https://a.example.com"), Some("read write"))
    );
    assert_eq!((asked[1].audience(), asked[1].scope()), (None, None));
}

#[tokio::test(start_paused = true)]
async fn s13_a_source_that_fails_ends_the_call_with_its_words_and_nothing_is_sent() {
    let (api, source) = (Fake::statuses(&[200]), Counter::default());
    source.errors.lock().push("the vault is sealed".into());
    let client = readers(&api, &Cached::new(source.clone()));
    let error = client.read().await.unwrap_err();
    assert_eq!(
        error.to_string(),
        "GET /a: no token, so nothing was sent: no token from the counter: the vault is sealed"
    );
    assert!(error.is_auth() && error.is_transient());
    assert_eq!(api.len(), 0);

    source.errors.lock().push(Token::bearer("no token").unwrap_err().into());
    tokio::time::advance(Duration::from_secs(60)).await;
    let error = client.read().await.unwrap_err();
    assert!(
        matches!(error.token_error(), Some(TokenError::Unacceptable { .. })),
        "kept as it is"
    );

    tokio::time::advance(Duration::from_secs(60)).await;
    client.read().await.unwrap();
    assert_eq!(api.authorizations(), ["Bearer t3"]);
}

/// Sealed, whichever way it is asked.
struct Vault;

impl TokenSource for Vault {
    async fn fetch(&self, _: &TokenRequest) -> std::result::Result<Token, BoxError> {
        Err("it is sealed".into())
    }
}

impl Authorize for Vault {
    async fn authorize(&self, _: &mut Request) -> std::result::Result<(), BoxError> {
        Err("it is sealed".into())
    }
}

#[api_client(auth = "Vault")]
trait Sealed {
    #[get("/a")]
    async fn read(&self) -> Result<()>;
}

#[tokio::test(start_paused = true)]
async fn an_error_names_a_source_of_the_users_by_its_type_unless_it_names_itself() {
    let source = Cached::new(Vault).warm_up().await.unwrap_err().to_string();
    assert!(source.contains("Vault: it is sealed"), "{source}");
    let closure = Bearer::fetched(async || Err("it is sealed".into()));
    let closure = closure.warm_up().await.unwrap_err().to_string();
    assert!(closure.contains("the closure of `Bearer`: it is sealed"), "{closure}");
    let file = Cached::new(TokenFile::new("/no/such/file")).warm_up().await;
    let file = file.unwrap_err().to_string();
    assert!(file.contains("no token from /no/such/file: "), "{file}");
    let client = SealedClient::builder("https://api.example.com", Vault).transport(Fake::statuses(&[200]));
    let own = client.build().unwrap().read().await.unwrap_err().to_string();
    assert!(own.contains("Vault") && own.contains("it is sealed"), "{own}");
}

#[tokio::test(start_paused = true)]
async fn a_source_can_be_a_client_too_whose_response_is_the_token() {
    #[api_client]
    trait Sessions {
        #[post("/session")]
        async fn log_in(&self) -> Result<Token>;
    }

    struct Login(SessionsClient);

    impl TokenSource for Login {
        async fn fetch(&self, _: &TokenRequest) -> std::result::Result<Token, BoxError> {
            Ok(self.0.log_in().await?)
        }
    }

    #[api_client(auth = Cached<Login>)]
    trait Shop {
        #[get("/stock")]
        async fn stock(&self) -> Result<()>;
    }

    let logins = Fake::new(|_| async {
        let token = r#"{"access_token":"canary~session-1","token_type":"Bearer","expires_in":60}"#;
        Ok(respond(200, &[], token))
    });
    let api = Fake::statuses(&[200]);
    let sessions = SessionsClient::builder("https://shop.example.com")
        .transport(logins)
        .build()
        .unwrap();
    let shop = ShopClient::builder("https://shop.example.com", Cached::new(Login(sessions)))
        .transport(api.clone())
        .build()
        .unwrap();
    shop.stock().await.unwrap();
    assert_eq!(api.authorizations(), ["Bearer session-1"]);
}
