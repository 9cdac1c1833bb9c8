use reauth::{api_client, Result};

#[api_client]
pub trait TodoApi {
    #[post("/todo", hedge = "2s")]
    async fn todos(&self) -> Result<()>;
}

fn main() {}
