use reauth::{api_client, Result};

#[api_client]
pub trait TodoApi {
    #[get("/todo")]
    async fn todos(&self, #[serde(rename = "page")] number: u32) -> Result<()>;
}

fn main() {}
