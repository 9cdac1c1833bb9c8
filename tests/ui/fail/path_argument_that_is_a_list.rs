use reauth::{api_client, Result};

#[api_client]
pub trait TodoApi {
    #[get("/todo/{ids}")]
    async fn todos(&self, ids: &[u64]) -> Result<()>;
}

fn main() {}
