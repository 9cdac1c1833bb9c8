use reauth::{api_client, Result};

#[api_client]
pub trait TodoApi {
    #[get("/todo")]
    async fn todos(&self, #[query] (a, b): (u8, u8)) -> Result<()>;
}

fn main() {}
