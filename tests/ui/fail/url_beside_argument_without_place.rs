use reauth::{api_client, Result};

#[api_client]
pub trait TodoApi {
    #[get]
    async fn next(&self, #[url] link: &str, page: u64) -> Result<()>;
}

fn main() {}
