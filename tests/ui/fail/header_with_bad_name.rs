use reauth::{api_client, Result};

#[api_client]
pub trait TodoApi {
    #[get("/todo")]
    async fn todos(&self, #[header("X Trace")] trace: &str) -> Result<()>;
}

fn main() {}
