use reauth::{api_client, Result};

#[api_client(retry = "constant(2s,3)", timeout = "2s")]
pub trait TodoApi {
    #[get("/todo")]
    async fn todos(&self) -> Result<()>;
}

fn main() {}
