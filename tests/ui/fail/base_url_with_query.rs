use reauth::{api_client, Result};

#[api_client(base_url = "https://todo.example.com/?page=1")]
pub trait TodoApi {
    #[get("/todo")]
    async fn todos(&self) -> Result<()>;
}

fn main() {}
