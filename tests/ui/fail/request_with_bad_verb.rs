use reauth::{api_client, Result};

#[api_client]
pub trait TodoApi {
    #[request("NO GO", "/todo")]
    async fn todos(&self) -> Result<()>;
}

fn main() {}
