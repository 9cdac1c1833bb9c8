use reauth::{api_client, Result};

#[api_client(retry = "constant(3,100ms)")]
pub trait TodoApi {
    #[get("/todo")]
    async fn todos(&self) -> Result<()>;
}

fn main() {}
