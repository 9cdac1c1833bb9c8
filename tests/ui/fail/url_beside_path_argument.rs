use reauth::{api_client, Result};

#[api_client]
pub trait TodoApi {
    #[get]
    async fn next(&self, #[url] link: &str, #[path] id: u64) -> Result<()>;
}

fn main() {}
