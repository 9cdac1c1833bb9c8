use reauth::{api_client, Result};

#[api_client(retry = "exponental(100ms,3)")]
pub trait TodoApi {
    #[get("/todo")]
    async fn todos(&self) -> Result<()>;
}

fn main() {}
