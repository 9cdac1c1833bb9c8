use reauth::{api_client, Result};

#[api_client]
pub trait TodoApi {
    #[get("/todo#first")]
    async fn todos(&self) -> Result<()>;
}

fn main() {}
