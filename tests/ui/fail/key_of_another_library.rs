use reauth::{api_client, Result};

#[api_client(base = "https://todo.example.com")]
pub trait TodoApi {
    #[get("/todo")]
    async fn todos(&self) -> Result<()>;
}

fn main() {}
