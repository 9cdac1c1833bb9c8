use reauth::{api_client, Result};

#[api_client]
pub trait TodoApi {
    #[get(path = "/todo")]
    async fn todos(&self) -> Result<()>;
}

fn main() {}
