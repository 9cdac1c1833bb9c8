use reauth::{api_client, Result};

#[api_client(timeout = "2sec")]
pub trait TodoApi {
    #[get("/todo")]
    async fn todos(&self) -> Result<()>;
}

fn main() {}
