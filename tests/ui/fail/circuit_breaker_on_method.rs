use reauth::{api_client, Result};

#[api_client]
pub trait TodoApi {
    #[get("/todo", circuit_breaker = "10%, 100/30s, 5s")]
    async fn todos(&self) -> Result<()>;
}

fn main() {}
