use reauth::{api_client, Result};

#[api_client]
pub trait TodoApi {
    #[request("PURGE")]
    async fn purge(&self) -> Result<()>;
}

fn main() {}
