use reauth::{api_client, Result};

#[api_client]
pub trait TodoApi {
    #[post("/todo", idempotency_key = "Idempotency Key")]
    async fn add(&self) -> Result<()>;
}

fn main() {}
