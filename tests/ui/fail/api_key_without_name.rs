use reauth::{api_client, Result};

#[api_client(auth = "api_key")]
pub trait TodoApi {
    #[get("/todo")]
    async fn todos(&self) -> Result<()>;
}

fn main() {}
