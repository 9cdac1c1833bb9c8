use reauth::{api_client, Result};

#[api_client]
pub trait TodoApi {
    #[get("/files/{**path}")]
    async fn file(&self, path: &str) -> Result<()>;
}

fn main() {}
