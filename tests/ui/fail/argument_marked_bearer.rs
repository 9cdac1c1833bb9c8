use reauth::{api_client, Result};

#[api_client]
pub trait TodoApi {
    #[get("/todo")]
    async fn todos(&self, #[bearer] token: &str) -> Result<()>;
}

fn main() {}
