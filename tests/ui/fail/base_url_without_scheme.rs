use reauth::{api_client, Result};

#[api_client(base_url = "todo.example.com")]
pub trait TodoApi {
    #[get("/todo")]
    async fn todos(&self) -> Result<()>;
}

fn main() {}
