//! Auth0's Management API, with the credential that it is made for.

mod limits;
mod pages;
mod users;

use reauth::{ApiError, Auth0, PageNumber, Pages, Response, Result, api_client};
use serde::{Deserialize, Serialize};

use super::answer::Answer;
use super::wire::Wire;

type Auth0Result<T> = Result<T, ApiError<Auth0Error>>;

/// What Auth0 says with a 4xx.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Auth0Error {
    status_code: u16,
    message: String,
    error_code: Option<String>,
}

#[derive(Debug, Deserialize)]
struct User {
    user_id: String,
    #[serde(default)]
    blocked: bool,
}

/// With `include_totals`.
#[derive(Debug, Deserialize)]
struct Found {
    total: u32,
    users: Vec<User>,
}

#[derive(Debug, Default, Serialize)]
#[serde(rename_all = "snake_case")]
struct Changes<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    blocked: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    name: Option<&'a str>,
}

#[api_client(
    auth = "auth0",
    audience = "https://tenant.eu.auth0.com/api/v2/",
    scope = "read:users update:users",
    retry = "constant(1ms,1)"
)]
trait Auth0Management {
    /// All of them, from `page` on; Auth0 counts from 0.
    #[get("/users")]
    async fn users(
        &self,
        #[query] page: u32,
        #[query] per_page: Option<u8>,
    ) -> Auth0Result<Pages<Vec<User>, PageNumber>>;

    #[get("/users?include_totals=true&search_engine=v3")]
    async fn search(
        &self,
        #[query] q: Option<&str>,
        #[query] sort: Option<&str>,
        #[query] per_page: Option<u8>,
        #[query] include_fields: Option<bool>,
    ) -> Auth0Result<Response<Found>>;

    #[get("/users/{id}")]
    async fn user(&self, id: &str) -> Auth0Result<Option<User>>;

    #[patch("/users/{id}")]
    async fn update(&self, id: &str, #[body] changes: &Changes<'_>) -> Auth0Result<User>;
}

const TOKEN_REQUEST: &str = "
POST /oauth/token HTTP/1.1
accept: application/json
content-length: 203
content-type: application/x-www-form-urlencoded
host: {host}
user-agent: reauth/{version}

grant_type=client_credentials&client_id=AaiyAPdpYdesoKnqjj8HJqRn4T5titww&client_secret=a%20secret%20%26%20more&audience=https%3A%2F%2Ftenant.eu.auth0.com%2Fapi%2Fv2%2F&scope=read%3Ausers%20update%3Ausers
";

const TOKEN: &str = r#"
HTTP/1.1 200 OK
content-type: application/json

{"access_token":"eyJ.first.token","token_type":"Bearer","expires_in":86400}
"#;

const NEXT_TOKEN: &str = r#"
HTTP/1.1 200 OK
content-type: application/json

{"access_token":"eyJ.second.token","token_type":"Bearer","expires_in":86400}
"#;

struct Tenant {
    tokens: Wire,
    api: Wire,
    client: Auth0ManagementClient,
}

async fn tenant<A: Into<Answer>>(answers: impl IntoIterator<Item = A>) -> Tenant {
    let (tokens, api) = (Wire::start([TOKEN, NEXT_TOKEN]).await, Wire::start(answers).await);
    let auth0 = Auth0::new(tokens.url(), "AaiyAPdpYdesoKnqjj8HJqRn4T5titww", "a secret & more");
    let client = Auth0ManagementClient::new(format!("{}/api/v2", api.url()), auth0).unwrap();
    Tenant { tokens, api, client }
}
