use reauth::{api_client, Result};

#[api_client]
pub trait TodoApi {
    #[get("/todo")]
    async fn todos(&self, #[query_map] filter: &str) -> Result<()>;
}

fn main() {}
