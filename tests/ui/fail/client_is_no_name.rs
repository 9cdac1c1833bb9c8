use reauth::{api_client, Result};

#[api_client(client = "Todo Client")]
pub trait TodoApi {
    #[get("/todo")]
    async fn todos(&self) -> Result<()>;
}

fn main() {}
