use reauth::{api_client, Result};

#[api_client(auth = "oauth1")]
pub trait TodoApi {
    #[get("/todo")]
    async fn todos(&self) -> Result<()>;
}

fn main() {}
