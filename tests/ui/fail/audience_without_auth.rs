use reauth::{api_client, Result};

#[api_client(audience = "https://todo.example.com")]
pub trait TodoApi {
    #[get("/todo")]
    async fn todos(&self) -> Result<()>;
}

fn main() {}
