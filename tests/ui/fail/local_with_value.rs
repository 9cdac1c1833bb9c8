use reauth::{api_client, Result};

#[api_client(local = true)]
pub trait TodoApi {
    #[get("/todo")]
    async fn todos(&self) -> Result<()>;
}

fn main() {}
