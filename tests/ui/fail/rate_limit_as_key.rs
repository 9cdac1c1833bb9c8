use reauth::{api_client, Result};

#[api_client(rate_limit = "50/s")]
pub trait TodoApi {
    #[get("/todo")]
    async fn todos(&self) -> Result<()>;
}

fn main() {}
