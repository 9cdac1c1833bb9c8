//! Several clients from one builder: what they share, and what they do not.

use reauth::{Result, Text, api_client};

use crate::fake::{Fake, credential, respond, token_server};

#[api_client(auth = "auth0", audience = "https://todo.example.com", scope = "a b")]
trait First {
    #[get("/first")]
    async fn first(&self) -> Result<Text>;
}

#[api_client(auth = "auth0", audience = "https://todo.example.com", scope = "b a")]
trait Second {
    #[get("/second")]
    async fn second(&self) -> Result<Text>;
}

#[api_client(
    auth = "auth0",
    audience = "https://other.example.com",
    base_url = "https://other.example.com/v2"
)]
trait Other {
    #[get("/other")]
    async fn other(&self) -> Result<Text>;
}

#[tokio::test(start_paused = true)]
async fn r17_clients_that_want_the_same_token_share_it_and_each_has_its_own_place() {
    let (api, tokens) = (Fake::statuses(&[200]), token_server());
    let builder = FirstClient::builder("https://api.example.com/v1", credential(&tokens));
    let (first, second, other) = builder
        .transport(api.clone())
        .and::<SecondClient>()
        .and::<OtherClient>()
        .build()
        .unwrap();
    first.first().await.unwrap();
    second.second().await.unwrap();
    other.other().await.unwrap();
    assert_eq!(api.authorizations(), ["Bearer t1", "Bearer t1", "Bearer t2"]);
    let urls: Vec<_> = api.log().into_iter().map(|seen| seen.url).collect();
    assert_eq!(
        urls,
        [
            "https://api.example.com/v1/first",
            "https://api.example.com/v1/second",
            "https://other.example.com/v2/other"
        ]
    );
}

#[tokio::test(start_paused = true)]
async fn what_is_wrong_is_said_once_for_all_of_them() {
    let nameless = reauth::Auth0::new("tenant.example.com", "", "canary-secret");
    let error = FirstClient::builder("api.example.com", nameless)
        .and::<SecondClient>()
        .build()
        .unwrap_err()
        .to_string();
    assert_eq!(error.matches("is not an absolute URL").count(), 1, "{error}");
    assert_eq!(error.matches("client id is empty").count(), 1, "{error}");
}

/// Run once more by `s01_no_proxy_sees_what_is_meant_for_this_machine`, in an environment that names a proxy.
#[tokio::test]
async fn a_local_client_beside_a_remote_one() {
    #[api_client]
    #[expect(dead_code, reason = "only built")]
    trait Remote {
        #[get("/remote")]
        async fn remote(&self) -> Result<Text>;
    }
    // Nobody listens there; a proxy would answer.
    #[api_client(base_url = "http://127.0.0.1:1")]
    trait Local {
        #[get("/local")]
        async fn local(&self) -> Result<Text>;
    }
    let (_remote, local) = RemoteClient::builder("https://api.example.com")
        .and::<LocalClient>()
        .build()
        .unwrap();
    assert!(local.local().await.unwrap_err().is_connect());
}

#[tokio::test(start_paused = true)]
async fn s13_a_client_without_the_credential_of_its_trait_sends_nothing() {
    // What the macro's constructors do, but for the credential.
    let api = Fake::new(|_| async { Ok(respond(200, &[], "")) });
    let client: FirstClient = reauth::__private::ClientBuilder::new("https://api.example.com")
        .transport(api.clone())
        .build()
        .unwrap();
    let error = client.first().await.unwrap_err();
    assert!(error.to_string().contains("without its credential"), "{error}");
    assert!(error.is_auth());
    assert_eq!(api.len(), 0);
}
