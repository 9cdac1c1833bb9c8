use reauth::{api_client, Result};

#[api_client(hedge = 2)]
pub trait TodoApi {
    #[get("/todo")]
    async fn todos(&self) -> Result<()>;
}

fn main() {}
