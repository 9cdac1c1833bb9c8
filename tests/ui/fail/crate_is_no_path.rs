use reauth::{api_client, Result};

#[api_client(crate = "my crate")]
pub trait TodoApi {
    #[get("/todo")]
    async fn todos(&self) -> Result<()>;
}

fn main() {}
