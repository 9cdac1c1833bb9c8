use reauth::{api_client, Result};

#[api_client]
pub trait TodoApi {
    #[get("/todo?page=1")]
    async fn todos(&self, #[query] page: u32) -> Result<()>;
}

fn main() {}
