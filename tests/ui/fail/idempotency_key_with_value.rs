use reauth::{api_client, Result};

#[api_client]
pub trait TodoApi {
    #[post("/todo", idempotency_key = true)]
    async fn todos(&self) -> Result<()>;
}

fn main() {}
