use reauth::{api_client, Result};

#[api_client]
pub trait TodoApi {
    #[get("/todo")]
    async fn next(&self, #[url] link: &str) -> Result<()>;
}

fn main() {}
