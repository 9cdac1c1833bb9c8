use reauth::{api_client, Result};

#[api_client]
#[async_trait::async_trait]
pub trait TodoApi {
    #[get("/todo")]
    async fn todos(&self) -> Result<()>;
}

fn main() {}
