use reauth::{api_client, Result};

#[api_client(timeout = "2s", attempt_timeout = "5s")]
pub trait TodoApi {
    #[get("/todo")]
    async fn todos(&self) -> Result<()>;
}

fn main() {}
