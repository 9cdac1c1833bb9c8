use reauth::{api_client, Result};

#[api_client(auth = "bearer", audience = "https://api.example.com")]
pub trait TodoApi {
    #[get("/todo")]
    async fn todos(&self) -> Result<()>;
}

fn main() {}
