use reauth::{api_client, Result};

#[api_client(circuit_breaker = "10, 100/30s, 5s")]
pub trait TodoApi {
    #[get("/todo")]
    async fn todos(&self) -> Result<()>;
}

fn main() {}
