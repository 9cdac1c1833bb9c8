use reauth::{api_client, Result};

#[api_client(hedge = "15s")]
pub trait TodoApi {
    #[get("/todo")]
    async fn todos(&self) -> Result<()>;
}

fn main() {}
