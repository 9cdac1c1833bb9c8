use reauth::{api_client, Result};

#[api_client]
pub trait TodoApi {
    #[get("/todo")]
    #[headers("X-Trace: 1")]
    async fn todos(&self, #[header("x-trace")] trace: &str) -> Result<()>;
}

fn main() {}
