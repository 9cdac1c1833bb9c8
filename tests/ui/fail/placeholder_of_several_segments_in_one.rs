use reauth::{api_client, Result};

#[api_client]
pub trait TodoApi {
    #[get("/files/v{*path}")]
    async fn file(&self, path: &str) -> Result<()>;
}

fn main() {}
