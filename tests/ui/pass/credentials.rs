//! A credential of the user's, quoted and not, and several clients from one builder.
#![deny(warnings)]

use reauth::{Auth0, BoxError, Cached, Result, Token, TokenRequest, TokenSource, api_client};

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
    Ok(())
}
