use reauth::{api_client, Result};

#[api_client]
pub trait TodoApi {
    #[purge("/todo")]
    async fn purge(&self) -> Result<()>;
}

fn main() {}
