use reauth::{api_client, Result};

#[api_client]
pub trait TodoApi {
    #[get("/todo", hedge = 2s, timeout = 1s)]
    async fn todos(&self) -> Result<()>;
}

fn main() {}
