use reauth::{api_client, Result};

#[api_client]
pub trait TodoApi {
    #[get("/todo")]
    #[query("page")]
    async fn todos(&self) -> Result<()>;
}

fn main() {}
