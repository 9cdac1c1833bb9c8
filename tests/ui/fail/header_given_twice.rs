use reauth::{api_client, Result};

#[api_client]
pub trait TodoApi {
    #[get("/todo")]
    async fn todos(&self, #[header("X-A")] a: &str, #[header("x-a")] b: &str) -> Result<()>;
}

fn main() {}
