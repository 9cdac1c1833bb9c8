use reauth::{api_client, Result};

#[api_client(attempt_timeout = "short")]
pub trait TodoApi {
    #[get("/todo")]
    async fn todos(&self) -> Result<()>;
}

fn main() {}
