use reauth::{api_client, Result};

#[api_client]
pub trait TodoApi {
    #[get("/files/{*path}")]
    async fn file(&self, #[path("*path")] file: &str) -> Result<()>;
}

fn main() {}
