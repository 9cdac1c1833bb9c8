use reauth::{api_client, Result};

#[api_client]
pub trait TodoApi {
    #[post("/todo")]
    async fn add(&self, #[form] todo: &str) -> Result<()>;
}

fn main() {}
