use reauth::{api_client, Result};

#[api_client]
pub trait TodoApi {
    #[get("/todo")]
    async fn todos(&self, #[query = "page"] number: u32) -> Result<()>;
}

fn main() {}
