use reauth::{api_client, Result};

#[api_client]
pub trait TodoApi {
    #[get]
    async fn next(&self, #[url("link")] link: &str) -> Result<()>;
}

fn main() {}
