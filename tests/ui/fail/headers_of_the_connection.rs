use reauth::{api_client, Result};

#[api_client]
#[headers("Connection: close", "Proxy-Authorization: Basic YTpi")]
pub trait TodoApi {
    #[get("/todo")]
    async fn todos(&self, #[header("TE")] trailers: &str) -> Result<()>;
}

fn main() {}
