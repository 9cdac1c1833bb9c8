use reauth::{api_client, Result};

#[api_client]
pub trait TodoApi {
    #[get]
    async fn todos(&self) -> Result<()>;
}

fn main() {}
