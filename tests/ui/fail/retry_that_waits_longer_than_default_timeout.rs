use reauth::{api_client, Result};

#[api_client(retry = "linear(1m,3)")]
pub trait TodoApi {
    #[get("/todo")]
    async fn todos(&self) -> Result<()>;
}

fn main() {}
