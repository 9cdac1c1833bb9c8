use reauth::{api_client, Result};

#[api_client]
pub trait TodoApi {
    #[get("/todo")]
    async fn todos(&self) -> Result<()>;
}

pub fn elsewhere(auth0: reauth::Auth0) -> Result<TodoApiClient> {
    TodoApiClient::new("https://todo.example.com", auth0)
}

fn main() {}
