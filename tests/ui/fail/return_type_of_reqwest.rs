use reauth::{api_client, Result};

#[api_client]
pub trait TodoApi {
    #[get("/todo")]
    async fn todos(&self) -> Result<reauth::reqwest::Response>;
}

fn main() {}
