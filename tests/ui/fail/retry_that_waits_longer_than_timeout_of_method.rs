use reauth::{api_client, Result};

#[api_client(retry = "constant(2s,3)")]
pub trait TodoApi {
    #[get("/todo", timeout = "1s")]
    async fn todos(&self) -> Result<()>;
}

fn main() {}
