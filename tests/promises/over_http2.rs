//! HTTP/2 says more at TRACE than HTTP/1 does, so every kind of credential goes over it once, with secrets in each place
//! that there is for them.

use bytes::Bytes;
use reauth::{ApiKey, Auth0, Basic, Bearer, ClientAuthentication, OAuth2, Result, Text, api_client};
use tokio::net::{TcpListener, TcpStream};

#[api_client(auth = "auth0", audience = "https://api.example.com")]
trait WithAuth0 {
    #[get("/item")]
    async fn item(&self) -> Result<Text>;
}

#[api_client(auth = "oauth2")]
trait WithOAuth2 {
    #[get("/item")]
    async fn item(&self) -> Result<Text>;
}

#[api_client(auth = "bearer")]
trait WithBearer {
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
}

#[api_client(auth = "api_key(query: key)")]
trait WithQuery {
    #[get("/item")]
    async fn item(&self) -> Result<Text>;
}

const TOKEN: &str =
    r#"{"access_token":"canary-token","token_type":"Bearer","expires_in":60,"refresh_token":"canary-next"}"#;

/// Answers everything with a token.
async fn serve(connection: TcpStream) -> std::result::Result<(), h2::Error> {
    let mut connection = h2::server::handshake(connection).await?;
    while let Some(request) = connection.accept().await {
        let (mut request, mut answer) = request?;
        tokio::spawn(async move {
            while let Some(piece) = request.body_mut().data().await {
                let read = piece?.len();
                request.body_mut().flow_control().release_capacity(read)?;
            }
            let response = http::Response::new(());
            answer
                .send_response(response, false)?
                .send_data(Bytes::from_static(TOKEN.as_bytes()), true)
        });
    }
    Ok(())
}

#[tokio::test]
async fn s08_every_credential_over_http2() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(async move {
        while let Ok((connection, _)) = listener.accept().await {
            tokio::spawn(serve(connection));
        }
    });
    let http2 = reqwest::Client::builder().http2_prior_knowledge().build().unwrap();
    macro_rules! call {
        ($client:ident, $credential:expr) => {
            let client = $client::builder(&url, $credential)
                .transport(http2.clone())
                .build();
            client.unwrap().item().await.unwrap();
        };
    }
    let secret = "canary-secret";
    call!(WithAuth0Client, Auth0::new(&url, "id", secret).transport(http2.clone()));
    for authentication in [ClientAuthentication::basic(secret), ClientAuthentication::post(secret)] {
        let oauth2 = OAuth2::new(&url, "id", authentication).transport(http2.clone());
        call!(WithOAuth2Client, oauth2.clone());
        call!(WithOAuth2Client, oauth2.clone().refresh_token("canary-refresh"));
    }
    let assertion = ClientAuthentication::from(reauth::PrivateKey::generate().unwrap());
    let oauth2 = OAuth2::new(&url, "id", assertion).transport(http2.clone());
    call!(WithOAuth2Client, oauth2);
    call!(WithBearerClient, Bearer::new("canary-token"));
    call!(WithBasicClient, Basic::new("ada", "canary-password"));
    call!(WithHeaderClient, ApiKey::new("canary-key"));
    call!(WithQueryClient, ApiKey::new("canary-key"));
}
