use reauth::{api_client, Result};

#[api_client(rate = 50)]
pub trait TodoApi {
    #[get("/todo")]
    async fn todos(&self) -> Result<()>;
}

fn main() {}
