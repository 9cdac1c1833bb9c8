use reauth::{api_client, Result};

#[api_client(timeout = 1.5s)]
pub trait TodoApi {
    #[get("/todo")]
    async fn todos(&self) -> Result<()>;
}

fn main() {}
