use reauth::{api_client, Result};

#[api_client(retry = "constant(100ms,3)", retry_on = "4xx")]
pub trait TodoApi {
    #[get("/todo")]
    async fn todos(&self) -> Result<()>;
}

fn main() {}
