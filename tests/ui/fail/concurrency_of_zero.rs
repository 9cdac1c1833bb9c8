use reauth::{api_client, Result};

#[api_client(concurrency = 0)]
pub trait TodoApi {
    #[get("/todo")]
    async fn todos(&self) -> Result<()>;
}

fn main() {}
