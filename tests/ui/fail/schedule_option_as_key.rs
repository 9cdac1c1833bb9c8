use reauth::{api_client, Result};

#[api_client(retry = "exponential(100ms,3)", max = 1s)]
pub trait TodoApi {
    #[get("/todo")]
    async fn todos(&self) -> Result<()>;
}

fn main() {}
