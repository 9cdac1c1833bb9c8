use reauth::{api_client, Result};

#[api_client]
pub trait TodoApi {
    #[get("/todo{?page}")]
    async fn todos(&self, page: u32) -> Result<()>;
}

fn main() {}
