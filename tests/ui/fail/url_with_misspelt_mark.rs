use reauth::{api_client, Result};

#[api_client]
pub trait TodoApi {
    #[get]
    async fn next(&self, #[link] link: &str) -> Result<()>;
}

fn main() {}
