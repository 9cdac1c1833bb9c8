use reauth::{api_client, Result};

#[api_client]
pub trait TodoApi {
    #[post("/todo")]
    async fn add(&self, #[body] first: &str, #[body] second: &str) -> Result<()>;
}

fn main() {}
