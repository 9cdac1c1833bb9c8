use reauth::{api_client, Result};

#[api_client(auth = "auth0")]
pub trait TodoApi {
    #[get("/todo", audience = "https://todo.example.com")]
    async fn todos(&self) -> Result<()>;
}

fn main() {}
