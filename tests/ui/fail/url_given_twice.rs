use reauth::{api_client, Result};

#[api_client]
pub trait TodoApi {
    #[get]
    async fn next(&self, #[url] link: &str, #[url] other: &str) -> Result<()>;
}

fn main() {}
