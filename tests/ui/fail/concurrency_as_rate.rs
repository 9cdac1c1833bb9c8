use reauth::{api_client, Result};

#[api_client(concurrency = "100/s")]
pub trait TodoApi {
    #[get("/todo")]
    async fn todos(&self) -> Result<()>;
}

fn main() {}
