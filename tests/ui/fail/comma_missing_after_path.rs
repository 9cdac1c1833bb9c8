use reauth::{api_client, Result};

#[api_client]
pub trait TodoApi {
    #[get("/todo" timeout = 2s)]
    async fn todos(&self) -> Result<()>;
}

fn main() {}
