use reauth::{api_client, Result};

#[api_client(auth = "auth0")]
pub trait TodoApi {
    #[get("/todo")]
    async fn todos(&self) -> Result<()>;
}

pub fn elsewhere() -> Result<TodoApiClient> {
    TodoApiClient::new("https://todo.example.com", "token")
}

fn main() {}
