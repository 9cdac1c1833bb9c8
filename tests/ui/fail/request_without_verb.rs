use reauth::{api_client, Result};

#[api_client]
pub trait TodoApi {
    #[request("/todo")]
    async fn purge(&self) -> Result<()>;
}

fn main() {}
