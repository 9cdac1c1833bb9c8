use reauth::{api_client, Result};

#[api_client(max_retries = 3)]
pub trait TodoApi {
    #[get("/todo")]
    async fn todos(&self) -> Result<()>;
}

fn main() {}
