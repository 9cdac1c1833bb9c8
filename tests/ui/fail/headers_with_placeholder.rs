use reauth::{api_client, Result};

#[api_client]
pub trait TodoApi {
    #[get("/todo")]
    #[headers("X-Trace: {trace}")]
    async fn todos(&self) -> Result<()>;
}

fn main() {}
