use reauth::{api_client, Result};

#[api_client]
pub trait TodoApi {
    #[get("/todo")]
    async fn todos(&self, #[query("page")] page: u32, #[query("page")] size: u32) -> Result<()>;
}

fn main() {}
