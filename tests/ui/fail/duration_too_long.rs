use reauth::{api_client, Result};

#[api_client(timeout = "48h")]
pub trait TodoApi {
    #[get("/todo")]
    async fn todos(&self) -> Result<()>;
}

fn main() {}
