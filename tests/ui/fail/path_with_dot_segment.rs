use reauth::{api_client, Result};

#[api_client]
pub trait TodoApi {
    #[get("/todo/../admin")]
    async fn todos(&self) -> Result<()>;
}

fn main() {}
