use reauth::{api_client, Result};

#[api_client(retry = "exponential(100ms,3,jiter=none)")]
pub trait TodoApi {
    #[get("/todo")]
    async fn todos(&self) -> Result<()>;
}

fn main() {}
