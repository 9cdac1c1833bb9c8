use reauth::{api_client, Result};

#[api_client]
pub trait TodoApi {
    const VERSION: u32;

    #[get("/todo")]
    async fn todos(&self) -> Result<()>;
}

fn main() {}
