//! Every credential by its word, one of the user's, quoted and not, and several clients from one builder.
#![deny(warnings)]

use reauth::{
    ApiKey, Auth0, Basic, Bearer, BoxError, Cached, OAuth2, Result, Token, TokenRequest, TokenSource, api_client,
};

#[derive(Clone)]
pub struct Vault<A, B>(A, B);

impl<A, B> TokenSource for Vault<A, B>
where
    A: Send + Sync + 'static,
    B: Send + Sync + 'static,
{
    async fn fetch(&self, _: &TokenRequest) -> std::result::Result<Token, BoxError> {
        Ok(Token::bearer("token")?)
    }
}

pub type Own = Cached<Vault<u8, bool>>;

#[api_client(auth = "Cached<Vault<u8, bool>>", audience = "https://a.example.com", scope = "read")]
pub trait Quoted {
    #[get("/")]
    async fn get(&self) -> Result<()>;
}

#[api_client(auth = reauth::Cached<crate::Vault<u8, bool>>, reauth = none, base_url = "https://b.example.com")]
pub trait Bare {
    #[get("/", auth = none)]
    async fn get(&self) -> Result<()>;
}

#[api_client(auth = "Own")]
pub trait Alias {
    #[get("/")]
    async fn get(&self) -> Result<()>;
}

#[api_client(auth = "reauth::Auth0")]
pub trait ByPath {
    #[get("/")]
    async fn get(&self) -> Result<()>;
}

#[api_client(auth = "auth0")]
pub trait ByWord {
    #[get("/")]
    async fn get(&self) -> Result<()>;
}

#[api_client(auth = "oauth2", audience = "https://a.example.com")]
pub trait WithOAuth2 {
    #[get("/")]
    async fn get(&self) -> Result<()>;
}

#[api_client(auth = bearer)]
pub trait WithBearer {
    #[get("/")]
    async fn get(&self) -> Result<()>;
}

#[api_client(auth = "basic")]
pub trait WithBasic {
    #[get("/")]
    async fn get(&self) -> Result<()>;
}

#[api_client(auth = "api_key(X-Api-Key)")]
pub trait WithHeader {
    #[get("/")]
    async fn get(&self) -> Result<()>;
}

#[api_client(auth = api_key(X-Api-Key))]
pub trait WithBareHeader {
    #[get("/")]
    async fn get(&self) -> Result<()>;
}

#[api_client(auth = "api_key(query: api[key])")]
pub trait WithQuery {
    #[get("/")]
    async fn get(&self) -> Result<()>;
}

#[api_client(auth = api_key(query: key))]
pub trait WithBareQuery {
    #[get("/")]
    async fn get(&self) -> Result<()>;
}

fn main() -> Result<()> {
    let own = Cached::new(Vault(1, true));
    let (_, _, _): (QuotedClient, BareClient, AliasClient) = QuotedClient::builder("https://a.example.com", own.clone())
        .and::<BareClient>()
        .and::<AliasClient>()
        .build()?;
    BareClient::new(own)?;
    let auth0 = Auth0::new("tenant.eu.auth0.com", "id", "secret").audience("https://a.example.com");
    let (_, _): (ByPathClient, ByWordClient) =
        ByPathClient::builder("https://a.example.com", auth0).and::<ByWordClient>().build()?;
    let base_url = "https://a.example.com";
    WithOAuth2Client::new(base_url, OAuth2::new("https://login.example.com/token", "id", "secret"))?;
    WithBearerClient::new(base_url, Bearer::new("token"))?;
    WithBasicClient::new(base_url, Basic::new("ada", "password"))?;
    WithHeaderClient::new(base_url, ApiKey::new("key"))?;
    WithBareHeaderClient::new(base_url, ApiKey::new("key"))?;
    WithQueryClient::new(base_url, ApiKey::new("key"))?;
    WithBareQueryClient::new(base_url, ApiKey::new("key"))?;
    Ok(())
}
