use reauth::{api_client, Result};

#[api_client(auth = "crate::Session")]
pub trait TodoApi {
    #[get("/todo")]
    async fn todos(&self) -> Result<()>;
}

fn main() {}
