use reauth::{api_client, Result};

#[api_client]
pub trait TodoApi {
    #[get("/todo/{0}")]
    async fn todo(&self, id: &str) -> Result<()>;
}

fn main() {}
